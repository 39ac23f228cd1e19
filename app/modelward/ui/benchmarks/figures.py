"""The figures of measuring as the Benchmarks tab writes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from modelward.benchmarks.model import Metric
from modelward.core import units


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric: what it is called, what it means, and how a value of it is written."""

    title: str
    explained: str
    say: Callable[[float], str]


def seconds(milliseconds: float) -> str:
    """A time of a call: ``41 ms``, ``0.62 s``, ``12.4 s``."""
    if 0 < milliseconds < 100:
        return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.2f} s" if milliseconds < 10_000 else f"{milliseconds / 1000:.1f} s"


def bare_seconds(milliseconds: float | None) -> str:
    """The same without its unit, for a column that names it: ``0.62``."""
    if milliseconds is None:
        return units.UNKNOWN
    value = milliseconds / 1000
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def rate(tokens: float) -> str:
    """Tokens per second: ``486``, ``41.2``."""
    return f"{tokens:,.0f}" if tokens >= 100 else f"{tokens:.3g}"


def usd(value: float) -> str:
    """USD of a call or a task: ``$0.0009``, ``free`` for nothing."""
    if not math.isfinite(value):
        return units.UNKNOWN
    return units.money(Decimal(str(value))) if value else "free"


def cost(value: Decimal | None) -> str:
    """The same of an exact amount; unknown is a dash."""
    return units.UNKNOWN if value is None else units.money(value) if value else "free"


def bare_cost(value: Decimal | None) -> str:
    """The same without its sign, for a column that names it: ``0.0009``."""
    return cost(value).removeprefix("$")


def power_of_usd(value: float) -> str:
    """USD on an axis of powers of ten: ``$0.001``."""
    digits = max(0, -math.floor(math.log10(value) + 1e-9)) if value > 0 else 0
    return f"${value:,.{digits}f}"


def quality(score: float) -> str:
    """A quality, 0 to 1: ``0.81``."""
    return f"{score:.2f}"


FIGURES: dict[Metric, Figure] = {
    Metric.DECODE: Figure("Tokens per second", "Speed of writing, the wait for the first token left out", rate),
    Metric.TTFT: Figure("Time to first token", "From the request until the first piece of text", seconds),
    Metric.TTFO: Figure("Time to first output", "Until the answer itself begins, reasoning left out", seconds),
    Metric.LATENCY: Figure("Latency", "From the request until the answer has ended", seconds),
    Metric.TPOT: Figure("Time per token", "Of each token behind the first", seconds),
    Metric.END_TO_END: Figure("Tokens per second in all", "Tokens of the answer by its whole latency", rate),
    Metric.PREFILL: Figure("Reading speed", "Tokens of the question per second until the first token", rate),
    Metric.COST: Figure("Cost of a call", "USD", usd),
    Metric.QUALITY: Figure("Quality", "Mean grade of the answers, 0 to 1", quality),
}
"""The metrics in the order in which they are offered."""


def span_text(length: float) -> str:
    """How long something will take, from seconds: ``40 s``, ``4 min``, ``2 h 5 min``."""
    span = timedelta(seconds=max(1, round(length)))
    if span < timedelta(seconds=90):
        return f"{round(span.total_seconds())} s"
    minutes = round(span.total_seconds() / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
