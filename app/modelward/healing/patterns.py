"""The small language of rule patterns, and the proof that none of them can hang the program.

A pattern is a regular expression made of characters, classes, groups, ``|`` and repeats. Python's matcher tries the
ways through a pattern one after the other, so the time that it can take is bounded by their number. That number is
counted here, and a pattern with too many is refused: repeats of a group (``(a+)+``), long rows of optional parts
and stacked ``.*`` never reach the matcher. What is not in the language (look-around, back-references, flags) is
refused as well, because it could not be counted.

:func:`heads` tells how the names that a pattern matches can begin, so that few patterns are tried on a name.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import lru_cache

from modelward.core.errors import InputError
from modelward.healing.names import MAX_NAME

MAX_PATTERN = 500
"""Longest pattern, in characters."""
MAX_WAYS = 1_000_000
"""Most ways through a pattern; trying them all takes a fraction of a second, once."""
MAX_HEAD = 12
"""Longest beginning that is told, in characters."""

_ESCAPES = frozenset("dw.-+*?()[]{}|^$\\/@:_")
_SPECIAL = frozenset("*+?{}[]()|\\^$")
_MAX_DEPTH = 10
_MAX_HEADS = 64
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


def check(pattern: str) -> None:
    """Raise InputError, saying why, where a pattern is not in the language or has too many ways through it."""
    if _ways(parse(pattern)) > MAX_WAYS:
        raise InputError(
            "The pattern can be matched in too many ways, and could hang.",
            todo="Use fewer '*', '+' and optional parts.",
        )


def parse(pattern: str) -> Node:
    """The parts of a pattern; InputError where it is not in the language."""
    if not 0 < len(pattern) <= MAX_PATTERN:
        raise InputError(f"A pattern has 1 to {MAX_PATTERN} characters.")
    reader = _Reader(pattern)
    node = reader.choice(0)
    if reader.at < len(pattern):
        raise reader.refusal("a ')' without its '('")
    return node


def _ways(node: Node) -> int:
    match node:
        case One():
            return 1
        case Choice(rows):
            return sum(map(_ways, rows))
        case Row(parts):
            ways = 1
            for part in parts:
                ways = min(ways * _ways(part), MAX_WAYS + 1)
            return ways
        case Repeat(part, least, most):
            return (most - least) + _ways(part)


@lru_cache(maxsize=4096)  # every provider's tree is made of mostly the same rules
def heads(pattern: str) -> frozenset[str]:
    """Every name that the pattern matches, whatever its date, begins with one of these; ``""`` says nothing."""
    return frozenset(head for head, _ in _begin(parse(pattern), {("", True)}))


def needles(pattern: str) -> frozenset[str]:
    """Every text that the pattern matches contains one of these; empty where nothing is certain."""
    return _held(parse(pattern))


def _held(node: Node) -> frozenset[str]:
    match node:
        case Choice(rows):
            each = [_held(row) for row in rows]
            return frozenset().union(*each) if all(each) else frozenset()
        case Row(parts):
            runs = "".join(_letter(part) for part in parts).split("\0")
            rivals = [frozenset({run}) for run in runs if len(run) > 1] + [
                _held(p) for p in parts if isinstance(p, Choice)
            ]
            return max(rivals, key=lambda held: min(map(len, held), default=0), default=frozenset())
        case _:
            return frozenset()


def _letter(node: Node) -> str:
    return node.chars if isinstance(node, One) and node.chars is not None and len(node.chars) == 1 else "\0"


def _begin(node: Node, before: set[tuple[str, bool]]) -> set[tuple[str, bool]]:
    """Beginnings after a part, each with whether what follows may still be added to it."""
    after = _grown(node, before)
    return after if len(after) <= _MAX_HEADS else {(head, False) for head, _ in before}


def _grown(node: Node, before: set[tuple[str, bool]]) -> set[tuple[str, bool]]:
    closed = {pair for pair in before if not pair[1]}
    growing = before - closed
    match node:
        case One(None):
            return closed | {(head, False) for head, _ in growing}
        case One(chars):
            return closed | {(head + char, len(head) + 1 < MAX_HEAD) for head, _ in growing for char in chars or ""}
        case Choice(rows):
            return closed.union(*(_begin(row, growing) for row in rows))
        case Row(parts):
            for part in parts:
                before = _begin(part, before)
            return before
        case Repeat(part, least, most):
            for _ in range(min(least, MAX_HEAD)):
                growing = _begin(part, growing)
            if most > least:
                once = _begin(part, growing)
                growing |= once if most == least + 1 else {(head, False) for head, _ in once}
            return closed | growing


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
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

    def one(self) -> One:
        char = self.peek()
        if char == "[":
            return self.character_class()
        if char == "\\":
            return One(self.escape())
        if char in _SPECIAL or not char.isascii() or not char.isprintable():
            raise self.refusal(f"{char!r}, which is not allowed there,")
        self.at += 1
        return One(None if char == "." else char)

    def escape(self) -> str | None:
        char = self.peek(1)
        if not char or char not in _ESCAPES:
            raise self.refusal("an escape that is not allowed")
        self.at += 2
        return string.digits if char == "d" else None if char == "w" else char

    def character_class(self) -> One:
        self.at += 1
        is_known = self.peek() != "^"
        self.at += not is_known
        chars = ""
        while (char := self.peek()) != "]" or not chars:
            if char == "\\":
                more = self.escape()
            elif char == "" or char in "[]&~|^" or not char.isascii() or not char.isprintable():
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
        else:
            least, most = int(char == "+"), 1 if char == "?" else MAX_NAME
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
