"""The columns of the list of healing cycles."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from modelward.core import units
from modelward.core.clock import Clock
from modelward.healing.model import Cycle
from modelward.ui.health import wording
from modelward.ui.kit.rows import CellTag, Column


def columns(clock: Clock) -> Sequence[Column[Cycle]]:
    """The columns; ``clock`` says which day is today."""
    return (
        Column(
            "when",
            "When",
            text=lambda cycle: wording.when(cycle.started_at, clock()),
            sort=lambda cycle: cycle.id,
            tooltip=lambda cycle: units.local_time(cycle.started_at),
            width=112,
        ),
        Column(
            "state",
            "State",
            text=lambda cycle: cycle.state.value,
            sort=lambda cycle: cycle.state.value,
            tags=lambda cycle: (CellTag(cycle.state.value, wording.CYCLE_TONES[cycle.state]),),
            tooltip=lambda cycle: cycle.error or cycle.state.value,
            width=88,
        ),
        Column(
            "filled",
            "Filled",
            text=wording.filled,
            sort=lambda cycle: sum(cycle.filled.values()),
            width=190,
            is_strong=True,
            takes_slack=True,
        ),
        Column("took", "Took", text=wording.took, sort=_seconds, width=104, is_number=True),
        Column(
            "calls",
            "Calls",
            text=lambda cycle: units.count(cycle.cost.calls),
            sort=lambda cycle: cycle.cost.calls,
            width=62,
            explained="How often models were asked",
            is_number=True,
        ),
        Column(
            "tokens",
            "Tokens",
            text=lambda cycle: units.count(_tokens(cycle)),
            sort=_tokens,
            width=78,
            explained="Tokens in and out",
            is_number=True,
        ),
        Column(
            "cost",
            "Cost",
            text=lambda cycle: wording.cost(cycle.cost.usd),
            sort=lambda cycle: cycle.cost.usd if cycle.cost.usd is None else Decimal(cycle.cost.usd),
            width=76,
            is_number=True,
        ),
    )


def haystack(cycle: Cycle) -> str:
    """What a search looks through."""
    return f"{cycle.state.value} {wording.filled(cycle)} {cycle.error}"


def _tokens(cycle: Cycle) -> int:
    return cycle.cost.input_tokens + cycle.cost.output_tokens


def _seconds(cycle: Cycle) -> float | None:
    return None if cycle.ended_at is None else (cycle.ended_at - cycle.started_at).total_seconds()
