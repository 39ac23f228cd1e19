"""From facts to effective values: one pure function decides which source counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from modelward.catalog.fields import encode
from modelward.catalog.model import Capabilities, Capability, Fact, FactValue, Field


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a model's facts amount to.

    ``values``: the effective value of each field that is known. ``deciding``: the fact that decides each field
    (for capabilities: the most trusted one that speaks). ``capability_facts``: the fact that decides each capability.
    ``dissent``: per field, the facts of other origins that state something else.
    """

    values: dict[Field, FactValue]
    deciding: dict[Field, Fact]
    capability_facts: dict[Capability, Fact]
    dissent: dict[Field, tuple[Fact, ...]]


def resolve(facts: Iterable[Fact]) -> Resolved:
    """The effective values of one model's facts.

    The most trusted source wins, within a source the newest, then the higher confidence; what is left is settled by
    the origin's name and the value, so that the order in which facts arrive never matters. Capabilities are decided
    word by word: a source that is silent on a word leaves it to the next. Disagreement is reported, never averaged.
    """
    by_field: dict[Field, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_field[fact.field].append(fact)
    values: dict[Field, FactValue] = {}
    deciding: dict[Field, Fact] = {}
    capability_facts: dict[Capability, Fact] = {}
    dissent: dict[Field, tuple[Fact, ...]] = {}
    for field, rivals in by_field.items():
        if len(rivals) > 1:
            rivals.sort(key=_rank)
        deciding[field] = rivals[0]
        if field is Field.CAPABILITIES:
            capability_facts = _by_word(rivals)
            values[field] = _merged(capability_facts)
            others = tuple(fact for fact in rivals if _contradicts(fact, capability_facts))
        else:
            values[field] = rivals[0].value
            others = tuple(fact for fact in rivals[1:] if not same_value(fact.value, rivals[0].value))
        if others:
            dissent[field] = others
    return Resolved(values, deciding, capability_facts, dissent)


def same_value(one: FactValue, other: FactValue) -> bool:
    """True where two values state the same; text is compared without regard to case."""
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return one == other


def supersedes(fact: Fact, earlier: Fact) -> bool:
    """True where ``fact`` takes the place of ``earlier``, a fact of the same key: it is newer, or as new and surer.

    Of two that differ in nothing of this, always the same one wins, whichever came first.
    """
    return _place(fact) < _place(earlier)


def _place(fact: Fact) -> tuple[object, ...]:
    return (*_rank(fact), fact.evidence or "", fact.quote or "")


def _rank(fact: Fact) -> tuple[int, float, float, str, str]:
    # The encoded value is the last resort: without it, two facts equal in all else would be settled by arrival.
    return (
        fact.source.trust,
        -fact.observed_at.timestamp(),
        -fact.confidence,
        fact.origin,
        encode(fact.field, fact.value),
    )


def _stated(fact: Fact) -> Capabilities:
    assert isinstance(fact.value, Capabilities)
    return fact.value


def _by_word(ranked: list[Fact]) -> dict[Capability, Fact]:
    decided: dict[Capability, Fact] = {}
    for fact in ranked:
        for word in _stated(fact).has | _stated(fact).lacks:
            decided.setdefault(word, fact)
    return decided


def _merged(decided: dict[Capability, Fact]) -> Capabilities:
    has = frozenset(word for word, fact in decided.items() if word in _stated(fact).has)
    return Capabilities(has, frozenset(decided) - has)


def _contradicts(fact: Fact, decided: dict[Capability, Fact]) -> bool:
    own = _stated(fact)
    return any((word in own.has) != (word in _stated(decided[word]).has) for word in own.has | own.lacks)
