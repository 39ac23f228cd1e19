"""What a call costs, and can cost at most."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.facts import fact, tiers, values
from modelward.catalog.derive import derive
from modelward.catalog.fields import PRICES
from modelward.catalog.model import Fact, Field, Kind, Model, PriceTier, Source
from modelward.providers.model import Usage
from modelward.spending.pricing import Tariff, cost_of, most, tariff_of
from modelward.ui.catalog.filters import is_free

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
D = Decimal
INPUT, OUTPUT, READ, WRITE = PRICES


def tariff(input_: str, output: str, *, read: str = "", write: str = "", tiers: tuple[PriceTier, ...] = ()) -> Tariff:
    stated = {INPUT: input_, OUTPUT: output, READ: read, WRITE: write}
    return Tariff({field: D(price) for field, price in stated.items() if price}, tiers)


def tier(field: Field, price: str, condition: str) -> PriceTier:
    return PriceTier(field, D(price), condition)


def derived(*facts: Fact) -> Tariff:
    return tariff_of(derive(Model("p/a", "p", "a"), facts), facts)


def test_each_part_counts_at_its_own_price_and_exactly() -> None:
    usage = Usage(input_tokens=1_000, cache_read_tokens=300, cache_write_tokens=200, output_tokens=7)
    cost = cost_of(tariff("3", "15", read="0.3", write="3.75"), usage, AT)
    assert cost == D("0.0015") + D("0.00009") + D("0.00075") + D("0.000105")


def test_one_token_of_the_cheapest_price_is_no_zero() -> None:
    assert cost_of(tariff("0.000001", "0"), Usage(1, output_tokens=0), AT) == D("0.000000000001")


@pytest.mark.parametrize(
    "usage",
    [
        Usage(),
        Usage(input_tokens=5),
        Usage(output_tokens=5),
        Usage(input_tokens=5, output_tokens=-5),
        Usage(input_tokens=10**30, output_tokens=5),
        Usage(input_tokens=5, cache_read_tokens=6, output_tokens=5),
    ],
    ids=["nothing", "no output", "no input", "negative", "beyond any call", "more cached than sent"],
)
def test_usage_that_is_missing_or_cannot_be_true_is_of_unknown_cost(usage: Usage) -> None:
    assert cost_of(tariff("3", "15", read="0.3"), usage, AT) is None


def test_a_part_whose_price_is_unknown_makes_the_cost_unknown_where_it_has_tokens() -> None:
    usage = Usage(input_tokens=10, output_tokens=10)
    assert cost_of(tariff("3", "15"), usage, AT) == D("0.00018")
    assert cost_of(tariff("3", "15"), replace(usage, cache_read_tokens=1), AT) is None
    assert cost_of(tariff("3", ""), usage, AT) is None
    assert cost_of(tariff("3", ""), replace(usage, output_tokens=0), AT) == D("0.00003")


@pytest.mark.parametrize("said", [D("0.42"), D(0)])
def test_what_the_provider_says_it_cost_counts_first(said: Decimal) -> None:
    assert cost_of(tariff("3", "15"), Usage(10, output_tokens=10, cost=said), AT) == said
    assert cost_of(tariff("", ""), Usage(cost=said), AT) == said


@pytest.mark.parametrize("said", [D("NaN"), D("Infinity"), D("-0.1"), D("1e9")])
def test_a_cost_that_cannot_be_true_is_not_believed(said: Decimal) -> None:
    assert cost_of(tariff("3", "15"), Usage(10, output_tokens=10, cost=said), AT) == D("0.00018")


def test_a_free_model_costs_nothing_also_where_its_usage_is_not_told() -> None:
    assert cost_of(tariff("0", "0"), Usage(), AT) == 0
    assert cost_of(tariff("0", "0"), Usage(10, 5, 0, 10), AT) == 0


def test_above_its_threshold_the_whole_call_counts_at_the_tiers_price() -> None:
    long = (
        tier(INPUT, "4", "above 200,000 input tokens"),
        tier(INPUT, "9", "above 1,000,000 input tokens"),
        tier(OUTPUT, "20", "above 200,000 input tokens"),
    )
    known = tariff("2", "10", tiers=long)
    assert cost_of(known, Usage(200_000, output_tokens=100_000), AT) == D("0.4") + D(1)
    assert cost_of(known, Usage(200_001, output_tokens=100_000), AT) == D("0.800004") + D(2)
    assert cost_of(known, Usage(2_000_000, output_tokens=0), AT) == D(18)


def test_a_tier_of_hours_or_of_a_day_counts_when_the_call_was_sent_then() -> None:
    night = tariff("2", "10", tiers=(tier(INPUT, "1", "from 16:30 to 00:30 UTC"),))
    dated = tariff("2", "10", tiers=(tier(INPUT, "5", "from 2026-12-01"),))
    usage = Usage(1_000_000, output_tokens=0)
    assert [cost_of(night, usage, AT.replace(hour=hour)) for hour in (0, 1, 12, 17)] == [D(1), D(2), D(2), D(1)]
    assert [cost_of(dated, usage, AT.replace(month=month)) for month in (11, 12)] == [D(2), D(5)]
    assert most(dated, 1_000_000, 1) == D("5.00001")


def test_a_tier_that_no_call_can_tell_changes_no_cost_but_what_is_reserved() -> None:
    known = tariff("2", "10", tiers=(tier(OUTPUT, "20", "with service tier priority"),))
    assert cost_of(known, Usage(0, output_tokens=1_000_000), AT) == D(10)
    assert most(known, 0, 1_000_000) == D(20)


def test_what_no_request_of_ours_asks_for_is_not_reserved() -> None:
    asked = ("in batch processing", "in fast mode, kept for 1 hour", "audio input", "in batch processing and cheap")
    known = tariff("2", "10", tiers=tuple(tier(INPUT, "500", condition) for condition in asked))
    assert most(known, 1_000_000, 0) == D(2)


def test_a_tier_above_what_the_call_can_reach_is_not_reserved() -> None:
    known = tariff("2", "10", tiers=(tier(INPUT, "4", "above 200,000 input tokens"),))
    assert most(known, 200_000, 0) == D("0.4")
    assert most(known, 200_001, 0) == D("0.800004")


def test_reasoning_with_a_price_of_its_own_counts_at_it() -> None:
    known = tariff("0", "1", tiers=(tier(OUTPUT, "4", "reasoning tokens"),))
    usage = Usage(0, output_tokens=1_000_000, reasoning_tokens=250_000)
    assert cost_of(known, usage, AT) == D("1.75")
    assert cost_of(known, replace(usage, reasoning_tokens=1_000_001), AT) is None


def test_nothing_is_known_of_what_a_call_can_cost_without_both_prices() -> None:
    assert most(tariff("3", ""), 10, 10) is None
    assert most(tariff("", "3"), 10, 10) is None


def test_an_own_price_is_the_whole_truth_of_its_field() -> None:
    stated = [{"field": name, "price": "9", "condition": "with route far"} for name in ("price_input", "price_output")]
    facts = [fact("p/a", INPUT, "1"), fact("p/a", OUTPUT, "2"), fact("p/a", Field.PRICE_TIERS, stated)]
    assert most(derived(*facts), 1_000_000, 1_000_000) == D(18)
    facts.append(fact("p/a", INPUT, "0.5", Source.USER, origin="me"))
    assert most(derived(*facts), 1_000_000, 1_000_000) == D("9.5")


def test_an_embedding_needs_no_price_of_output_to_be_known_as_free() -> None:
    kind, price = fact("p/a", Field.KIND, Kind.EMBEDDING.value), fact("p/a", INPUT, "0")
    assert derived(kind, price).is_free
    assert not derived(price).is_free


@pytest.mark.parametrize(("price", "free"), [("0", True), ("0.1", False)])
def test_a_free_model_has_no_tier_that_costs(price: str, free: bool) -> None:
    for field in PRICES:
        assert tariff("0", "0", tiers=(tier(field, price, "with route far"),)).is_free is free


@pytest.mark.parametrize(
    ("input_", "output", "write"), [("0", "", ""), ("", "0", ""), ("0", "0.1", ""), ("0", "0", "1")]
)
def test_a_model_is_not_free_where_a_price_is_unknown_or_above_zero(input_: str, output: str, write: str) -> None:
    assert not tariff(input_, output, write=write).is_free


# ---------------------------------------------------------------- whatever the figures

drawn = st.fixed_dictionaries(
    {INPUT: values(INPUT), OUTPUT: values(OUTPUT)}, optional={READ: values(READ), WRITE: values(WRITE)}
)
conditions = st.sampled_from(
    [
        "above 1,000 input tokens",
        "above 50 input tokens",
        "reasoning tokens",
        "from 10:00 to 13:00 UTC",
        "from 2026-01-01",
    ]
)
tier_lists = st.lists(st.builds(PriceTier, st.sampled_from(PRICES), values(INPUT), conditions), max_size=5).map(tuple)
tariffs = st.builds(Tariff, drawn, st.one_of(tier_lists, tiers))
counts = st.integers(0, 5_000)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    input_, output = draw(counts), draw(counts)
    read = draw(st.integers(0, input_))
    return Usage(input_, read, draw(st.integers(0, input_ - read)), output, draw(st.integers(0, output)))


@given(tariffs, usages(), st.integers(0, 500), st.integers(0, 500))
def test_no_call_costs_more_than_was_reserved_for_it_and_none_less_than_nothing(
    known: Tariff, usage: Usage, less_input: int, less_output: int
) -> None:
    assert usage.input_tokens is not None
    assert usage.output_tokens is not None
    reserved = most(known, usage.input_tokens + less_input, usage.output_tokens + less_output)
    cost = cost_of(known, usage, AT)
    assert reserved is not None
    assert cost is None or 0 <= cost <= reserved


@given(tariffs, usages())
def test_a_call_costs_what_its_parts_cost(known: Tariff, usage: Usage) -> None:
    plain = Tariff(known.base)
    whole = cost_of(plain, usage, AT)
    parts = [
        cost_of(plain, replace(usage, output_tokens=0, reasoning_tokens=0), AT),
        cost_of(plain, Usage(0, 0, 0, usage.output_tokens), AT),
    ]
    assert (whole is None) == (None in parts)
    assert whole is None or whole == sum(part for part in parts if part is not None)


@given(st.lists(st.tuples(st.sampled_from(PRICES), values(INPUT)), max_size=4), st.sampled_from([None, *Kind]), tiers)
def test_what_is_free_here_is_free_in_the_catalogues_filter_too(
    stated: list[tuple[Field, Decimal]], kind: Kind | None, special: tuple[PriceTier, ...]
) -> None:
    facts = [fact("p/a", field, price) for field, price in stated]
    facts += [fact("p/a", Field.KIND, kind.value)] if kind else []
    model = derive(Model("p/a", "p", "a"), facts)
    if replace(tariff_of(model, facts), tiers=special).is_free:
        assert is_free(model)
