"""Which models pass the catalogue's filter."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from modelward.catalog.model import Capability, Field, Kind, Model, Status
from modelward.core.clock import utc_now
from modelward.ui.catalog.filters import CatalogFilter, haystack, is_local

FULL = Model(
    id="anthropic/claude-sonnet-4-5",
    provider="anthropic",
    name="claude-sonnet-4-5",
    kind=Kind.CHAT,
    context_window=200_000,
    max_output_tokens=64_000,
    capabilities=frozenset({Capability.TOOLS, Capability.VISION}),
    price_input=Decimal(3),
    price_output=Decimal(15),
    is_complete=True,
)
EMPTY = Model(id="acme/x", provider="acme", name="x")


def passes(wanted: CatalogFilter, model: Model) -> bool:
    return all(test(model) for test in wanted.tests())


def test_an_empty_filter_is_false_and_lets_all_pass() -> None:
    assert not CatalogFilter()
    assert CatalogFilter().tests() == []


@pytest.mark.parametrize(
    "wanted",
    [
        CatalogFilter(providers=frozenset({"anthropic", "openai"})),
        CatalogFilter(kinds=frozenset({Kind.CHAT})),
        CatalogFilter(capabilities=frozenset({Capability.TOOLS, Capability.VISION})),
        CatalogFilter(is_complete=True),
        CatalogFilter(min_context=200_000),
        CatalogFilter(max_price=Decimal(15)),
    ],
)
def test_a_known_model_passes_where_an_unknown_one_does_not(wanted: CatalogFilter) -> None:
    assert wanted
    assert passes(wanted, FULL)
    assert not passes(wanted, EMPTY)


@pytest.mark.parametrize(
    "field", [Field.CONTEXT_WINDOW, Field.CAPABILITIES, Field.PRICE_INPUT, Field.RPM, Field.FAMILY]
)
def test_a_missing_field_can_be_asked_for(field: Field) -> None:
    assert passes(CatalogFilter(missing=field), EMPTY)


def test_what_is_known_is_not_missing() -> None:
    wanted = [
        CatalogFilter(missing=field) for field in (Field.CONTEXT_WINDOW, Field.PRICE_INPUT, Field.MAX_OUTPUT_TOKENS)
    ]
    assert not any(passes(each, FULL) for each in wanted)
    assert not passes(CatalogFilter(missing=Field.RPM), FULL._replace(rpm=0))


def test_every_capability_asked_for_must_be_there() -> None:
    asked = frozenset({Capability.TOOLS, Capability.AUDIO_INPUT})
    assert not passes(CatalogFilter(capabilities=asked), FULL)


def test_the_dearer_of_both_prices_decides() -> None:
    assert not passes(CatalogFilter(max_price=Decimal(3)), FULL)


def test_free_needs_both_prices_known_to_be_zero() -> None:
    free = CatalogFilter(is_free=True)
    assert passes(free, FULL._replace(price_input=Decimal(0), price_output=Decimal(0)))
    assert not passes(free, FULL._replace(price_input=Decimal(0), price_output=None))
    assert passes(free, FULL._replace(kind=Kind.EMBEDDING, price_input=Decimal(0), price_output=None))


def test_a_cloud_model_of_a_local_provider_is_not_local() -> None:
    assert is_local(EMPTY._replace(provider="ollama", name="llama3.2:3b"))
    assert not is_local(EMPTY._replace(provider="ollama", name="gpt-oss:120b-cloud"))


def test_parts_add_up_and_are_let_go_one_by_one() -> None:
    wanted = CatalogFilter(providers=frozenset({"anthropic"}), min_context=10**6)
    assert not passes(wanted, FULL)
    assert passes(wanted.without("min_context"), FULL)
    assert not wanted.without("min_context").without("providers")


def test_own_values_and_dissent_can_be_asked_for() -> None:
    assert passes(CatalogFilter(has_own_value=True), FULL._replace(has_user_value=True))
    assert passes(CatalogFilter(has_dissent=True), FULL._replace(has_dissent=True))
    assert not passes(CatalogFilter(has_own_value=True), FULL)
    assert not passes(CatalogFilter(has_dissent=True), FULL)


def test_the_search_looks_through_id_display_name_family_and_provider() -> None:
    model = FULL._replace(display_name="Claude Sonnet", family="claude")
    assert haystack(model, "Anthropic").split("\n") == [model.id, "Claude Sonnet", "claude", "Anthropic"]


def test_available_are_those_that_their_provider_lists() -> None:
    wanted = CatalogFilter(is_available=True)
    assert passes(wanted, FULL._replace(status=Status.AVAILABLE))
    assert not any(passes(wanted, FULL._replace(status=s)) for s in Status if s is not Status.AVAILABLE)


def test_new_are_those_that_appeared_within_the_days() -> None:
    wanted = CatalogFilter(new_days=7)
    assert passes(wanted, FULL._replace(new_at=utc_now() - timedelta(days=6)))
    assert not passes(wanted, FULL._replace(new_at=utc_now() - timedelta(days=8)))
    assert not passes(wanted, FULL)
