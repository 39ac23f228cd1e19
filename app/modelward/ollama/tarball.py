"""Tar files written and read as streams: files alone, nothing that could lead out of a folder or fill memory."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from modelward.core.errors import InputError

BLOCK = 512
_END = 10_240
"""Tar files end at a multiple of this (``tar``'s blocking factor of 20)."""

_LONGEST = 64 * 1024
_MOST_BYTES = 2**62
_MAX_WINDOW = 8 * 1024 * 1024
"""Enough for all that zstd packs unless it is told to use more memory."""

_FILES = (b"0", b"\0", b"7")
_PAX_RECORD = re.compile(rb"([0-9]{1,6}) ([^=]{1,200})=")


class Bytes(Protocol):
    """What bytes come from; fewer than asked for mean the end."""

    def read(self, size: int, /) -> bytes:
        """So many bytes."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a tar file. ``path`` leads nowhere but downwards, and begins with no ``./``."""

    path: str
    size: int


class TarReader:
    """The files in a tar file, one after the other. Raises InputError for all that is no plain file or folder."""

    def __init__(self, source: Bytes) -> None:
        self._source = source
        self._left = 0
        self._padding = 0

    def members(self) -> Iterator[Member]:
        """Each file; its content is to be read with :meth:`readinto` before the next is asked for."""
        said: dict[str, str] = {}
        while (head := self._head()) is not None:
            self._left, self._padding = head.size, -head.size % BLOCK
            if head.type in {b"L", b"x"}:
                said |= self._said(head)
            elif head.type == b"g":
                self._text()
            elif head.type in _FILES:
                size = _size(said.get("size"), head.size)
                self._left, self._padding = size, -size % BLOCK
                yield Member(plain_path(said.get("path", head.name)), size)
                said = {}
            elif head.type == b"5" and head.size == 0:
                plain_path(said.get("path", head.name).rstrip("/"))  # never made; and a file that names it is hostile
                said = {}
            else:
                raise refused(f"{head.name[:80]!r} is a link, a device or a file of a special kind.")
            self._skip()

    def readinto(self, buffer: memoryview, /) -> int:
        """The content of the file that was given last."""
        content = self._source.read(min(len(buffer), self._left))
        if not content and self._left:
            raise _cut_off()
        buffer[: len(content)] = content
        self._left -= len(content)
        return len(content)

    def _head(self) -> tarfile.TarInfo | None:
        block = self._source.read(BLOCK)
        if len(block) < BLOCK:
            raise _cut_off()
        if not block.strip(b"\0"):
            return None
        try:
            head = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except (tarfile.HeaderError, ValueError) as error:
            raise refused(f"A header in it cannot be read: {error}.") from error
        if not 0 <= head.size <= _MOST_BYTES:
            raise refused("A size in it cannot be true.")
        return head

    def _said(self, head: tarfile.TarInfo) -> dict[str, str]:
        """What stands in front of a file whose name or size does not fit into its own header."""
        text = self._text()
        if head.type == b"L":
            return {"path": text.rstrip(b"\0").decode("utf-8", "surrogateescape")}
        found: dict[str, str] = {}
        while text:
            match = _PAX_RECORD.match(text)
            length = int(match[1]) if match else 0
            if match is None or not match.end() < length <= len(text):
                raise refused("An extended header in it cannot be read.")
            key = match[2].decode("utf-8", "replace")
            if key.startswith("GNU.sparse"):
                raise refused("A file in it is sparse.")
            found[key] = text[match.end() : length - 1].decode("utf-8", "surrogateescape")
            text = text[length:]
        return {key: value for key, value in found.items() if key in {"path", "size"}}

    def _text(self) -> bytes:
        if self._left > _LONGEST:
            raise refused("A name in it is too long.")
        text = self._source.read(self._left)
        if len(text) < self._left:
            raise _cut_off()
        self._left = 0
        return text

    def _skip(self) -> None:
        while self._left:
            self.readinto(memoryview(bytearray(min(self._left, _LONGEST))))
        if len(self._source.read(self._padding)) < self._padding:
            raise _cut_off()
        self._padding = 0


def plain_path(path: str) -> str:
    """A path of a tar file without a leading ``./``. Raises InputError for one that leads out of the folder."""
    plain = path.removeprefix("./")
    parts = plain.split("/")
    if path not in {".", "./"} and any(part in {"", ".", ".."} for part in parts):
        raise refused(f"{path[:80]!r} leads out of the folder.")
    if "\\" in plain or not plain.isprintable():
        raise refused(f"{path[:80]!r} is no path.")
    return plain


def header(path: str, size: int, mtime: float) -> bytes:
    """The header of a file, in the form that every tar reads, also for large files and long names."""
    info = tarfile.TarInfo(path)
    info.size, info.mtime, info.mode = size, int(mtime), 0o644
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


def padding(size: int) -> bytes:
    """What fills a file's last block."""
    return bytes(-size % BLOCK)


def end(written: int) -> bytes:
    """What ends a tar file of so many bytes."""
    return bytes(2 * BLOCK + -(written + 2 * BLOCK) % _END)


def refused(why: str) -> InputError:
    """The words for a file that is not taken in."""
    return InputError(
        "The file cannot be taken in.",
        why=f"{why} Nothing was changed.",
        todo="Use a file that Modelward has exported.",
    )


def _cut_off() -> InputError:
    return refused("It is cut off.")


def _size(told: str | None, in_header: int) -> int:
    if told is None:
        return in_header
    if not re.fullmatch("[0-9]{1,18}", told):
        raise refused("A size in it cannot be true.")
    return int(told)


def opened(file: BinaryIO) -> Bytes:
    """The tar file in a file, which may be compressed with zstd."""
    magic = file.read(4)
    file.seek(0)
    return _Unzstd(file) if magic == b"\x28\xb5\x2f\xfd" else _Plain(file)


class _Plain:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int, /) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            raise InputError("The file cannot be read.", why=f"{error.strerror or error}.") from error


class _Unzstd:
    def __init__(self, file: BinaryIO) -> None:
        import zstandard

        decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
        self._reader = decompressor.stream_reader(_Plain(file), read_across_frames=True, closefd=False)  # type: ignore[arg-type]

    def read(self, size: int, /) -> bytes:
        import zstandard

        pieces = bytearray()
        try:
            while len(pieces) < size and (piece := self._reader.read(size - len(pieces))):
                pieces += piece
        except zstandard.ZstdError as error:
            raise refused(f"It cannot be unpacked: {error}.") from error
        return bytes(pieces)
