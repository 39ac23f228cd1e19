"""Rows of the store as cycles, fills and attempts, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from modelward.catalog import rows as facts
from modelward.catalog.model import Field
from modelward.healing.memory import Remembered
from modelward.healing.model import Attempt, Cost, Cycle, CycleState, Fill, FillState, Means, Outcome

FILL_COLUMNS = ("id", "cycle_id", "at", "means", "state", *facts.FACT_COLUMNS)
"""Columns of a fill's row, in the order in which they are read."""

ATTEMPT_COLUMNS = (*Attempt.__slots__, "basis")
"""Columns of an attempt's row, in the order of the class."""

_FIELDS = {field.value: field for field in Field}
_MEANS = {means.value: means for means in Means}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


def cycle(row: Any) -> Cycle:
    """The cycle of a row."""
    return Cycle(
        row.id,
        row.started_at,
        row.ended_at,
        CycleState(row.state),
        row.total,
        row.complete_before,
        row.complete_after,
        {Means(means): count for means, count in json.loads(row.filled).items()},
        Cost(row.calls, row.input_tokens, row.output_tokens, row.usd),
        row.error,
    )


def filled_text(filled: Mapping[Means, int]) -> str:
    """Counts by means, as a row has them."""
    return json.dumps({means.value: count for means, count in filled.items() if count})


def cost_row(cost: Cost) -> dict[str, object]:
    """The columns of a cost."""
    return {name: getattr(cost, name) for name in Cost.__slots__}


def fill(row: Sequence[Any]) -> Fill:
    """The fill of a row with :data:`FILL_COLUMNS`."""
    id_, cycle_id, at, means, state, *stated = row
    return Fill(id_, cycle_id, at, Means(means), FillState(state), facts.facts([stated])[0])


def remembered(row: Sequence[Any]) -> Remembered:
    """The attempt of a row with :data:`ATTEMPT_COLUMNS`."""
    model_id, field, means, at, outcome, detail, tries, next_at, basis = row
    attempt = Attempt(model_id, _FIELDS[field], _MEANS[means], at, _OUTCOMES[outcome], detail, tries, next_at)
    return Remembered(attempt, basis)


def attempt_row(one: Remembered) -> dict[str, object]:
    """The row of an attempt."""
    row = {name: getattr(one.attempt, name) for name in Attempt.__slots__}
    words = {name: str(row[name]) for name in ("field", "means", "outcome")}
    return {**row, **words, "basis": one.basis}
