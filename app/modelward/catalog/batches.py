"""Facts in parts that fit one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from modelward.catalog.model import Fact

T = TypeVar("T")

CHUNK = 2_000
"""Facts merged in one transaction; small enough that a reader and the window get their turn in between."""

MANY_IDS = 500
"""Ids in one IN clause."""


def by_model(facts: Iterable[Fact], named: Iterable[str]) -> dict[str, list[Fact]]:
    """The facts of each model; those that are only ``named`` have none."""
    found: dict[str, list[Fact]] = {id_: [] for id_ in named}
    for fact in facts:
        found.setdefault(fact.model_id, []).append(fact)
    return found


def chunks(facts: Mapping[str, Sequence[Fact]]) -> Iterator[dict[str, Sequence[Fact]]]:
    """Parts of about :data:`CHUNK` facts; all facts of a model stay together."""
    part: dict[str, Sequence[Fact]] = {}
    size = 0
    for id_, stated in facts.items():
        part[id_] = stated
        size += len(stated)
        if size >= CHUNK or len(part) >= MANY_IDS:
            yield part
            part, size = {}, 0
    if part:
        yield part


def parts(ids: Sequence[T]) -> Iterator[Sequence[T]]:
    """Ids in parts of at most :data:`MANY_IDS`."""
    return (ids[start : start + MANY_IDS] for start in range(0, len(ids), MANY_IDS))
