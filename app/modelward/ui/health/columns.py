"""The columns of the list of incomplete models."""

from __future__ import annotations

from modelward.ui.catalog.names import provider_name
from modelward.ui.health.figures import IncompleteModel
from modelward.ui.kit.rows import CellTag, Column, plain_tooltip
from modelward.ui.kit.tokens import Tone

_UNKNOWN = "—"


def _tags(row: IncompleteModel) -> tuple[CellTag, ...]:
    return tuple(CellTag(word, Tone.ATTENTION) for word in row.words)


COLUMNS: tuple[Column[IncompleteModel], ...] = (
    Column(
        "model",
        "Model",
        text=lambda row: row.model.name,
        sort=lambda row: row.model.name.casefold(),
        copied=lambda row: row.model.id,
        tooltip=lambda row: plain_tooltip(row.model.id),
        width=200,
        is_strong=True,
        takes_slack=True,
    ),
    Column(
        "missing",
        "Missing",
        text=lambda row: ", ".join(row.words),
        # Those that lack most first, and alike gaps together.
        sort=lambda row: f"{9 - len(row.fields)} {' '.join(row.words)}",
        tags=_tags,
        width=215,
    ),
    Column(
        "provider",
        "Provider",
        text=lambda row: provider_name(row.model.provider),
        sort=lambda row: provider_name(row.model.provider).casefold(),
        width=130,
        is_muted=True,
    ),
    Column(
        "kind",
        "Kind",
        text=lambda row: row.model.kind.value if row.model.kind else _UNKNOWN,
        sort=lambda row: row.model.kind.value if row.model.kind else None,
        width=85,
        is_muted=True,
    ),
)


def haystack(row: IncompleteModel) -> str:
    """What the search looks through."""
    return f"{row.model.id} {provider_name(row.model.provider)} {' '.join(row.words)}"
