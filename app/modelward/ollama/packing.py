"""Objects that are kept compressed: one zstd frame that states its content's size, and a trailer that states its own.

The trailer is a skippable frame, which every zstd passes over: a file that was cut off is seen without unpacking it.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from modelward.core.errors import InputError

ENDING = ".zst"
_LEVEL = 3
_PROBE = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_WORTH = 0.97
"""Weights are random to a compressor; below a saving of 3 % unpacking costs more than it gives."""

_MAX_WINDOW = 8 * 1024 * 1024
"""What level 3 needs is 2 MiB; a frame that asks for more would only eat memory."""

_HEAD = 18
_TRAILER = struct.Struct("<IIQ")
_SKIPPABLE = 0x184D2A5D


def is_worth_it(source: BinaryIO) -> bool:
    """Whether the first 64 MB get more than 3 % smaller; the file is rewound. OSErrors pass through."""
    import zstandard

    compressor = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
    read = packed = 0
    while read < _PROBE and (chunk := source.read(_CHUNK)):
        read += len(chunk)
        packed += len(compressor.compress(chunk))
    packed += len(compressor.flush())
    source.seek(0)
    return packed + _TRAILER.size < read * _WORTH


class Packer:
    """Compresses what is written to it into a file."""

    def __init__(self, target: BinaryIO, size: int) -> None:
        """``size``: bytes that will be written; fewer or more raise InputError."""
        import zstandard

        self._target = target
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj(size=size)

    def write(self, content: memoryview) -> None:
        """Take some more."""
        with _words("compressed"):
            self._target.write(self._compressor.compress(content))

    def end(self) -> None:
        """Write what is left, and the trailer."""
        with _words("compressed"):
            self._target.write(self._compressor.flush())
        self._target.write(_TRAILER.pack(_SKIPPABLE, 8, self._target.tell()))


def content_size(file: BinaryIO) -> int | None:
    """How large the content is, by the head; None for a file that is cut off or none of ours. It is rewound."""
    import zstandard

    head = file.read(_HEAD)
    size = os.fstat(file.fileno()).st_size
    file.seek(max(size - _TRAILER.size, 0))
    trailer = file.read(_TRAILER.size)
    file.seek(0)
    if len(trailer) < _TRAILER.size or _TRAILER.unpack(trailer) != (_SKIPPABLE, 8, size - _TRAILER.size):
        return None
    try:
        told: int = zstandard.get_frame_parameters(head).content_size
    except zstandard.ZstdError:
        return None
    return None if told in {zstandard.CONTENTSIZE_UNKNOWN, zstandard.CONTENTSIZE_ERROR} else told


class Unpacked:
    """The content of a compressed file as a stream."""

    def __init__(self, file: BinaryIO) -> None:
        import zstandard

        decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
        self._reader = decompressor.stream_reader(file, read_size=_CHUNK, closefd=False)

    def readinto(self, buffer: memoryview, /) -> int:
        """Raises InputError for what cannot be unpacked."""
        with _words("unpacked"):
            return int(self._reader.readinto(buffer))


class _words:  # noqa: N801 - used as a verb
    """Turns what zstd says into an InputError."""

    def __init__(self, verb: str) -> None:
        self._verb = verb

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import zstandard

        if isinstance(error, zstandard.ZstdError):
            raise InputError(f"The bytes cannot be {self._verb}.", why=f"{error}.") from error
