"""What other tools' files state, read with care: figures that can be, calls that make sense, and what was left out."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from modelward.benchmarks.model import CallState
from modelward.catalog.fields import clip
from modelward.providers.model import ServerTimes, Usage

MOST_CALLS = 200_000
"""Calls that are taken from one file; the longest runs have some ten thousand."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of a call that has none; it is left out."""

_MOST_TOKENS = 10**9
_LONGEST_MS = 86_400_000.0  # a day
_EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)  # the tools are younger
_AHEAD = timedelta(days=1)  # clocks and time zones differ
_KINDS_OF_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class ImportedCall:
    """A call as another tool measured it, in milliseconds since it was sent.

    ``name``: the model as that tool names it. ``first``: the first piece, thought or answer; ``first_answer``: the
    first of the answer itself. Which of the two a tool knows differs: what it does not know is None.
    """

    name: str
    at: datetime
    workload: str
    concurrency: int = 1
    state: CallState = CallState.DONE
    first: float | None = None
    first_answer: float | None = None
    chunks: tuple[float, ...] = ()
    end: float | None = None
    usage: Usage = field(default_factory=Usage)
    server: ServerTimes = field(default_factory=ServerTimes)
    detail: str = ""


class ImportSheet:
    """Collects the calls of one file; what cannot be taken is counted by its reason."""

    def __init__(self, now: datetime) -> None:
        self.calls: list[ImportedCall] = []
        self._now = now
        self._problems: Counter[str] = Counter()

    def add(self, call: ImportedCall) -> None:
        """Take a call, unless it cannot be."""
        if len(self.calls) >= MOST_CALLS:
            self.problem(f"More than {MOST_CALLS:,} calls in one file are left out.")
        elif why := self._fault(call):
            self.problem(why)
        else:
            self.calls.append(call)

    def problem(self, why: str) -> None:
        """Note that something was left out; the same reason is counted."""
        if why in self._problems or len(self._problems) < _KINDS_OF_PROBLEMS:
            self._problems[why] += 1

    @property
    def problems(self) -> tuple[str, ...]:
        """What was left out and why, most often first."""
        return tuple(why if n == 1 else f"{why} ({n:,} times)" for why, n in self._problems.most_common())

    def _fault(self, call: ImportedCall) -> str:
        if not call.name:
            return "A call that names no model is left out."
        if call.at > self._now + _AHEAD:
            return "A call from the future is left out: the clock of the other machine was wrong."
        if call.at < _EARLIEST:
            return "A call without a time that can be is left out."
        times = [each for each in (call.first, call.first_answer, *call.chunks, call.end) if each is not None]
        if any(not 0 <= each <= _LONGEST_MS for each in times) or any(each > (call.end or each) for each in times):
            return "A call with times that cannot be is left out."
        return ""


def obj(raw: object) -> dict[str, object]:
    """An object, or an empty one where it is something else."""
    return raw if isinstance(raw, dict) else {}


def items(raw: object) -> list[object]:
    """A list, or an empty one where it is something else."""
    return raw if isinstance(raw, list) else []


def text(raw: object, most: int = 200) -> str:
    """A stranger's text, made fit to be shown; empty where it is something else."""
    return clip(raw.strip(), most) if isinstance(raw, str) else ""


def figure(raw: object) -> float | None:
    """A finite number, or None."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    try:
        number = float(raw)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def count(raw: object) -> int | None:
    """A whole number of tokens or the like, or None."""
    number = figure(raw)
    return int(number) if number is not None and 0 <= number <= _MOST_TOKENS and number == int(number) else None


def moment(raw: object) -> datetime | None:
    """A time in seconds since 1970, or None."""
    seconds = figure(raw)
    if seconds is None or not 0 < seconds < 1e11:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def between(start: object, end: object) -> float | None:
    """Milliseconds from one time in seconds to another; None where one is missing. May be negative."""
    one, other = figure(start), figure(end)
    return None if one is None or other is None else (other - one) * 1000
