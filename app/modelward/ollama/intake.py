"""How objects and versions come into the vault: unfinished, proven, named, and the version last."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from modelward.core import durable
from modelward.core.clock import Clock
from modelward.core.errors import InputError, KnownError
from modelward.ollama import copying, files, packing, sweep, vault_lock
from modelward.ollama.copying import Meter, Moved, Reader, move
from modelward.ollama.digests import short
from modelward.ollama.model import CopyMeans, Layer, Manifest, ModelName, VaultVersion
from modelward.ollama.objects import Objects
from modelward.ollama.proof_dates import ProofDates
from modelward.ollama.snapshots import Snapshots
from modelward.ollama.vault_folder import VaultFolder

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """A flushed file whose content was proven to be that of the digest, without its name yet."""

    path: Path
    digest: str
    size: int
    means: CopyMeans = CopyMeans.COPY
    is_packed: bool = False


class Intake:
    """One run that brings something in; a context, at whose end nothing unfinished is left.

    Raises FolderError for what the vault's disk refuses, InputError for what a source is not.
    """

    def __init__(self, folder: VaultFolder, clock: Clock, *, compress: bool) -> None:
        self._folder = folder
        self._clock = clock
        self._compress = compress
        self._lock = vault_lock.VaultLock(folder, clock)
        self._intent = vault_lock.Intent(folder, clock)
        self._objects = Objects(folder)
        self._snapshots = Snapshots(folder)
        self._proven: set[str] = set()

    def __enter__(self) -> Self:
        with durable.told(self._folder.root), self._lock.held():
            vault_lock.clear_dead(self._folder, self._clock)
            self._snapshots.clear_parts()
            self._intent.begin()
        return self

    def __exit__(self, *_error: object) -> None:
        self._intent.end()
        with suppress(KnownError, OSError):  # without its date a copy is only proven sooner
            self._keep_dates()

    def pin(self, wanted: Iterable[str]) -> None:
        """Keep these objects from being swept, and bring back what of them lies in the trash."""
        chosen = set(wanted)
        with durable.told(self._folder.root), self._lock.held():
            self._intent.pin(sorted(chosen))
            sweep.rescue_all(self._folder, self._objects, chosen)

    def has(self, layer: Layer) -> bool:
        """Whether the vault has a layer's blob, whole as far as its size says."""
        return self._objects.find(layer.digest, known_size(layer)) is not None

    def can_share(self, source: Path) -> bool:
        """Whether a copy of this file would take no room of its own. Raises FolderError."""
        with durable.told(self._folder.parts):
            part = self._intent.part()
            try:
                with opened_source(source) as file, durable.create(part) as target:
                    return copying.share(file, target)
            except InputError:
                return False
            finally:
                part.unlink(missing_ok=True)

    def copy(self, layer: Layer, source: Path, meter: Meter) -> Part:
        """Copy a blob into the vault and prove it on the way; it has the name of a part until it is admitted."""
        with opened_source(source) as file:
            size = os.fstat(file.fileno()).st_size
            due = known_size(layer)
            if due is not None and size != due:
                raise corrupt(layer.digest, f"It has {size:,} bytes and should have {due:,}.")
            is_packed = self._compress and _is_worth_packing(file, layer.digest)
            with self._part() as (path, target):
                means = CopyMeans.COPY
                if not is_packed and copying.share(file, target):
                    means = CopyMeans.REFLINK
                    moved = move(SourceFile(target, layer.digest), None, meter, size=size)
                else:
                    moved = _write(SourceFile(file, layer.digest), target, meter, size, is_packed=is_packed)
                _require_proof(moved, layer.digest, target)
                return Part(path, layer.digest, size, means, is_packed)

    def receive(self, digest: str, source: Reader, size: int, meter: Meter) -> Part:
        """Bring in a blob out of a stream, which must end with it; it has the name of a part until it is admitted."""
        with self._part() as (path, target):
            moved = _write(source, target, meter, size, is_packed=False)
            _require_proof(moved, digest, target, todo="Use another copy of the file.")
            return Part(path, digest, size)

    def admit(self, part: Part) -> None:
        """Give a part its name."""
        now = self._clock().timestamp()
        with durable.told(part.path):
            log.debug("step object-flushed")
            os.utime(part.path, (now, now))  # not the time of the vault's disk, which may have another clock
            self._objects.admit(part.path, part.digest, part.means, is_packed=part.is_packed)
            log.debug("step object-named")
        self._proven.add(part.digest)

    def flush(self) -> None:
        """Bring the names of all that was admitted to the disk."""
        with durable.told(self._folder.objects):
            self._objects.flush()

    def publish(self, name: ModelName, manifest: Manifest) -> VaultVersion:
        """Write down a version of which all objects are there. The last step of all."""
        now = self._clock()
        needed = {layer.digest for layer in manifest.layers}
        verified_at = now if needed <= self._proven else None
        version = VaultVersion(vault_lock.new_id(now), name, manifest, now, now, verified_at)
        with durable.told(self._folder.snapshots), self._lock.held():
            self.flush()
            log.debug("step folders-flushed")
            lost = [layer.digest for layer in manifest.layers if not self.has(layer)]
            if lost:
                raise InputError(
                    f"The copy of {name} could not be finished.",
                    why=f"Blob {short(lost[0])} was taken out of the vault meanwhile.",
                    todo="Back it up again.",
                )
            self._snapshots.write(version)
            log.debug("step version-written")
        return version

    def _keep_dates(self) -> None:
        """What came in was hashed on its way."""
        if self._proven and self._folder.is_there:
            dates, now = ProofDates(self._folder), self._clock()
            with self._lock.held():
                dates.write(dates.read() | dict.fromkeys(self._proven, now))

    @contextmanager
    def _part(self) -> Iterator[tuple[Path, BinaryIO]]:
        """A new unfinished file, which is gone again where anything fails."""
        path = self._intent.part()
        with durable.told(path):
            try:
                with durable.create(path) as target:
                    yield path, target
            except BaseException:
                path.unlink(missing_ok=True)
                raise


