"""The objects of the vault: contents by their digest, whole or not there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from modelward.core import durable
from modelward.core.errors import InputError
from modelward.ollama import digests, packing
from modelward.ollama.copying import Meter, Reader, move
from modelward.ollama.digests import short
from modelward.ollama.model import CopyMeans
from modelward.ollama.vault_folder import VaultFolder

SHARED_MARK = ".shared"
"""Beside an object that shares its bytes with the file it was copied from."""

DAMAGED_MARK = ".damaged"
"""Beside an object whose bytes were found not to be those of its name."""

_NAME = re.compile(rf"(?P<hex>[0-9a-f]{{64}})(?P<ending>{re.escape(packing.ENDING)})?")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that is an object by its name. ``size``: bytes that it takes; ``changed_at``: seconds of the epoch."""

    digest: str
    path: Path
    size: int
    changed_at: float

    @property
    def is_packed(self) -> bool:
        """Whether it is kept compressed."""
        return self.path.suffix == packing.ENDING


class Objects:
    """Finds, opens, proves and admits objects. OSErrors pass through, but where InputErrors are named."""

    def __init__(self, folder: VaultFolder) -> None:
        self._folder = folder
        self._touched: set[Path] = set()

    def place(self, digest: str) -> Path:
        """Where an object lies, or would, uncompressed. Raises ValueError for what is no digest."""
        name = digests.file_name(digest).removeprefix("sha256-")
        return self._folder.objects / name[:2] / name

    def find(self, digest: str, size: int | None = None) -> Entry | None:
        """The object, where it is there, has the right size, and was not found to be damaged.

        ``size`` in bytes of the content; None where nobody knows it.
        """
        plain = self.place(digest)
        if _mark(plain, DAMAGED_MARK).exists():
            return None
        for path in (plain, plain.with_name(plain.name + packing.ENDING)):
            entry = entry_of(path)
            if entry is not None and (found := self.content_size(entry)) is not None and size in {None, found}:
                return entry
        return None

    def content_size(self, entry: Entry) -> int | None:
        """Bytes of its content; None where it is cut off, or gone."""
        if not entry.is_packed:
            return entry.size
        with suppress(OSError), durable.open_regular(entry.path) as file:
            return packing.content_size(file)
        return None

    def scan(self) -> Iterator[Entry]:
        """Every object that is there, in the order of their names."""
        for folder in sorted(self._folder.objects.iterdir()):
            if re.fullmatch("[0-9a-f]{2}", folder.name) and folder.is_dir() and not folder.is_symlink():
                entries = (entry_of(path) for path in sorted(folder.iterdir()))
                yield from (entry for entry in entries if entry is not None)

    @contextmanager
    def opened(self, entry: Entry) -> Iterator[Reader]:
        """Its content as a stream, which nobody has proven. Raises InputError where it cannot be read."""
        try:
            file = durable.open_regular(entry.path)
        except OSError as error:
            raise _unreadable(entry, error) from error
        with file:
            raw = _Raw(file, entry)
            yield packing.Unpacked(raw) if entry.is_packed else raw  # type: ignore[arg-type]

    def is_whole(self, entry: Entry, meter: Meter) -> bool:
        """Whether its bytes hash to its name; what is found is marked beside it, where the disk lets us."""
        is_good = self._hashes_to_its_name(entry, meter)
        mark = _mark(self.place(entry.digest), DAMAGED_MARK)
        with suppress(OSError):
            if is_good:
                mark.unlink(missing_ok=True)
            elif is_good is None or not _other_form(entry.path).exists():
                mark.touch()
            else:
                _remove(entry.path)  # replaced by the other one, but for the last step
        return bool(is_good)

    def _hashes_to_its_name(self, entry: Entry, meter: Meter) -> bool | None:
        """None where it cannot be read to its end."""
        size = self.content_size(entry)
        if size is None:
            return False
        try:
            with self.opened(entry) as source:
                return move(source, None, meter, size=size).digest == entry.digest
        except InputError:
            return None

    def mark_damaged(self, digest: str) -> None:
        """Remember that an object is not what its name says, where the disk lets us."""
        with suppress(OSError):
            _mark(self.place(digest), DAMAGED_MARK).touch()

    def means(self, digest: str) -> CopyMeans:
        """How an object came in."""
        shared = _mark(self.place(digest), SHARED_MARK).exists()
        return CopyMeans.REFLINK if shared else CopyMeans.COPY

    def admit(self, part: Path, digest: str, means: CopyMeans, *, is_packed: bool) -> None:
        """Give a flushed file, whose content was proven, its name; :meth:`flush` brings that to the disk."""
        plain = self.place(digest)
        plain.parent.mkdir(mode=0o700, exist_ok=True)
        final = plain.with_name(plain.name + packing.ENDING) if is_packed else plain
        if means is CopyMeans.REFLINK:
            _mark(plain, SHARED_MARK).touch()
        with suppress(PermissionError):  # file systems of memory sticks know no such rights
            part.chmod(0o444)
        _unlock(final)
        part.replace(final)
        if means is CopyMeans.COPY:
            _mark(plain, SHARED_MARK).unlink(missing_ok=True)
        self._touched |= {plain.parent, self._folder.objects}
        replaced = (_other_form(final), _mark(plain, DAMAGED_MARK))
        if any(path.exists() for path in replaced):
            durable.flush_folder(plain.parent)
            for path in replaced:
                _remove(path)

    def flush(self) -> None:
        """Bring the names of all that was admitted to the disk."""
        for folder in sorted(self._touched):
            durable.flush_folder(folder)
        self._touched.clear()

    def remove(self, entry: Entry) -> None:
        """Take an object away for good."""
        _remove(entry.path)

    def forget_marks(self, digest: str) -> None:
        """Remove what is marked beside an object that is gone."""
        plain = self.place(digest)
        for ending in (SHARED_MARK, DAMAGED_MARK):
            _mark(plain, ending).unlink(missing_ok=True)


class _Raw:
    """A file's bytes; its errors name the object."""

    def __init__(self, file: BinaryIO, entry: Entry) -> None:
        self._file = file
        self._entry = entry

    def readinto(self, buffer: memoryview, /) -> int:
        try:
            return self._file.readinto(buffer)  # type: ignore[attr-defined,no-any-return]
        except OSError as error:
            raise _unreadable(self._entry, error) from error

    def read(self, size: int = -1) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            raise _unreadable(self._entry, error) from error


def entry_of(path: Path) -> Entry | None:
    """The object that a file is by its name; None for another name, a link, a folder, or nothing."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    is_file = (found.st_mode & 0o170000) == 0o100000
    return Entry(f"sha256:{match['hex']}", path, found.st_size, found.st_mtime) if is_file else None


def _mark(plain: Path, ending: str) -> Path:
    return plain.with_name(plain.name + ending)


def _other_form(path: Path) -> Path:
    return path.with_suffix("") if path.suffix == packing.ENDING else path.with_name(path.name + packing.ENDING)


def _remove(path: Path) -> None:
    _unlock(path)
    path.unlink(missing_ok=True)


def _unlock(path: Path) -> None:
    """Windows neither removes nor replaces a file that may only be read."""
    if os.name == "nt":
        with suppress(FileNotFoundError):
            path.chmod(0o600)


def _unreadable(entry: Entry, error: OSError) -> InputError:
    return InputError(
        f"The copy of blob {short(entry.digest)} in the vault cannot be read.",
        why=f"{error.strerror or error}.",
        todo="Look after the vault's disk, and back the model up again.",
    )
