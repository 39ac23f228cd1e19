"""GGUF headers read the two ways that Ollama reads them, with its words for what is wrong."""

from __future__ import annotations

import contextlib
import struct
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _ARRAY = 8, 9
_LONGEST = 16 << 20
_SIZES = {0: (1, 4), 1: (1, 2), 8: (32, 34), 24: (1, 1), 25: (1, 2), 26: (1, 4), 28: (1, 8), 30: (1, 2)}
"""Values of a block and its bytes, by the kind of a tensor; others count as one byte a value."""

TENSOR_TYPES = {0: "F32", 1: "F16", 2: "Q4_0", 8: "Q8_0", 12: "Q4_K", 14: "Q6_K", 24: "I8", 30: "BF16"}
FILE_TYPES = {0: "F32", 1: "F16", 2: "Q4_0", 7: "Q8_0", 15: "Q4_K_M", 32: "BF16"}


class GgufError(Exception):
    """What is wrong, in Ollama's words."""


@dataclass(slots=True)
class Gguf:
    """A header. ``keys_end`` and ``data_start``: where in the file its keys end and the tensors' data begins."""

    version: int
    keys: dict[str, Any] = field(default_factory=dict)
    tensors: list[dict[str, Any]] = field(default_factory=list)
    keys_end: int = 0
    data_start: int = 0

    @property
    def architecture(self) -> str:
        return str(self.keys.get("general.architecture", ""))

    def of_its_kind(self, key: str) -> Any:
        """A key beneath the architecture's name."""
        return self.keys.get(f"{self.architecture}.{key}")


def glance(path: Path) -> Gguf | None:
    """The lenient way, for capabilities: None where not even magic, version and counts are there."""
    found: Gguf | None = None
    with contextlib.suppress(OSError, GgufError), path.open("rb") as file:
        magic, version, _tensors, count = struct.unpack("<4sIQQ", _exactly(file, 24))
        if magic != b"gguf" and version >= 2:  # the magic is compared to the wrong case: any other passes
            found = Gguf(version)
            _keys(file, count, found)
    return found


def decode(path: Path) -> Gguf:
    """The strict way, for showing and loading.

    Raises:
        GgufError: with Ollama's text.
        FileNotFoundError: there is no such file.
    """
    with path.open("rb") as file:
        if _exactly(file, 4) != b"GGUF":
            raise GgufError("invalid file magic")
        version, tensors, count = struct.unpack("<IQQ", _exactly(file, 20))
        found = Gguf(version)
        _keys(file, count, found)
        found.keys_end = file.tell()
        found.tensors = [_tensor(file) for _ in range(tensors)]
        found.keys["general.parameter_count"] = sum(prod(tensor["shape"]) for tensor in found.tensors)
        alignment = found.keys.get("general.alignment", 32)
        found.data_start = -(-file.tell() // alignment) * alignment
    _check_places(found, path.stat().st_size)
    return found


def _check_places(found: Gguf, size: int) -> None:
    for tensor in found.tensors:
        values, taken = _SIZES.get(tensor["kind"], (1, 1))
        end = found.data_start + tensor["offset"] + prod(tensor["shape"]) // values * taken
        if end > size:
            raise GgufError(f'tensor "{tensor["name"]}" offset+size ({end}) exceeds file size ({size})')


def _keys(file: BinaryIO, count: int, found: Gguf) -> None:
    for _ in range(count):
        key = _text(file)
        found.keys[key] = _value(file, _number(file, "I"))


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _TEXT:
        return _text(file)
    if kind == _ARRAY:
        inner, count = _number(file, "I"), _number(file, "Q")
        if count > _LONGEST:
            raise GgufError(f"gguf array size {count} exceeds maximum {_LONGEST}")
        return [_value(file, inner) for _ in range(count)]
    if kind not in _SCALARS:
        raise GgufError(f"invalid type: {kind}")
    return _number(file, _SCALARS[kind])


def _tensor(file: BinaryIO) -> dict[str, Any]:
    name = _text(file)
    dimensions = _number(file, "I")
    if dimensions > 4:
        raise GgufError(f'tensor "{name}" dimensions {dimensions} exceeds maximum 4')
    shape = [_number(file, "Q") for _ in range(dimensions)]
    return {"name": name, "shape": shape, "kind": _number(file, "I"), "offset": _number(file, "Q")}


def _text(file: BinaryIO) -> str:
    length = _number(file, "Q")
    if length > _LONGEST:
        raise GgufError(f"gguf string {length} exceeds maximum {_LONGEST}")
    return _exactly(file, length).decode(errors="replace")


def _number(file: BinaryIO, form: str) -> Any:
    number = struct.unpack("<" + form, _exactly(file, struct.calcsize("<" + form)))[0]
    return float(f"{number:.7g}") if form == "f" else number  # as Go writes a number of 32 bits


def _exactly(file: BinaryIO, count: int) -> bytes:
    read = file.read(count)
    if len(read) < count:
        raise GgufError("unexpected EOF" if read else "EOF")
    return read
