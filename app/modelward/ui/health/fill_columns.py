"""The columns of lists of filled or proposed values."""

from __future__ import annotations

from modelward.catalog.fields import clip
from modelward.healing.model import Fill
from modelward.ui.catalog.wording import value_text
from modelward.ui.health import wording
from modelward.ui.kit.rows import CellTag, Column

_MODEL: Column[Fill] = Column(
    "model",
    "Model",
    text=lambda fill: clip(fill.fact.model_id, 200),
    sort=lambda fill: fill.fact.model_id.casefold(),
    tooltip=lambda fill: fill.fact.model_id,
    width=165,
    is_strong=True,
    takes_slack=True,
)
_FIELD: Column[Fill] = Column(
    "field",
    "Field",
    text=lambda fill: wording.title(fill.fact.field),
    sort=lambda fill: wording.title(fill.fact.field),
    width=130,
)
_VALUE: Column[Fill] = Column(
    "value",
    "Value",
    text=lambda fill: value_text(fill.fact.field, fill.fact.value),
    sort=lambda fill: value_text(fill.fact.field, fill.fact.value),
    width=122,
)
_MEANS: Column[Fill] = Column(
    "means",
    "By",
    text=lambda fill: wording.BY_MEANS[fill.means],
    sort=lambda fill: wording.BY_MEANS[fill.means],
    tags=lambda fill: (CellTag(wording.BY_MEANS[fill.means], wording.MEANS_TONES[fill.means]),),
    width=110,
)
_SURE: Column[Fill] = Column(
    "sure",
    "Sure, %",
    text=lambda fill: f"{fill.fact.confidence * 100:.0f}",
    sort=lambda fill: fill.fact.confidence,
    width=70,
    explained="How far those are trusted who say so, by how well they did where the truth is known",
    is_number=True,
)
_STATE: Column[Fill] = Column(
    "state",
    "State",
    text=lambda fill: wording.FILL_WORDS[fill.state],
    sort=lambda fill: wording.FILL_WORDS[fill.state],
    tags=lambda fill: (CellTag(wording.FILL_WORDS[fill.state], wording.FILL_TONES[fill.state]),),
    width=105,
)
_WHY: Column[Fill] = Column(
    "why",
    "Why",
    text=wording.why,
    sort=wording.why,
    tooltip=lambda fill: "\n".join(part for part in (wording.why(fill), fill.fact.evidence) if part),
    width=190,
    is_muted=True,
)

FILLED = (_MODEL, _FIELD, _VALUE, _MEANS, _SURE, _STATE)
"""What a cycle filled; why is said beside the list."""

PROPOSED = (_MODEL, _FIELD, _VALUE, _MEANS, _SURE, _WHY)
"""What waits for the person."""


def haystack(fill: Fill) -> str:
    """What a search looks through."""
    return f"{fill.fact.model_id} {wording.title(fill.fact.field)} {wording.why(fill)}"
