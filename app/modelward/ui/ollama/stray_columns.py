"""The columns of the files in the model folder that no model needs."""

from __future__ import annotations

from collections.abc import Sequence

from modelward.catalog.fields import clip
from modelward.core import units
from modelward.core.clock import Clock
from modelward.ollama.model import Stray, StrayKind
from modelward.ui.kit.rows import CellTag, Column
from modelward.ui.kit.tokens import Tone
from modelward.ui.ollama.figures import size_text

_STRAYS = {
    StrayKind.ORPHAN: CellTag("orphan", Tone.ATTENTION),
    StrayKind.PARTIAL: CellTag("unfinished download", Tone.ATTENTION),
    StrayKind.TEMPORARY: CellTag("left behind", Tone.ATTENTION),
    StrayKind.FOREIGN: CellTag("not Ollama’s"),
    StrayKind.MANIFEST: CellTag("no manifest", Tone.TROUBLE),
}
_STRAYS_EXPLAINED = {
    StrayKind.ORPHAN: "A whole blob that no model needs.",
    StrayKind.PARTIAL: "Part of a download that was not finished; pulling the model again would go on with it.",
    StrayKind.TEMPORARY: "Left by making or copying a model.",
    StrayKind.FOREIGN: "Nothing of Ollama’s. Somebody else put it there.",
    StrayKind.MANIFEST: "It lies among the manifests and is none: it may stop Ollama’s own cleaning.",
}


def stray_tag(stray: Stray) -> CellTag:
    """What a file is, in a word or two."""
    return _STRAYS[stray.kind]


def stray_text(stray: Stray) -> str:
    """What a file is, and where it lies."""
    return f"{_STRAYS_EXPLAINED[stray.kind]}\n{stray.path}"


def strays_text(strays: Sequence[Stray]) -> str:
    """How many files and how much they take."""
    number = "1 file" if len(strays) == 1 else f"{len(strays):,} files"
    return f"{number}, {size_text(sum(stray.size for stray in strays))}"


def columns(clock: Clock) -> tuple[Column[Stray], ...]:
    """The columns; ``clock`` says how old files are."""
    return (
        Column(
            "file",
            "File",
            text=lambda stray: clip(stray.path.name, 200),
            sort=lambda stray: stray.path.name,
            copied=lambda stray: str(stray.path),
            tooltip=stray_text,
            width=170,
            takes_slack=True,
        ),
        Column(
            "kind",
            "What it is",
            text=lambda stray: stray_tag(stray).word,
            sort=lambda stray: stray_tag(stray).word,
            tags=lambda stray: (stray_tag(stray),),
            tooltip=stray_text,
            width=144,
        ),
        Column(
            "size",
            "Size",
            text=lambda stray: size_text(stray.size),
            sort=lambda stray: stray.size,
            tooltip=lambda stray: f"{stray.size:,} bytes",
            width=80,
            is_number=True,
        ),
        Column(
            "age",
            "Last written",
            text=lambda stray: units.ago(stray.modified_at, clock()),
            sort=lambda stray: -stray.modified_at.timestamp(),
            tooltip=lambda stray: units.local_time(stray.modified_at),
            width=100,
            is_muted=True,
        ),
    )


def haystack(stray: Stray) -> str:
    """What the search looks through."""
    return f"{stray.path.name} {stray_tag(stray).word}"
