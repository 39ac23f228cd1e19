"""Words drawn into small pictures, to see whether a model sees: black capitals on white, as PNG files."""

from __future__ import annotations

import struct
import zlib

from modelward.providers.model import Image

_PIXEL = 10
"""Pixels of the picture for one of a letter: large enough for models that shrink what they look at."""

_MARGIN = 3  # of a letter's pixels
_WHITE, _BLACK = b"\xff", b"\x00"

# Seven rows for each letter, five pixels wide, the leftmost one the highest of five bits.
_LETTERS = {
    "A": (14, 17, 17, 31, 17, 17, 17),
    "B": (30, 17, 17, 30, 17, 17, 30),
    "D": (30, 17, 17, 17, 17, 17, 30),
    "E": (31, 16, 16, 30, 16, 16, 31),
    "I": (14, 4, 4, 4, 4, 4, 14),
    "K": (17, 18, 20, 24, 20, 18, 17),
    "L": (16, 16, 16, 16, 16, 16, 31),
    "M": (17, 27, 21, 21, 17, 17, 17),
    "N": (17, 25, 21, 19, 17, 17, 17),
    "O": (14, 17, 17, 17, 17, 17, 14),
    "R": (30, 17, 17, 30, 20, 18, 17),
    "T": (31, 4, 4, 4, 4, 4, 4),
    "U": (17, 17, 17, 17, 17, 17, 14),
    "V": (17, 17, 17, 17, 17, 10, 4),
    "Z": (31, 1, 2, 4, 8, 16, 31),
}  # fmt: skip
_ROWS = 7


def drawn(word: str) -> Image:
    """A picture of a word. Raises KeyError for a letter that is not among those that can be drawn."""
    return Image("image/png", _png(_rows(word)))


def _rows(word: str) -> list[bytes]:
    """The picture line by line, a byte for each pixel."""
    side = _WHITE * _MARGIN
    rows = []
    for row in range(_ROWS):
        bits = "0".join(f"{_LETTERS[letter][row]:05b}" for letter in word)
        small = side + b"".join(_BLACK if bit == "1" else _WHITE for bit in bits) + side
        rows.append(b"".join(small[at : at + 1] * _PIXEL for at in range(len(small))))
    blank = [_WHITE * len(rows[0])] * (_MARGIN * _PIXEL)
    return [*blank, *(row for row in rows for _ in range(_PIXEL)), *blank]


def _png(rows: list[bytes]) -> bytes:
    """A grey PNG of eight bits a pixel (PNG specification, 5 and 11.2): each line begins with its filter, 0."""
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