def _write(source: Reader, target: BinaryIO, meter: Meter, size: int, *, is_packed: bool) -> Moved:
    if not is_packed:
        return move(source, copying.writer(target), meter, size=size)
    packer = packing.Packer(target, size)
    moved = move(source, packer.write, meter, size=size)
    packer.end()
    return moved


def _require_proof(moved: Moved, digest: str, target: BinaryIO, *, todo: str = "") -> None:
    if moved.digest != digest:
        raise corrupt(digest, f"Its bytes hash to {short(moved.digest)}….", todo)
    log.debug("step part-written")
    durable.flush(target)


def _is_worth_packing(file: BinaryIO, digest: str) -> bool:
    try:
        return packing.is_worth_it(file)
    except OSError as error:
        raise _unreadable(digest, error) from error


class SourceFile:
    """A file of somebody else's; its errors are no errors of the vault."""

    def __init__(self, file: BinaryIO, digest: str) -> None:
        self._file = file
        self._digest = digest

    def readinto(self, buffer: memoryview, /) -> int:
        try:
            return self._file.readinto(buffer)  # type: ignore[attr-defined,no-any-return]
        except OSError as error:
            raise _unreadable(self._digest, error) from error


def opened_source(path: Path) -> BinaryIO:
    """A blob to read; a link is followed, as its bytes must be those of its digest anyway. Raises InputError."""
    try:
        return io.BufferedReader(files.opened(path))
    except OSError as error:
        raise _unreadable(path.name, error) from error


def _unreadable(digest: str, error: OSError) -> InputError:
    return InputError(f"Blob {short(digest)} cannot be read.", why=f"{error.strerror or error}.", todo=_REPAIR)


def known_size(layer: Layer) -> int | None:
    """A layer's size; a list of manifests does not say how large they are."""
    return layer.size or None if layer.kind == "manifest" else layer.size


def corrupt(digest: str, why: str, todo: str = "") -> InputError:
    """The words for a source that is not what its name says."""
    what = f"Source corrupt: blob {short(digest)} is not what its digest says."
    return InputError(what, why=why, todo=todo or _REPAIR)


_REPAIR = "Repair the model, then back it up again. Good copies in the vault stay."
