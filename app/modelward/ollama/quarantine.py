"""Bad files set aside while a repair lasts, in a folder that is its own journal: whatever lies in it says what to do.

``<models>/.modelward/repairs/<id>/`` holds ``bad`` (what was moved out of the way, by its path in the model folder),
``new`` (what is proven and waits for its place) and ``kept`` (the only copy of a version that may be replaced). None of
them is a place that Ollama looks at, and all are on the blobs' own disk, so that moving is renaming. After a kill, at
whatever point, :meth:`Bench.settle` finishes what is proven and puts the rest back.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePath

from modelward.core import durable
from modelward.core.errors import InputError
from modelward.core.progress import Progress
from modelward.ollama import digests, files, manifests, placing
from modelward.ollama.model import Manifest

_BLOBS = "blobs"


class Bench:
    """One repair's folder. Methods raise FolderError; the workshop's lock is held."""

    def __init__(self, models: Path, folder: Path, remains: Path) -> None:
        self.models = models
        self.folder = folder
        self.bad = folder / "bad"
        self.new = folder / "new"
        self.kept = folder / "kept"
        self._remains = remains
        self.wanted: tuple[str, ...] = ()
        """The blobs that this repair is about."""

    def staged(self, digest: str) -> Path:
        """Where a proven blob waits for its place."""
        return digests.blob_file(self.new, digest)

    def set_aside_once(self, digest: str) -> None:
        """Move a blob and its unfinished downloads out of the way.

        What was set aside first is what is given back where nothing better comes; what came since is removed.
        """
        place = digests.blob_file(self.models, digest)
        with placing.told(place):
            for path in (place, *partials(self.models, digest)):
                aside = self.bad / _BLOBS / path.name
                if not os.path.lexists(path):
                    continue
                if path == place and os.path.lexists(aside):
                    path.unlink()
                else:
                    path.replace(aside)
            durable.flush_folder(self.bad / _BLOBS)

    def stage_manifest(self, place: Path, raw: bytes) -> None:
        """Let a manifest wait until all its blobs are in place."""
        staged = self.new / place.relative_to(self.models)
        with placing.told(staged):
            placing.make_folder(staged.parent)
            durable.replace(staged, raw)

    def keep(self, place: Path, manifest: Manifest) -> None:
        """Keep the blobs of a version that nothing else keeps, without taking room where the disk can.

        A download of a newer version would remove them at once.
        """
        target = self.kept / place.relative_to(self.models)
        blobs = [digests.blob_file(self.models, layer.digest) for layer in manifest.blobs]
        with placing.told(self.kept):
            placing.make_folder(self.kept / _BLOBS)
            for blob in blobs:
                if blob.is_file() and not (self.kept / _BLOBS / blob.name).exists():
                    _keep(blob, self.kept / _BLOBS / blob.name)
            durable.flush_folder(self.kept / _BLOBS)
            placing.make_folder(target.parent)
            durable.replace(target, manifest.raw)

    def heal(self, digest: str, progress: Progress) -> bool:
        """Put a proven blob in the place of a bad one: whether it could be read back whole from there."""
        self.set_aside_once(digest)
        placing.put_blob(self.models, digest, self.staged(digest))
        return placing.is_whole(digests.blob_file(self.models, digest), digest, progress)

    def settle(self, progress: Progress, proven: frozenset[str] = frozenset()) -> frozenset[str]:
        """Finish what is proven, put back the rest, and close the repair: the digests that are whole in their places.

        ``proven``: those that were read whole from their places just now. May be called again after a kill at any
        point of it.
        """
        with placing.told(self.folder):
            whole = proven | {digest for digest in self._touched() - proven if self._is_settled(digest, progress)}
            for staged in _files_below(self.new, "manifests*"):
                self._settle_manifest(staged, whole, progress)
            self._settle_kept()
            shutil.rmtree(self.folder)
            durable.flush_folder(self.folder.parent)
        return whole

    def _touched(self) -> set[str]:
        names = {path.name for part in (self.bad, self.new) for path in listed(part / _BLOBS)}
        found = set()
        for name in names:
            try:
                found.add(digests.parse(name.partition("-partial")[0].removesuffix(".tmp")))
            except ValueError:
                continue
        return found

    def _is_settled(self, digest: str, progress: Progress) -> bool:
        place, staged = digests.blob_file(self.models, digest), self.staged(digest)
        if placing.is_whole(place, digest, progress):
            return True
        if placing.is_whole(staged, digest, progress) and self.heal(digest, progress):
            return True
        self._give_back(digest)
        return False

    def _give_back(self, digest: str) -> None:
        place = digests.blob_file(self.models, digest)
        with placing.told(place):
            aside = self.bad / _BLOBS / place.name
            if os.path.lexists(aside):
                aside.replace(place)
            if not partials(self.models, digest):
                for partial in _partials_in(self.bad / _BLOBS, place.name):
                    partial.replace(place.with_name(partial.name))
            durable.flush_folder(place.parent)

    def _settle_manifest(self, staged: Path, whole: frozenset[str], progress: Progress) -> None:
        place = self.models / staged.relative_to(self.new)
        raw = staged.read_bytes()
        if all_there(self.models, raw, whole, progress):
            placing.put_manifest(self.models, place, raw, self.new)

    def _settle_kept(self) -> None:
        """What was kept is let go where its version is still in place, or is nowhere any more to be lost."""
        told = list(_files_below(self.kept, "manifests*"))
        if not any(_content(self.models / path.relative_to(self.kept)) != path.read_bytes() for path in told):
            return
        with placing.told(self.kept):
            placing.make_folder(self._remains)
            self.kept.replace(self._remains / self.folder.name)
            durable.flush_folder(self._remains)

    @property
    def remains(self) -> Path:
        """Where a version that was replaced and is in no other copy lies afterwards."""
        return self._remains / self.folder.name


def partials(models: Path, digest: str) -> tuple[Path, ...]:
    """The files of unfinished downloads of a blob. Raises FolderError."""
    with placing.told(models / _BLOBS):
        return _partials_in(models / _BLOBS, digests.file_name(digest))


def _partials_in(folder: Path, name: str) -> tuple[Path, ...]:
    found = (path for path in listed(folder) if path.name.startswith(name))
    return tuple(path for path in found if path.name == f"{name}.tmp" or path.name.startswith(f"{name}-partial"))


def all_there(models: Path, raw: bytes, whole: frozenset[str], progress: Progress) -> bool:
    """Whether every blob of a manifest lies whole in its place; those in ``whole`` were proven just now."""
    try:
        manifest = manifests.read(raw)
    except InputError:
        return False
    wanted = [layer.digest for layer in manifest.blobs if layer.digest not in whole]
    return all(placing.is_whole(digests.blob_file(models, digest), digest, progress) for digest in wanted)


def _keep(blob: Path, target: Path) -> None:
    try:
        target.hardlink_to(blob.resolve())  # a second name for a link would lead elsewhere from here
    except OSError:
        placing.require_room(target.parent, blob.stat().st_size)
        with blob.open("rb") as source, durable.create(target) as copy:
            shutil.copyfileobj(source, copy)
            durable.flush(copy)


def listed(folder: Path) -> list[Path]:
    """What lies in a folder; nothing where there is none."""
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _files_below(folder: Path, pattern: str) -> Iterator[Path]:
    for root in sorted(folder.glob(pattern)):
        yield from sorted(path for path in root.rglob("*") if path.is_file() and not path.name.endswith(".part"))


def _content(path: PurePath) -> bytes | None:
    try:
        return files.read(str(path), manifests.LARGEST)[0]
    except (OSError, InputError):
        return None
