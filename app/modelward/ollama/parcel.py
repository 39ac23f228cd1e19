"""A model in one file: a tar file that unpacks into any model folder of Ollama's, written and taken in as a stream."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from modelward.core import durable
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import BadValueError, InputError
from modelward.core.progress import Progress
from modelward.ollama import copying, digests, manifests, names, tarball
from modelward.ollama.copying import Meter, Reader, move
from modelward.ollama.digests import short
from modelward.ollama.intake import Intake, Part, SourceFile, corrupt, known_size, opened_source
from modelward.ollama.model import LayerKind, Manifest, ModelName, VaultVersion
from modelward.ollama.tarball import Member, TarReader, refused
from modelward.ollama.vault import Vault

log = logging.getLogger(__name__)

_MOST_FILES = 60_000
_LEVEL = 3

Opener = Callable[[str], AbstractContextManager[tuple[Reader, int]]]
"""Gives the bytes of a blob and how many there are."""


def export_version(
    vault: Vault, version: VaultVersion, file: Path, progress: Progress, *, compress: bool = False
) -> int:
    """Write a version that the vault has into one file: its bytes. See :func:`export`."""
    written = export(version.name, version.manifest, vault.opened, file, progress, compress=compress)
    vault.record("export", str(version.name), f"version {version.id}")
    return written


def export_model(
    folder: Path, name: ModelName, manifest: Manifest, file: Path, progress: Progress, *, compress: bool = False
) -> int:
    """Write a model straight out of a model folder into one file: its bytes. See :func:`export`."""

    @contextmanager
    def opener(digest: str) -> Iterator[tuple[Reader, int]]:
        with opened_source(digests.blob_file(folder, digest)) as blob:
            yield SourceFile(blob, digest), os.fstat(blob.fileno()).st_size

    return export(name, manifest, opener, file, progress, compress=compress)


def export(
    name: ModelName,
    manifest: Manifest,
    opener: Opener,
    file: Path,
    progress: Progress,
    *,
    compress: bool = False,
    clock: Clock = utc_now,
) -> int:
    """Write a model into one file, the blobs first and the manifest last, every blob proven on the way: its bytes.

    A file of that name is replaced when all is written, and stays as it was where anything fails: FolderError for
    what cannot be written, InputError for what cannot be read or is damaged.
    """
    part = file.with_name(file.name + durable.PART_ENDING)
    with durable.told(part):
        part.unlink(missing_ok=True)
        try:
            with durable.create(part) as target:
                writer = _Packed(target) if compress else _Plain(target)
                _write(writer, name, manifest, opener, Meter(progress, manifest.size), clock().timestamp())
                writer.end()
                durable.flush(target)
            with suppress(PermissionError):  # file systems of memory sticks know no such rights
                part.chmod(0o644)
            log.debug("step export-flushed")
            part.replace(file)
            log.debug("step export-named")
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        durable.flush_folder(file.parent)
        return file.stat().st_size


def take_in(vault: Vault, file: Path, progress: Progress) -> tuple[VaultVersion, ...]:
    """Bring the models of such a file into the vault: what they are there.

    Every path and every byte is checked, and nothing gets a name in the vault before all was. Raises InputError for a
    file that is not as it should be, FolderError for the vault's disk.
    """
    vault.folder.prepare()
    try:
        source = durable.open_regular(file)
    except OSError as error:
        raise InputError(f"{file} cannot be read.", why=f"{error.strerror or error}.") from error
    with source, vault.intake() as intake:
        taken = _Taking(vault, intake, Meter(progress, None))
        reader = TarReader(tarball.opened(source))
        for member in reader.members():
            taken.take(member, reader)
        return taken.finish()


class _Plain:
    """Writes a file as it is; ``move`` hands it whole buffers."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._write = copying.writer(target)
        self.written = 0

    def write(self, content: bytes | memoryview) -> None:
        view = memoryview(content)
        self._write(view)
        self.written += len(view)

    def end(self) -> None:
        self.write(tarball.end(self.written))


class _Packed:
    """Writes a file compressed with zstd."""

    def __init__(self, target: BinaryIO) -> None:
        import zstandard

        self._target = target
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj()
        self.written = 0

    def write(self, content: bytes | memoryview) -> None:
        self.written += len(content)
        self._target.write(self._compressor.compress(content))

    def end(self) -> None:
        self.write(tarball.end(self.written))
        self._target.write(self._compressor.flush())


