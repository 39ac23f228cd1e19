"""The small language of rule patterns, and the proof that none of them can hang the program.

A pattern is a regular expression made of letters, classes, groups, ``|`` and repeats. Python's matcher tries the
ways through a pattern one after the other, so the time that it can take is bounded by their number. That number is
counted here, and a pattern with too many is refused: repeats of a group (``(a+)+``), long rows of optional parts
and stacked ``.*`` never reach the matcher. What is not in the language (look-around, back-references, flags) is
refused as well, because it could not be counted.
"""

from __future__ import annotations

from modelward.core.errors import InputError
from modelward.healing.names import MAX_NAME

MAX_PATTERN = 500
"""Longest pattern, in characters."""
MAX_WAYS = 1_000_000
"""Most ways through a pattern; trying them all takes a fraction of a second, once."""

_ESCAPES = frozenset("dw.-+*?()[]{}|^$\\/@:_")
_SPECIAL = frozenset("*+?{}[]()|\\^$")
_MAX_DEPTH = 10


def check(pattern: str) -> None:
    """Raise InputError, saying why, where a pattern is not in the language or has too many ways through it."""
    if not 0 < len(pattern) <= MAX_PATTERN:
        raise InputError(f"A pattern has 1 to {MAX_PATTERN} characters.")
    reader = _Reader(pattern)
    ways = reader.choice(0)
    if reader.at < len(pattern):
        raise reader.refusal("a ')' without its '('")
    if ways > MAX_WAYS:
        raise InputError(
            "The pattern can be matched in too many ways, and could hang.",
            todo="Use fewer '*', '+' and optional parts.",
        )


class _Reader:
    """Reads a pattern from left to right, counting the ways through it."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def refusal(self, what: str) -> InputError:
        return InputError(f"The pattern has {what} at character {self.at + 1}.")

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def choice(self, depth: int) -> int:
        """Alternatives add up."""
        ways = self.sequence(depth)
        while self.peek() == "|":
            self.at += 1
            ways += self.sequence(depth)
        return ways

    def sequence(self, depth: int) -> int:
        """Parts in a row multiply."""
        ways = 1
        while self.peek() not in {"", "|", ")"}:
            is_group, inner = self.part(depth)
            ways = min(ways * self.repeated(inner, is_group), MAX_WAYS + 1)
        return ways

    def part(self, depth: int) -> tuple[bool, int]:
        char = self.peek()
        if char == "(":
            return True, self.group(depth)
        if char == "[":
            self.character_class()
        elif char == "\\":
            self.escape()
        elif char in _SPECIAL or not char.isascii() or not char.isprintable():
            raise self.refusal(f"{char!r}, which is not allowed there,")
        else:
            self.at += 1
        return False, 1

    def group(self, depth: int) -> int:
        if depth >= _MAX_DEPTH:
            raise self.refusal("groups nested too deeply")
        if not self.pattern.startswith("(?:", self.at):
            raise self.refusal("a group that is not '(?:…)'")
        self.at += 3
        ways = self.choice(depth + 1)
        if self.peek() != ")":
            raise self.refusal("a '(?:' without its ')'")
        self.at += 1
        return ways

    def escape(self) -> None:
        if self.pattern[self.at + 1 : self.at + 2] not in _ESCAPES or self.at + 1 >= len(self.pattern):
            raise self.refusal("an escape that is not allowed")
        self.at += 2

    def character_class(self) -> None:
        start = self.at
        self.at += 1
        if self.peek() == "^":
            self.at += 1
        members = 0
        while (char := self.peek()) != "]":
            if char == "\\":
                self.escape()
            elif char == "" or char in "[&~|" or not char.isascii() or not char.isprintable():
                raise self.refusal("a '[' without its ']', or a character that a class cannot hold,")
            elif self.pattern[self.at + 1 : self.at + 2] == "-" and self.pattern[self.at + 2 : self.at + 3] != "]":
                self.span()
            else:
                self.at += 1
            members += 1
        if not members:
            self.at = start
            raise self.refusal("an empty '[]'")
        self.at += 1

    def span(self) -> None:
        first, last = self.peek(), self.pattern[self.at + 2 : self.at + 3]
        if not (last.isalnum() and first.isalnum() and first <= last):
            raise self.refusal("a range that is not from a lower to a higher letter or digit")
        self.at += 3

    def repeated(self, inner: int, is_group: bool) -> int:
        """The ways through a part together with the repeat that follows it."""
        char = self.peek()
        if char not in {"?", "*", "+", "{"} or char == "":
            return inner
        if char == "?":
            self.at += 1
            ways = inner + 1
        elif is_group:
            raise self.refusal("a repeated group (a group may only be optional)")
        elif char == "{":
            ways = self.braces()
        else:
            self.at += 1
            ways = MAX_NAME
        if self.peek() in {"?", "*", "+", "{"} and self.peek():
            raise self.refusal("a repeat of a repeat")
        return ways

    def braces(self) -> int:
        end = self.pattern.find("}", self.at)
        least, comma, most = self.pattern[self.at + 1 : max(end, self.at)].partition(",")
        numbers = (least, most) if comma else (least,)
        if end < 0 or not all(number.isascii() and number.isdigit() and len(number) < 4 for number in numbers):
            raise self.refusal("a repeat that is not {n} or {n,m}")
        if comma and int(least) > int(most):
            raise self.refusal("a repeat that counts down")
        self.at = end + 1
        return int(most) - int(least) + 1 if comma else 1
