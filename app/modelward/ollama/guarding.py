"""Which models the guard brings back, and which it lets go: decided from what it saw before and what is there now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from modelward.ollama.model import Library, LocalModel, ModelName


@dataclass(frozen=True, slots=True)
class Guarded:
    """A model that the guard saw in a folder.

    ``is_protected``: what was decided for this model; None follows the setting. ``manifest_digest``: the version that
    it saw last; empty where it could not be read. ``brought_back_at``: when it last brought the model back (UTC).
    """

    library: str
    name: ModelName
    is_protected: bool | None
    manifest_digest: str
    first_seen_at: datetime
    last_seen_at: datetime
    brought_back_at: datetime | None = None

    def is_kept(self, *, protect_all: bool) -> bool:
        """Whether it is brought back when it is gone."""
        return protect_all if self.is_protected is None else self.is_protected


@dataclass(frozen=True, slots=True)
class Absences:
    """What of the models seen before is not there now.

    ``to_bring_back`` are gone and protected; ``let_go`` were brought back once and are gone again, which is taken as
    meant; ``forgotten`` are gone and not protected. ``library_gone`` says in words that nothing can be told, as all is
    gone at once; nothing else is said then.
    """

    to_bring_back: tuple[Guarded, ...] = ()
    let_go: tuple[Guarded, ...] = ()
    forgotten: tuple[Guarded, ...] = ()
    library_gone: str = ""


def absences(guarded: Sequence[Guarded], library: Library, *, protect_all: bool) -> Absences:
    """What is gone from a folder that could be read, of what was seen in it before."""
    if not library.is_whole:
        return Absences()
    present = {model.name for model in library.models}
    gone = [each for each in guarded if each.name not in present]
    kept = [each for each in gone if each.is_kept(protect_all=protect_all)]
    if kept and len(gone) == len(guarded) and (len(gone) > 1 or not _has_blobs(library.folder)):
        return Absences(library_gone=_all_gone(library.folder, len(gone)))
    return Absences(
        tuple(each for each in kept if each.brought_back_at is None),
        tuple(each for each in kept if each.brought_back_at is not None),
        tuple(each for each in gone if each not in kept),
    )


def seen(model: LocalModel, library: str, before: Guarded | None, at: datetime) -> Guarded | None:
    """What to remember of a model that is there; None for one that is served elsewhere: it has nothing to lose."""
    if model.is_remote:
        return None
    digest = model.manifest.digest if model.manifest else ""
    if before is None:
        return Guarded(library, model.name, None, digest, at, at)
    return replace(before, manifest_digest=digest or before.manifest_digest, last_seen_at=at)


def moved_away(guarded: Sequence[Guarded], library: Library, *, is_there: Collection[str]) -> str:
    """What to say where models were kept in another folder until now, and that one is no longer there.

    Ollama's own app falls back to its usual folder, without a word, when the disk with the chosen one is missing.
    ``is_there``: the folders that exist. Empty where nothing is amiss: models were seen in this folder before, the
    former one is still there, or its models are all here.
    """
    if not guarded or any(each.library == str(library.folder) for each in guarded):
        return ""
    former = max(guarded, key=lambda each: each.last_seen_at).library
    present = {model.name for model in library.models}
    missing = [each for each in guarded if each.library == former and each.name not in present]
    if former in is_there or not missing:
        return ""
    return f"{len(missing)} models lay in {former}, which is not there now; Ollama looks into {library.folder} instead."


def folder_gone(guarded: Sequence[Guarded], folder: Path) -> str:
    """What to say where the folder itself cannot be found; empty where no model was ever seen in it."""
    count = sum(each.library == str(folder) for each in guarded)
    return f"The folder {folder}, which held {count} models, is not there." if count else ""


def _has_blobs(folder: Path) -> bool:
    try:
        return any((folder / "blobs").iterdir())
    except OSError:
        return False


def _all_gone(folder: Path, count: int) -> str:
    if count == 1:
        return f"The one model that lay in {folder} is gone, with all its parts."
    return f"All {count} models that lay in {folder} are gone at once."
