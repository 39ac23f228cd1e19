"""The columns of the list of single calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from modelward.benchmarks.model import Grade, Measurement, Metric
from modelward.benchmarks.timing import value_of
from modelward.core import units
from modelward.ui.benchmarks import figures
from modelward.ui.benchmarks.wording import STATE_TONES, name_of, tokens_text
from modelward.ui.kit.rows import CellTag, Column


@dataclass(frozen=True, slots=True)
class Call:
    """A call and its grade, where it was graded."""

    measured: Measurement
    grade: Grade | None = None


def columns() -> tuple[Column[Call], ...]:
    """The columns."""
    return (
        Column(
            "at",
            "When",
            text=lambda call: f"{call.measured.at.astimezone():%d %b %H:%M:%S}",
            sort=lambda call: call.measured.at.timestamp(),
            copied=lambda call: units.local_time(call.measured.at),
            tooltip=lambda call: units.local_time(call.measured.at),
            width=126,
            is_muted=True,
        ),
        Column(
            "model",
            "Model",
            text=lambda call: name_of(call.measured.model_id),
            sort=lambda call: name_of(call.measured.model_id).casefold(),
            copied=lambda call: call.measured.model_id,
            tooltip=lambda call: call.measured.model_id,
            width=130,
            takes_slack=True,
        ),
        Column(
            "state",
            "State",
            text=lambda call: call.measured.state.value,
            sort=lambda call: call.measured.state.value,
            tags=lambda call: (CellTag(call.measured.state.value, STATE_TONES[call.measured.state]),),
            tooltip=lambda call: call.measured.detail or call.measured.kind.value,
            width=72,
        ),
        Column(
            "grade",
            "Grade",
            text=lambda call: figures.quality(call.grade.score) if call.grade else units.UNKNOWN,
            sort=lambda call: call.grade.score if call.grade else None,
            tooltip=lambda call: call.grade.probe if call.grade else "",
            width=60,
            is_number=True,
        ),
        _figure("ttft", "TTFT", Metric.TTFT, 66, figures.seconds),
        _figure("latency", "Latency", Metric.LATENCY, 70, figures.seconds),
        _figure("speed", "Tokens/s", Metric.DECODE, 74, figures.rate),
        Column(
            "tokens",
            "Tokens",
            text=lambda call: tokens_text(call.measured),
            sort=lambda call: call.measured.usage.output_tokens,
            explained="Read and written; ~ marks an estimate",
            width=96,
            is_number=True,
            is_muted=True,
        ),
        Column(
            "cost",
            "Cost",
            text=lambda call: figures.cost(call.measured.cost),
            sort=lambda call: call.measured.cost,
            width=70,
            is_number=True,
            is_muted=True,
        ),
    )


def haystack(call: Call) -> str:
    """What the search looks through."""
    return f"{call.measured.model_id} {call.measured.state.value}"


def _figure(key: str, title: str, metric: Metric, width: int, say: Callable[[float], str]) -> Column[Call]:
    def text(call: Call) -> str:
        value = value_of(call.measured, metric)
        return units.UNKNOWN if value is None else say(value)

    return Column(
        key,
        title,
        text=text,
        sort=lambda call: value_of(call.measured, metric),
        explained=figures.FIGURES[metric].explained,
        width=width,
        is_number=True,
    )
