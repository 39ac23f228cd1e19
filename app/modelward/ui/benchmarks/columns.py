"""The columns of the table of results."""

from __future__ import annotations

from collections.abc import Callable

from modelward.benchmarks.model import Metric
from modelward.core import units
from modelward.core.clock import Clock
from modelward.ui.benchmarks import figures
from modelward.ui.benchmarks.rows import Row
from modelward.ui.benchmarks.wording import name_of
from modelward.ui.catalog.names import provider_name
from modelward.ui.kit.rows import CellTag, Column
from modelward.ui.kit.tokens import Tone

SWEET_SPOT, FAVOURITE = "sweet spot", "★"
QUALITY = "quality"
"""The key of the column that the table is sorted by at first."""


def marks(row: Row) -> tuple[CellTag, ...]:
    """What is special about a model."""
    found = (CellTag(FAVOURITE, Tone.ACCENT),) if row.is_favourite else ()
    return (*found, CellTag(SWEET_SPOT, Tone.WELL)) if row.is_sweet_spot else found


def columns(clock: Clock) -> tuple[Column[Row], ...]:
    """The columns; ``clock`` says how long ago something was measured."""
    return (
        Column(
            "model",
            "Model",
            text=lambda row: row.title,
            sort=lambda row: row.title.casefold(),
            copied=lambda row: row.model_id,
            tooltip=lambda row: row.model_id,
            width=150,
            is_strong=True,
            takes_slack=True,
        ),
        Column(
            "marks",
            "Mark",
            text=lambda row: ", ".join(_mark_word(tag) for tag in marks(row)),
            sort=lambda row: -len(marks(row)),
            tags=marks,
            explained="★: measured by the clock; sweet spot: the cheapest that is good enough",
            width=76,
        ),
        Column(
            QUALITY,
            "Quality",
            text=lambda row: figures.quality(row.quality[0]) if row.quality else units.UNKNOWN,
            sort=lambda row: row.quality[0] if row.quality else None,
            tooltip=_quality_hint,
            explained="Mean grade of the answers, 0 to 1",
            width=70,
            is_number=True,
        ),
        _seconds("ttft", "TTFT s", _middle(Metric.TTFT), "Seconds to the first token, the median", 62),
        Column(
            "speed",
            "Tokens/s",
            text=lambda row: _said(row.middle(Metric.DECODE), figures.rate),
            sort=lambda row: row.middle(Metric.DECODE),
            explained="Tokens per second behind the first, the median",
            width=76,
            is_number=True,
        ),
        _seconds("p50", "p50 s", _middle(Metric.LATENCY), "Seconds until the answer has ended, the median", 60),
        _seconds("p95", "p95 s", _late, "Seconds within which 95 of 100 answers ended; from 20 calls on", 60),
        Column(
            "run_cost",
            "$ a call",
            text=lambda row: _said(_mean_cost(row), figures.usd).removeprefix("$"),
            sort=_mean_cost,
            explained="USD of a call, the mean",
            width=74,
            is_number=True,
            is_hidden=True,
        ),
        Column(
            "task_cost",
            "$ a task",
            text=lambda row: figures.bare_cost(row.success_cost),
            sort=lambda row: row.success_cost,
            explained="USD for each answer that passed",
            width=70,
            is_number=True,
        ),
        Column(
            "runs",
            "Calls",
            text=lambda row: f"{row.result.runs:,}",
            sort=lambda row: row.result.runs,
            width=50,
            is_number=True,
            is_muted=True,
        ),
        Column(
            "errors",
            "Errors",
            text=lambda row: f"{row.result.error_rate:.0%}",
            sort=lambda row: row.result.error_rate,
            explained="Calls that failed",
            width=58,
            is_number=True,
            is_muted=True,
        ),
        Column(
            "provider",
            "Provider",
            text=_provider,
            sort=lambda row: _provider(row).casefold(),
            width=110,
            is_muted=True,
            is_hidden=True,
        ),
        Column(
            "last",
            "Measured",
            text=lambda row: units.ago(row.result.last_at, clock()),
            sort=lambda row: row.result.last_at.timestamp() if row.result.last_at else None,
            tooltip=lambda row: units.local_time(row.result.last_at),
            width=92,
            is_muted=True,
            is_hidden=True,
        ),
    )


def haystack(row: Row) -> str:
    """What the search looks through."""
    return f"{row.model_id} {name_of(row.model_id)}"


def _provider(row: Row) -> str:
    return provider_name(row.model_id.partition("/")[0])


def _seconds(key: str, title: str, value: Callable[[Row], float | None], explained: str, width: int) -> Column[Row]:
    return Column(
        key,
        title,
        text=lambda row: figures.bare_seconds(value(row)),
        sort=value,
        explained=explained,
        width=width,
        is_number=True,
    )


def _middle(metric: Metric) -> Callable[[Row], float | None]:
    return lambda row: row.middle(metric)


def _late(row: Row) -> float | None:
    found = row.summary(Metric.LATENCY)
    return None if found is None else found.p95


def _mean_cost(row: Row) -> float | None:
    found = row.summary(Metric.COST)
    return None if found is None else found.mean


def _said(value: float | None, say: Callable[[float], str]) -> str:
    return units.UNKNOWN if value is None else say(value)


def _quality_hint(row: Row) -> str:
    return f"Over {row.quality[1]:,} questions" if row.quality else "Not graded yet"


def _mark_word(tag: CellTag) -> str:
    return "favourite" if tag.word == FAVOURITE else tag.word
