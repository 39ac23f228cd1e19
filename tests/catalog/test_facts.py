"""Facts and the values that follow from them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.facts import fact, facts
from modelward.catalog.facts import resolve, same_value, supersedes
from modelward.catalog.model import Capabilities, Capability, Fact, Field, Source

SOME = (Field.CONTEXT_WINDOW, Field.CAPABILITIES, Field.PRICE_INPUT, Field.FAMILY, Field.PRICE_TIERS)
many = st.lists(facts(fields=SOME), max_size=12)


def as_sets(resolved):
    """What was resolved, without the order of dissent (it is by rank, and equal facts may change places)."""
    return resolved.values, resolved.deciding, resolved.capability_facts, resolved.dissent


@given(many, st.randoms(use_true_random=False))
def test_the_order_in_which_facts_arrive_never_matters(some: list[Fact], random):
    once = {(each.field, each.source, each.origin): each for each in some}
    shuffled = list(once.values())
    random.shuffle(shuffled)
    assert as_sets(resolve(once.values())) == as_sets(resolve(shuffled))


@given(many)
def test_every_fact_is_heeded_or_shown_as_dissent(some: list[Fact]):
    resolved = resolve(some)
    for each in some:
        dissents = each in resolved.dissent.get(each.field, ())
        if each.field is Field.CAPABILITIES:
            effective = resolved.values[each.field]
            agrees = each.value.has <= effective.has and each.value.lacks <= effective.lacks
        else:
            agrees = same_value(each.value, resolved.values[each.field])
        assert agrees != dissents


@given(many)
def test_the_deciding_fact_is_of_the_most_trusted_source_and_its_newest(some: list[Fact]):
    for field, winner in resolve(some).deciding.items():
        rivals = [each for each in some if each.field is field]
        assert winner.source.trust == min(each.source.trust for each in rivals)
        assert winner.observed_at == max(each.observed_at for each in rivals if each.source is winner.source)


@given(many)
def test_a_word_is_had_or_lacked_as_the_fact_says_that_decides_it(some: list[Fact]):
    resolved = resolve(some)
    stated = [each for each in some if each.field is Field.CAPABILITIES]
    words = {word for each in stated for word in each.value.has | each.value.lacks}
    assert set(resolved.capability_facts) == words
    for word, decided_by in resolved.capability_facts.items():
        speakers = [each for each in stated if word in each.value.has | each.value.lacks]
        assert decided_by.source.trust == min(each.source.trust for each in speakers)
        assert (word in resolved.values[Field.CAPABILITIES].has) == (word in decided_by.value.has)


@given(facts(fields=(Field.FAMILY,)), facts(fields=(Field.FAMILY,)))
def test_of_two_facts_of_one_key_the_same_one_stands_whichever_came_first(one: Fact, other: Fact):
    assert supersedes(one, other) + supersedes(other, one) == (one_key(one) != one_key(other))


def one_key(each: Fact):
    return (each.source, each.origin, each.observed_at, each.confidence, each.value, each.evidence, each.quote)


def test_a_person_beats_every_source_and_the_newest_word_of_a_source_counts():
    stated = [
        fact("p/a", Field.CONTEXT_WINDOW, 1, Source.REFERENCE, day=9),
        fact("p/a", Field.CONTEXT_WINDOW, 2, Source.PROVIDER, origin="list", day=1),
        fact("p/a", Field.CONTEXT_WINDOW, 3, Source.PROVIDER, origin="page", day=2),
    ]
    assert resolve(stated).values[Field.CONTEXT_WINDOW] == 3
    own = fact("p/a", Field.CONTEXT_WINDOW, 4, Source.USER, day=0)
    resolved = resolve([*stated, own])
    assert resolved.values[Field.CONTEXT_WINDOW] == 4
    assert [each.value for each in resolved.dissent[Field.CONTEXT_WINDOW]] == [3, 2, 1]


def test_a_source_that_is_silent_on_a_capability_leaves_it_to_the_next():
    resolved = resolve(
        [
            fact("p/a", Field.CAPABILITIES, {"has": ["vision"], "lacks": []}, Source.PROVIDER),
            fact("p/a", Field.CAPABILITIES, {"has": ["tools"], "lacks": ["vision", "web_search"]}, Source.REFERENCE),
        ]
    )
    assert resolved.values[Field.CAPABILITIES] == Capabilities(
        frozenset({Capability.VISION, Capability.TOOLS}), frozenset({Capability.WEB_SEARCH})
    )
    assert [each.source for each in resolved.dissent[Field.CAPABILITIES]] == [Source.REFERENCE]


def test_spelling_alone_is_no_dissent():
    stated = [
        fact("p/a", Field.QUANTIZATION, "Q4_K_M", Source.PROVIDER),
        fact("p/a", Field.QUANTIZATION, "q4_k_m", Source.SURVEY),
    ]
    assert resolve(stated).dissent == {}


def test_no_facts_are_no_values():
    resolved = resolve([])
    assert (resolved.values, resolved.deciding, resolved.dissent) == ({}, {}, {})
