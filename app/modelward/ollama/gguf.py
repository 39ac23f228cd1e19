"""The header of a GGUF file: what it says of the model in it. The weights themselves are not read.

By the specification of GGUF, versions 2 and 3, little-endian, which is what Ollama stores.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import BinaryIO

from modelward.catalog.fields import clip
from modelward.core.errors import InputError

LARGEST_HEADER = 64 * 1024 * 1024
"""Bytes of the longest header that is read; the words of the largest tokenizers take about 20 million."""

_MOST_KEYS = 10_000
_MOST_TENSORS = 200_000
_MOST_DIMENSIONS = 8
_LONGEST_KEPT = 1_000
_TEXT, _ARRAY = 8, 9
_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_SIZES = {kind: struct.calcsize(form) for kind, form in _NUMBERS.items()}

KeyValue = int | float | bool | str


@dataclass(frozen=True, slots=True)
class Header:
    """``keys``: the single values, without lists and long texts; ``parameter_count``: of all tensors together."""

    keys: dict[str, KeyValue] = field(default_factory=dict)
    parameter_count: int = 0

    @property
    def architecture(self) -> str | None:
        """What kind of network it is, such as ``llama``."""
        told = self.keys.get("general.architecture")
        return told if isinstance(told, str) and told else None

    def of_architecture(self, key: str) -> KeyValue | None:
        """A value that stands under the architecture's name, such as ``context_length``."""
        return self.keys.get(f"{self.architecture}.{key}")


def read(file: Path) -> Header:
    """The header of a file. Raises InputError where it is none, cut off or cannot be true; OSError."""
    if not file.is_file():  # opening a pipe would wait for ever
        raise _unreadable("It is not there, or no file.")
    with file.open("rb") as stream:
        return read_stream(stream)


def read_stream(stream: BinaryIO) -> Header:
    """The header at the beginning of a stream, which can seek. Raises InputError."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return _Reader(stream, min(size, LARGEST_HEADER)).header()


class _Reader:
    def __init__(self, stream: BinaryIO, end: int) -> None:
        self._stream = stream
        self._left = end

    def header(self) -> Header:
        if self._take(4) != b"GGUF":
            raise _unreadable("It does not begin as such a file does.")
        if (version := self._number("<I")) not in (2, 3):
            raise _unreadable(f"It is of the version {version:,}; 2 and 3 are read.")
        tensors, keys = self._number("<Q"), self._number("<Q")
        if tensors > _MOST_TENSORS or keys > _MOST_KEYS:
            raise _unreadable(f"It names {tensors:,} tensors and {keys:,} values, which cannot be true.")
        told: dict[str, KeyValue] = {}
        for _ in range(keys):
            key = self._text()
            if (value := self._value(self._number("<I"))) is not None and key:
                told.setdefault(key, value)
        return Header(told, sum(self._tensor() for _ in range(tensors)))

    def _value(self, kind: int) -> KeyValue | None:
        if kind == _TEXT:
            return self._text()
        if kind == _ARRAY:
            self._skip_array()
            return None
        if kind not in _NUMBERS:
            raise _unreadable(f"It holds a value of the unknown kind {kind:,}.")
        number: int | float | bool = struct.unpack(_NUMBERS[kind], self._take(_SIZES[kind]))[0]
        return number

    def _skip_array(self) -> None:
        kind, count = self._number("<I"), self._number("<Q")
        if kind in _SIZES:
            self._skip(count * _SIZES[kind])
        elif kind == _TEXT:
            for _ in range(count):  # ends with the header at the latest: each has its length at least
                self._skip(self._number("<Q"))
        else:
            raise _unreadable("It holds a list of lists, or of an unknown kind.")

    def _tensor(self) -> int:
        """How many numbers the next tensor has."""
        self._skip(self._number("<Q"))
        dimensions = self._number("<I")
        if dimensions > _MOST_DIMENSIONS:
            raise _unreadable(f"One of its tensors has {dimensions:,} dimensions.")
        shape = struct.unpack(f"<{dimensions}Q", self._take(8 * dimensions))
        self._skip(4 + 8)  # the numbers' type, and where they lie
        return prod(shape)

    def _text(self) -> str | None:
        """A text, made fit to be shown; None for one that is too long to be of use here."""
        length = self._number("<Q")
        if length > _LONGEST_KEPT:
            self._skip(length)
            return None
        return clip(self._take(length).decode("utf-8", "replace"), _LONGEST_KEPT)

    def _number(self, form: str) -> int:
        return int(struct.unpack(form, self._take(struct.calcsize(form)))[0])

    def _take(self, size: int) -> bytes:
        if size > self._left or len(taken := self._stream.read(size)) != size:
            raise _cut_off()
        self._left -= size
        return taken

    def _skip(self, size: int) -> None:
        if size > self._left:
            raise _cut_off()
        self._left -= size
        self._stream.seek(size, io.SEEK_CUR)


def _unreadable(why: str) -> InputError:
    return InputError("The weights are not a readable GGUF file.", why=why)


def _cut_off() -> InputError:
    return _unreadable("Its header is cut off, or longer than any true one.")
