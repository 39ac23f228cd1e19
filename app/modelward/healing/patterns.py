"""Patterns of rules: none of them can hang the program, and each tells how the names that it matches begin.

The language is that of :mod:`modelward.core.patterns`; a pattern that can be matched in too many ways is refused, so
that stacked ``.*`` and long rows of optional parts never reach the matcher.

:func:`heads` tells how the names that a pattern matches can begin, so that few patterns are tried on a name.
"""

from __future__ import annotations

from functools import lru_cache

from modelward.core import patterns as language
from modelward.core.errors import InputError
from modelward.core.patterns import Choice, Node, One, Repeat, Row, ways
from modelward.healing.names import MAX_NAME

MAX_WAYS = 1_000_000
"""Most ways through a pattern; trying them all takes a fraction of a second, once."""
MAX_HEAD = 12
"""Longest beginning that is told, in characters."""

_MAX_HEADS = 64


def check(pattern: str) -> None:
    """Raise InputError, saying why, where a pattern is not in the language or has too many ways through it."""
    if ways(parse(pattern), MAX_WAYS) > MAX_WAYS:
        raise InputError(
            "The pattern can be matched in too many ways, and could hang.",
            todo="Use fewer '*', '+' and optional parts.",
        )


def parse(pattern: str) -> Node:
    """The parts of a pattern of names; InputError where it is not in the language."""
    return language.parse(pattern, longest=MAX_NAME)


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
