"""From a model's facts to its row: the effective values and the flags that the table shows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from modelward.catalog.completeness import missing
from modelward.catalog.facts import resolve
from modelward.catalog.model import Capabilities, Capability, Fact, FactValue, Field, Kind, Model, Source

NO_COLUMN = frozenset({Field.PRICE_TIERS, Field.MODEL_PAGE})
"""Fields that stand in facts alone, not in a model's row."""

UNDISPUTED = NO_COLUMN | {Field.DISPLAY_NAME, Field.FAMILY}
"""Fields whose dissent marks no model: names are spelt in many ways, and what is no column is not compared."""


def derive(model: Model, facts: Collection[Fact]) -> Model:
    """The model with every effective value and flag as its facts say; what no fact states is unknown.

    Status, ``first_seen`` and ``new_at`` are not facts and stay. ``last_seen`` is when its provider last named it.
    """
    resolved = resolve(facts)
    seen = [fact.observed_at for fact in facts if fact.source is Source.PROVIDER]
    if model.last_seen is not None:
        seen.append(model.last_seen)
    derived = Model(
        model.id,
        model.provider,
        model.name,
        status=model.status,
        first_seen=model.first_seen,
        last_seen=max(seen, default=None),
        new_at=model.new_at,
        has_user_value=any(fact.source is Source.USER for fact in facts),
        has_dissent=not UNDISPUTED.issuperset(resolved.dissent),
        **_columns(resolved.values),
    )
    return derived if missing(derived) else derived._replace(is_complete=True)


def _columns(values: dict[Field, FactValue]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for field, value in values.items():
        if isinstance(value, Capabilities):
            # "None" is an answer where tools are denied; a denial of sound or pictures alone leaves it open.
            is_answer = value.has or Capability.TOOLS in value.lacks
            columns["capabilities"] = value.has if is_answer else None
            columns["not_capabilities"] = value.lacks
        elif field is Field.KIND:
            columns["kind"] = Kind(str(value))
        elif field not in NO_COLUMN:
            columns[field.value] = value
    return columns
