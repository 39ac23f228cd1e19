"""The columns of the list of copies."""

from __future__ import annotations

from modelward.backups.model import Backup
from modelward.core import units
from modelward.core.clock import Clock
from modelward.ui.backups import wording
from modelward.ui.kit.rows import Column


def columns(clock: Clock) -> tuple[Column[Backup], ...]:
    """The columns; ``clock`` tells how long ago things are."""

    def made(row: Backup) -> str:
        return wording.moment_tooltip(row.created_at, clock())

    return (
        Column(
            "when",
            "When",
            text=lambda row: wording.when_text(row.created_at, clock()),
            sort=lambda row: row.created_at.timestamp(),
            copied=lambda row: units.local_time(row.created_at),
            tooltip=made,
            width=142,
            is_strong=True,
        ),
        Column(
            "state",
            "State",
            text=lambda row: wording.state_tag(row).word,
            sort=lambda row: row.state.value,
            tags=lambda row: (wording.state_tag(row),),
            tooltip=lambda row: wording.state_text(row, clock()),
            width=96,
        ),
        Column(
            "why",
            "Why",
            text=wording.why_text,
            sort=wording.why_text,
            tooltip=wording.why_text,
            width=122,
            takes_slack=True,
        ),
        Column(
            "kept",
            "Kept as",
            text=wording.reasons_text,
            sort=lambda row: " ".join(tag.word for tag in wording.reason_tags(row)),
            tags=wording.reason_tags,
            tooltip=wording.reasons_text,
            width=152,
        ),
        Column(
            "size",
            "MiB",
            text=lambda row: wording.mib_text(row.size_bytes),
            sort=lambda row: row.size_bytes,
            tooltip=lambda row: f"{units.size(row.size_bytes)} ({row.size_bytes:,} bytes)",
            explained="Size of the copy as it lies there, in MiB",
            width=62,
            is_number=True,
        ),
        Column(
            "note",
            "Note",
            text=wording.note_text,
            sort=lambda row: wording.note_text(row).casefold() or None,
            tooltip=lambda row: wording.state_text(row, clock()) if row.trouble else wording.note_text(row),
            width=80,
            is_muted=True,
            takes_slack=True,
        ),
        Column(
            "age",
            "Age",
            text=lambda row: units.ago(row.created_at, clock()),
            sort=lambda row: -row.created_at.timestamp(),
            tooltip=made,
            width=94,
            is_muted=True,
        ),
    )
