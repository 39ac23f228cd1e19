"""The compressed form of a copy: one zstd frame with a checksum, written and read as a stream in bounded memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from modelward.core.errors import InputError
from modelward.core.progress import Progress

LEVEL = 3
"""Higher levels are ten times slower for a fifth less space."""

CHUNK = 1024 * 1024
_MAX_WINDOW = 8 * 1024 * 1024
"""What level 3 needs is 2 MiB; a frame that asks for more is not ours and would only eat memory."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The size and SHA-256 of what went through."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Written:
    """The sums of a copy's file and, where that is compressed, of the database in it."""

    packed: Sum
    content: Sum | None
    fingerprint: str


class Meter:
    """Counts bytes into a progress, and stops the work where it was cancelled."""

    def __init__(self, progress: Progress, text: str, total: int | None) -> None:
        self._progress = progress
        self._done = 0
        progress.checkpoint()
        progress.update(done=0, total=total, unit="bytes", text=text)

    def add(self, count: int) -> None:
        """So many bytes more."""
        self._progress.checkpoint()
        self._done += count
        self._progress.update(done=self._done)


class _Summing:
    """A stream that sums up what is written to it or read from it."""

    def __init__(self, stream: BinaryIO, meter: Meter | None = None) -> None:
        self._stream = stream
        self._meter = meter
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, content: bytes) -> int:
        self._add(content)
        return self._stream.write(content)

    def read(self, size: int) -> bytes:
        content = self._stream.read(size)
        self._add(content)
        return content

    def sum(self) -> Sum:
        return Sum(self._size, self._hash.hexdigest())

    def _add(self, content: bytes) -> None:
        self._hash.update(content)
        self._size += len(content)
        if self._meter is not None:
            self._meter.add(len(content))


def pack(source: BinaryIO, target: BinaryIO, progress: Progress) -> tuple[Sum, Sum]:
    """Compress a file into another: the sums of what was written and of what was read. OSErrors pass through."""
    import zstandard

    size = os.fstat(source.fileno()).st_size
    content = _Summing(source, Meter(progress, "Compressing the copy", size))
    packed = _Summing(target)
    # In this thread alone: each thread of its own would cost 25 MiB, and SQLite checks the copy on another core.
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    packing = compressor.stream_writer(packed, size=size, closefd=False)  # type: ignore[arg-type]
    while chunk := content.read(CHUNK):
        packing.write(chunk)
    # Not as a context: what ends it after a failed write would complain of the size, in place of what failed.
    packing.close()  # type: ignore[no-untyped-call]
    return packed.sum(), content.sum()


def unpack(source: BinaryIO, target: BinaryIO, progress: Progress, *, most: int) -> tuple[Sum, Sum]:
    """The sums of a compressed file and of its content, which goes to ``target``.

    Raises InputError for what is no whole archive, and before more than ``most`` bytes were written.
    """
    packed, content = _Summing(source, _read_back(source, progress)), _Summing(target)
    size = 0
    for chunk in _content(packed):
        size += len(chunk)
        if size > most:
            raise InputError("The copy holds more than it should.", why=f"Its content is over {most:,} bytes.")
        content.write(chunk)
    return packed.sum(), content.sum()


def compare(source: BinaryIO, original: BinaryIO, progress: Progress) -> Sum:
    """The sum of a compressed file, which holds the original. Raises InputError where it holds anything else."""
    packed = _Summing(source, _read_back(source, progress))
    for chunk in _content(packed):
        if chunk != original.read(len(chunk)):
            raise InputError("What was read back is not what was written.")
    if original.read(1):
        raise InputError("What was read back is not all that was written.")
    return packed.sum()


def _read_back(source: BinaryIO, progress: Progress) -> Meter:
    return Meter(progress, "Reading the copy back", os.fstat(source.fileno()).st_size)


def _content(packed: _Summing) -> Iterator[bytes]:
    """What is in a compressed file, in pieces, and then the file itself read to its end."""
    import zstandard

    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    reader = decompressor.stream_reader(packed, closefd=False)  # type: ignore[arg-type]
    try:
        while chunk := reader.read(CHUNK):
            yield chunk
    except zstandard.ZstdError as error:
        raise InputError("The copy cannot be decompressed.", why=f"{error}.") from error
    while packed.read(CHUNK):
        pass


def announced_size(source: BinaryIO) -> int | None:
    """How large the content says it is, from the head of the file, which is then rewound; None where it is silent."""
    import zstandard

    head = source.read(18)
    source.seek(0)
    try:
        size: int = zstandard.get_frame_parameters(head).content_size
    except zstandard.ZstdError as error:
        raise InputError("The copy cannot be decompressed.", why=f"{error}.") from error
    return None if size in {zstandard.CONTENTSIZE_UNKNOWN, zstandard.CONTENTSIZE_ERROR} else size


def summed(source: BinaryIO, progress: Progress, text: str) -> Sum:
    """The size and hash of a whole file."""
    reader = _Summing(source, Meter(progress, text, os.fstat(source.fileno()).st_size))
    while reader.read(CHUNK):
        pass
    return reader.sum()
