"""Bytes, times and paces as the Ollama tab writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from modelward.catalog.fields import clip
from modelward.core import units
from modelward.core.progress import ProgressState
from modelward.ollama.model import Sample
from modelward.ui.ollama.pace import Pace

_KIB = 1024
_UNITS = ((_KIB**3, "GiB"), (_KIB**2, "MiB"), (_KIB, "KiB"))


def size_text(size: int | None) -> str:
    """Bytes with their unit: ``1.9 GiB``, ``261 MiB``, ``7.5 KiB``, ``561 B``."""
    if size is None:
        return units.UNKNOWN
    if size < _KIB:
        return f"{size:,} B"
    value, unit = next((size / each, name) for each, name in _UNITS if size >= each)
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"


def left_text(seconds: float) -> str:
    """How long something will take: ``1 s left``, ``4 min left``, ``2 h 5 min left``."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s left"
    minutes = round(seconds / 60)
    return f"{minutes} min left" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min left"


def progress_text(state: ProgressState, pace: Pace) -> str:
    """How far a job is: ``1.2 of 2.0 GiB · 1.9 GiB/s · 1 s left``; other things than bytes are counted."""
    if state.unit != "bytes":
        return f"{state.done:,} of {state.total:,} {state.unit}".strip() if state.total else ""
    parts = [size_text(state.done) if state.total is None else _of(state.done, state.total)]
    if (rate := pace.rate) is not None:
        parts.append(f"{size_text(round(rate))}/s")
    if state.total is not None and (seconds := pace.seconds_left(state.total - state.done)) is not None:
        parts.append(left_text(seconds))
    return " · ".join(parts)


def _of(done: int, total: int) -> str:
    """Both figures, with the unit once where it is the same."""
    first, second = size_text(done), size_text(total)
    figure, _, unit = first.partition(" ")
    return f"{figure if unit == second.partition(' ')[2] else first} of {second}"


def milliseconds(value: float | None) -> str:
    """How fast something answered: ``41 ms``, ``2.1 s``."""
    if value is None:
        return units.UNKNOWN
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def short(digest: str) -> str:
    """The first twelve digits of a digest, as Ollama shows them."""
    return clip(digest.removeprefix("sha256:"), 64)[:12]


def day_text(moment: datetime, now: datetime) -> str:
    """A day in local time: ``today``, ``18 Nov``, with the year where it is another one."""
    day, today = moment.astimezone().date(), now.astimezone().date()
    if day == today:
        return "today"
    return f"{day.day} {day:%b}" + ("" if day.year == today.year else f" {day.year}")


def event_time(moment: datetime, now: datetime) -> str:
    """When something happened: the time today, the weekday this week, else the date."""
    local, today = moment.astimezone(), now.astimezone().date()
    if local.date() == today:
        return f"{local:%H:%M}"
    if timedelta() < today - local.date() < timedelta(days=7):
        return f"{local:%a %H:%M}"
    return day_text(moment, now)


def up_text(samples: Sequence[Sample]) -> str:
    """How often it answered: ``99.8 % up``; only what is whole is 100 %."""
    if not samples:
        return ""
    share = sum(sample.ok for sample in samples) / len(samples)
    tenths = min(max(round(share * 1000), 1), 999) if 0 < share < 1 else round(share * 1000)
    return f"{tenths / 10:.1f}".removesuffix(".0") + " % up"
