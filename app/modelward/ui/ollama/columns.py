"""The columns of the list of local models."""

from __future__ import annotations

from collections.abc import Callable

from modelward.catalog.fields import clip
from modelward.core import units
from modelward.core.clock import Clock
from modelward.ui.kit.rows import CellTag, Column
from modelward.ui.kit.tokens import Tone
from modelward.ui.ollama import figures, wording
from modelward.ui.ollama.rows import Row

WorkOn = Callable[[Row], str]
"""What is done to a model now, in a word or two; empty where nothing is."""


def columns(clock: Clock, work_on: WorkOn) -> tuple[Column[Row], ...]:
    """The columns; ``clock`` says how long ago things are."""

    def tags(row: Row) -> tuple[CellTag, ...]:
        work = work_on(row)
        return (CellTag(work, Tone.WORKING),) if work else wording.verdict_tags(row, clock())

    def config(row: Row) -> tuple[str, str, str]:
        held = row.check.model.config if row.check else None
        if held is None:
            return "", "", ""
        return held.parameter_size or "", held.quantization or "", ", ".join(held.capabilities)

    return (
        Column(
            "model",
            "Model",
            text=lambda row: clip(row.title, 200),
            sort=lambda row: row.title.casefold(),
            copied=lambda row: row.title,
            tooltip=lambda row: row.title,
            width=112,
            is_strong=True,
            takes_slack=True,
        ),
        Column(
            "size",
            "Size",
            text=lambda row: figures.size_text(row.size),
            sort=lambda row: row.size,
            tooltip=lambda row: f"{row.size:,} bytes" if row.size is not None else "",
            explained="Bytes of all its blobs, also of those that it shares with other models",
            width=80,
            is_number=True,
        ),
        Column(
            "proven",
            "Proven",
            text=lambda row: wording.proven_text(row, clock()),
            sort=lambda row: row.check.proven_at.timestamp() if row.check and row.check.proven_at else None,
            tooltip=lambda row: units.local_time(row.check.proven_at) if row.check and row.check.proven_at else "",
            explained="When the eldest of its blobs was last hashed whole",
            width=92,
            is_muted=True,
        ),
        Column(
            "verdict",
            "Verdict",
            text=lambda row: ", ".join(tag.word for tag in tags(row)),
            sort=lambda row: ", ".join(tag.word for tag in wording.verdict_tags(row, clock())),
            tags=tags,
            tooltip=lambda row: wording.verdict_text(row, clock()),
            width=152,
        ),
        Column(
            "copies",
            "Copies",
            text=lambda row: units.UNKNOWN if row.is_remote else f"{len(row.versions):,}",
            sort=lambda row: None if row.is_remote else len(row.versions),
            explained="Versions in the vault",
            width=66,
            is_number=True,
        ),
        Column(
            "answers",
            "Answers in",
            text=lambda row: figures.milliseconds(row.answer_ms),
            sort=lambda row: row.answer_ms,
            explained="How fast the server last answered a cheap question about the model",
            width=94,
            is_number=True,
        ),
        Column(
            "modified",
            "Modified",
            text=lambda row: units.ago(row.modified_at, clock()),
            sort=lambda row: row.modified_at.timestamp() if row.modified_at else None,
            tooltip=lambda row: units.local_time(row.modified_at) if row.modified_at else "",
            width=92,
            is_muted=True,
            is_hidden=True,
        ),
        Column(
            "parameters",
            "Parameters",
            text=lambda row: clip(config(row)[0]) or units.UNKNOWN,
            sort=lambda row: config(row)[0] or None,
            width=92,
            is_hidden=True,
        ),
        Column(
            "quantization",
            "Quantization",
            text=lambda row: clip(config(row)[1]) or units.UNKNOWN,
            sort=lambda row: config(row)[1] or None,
            width=104,
            is_hidden=True,
        ),
        Column(
            "capabilities",
            "Capabilities",
            text=lambda row: clip(config(row)[2]) or units.UNKNOWN,
            sort=lambda row: config(row)[2] or None,
            width=140,
            is_muted=True,
            is_hidden=True,
        ),
        Column(
            "guarded",
            "Guarded",
            text=lambda row: "yes" if row.is_protected else "no",
            sort=lambda row: "yes" if row.is_protected else "no",
            explained="Whether it is brought back when it is gone",
            width=78,
            is_muted=True,
            is_hidden=True,
        ),
    )


def haystack(row: Row) -> str:
    """What the search looks through."""
    return row.title
