"""The columns of the list of incomplete models."""

from __future__ import annotations

from modelward.catalog.fields import clip
from modelward.core.clock import Clock
from modelward.core.units import UNKNOWN
from modelward.ui.catalog.names import provider_name
from modelward.ui.health import wording
from modelward.ui.health.figures import IncompleteModel
from modelward.ui.kit.rows import CellTag, Column
from modelward.ui.kit.tokens import Tone

MISSING = "missing"
"""The key of the column that the list is sorted by at first."""


def _tags(row: IncompleteModel) -> tuple[CellTag, ...]:
    return tuple(CellTag(word, Tone.ATTENTION) for word in row.words)


def columns(clock: Clock) -> tuple[Column[IncompleteModel], ...]:
    """The columns; ``clock`` says how long ago something was tried."""
    return (
        Column(
            "model",
            "Model",
            text=lambda row: clip(row.model.id, 200),
            sort=lambda row: row.model.id.casefold(),
            copied=lambda row: row.model.id,
            tooltip=lambda row: row.model.id,
            width=180,
            is_strong=True,
            takes_slack=True,
        ),
        Column(
            MISSING,
            "Missing",
            text=lambda row: ", ".join(row.words),
            # Those that lack most first, and alike gaps together.
            sort=lambda row: f"{9 - len(row.fields)} {' '.join(row.words)}",
            tags=_tags,
            width=190,
        ),
        Column(
            "tried",
            "Tried",
            text=lambda row: wording.tried(row.attempts, clock()) if row.attempts else "",
            sort=lambda row: wording.tried(row.attempts, clock()) if row.attempts else None,
            tooltip=lambda row: wording.all_tried(row.attempts, clock()) or "Not tried yet",
            width=225,
            is_muted=True,
            takes_slack=True,
        ),
        Column(
            "next",
            "Next try",
            text=lambda row: wording.next_try_text(row.attempts, clock()),
            sort=lambda row: due.timestamp() if (due := wording.next_try(row.attempts)) else None,
            width=98,
            is_muted=True,
            is_number=True,
        ),
        Column(
            "provider",
            "Provider",
            text=lambda row: provider_name(row.model.provider),
            sort=lambda row: provider_name(row.model.provider).casefold(),
            width=130,
            is_muted=True,
            is_hidden=True,
        ),
        Column(
            "kind",
            "Kind",
            text=lambda row: row.model.kind.value if row.model.kind else UNKNOWN,
            sort=lambda row: row.model.kind.value if row.model.kind else None,
            width=85,
            is_muted=True,
            is_hidden=True,
        ),
    )


def haystack(row: IncompleteModel) -> str:
    """What the search looks through."""
    return f"{row.model.id} {provider_name(row.model.provider)} {' '.join(row.words)}"
