"""A small language of patterns whose cost can be counted, so that none of them can hang the program.

A pattern is a regular expression made of characters, classes, groups, ``|`` and repeats. Python's matcher tries the
ways through a pattern one after the other, so the time that it can take is bounded by their number, which
:func:`ways` counts. What is not in the language (look-around, back-references, flags, repeated groups) is refused,
because it could not be counted.

There are two dialects. A *name* is short, so ``*`` and ``+`` are let in and count for as much as a name is long. In
*prose* every repeat says how often at most (``.{0,40}``); letters of every script, ``\\s`` and ``\\b`` are let in.
"""

from __future__ import annotations

import string
from dataclasses import dataclass

from modelward.core.errors import InputError

MAX_PATTERN = 500
"""Longest pattern, in characters."""

_ESCAPES = frozenset("dw.-+*?()[]{}|^$\\/@:_")
_SPECIAL = frozenset("*+?{}[]()|\\^$")
_MAX_DEPTH = 10
_MAX_CLASS = 10


@dataclass(frozen=True, slots=True)
class One:
    """One character: one of ``chars``, or any of a larger class where ``chars`` is None."""

    chars: str | None


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part that stands ``least`` to ``most`` times."""

    part: Node
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Row:
    """Parts one after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several rows."""

    rows: tuple[Node, ...]


Node = One | Repeat | Row | Choice


def parse(pattern: str, *, longest: int | None = None) -> Node:
    """The parts of a pattern; InputError where it is not in the language.

    ``longest``: as many characters as a name has at most; None: the pattern is looked for in prose.
    """
    if not 0 < len(pattern) <= MAX_PATTERN:
        raise InputError(f"A pattern has 1 to {MAX_PATTERN} characters.")
    reader = _Reader(pattern, longest)
    node = reader.choice(0)
    if reader.at < len(pattern):
        raise reader.refusal("a ')' without its '('")
    return node


def ways(node: Node, most: int) -> int:
    """The number of ways through a pattern, counted no further than to one more than ``most``."""
    match node:
        case One():
            return 1
        case Choice(rows):
            return sum(ways(row, most) for row in rows)
        case Row(parts):
            found = 1
            for part in parts:
                found = min(found * ways(part, most), most + 1)
            return found
        case Repeat(part, least, upto):
            return (upto - least) + ways(part, most)


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, longest: int | None) -> None:
        self.pattern = pattern
        self.longest = longest
        self.at = 0

    def refusal(self, what: str) -> InputError:
        return InputError(f"The pattern has {what} at character {self.at + 1}.")

    def peek(self, ahead: int = 0) -> str:
        return self.pattern[self.at + ahead : self.at + ahead + 1]

    def choice(self, depth: int) -> Node:
        rows = [self.row(depth)]
        while self.peek() == "|":
            self.at += 1
            rows.append(self.row(depth))
        return rows[0] if len(rows) == 1 else Choice(tuple(rows))

    def row(self, depth: int) -> Node:
        parts = []
        while self.peek() not in {"", "|", ")"}:
            is_group = self.peek() == "("
            parts.append(self.repeated(self.group(depth) if is_group else self.one(), is_group=is_group))
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def group(self, depth: int) -> Node:
        if depth >= _MAX_DEPTH:
            raise self.refusal("groups nested too deeply")
        if not self.pattern.startswith("(?:", self.at):
            raise self.refusal("a group that is not '(?:…)'")
        self.at += 3
        node = self.choice(depth + 1)
        if self.peek() != ")":
            raise self.refusal("a '(?:' without its ')'")
        self.at += 1
        return node

    def one(self) -> One | Row:
        char = self.peek()
        if char == "[":
            return self.character_class()
        if char == "\\" and self.peek(1) == "b" and self.longest is None:
            self.at += 2
            return Row(())
        if char == "\\":
            return One(self.escape())
        if char in _SPECIAL or not self.is_plain(char):
            raise self.refusal(f"{char!r}, which is not allowed there,")
        self.at += 1
        return One(None if char == "." else char)

    def escape(self) -> str | None:
        char = self.peek(1)
        if not char or (char not in _ESCAPES and (char != "s" or self.longest is not None)):
            raise self.refusal("an escape that is not allowed")
        self.at += 2
        return string.digits if char == "d" else None if char in "ws" else char

    def is_plain(self, char: str) -> bool:
        return char.isprintable() and (char.isascii() or self.longest is None)

    def character_class(self) -> One:
        self.at += 1
        is_known = self.peek() != "^"
        self.at += not is_known
        chars = ""
        while (char := self.peek()) != "]" or not chars:
            if char == "\\":
                more = self.escape()
            elif char == "" or char in "[]&~|^" or not self.is_plain(char):
                raise self.refusal("a '[' without its ']', or a character that a class cannot hold,")
            elif self.peek(1) == "-" and self.peek(2) != "]":
                more = self.span()
            else:
                more = char
                self.at += 1
            is_known = is_known and more is not None
            chars += more or "?"
        self.at += 1
        return One(chars if is_known and len(chars) <= _MAX_CLASS else None)

    def span(self) -> str:
        first, last = self.peek(), self.peek(2)
        if not (last.isalnum() and last.isascii() and first.isalnum() and first <= last):
            raise self.refusal("a range that is not from a lower to a higher letter or digit")
        self.at += 3
        return "".join(map(chr, range(ord(first), ord(last) + 1)))

    def repeated(self, part: Node, *, is_group: bool) -> Node:
        """The part together with the repeat that follows it, if one does."""
        char = self.peek()
        if not char or char not in "?*+{":
            return part
        if is_group and char != "?":
            raise self.refusal("a repeated group (a group may only be optional)")
        if char == "{":
            least, most = self.braces()
        elif char != "?" and self.longest is None:
            raise self.refusal("a repeat without an end (say how often at most: {0,40})")
        else:
            least, most = int(char == "+"), 1 if char == "?" else self.longest or 1
            self.at += 1
        if self.peek() and self.peek() in "?*+{":
            raise self.refusal("a repeat of a repeat")
        return Repeat(part, least, most)

    def braces(self) -> tuple[int, int]:
        end = self.pattern.find("}", self.at)
        least, comma, most = self.pattern[self.at + 1 : max(end, self.at)].partition(",")
        numbers = (least, most) if comma else (least, least)
        if end < 0 or not all(number.isascii() and number.isdigit() and len(number) < 4 for number in numbers):
            raise self.refusal("a repeat that is not {n} or {n,m}")
        if int(numbers[0]) > int(numbers[1]):
            raise self.refusal("a repeat that counts down")
        self.at = end + 1
        return int(numbers[0]), int(numbers[1])
