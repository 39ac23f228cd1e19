"""genai-prices' entries: match clauses, dates, hours and tiers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal

from genai_prices import types
from genai_prices.data import providers

from modelward.catalog.model import Fact, FactValue, Field, PriceTier, Source
from modelward.catalog.reference.genai_prices import _Matcher, _read_provider
from modelward.catalog.sheet import FactSheet

WINDOW = 1_048_576
NOW = datetime(2026, 11, 20, tzinfo=UTC)
ONE = types.ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(2))
TWO = types.ModelPrice(input_mtok=Decimal(3), output_mtok=Decimal(4))


def facts_of(entry: types.ModelInfo, listed: Iterable[str] = (), provider: str = "acme") -> list[Fact]:
    sheet = FactSheet(Source.REFERENCE, "genai-prices", NOW)
    _read_provider(
        sheet, provider, types.Provider("acme", "Acme", "", models=[entry]), dict.fromkeys(listed, WINDOW), NOW
    )
    assert not sheet.problems
    return sheet.facts


def values_of(entry: types.ModelInfo, listed: Iterable[str] = ()) -> dict[Field, FactValue]:
    return {fact.field: fact.value for fact in facts_of(entry, listed)}


def priced(match: types.MatchLogic, id_: str = "one", **more: object) -> types.ModelInfo:
    return types.ModelInfo(id_, match, prices=ONE, **more)  # type: ignore[arg-type]


def test_a_clause_applies_to_every_listed_name_that_it_matches() -> None:
    entry = priced(types.ClauseStartsWith("one"))
    assert {fact.model_id for fact in facts_of(entry, ["one-mini", "one-2026", "another"])} == {
        "acme/one-mini",
        "acme/one-2026",
    }


def test_an_id_that_is_equalled_is_a_model_of_its_own() -> None:
    entry = priced(types.ClauseOr([types.ClauseEquals("one"), types.ClauseEquals("one-alias")]))
    assert {fact.model_id for fact in facts_of(entry)} == {"acme/one"}


def test_an_id_that_is_only_a_pattern_is_no_model() -> None:
    assert facts_of(priced(types.ClauseStartsWith("one"))) == []
    assert facts_of(priced(types.ClauseContains("one"))) == []


def test_the_only_name_that_an_entry_equals_is_the_one_to_call() -> None:
    entry = priced(types.ClauseEquals("accounts/acme/models/one"))
    assert {fact.model_id for fact in facts_of(entry)} == {"acme/accounts/acme/models/one"}


def test_a_name_for_the_latest_and_a_name_without_author_are_no_models_at_openrouter() -> None:
    assert facts_of(priced(types.ClauseEquals("~a/one-latest"), "~a/one-latest"), provider="openrouter") == []
    assert facts_of(priced(types.ClauseEquals("one")), provider="openrouter") == []
    assert facts_of(priced(types.ClauseEquals("a/one"), "a/one"), provider="openrouter")


def test_a_name_is_written_as_the_list_writes_it() -> None:
    entry = priced(types.ClauseEquals("ONE-X"), "ONE-X")
    assert {fact.model_id for fact in facts_of(entry, ["one-x"])} == {"acme/one-x"}
    assert {fact.model_id for fact in facts_of(entry, ["other"])} == {"acme/one-x"}
    assert {fact.model_id for fact in facts_of(entry, ["Other"])} == {"acme/ONE-X"}


def test_the_size_of_an_entry_is_not_the_size_of_every_name_it_matches() -> None:
    entry = priced(types.ClauseOr([types.ClauseEquals("one"), types.ClauseEquals("one-chat")]), context_window=400_000)
    facts = facts_of(entry, ["one", "one-chat"])
    assert [fact.model_id for fact in facts if fact.field is Field.CONTEXT_WINDOW] == ["acme/one"]


def test_a_rounded_window_says_nothing_beside_the_exact_one() -> None:
    def windows(stated: int, listed: Iterable[str]) -> list[FactValue]:
        entry = priced(types.ClauseEquals("one"), context_window=stated)
        return [fact.value for fact in facts_of(entry, listed) if fact.field is Field.CONTEXT_WINDOW]

    assert windows(1_000_000, ["one"]) == []
    assert windows(WINDOW, ["one"]) == [WINDOW]
    assert windows(400_000, ["one"]) == [400_000]
    assert windows(1_000_000, []) == [1_000_000]


def test_the_dearer_regional_price_is_not_put_to_a_name_without_region() -> None:
    entry = priced(types.ClauseContains("a.claude"), "regional.a.claude")
    assert {fact.model_id for fact in facts_of(entry, ["a.claude", "eu.a.claude"])} == {"acme/eu.a.claude"}


def test_the_newest_price_in_force_is_the_base_and_a_coming_one_is_a_tier() -> None:
    past = types.ConditionalPrice(types.StartDateConstraint(date(2026, 1, 1)), prices=TWO)
    coming = types.ConditionalPrice(
        types.StartDateConstraint(date(2027, 1, 1)), prices=types.ModelPrice(input_mtok=Decimal(9))
    )
    entry = types.ModelInfo("one", types.ClauseEquals("one"), prices=[types.ConditionalPrice(prices=ONE), past, coming])
    values = values_of(entry)
    assert values[Field.PRICE_INPUT] == 3
    assert values[Field.PRICE_TIERS] == (PriceTier(Field.PRICE_INPUT, Decimal(9), "from 2027-01-01"),)


def test_hours_of_the_day_are_a_tier_beside_the_price_at_other_hours() -> None:
    hours = types.TimeOfDateConstraint(time(0, 30, tzinfo=UTC), time(16, 30, tzinfo=UTC))
    entry = types.ModelInfo(
        "one",
        types.ClauseEquals("one"),
        prices=[types.ConditionalPrice(prices=ONE), types.ConditionalPrice(hours, prices=TWO)],
    )
    values = values_of(entry)
    assert values[Field.PRICE_INPUT] == 1
    assert values[Field.PRICE_TIERS] == (
        PriceTier(Field.PRICE_INPUT, Decimal(3), "from 00:30 to 16:30 UTC"),
        PriceTier(Field.PRICE_OUTPUT, Decimal(4), "from 00:30 to 16:30 UTC"),
    )


def test_batch_audio_and_long_inputs_are_tiers_in_plain_words() -> None:
    prices = types.ModelPrice(
        input_mtok=types.TieredPrices(Decimal(1), [types.Tier(200_000, Decimal(2))]),
        input_audio_mtok=Decimal(7),
        cache_write_1h_mtok=Decimal(5),
    )
    batch = types.PriceVariant({"processing": "batch"}, types.ModelPrice(input_mtok=Decimal("0.5")))
    entry = types.ModelInfo("one", types.ClauseEquals("one"), prices=prices, price_variants=[batch])
    values = values_of(entry)
    assert values[Field.PRICE_INPUT] == 1
    assert values[Field.PRICE_TIERS] == (
        PriceTier(Field.PRICE_INPUT, Decimal(2), "above 200,000 input tokens"),
        PriceTier(Field.PRICE_CACHE_WRITE, Decimal(5), "kept for 1 hour"),
        PriceTier(Field.PRICE_INPUT, Decimal(7), "audio input"),
        PriceTier(Field.PRICE_INPUT, Decimal("0.5"), "in batch processing"),
    )


def test_no_price_is_free_only_where_the_name_says_so() -> None:
    nothing = types.ModelPrice()
    named_free = types.ModelInfo("a/one:free", types.ClauseEquals("a/one:free"), prices=nothing)
    by_hour = types.ModelInfo("whisper", types.ClauseEquals("whisper"), prices=types.ModelPrice(audio_hours=Decimal(1)))
    free = {fact.field: fact.value for fact in facts_of(named_free, provider="openrouter")}
    assert free[Field.PRICE_INPUT] == 0
    assert Field.PRICE_INPUT not in values_of(by_hour)


def test_the_first_entry_that_matches_counts_be_it_a_pattern_or_a_name() -> None:
    pattern, exact = priced(types.ClauseStartsWith("one"), "pattern"), priced(types.ClauseEquals("one"), "exact")
    assert _Matcher([pattern, exact]).find("ONE") is pattern
    assert _Matcher([exact, pattern]).find("ONE") is exact
    assert _Matcher([exact, pattern]).find("one-more") is pattern
    assert _Matcher([exact, pattern]).find("two") is None


def test_a_name_finds_the_entry_that_the_package_itself_finds() -> None:
    names = [entry.id for provider in providers[:12] for entry in provider.models]
    names += [f"{name}-20260101" for name in names[::7]]
    for provider in providers[:12]:
        matcher = _Matcher(provider.models)
        for name in names[::5]:
            expected = next((entry for entry in provider.models if entry.is_match(name)), None)
            if expected is None or not expected.id.startswith("regional."):
                assert matcher.find(name) is expected
