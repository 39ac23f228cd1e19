"""Reads a JSON document of any size in small steps, so that a thread that does it never holds up the window for long.

``json.loads`` keeps the interpreter's lock for the whole document: 16 MB stop every other thread for half a second.
Here the text is decoded in pieces of 256 KiB. A value that lies whole in the piece at hand goes through the fast
decoder (about 5 ms a piece, measured); a list or object that does not is opened and read element by element. Memory
is that of the resulting objects plus a piece or two of text (more only where one single string is longer).
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

from modelward.catalog.fields import clip
from modelward.core.errors import InputError

PIECE = 256 * 1024
DEEPEST = 100
"""Levels of lists and objects that are opened across pieces; every true document has fewer than ten."""

_MOST_REPEATED = 1000
_UNENDED = "Unterminated string"  # the beginning of the decoder's words for it
# A number that reaches to the end of the piece, or is followed there by what a number may go on with ("0" before ".5").
_MAY_GO_ON = re.compile(r"[-+.0-9eE]*\Z")
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document; ``repeated`` are keys that stood twice in one object (the first counts), with about where."""

    value: object
    repeated: tuple[tuple[str, str], ...] = ()


def read_json(stream: BinaryIO) -> Document:
    """The document in a stream of bytes: UTF-8, UTF-16 or UTF-32, with or without byte order mark.

    Numbers that no computer number holds become infinite, so that they are refused where they are used. Raises
    InputError that says at which line and column (or byte, for a wrong encoding) the text is no JSON.
    """
    return _Reader(stream).document()


class _Reader:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        first = stream.read(PIECE)
        encoding = json.detect_encoding(first)
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._encoding = encoding.removesuffix("-sig").upper()
        self._bytes_before = 0
        self._text = ""
        self._at = 0
        self._lines_before = 0
        self._column_before = 0
        self._is_all = False
        self._repeated: list[tuple[str, str]] = []
        self._keys: dict[str, str] = {}
        self._decode = json.JSONDecoder(object_pairs_hook=self._pairs, parse_int=_integer).raw_decode
        self._take(first)

    def document(self) -> Document:
        """The one value of the text."""
        if self._next() == "":
            raise InputError("There is nothing in it.", why="The file is empty.")
        value = self._value(0)
        if self._next() != "":
            raise self._fault("There is more text after the end of the document.")
        return Document(value, tuple(self._repeated))

    def _value(self, depth: int) -> object:
        start = self._next()
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._may_continue(error):
                    raise self._fault(error.msg, error.pos) from None
            except RecursionError:
                raise self._fault("Lists or objects are nested too deeply.") from None
            else:
                if self._is_all or not _MAY_GO_ON.match(self._text, end):
                    self._at = end
                    return value
            if start in ("[", "{"):
                return self._list(depth) if start == "[" else self._object(depth)
            self._more()

    def _may_continue(self, error: json.JSONDecodeError) -> bool:
        # A text cut off in the middle fails at its end, or (a string) where what was not finished began.
        at_end = error.pos >= len(self._text) - 16 or error.msg.startswith(_UNENDED)
        return at_end and not self._is_all

    def _list(self, depth: int) -> list[object]:
        self._open(depth)
        found: list[object] = []
        if self._next() == "]":
            self._at += 1
            return found
        while True:
            found.append(self._value(depth + 1))
            if self._separator("]"):
                return found

    def _object(self, depth: int) -> dict[str, object]:
        self._open(depth)
        pairs: list[tuple[str, object]] = []
        if self._next() == "}":
            self._at += 1
            return {}
        while True:
            if self._next() != '"':
                raise self._fault("A key in double quotes is missing.")
            key = str(self._value(depth + 1))
            if self._next() != ":":
                raise self._fault("A ':' is missing after a key.")
            self._at += 1
            pairs.append((key, self._value(depth + 1)))
            if self._separator("}"):
                return self._pairs(pairs)

    def _open(self, depth: int) -> None:
        if depth >= DEEPEST:
            raise self._fault("Lists or objects are nested too deeply.")
        self._at += 1

    def _separator(self, closing: str) -> bool:
        mark = self._next()
        if mark not in (",", closing) or mark == "":
            raise self._fault(f"A ',' or '{closing}' is missing." if mark else "The text ends in the middle.")
        self._at += 1
        return mark == closing

    def _next(self) -> str:
        """The next character that is no space; empty at the end of the text."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._is_all:
                return ""
            self._more()

    def _more(self) -> None:
        """Drop the text that was read, and take more: as much again, so that one long value is not tried too often."""
        done = self._text[: self._at]
        lines = done.count("\n")
        self._lines_before += lines
        self._column_before = len(done) - done.rfind("\n") - 1 if lines else self._column_before + len(done)
        self._text = self._text[self._at :]
        self._at = 0
        self._take(self._stream.read(max(PIECE, len(self._text))))

    def _take(self, piece: bytes) -> None:
        self._is_all = not piece
        waiting = len(self._decoder.getstate()[0])
        try:
            self._text += self._decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            at = self._bytes_before - waiting + error.start
            raise InputError(
                "The text is in an encoding that cannot be read.",
                why=f"Byte {at:,} is not {self._encoding}.",
                todo="Save the file as UTF-8.",
            ) from None
        self._bytes_before += len(piece)

    def _pairs(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        keys = self._keys
        made = {keys.setdefault(key, key): value for key, value in pairs}
        if len(made) != len(pairs):
            self._note_repeated(pairs)
            made = dict(reversed(pairs))
        return made

    def _note_repeated(self, pairs: list[tuple[str, object]]) -> None:
        place = f"about line {self._line():,}"
        for key, times in Counter(key for key, _ in pairs).items():
            if times > 1 and len(self._repeated) < _MOST_REPEATED:
                self._repeated.append((place, key))

    def _line(self) -> int:
        return self._lines_before + self._text.count("\n", 0, self._at) + 1

    def _fault(self, what: str, at: int | None = None) -> InputError:
        position = self._at if at is None else at
        before = self._text[:position]
        line = self._lines_before + before.count("\n") + 1
        column = position - before.rfind("\n") if "\n" in before else self._column_before + position + 1
        ended = self._is_all and (position >= len(self._text) or what.startswith(_UNENDED))
        why = "The text ends in the middle; it seems to be cut off." if ended else clip(what, 200)
        return InputError("It is not readable JSON.", why=f"Line {line:,}, column {column:,}: {why}")


def _integer(digits: str) -> int | float:
    # Python refuses to read more than 4,300 digits, and would cost the whole document.
    return int(digits) if len(digits) <= 40 else math.inf