def _write(
    target: _Plain | _Packed, name: ModelName, manifest: Manifest, opener: Opener, meter: Meter, now: float
) -> None:
    for layer in manifest.blobs:
        meter.name(f"Exporting {name}, blob {short(layer.digest)}")
        with opener(layer.digest) as (source, size):
            target.write(tarball.header(f"blobs/{digests.file_name(layer.digest)}", size, now))
            moved = move(source, target.write, meter, size=size)
        if moved.digest != layer.digest or moved.size != size:
            raise corrupt(layer.digest, f"Its bytes hash to {short(moved.digest)}….")
        target.write(tarball.padding(size))
    path = PurePosixPath("manifests", *names.relative_path(name).parts)
    target.write(tarball.header(str(path), len(manifest.raw), now))
    target.write(manifest.raw + tarball.padding(len(manifest.raw)))


class _Taking:
    """Files of a tar file on their way into the vault."""

    def __init__(self, vault: Vault, intake: Intake, meter: Meter) -> None:
        self._vault = vault
        self._intake = intake
        self._meter = meter
        self._seen: set[str] = set()
        self._sizes: dict[str, int] = {}
        self._parts: dict[str, Part] = {}
        self._manifests: dict[ModelName, Manifest] = {}

    def take(self, member: Member, reader: TarReader) -> None:
        """Take one file."""
        path = member.path
        if path.lower() in self._seen:
            raise refused(f"{path[:80]!r} is in it twice.")
        self._seen.add(path.lower())
        if len(self._seen) > _MOST_FILES:
            raise refused(f"More than {_MOST_FILES:,} files are in it.")
        kind, _slash, rest = path.partition("/")
        if kind == "blobs":
            self._take_blob(_digest(rest), member.size, reader)
        elif kind == "manifests":
            self._take_manifest(rest, member.size, reader)
        else:
            raise refused(f"{path[:80]!r} has no place in a model folder.")

    def finish(self) -> tuple[VaultVersion, ...]:
        """Give everything its name; the versions last."""
        if not self._manifests:
            raise refused("No model is in it.")
        needed = {layer.digest for manifest in self._manifests.values() for layer in manifest.layers}
        self._intake.pin(needed)
        for name, manifest in self._manifests.items():
            self._require_blobs(name, manifest)
        for digest, part in self._parts.items():
            if digest in needed:
                self._intake.admit(part)
        return tuple(self._publish(name, manifest) for name, manifest in self._manifests.items())

    def _take_blob(self, digest: str, size: int, reader: TarReader) -> None:
        self._meter.name(f"Taking in blob {short(digest)}")
        self._vault.folder.require_room(size, by_itself=False)
        if digest in self._sizes:
            raise refused(f"Blob {short(digest)} is in it twice.")
        self._sizes[digest] = size
        self._parts[digest] = self._intake.receive(digest, reader, size, self._meter)

    def _take_manifest(self, rest: str, size: int, reader: TarReader) -> None:
        parts = rest.split("/")
        if len(parts) != 4:
            raise refused(f"{rest[:80]!r} is no place of a manifest.")
        if size > manifests.LARGEST:
            raise refused("A manifest in it is too large.")
        try:
            name = names.of_parts(*parts)
        except BadValueError as error:
            raise refused(error.what) from error
        raw = bytearray(size)
        done = 0
        while done < size:
            done += reader.readinto(memoryview(raw)[done:])
        try:
            manifest = manifests.read(bytes(raw))
        except InputError as error:
            raise refused(f"A manifest in it cannot be read: {error.why}") from error
        if any(layer.kind is LayerKind.MANIFEST for layer in manifest.layers):
            raise refused(f"{name} is a list of models.")
        if any(names.key(each) == names.key(name) for each in self._manifests):
            raise refused(f"{name} is in it twice.")
        self._manifests[name] = manifest

    def _require_blobs(self, name: ModelName, manifest: Manifest) -> None:
        for layer in manifest.blobs:
            size = self._sizes.get(layer.digest)
            if size is None and not self._intake.has(layer):
                raise refused(f"{name} needs blob {short(layer.digest)}, which is missing.")
            if size is not None and known_size(layer) not in {None, size}:
                raise refused(f"{name} gives blob {short(layer.digest)} another size than it has.")

    def _publish(self, name: ModelName, manifest: Manifest) -> VaultVersion:
        same = [each for each in self._vault.versions(name) if each.manifest.digest == manifest.digest]
        if same:
            return same[0]
        version = self._intake.publish(name, manifest)
        self._vault.record("take in", str(name), f"version {version.id}")
        return version


def _digest(name: str) -> str:
    with suppress(ValueError):
        if name.startswith("sha256-"):
            return digests.parse(name)
    raise refused(f"{name[:80]!r} is no name of a blob.")
