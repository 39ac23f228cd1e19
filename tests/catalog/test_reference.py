"""The reference source: two public catalogues, as typed facts."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from modelward.catalog.facts import resolve
from modelward.catalog.fields import to_json
from modelward.catalog.model import Capabilities, Capability, Fact, Field, PriceTier, Source, split_id
from modelward.catalog.reference import Reference, load_reference

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference(NOW)


@pytest.fixture(scope="module")
def by_model(reference: Reference) -> dict[str, dict[tuple[str, Field], Fact]]:
    found: dict[str, dict[tuple[str, Field], Fact]] = defaultdict(dict)
    for fact in reference.facts:
        found[fact.model_id][fact.origin, fact.field] = fact
    return found


def test_more_than_4500_models_of_more_than_40_providers_are_known(reference: Reference) -> None:
    ids = {fact.model_id for fact in reference.facts}
    assert len(ids) > 4500
    assert len({split_id(id_)[0] for id_ in ids}) > 40


def test_each_origin_says_its_version_its_date_and_how_many_models_it_states(reference: Reference) -> None:
    assert [origin.name for origin in reference.origins] == ["models.dev", "genai-prices"]
    for origin in reference.origins:
        assert date(2026, 1, 1) < origin.as_of <= NOW.date()
        assert origin.version[0].isdigit()
        stated = {fact.model_id for fact in reference.facts if fact.origin == origin.name}
        assert len(stated) == origin.models


def test_every_fact_is_a_reference_fact_with_the_date_of_its_origin(reference: Reference) -> None:
    days = {origin.name: origin.as_of for origin in reference.origins}
    assert {fact.source for fact in reference.facts} == {Source.REFERENCE}
    assert all(fact.observed_at.date() == days[fact.origin] for fact in reference.facts)
    assert all(fact.observed_at.tzinfo is UTC for fact in reference.facts)


def test_no_origin_states_a_field_of_a_model_twice(reference: Reference) -> None:
    keys = [(fact.model_id, fact.field, fact.origin) for fact in reference.facts]
    assert len(keys) == len(set(keys))


def test_an_address_is_given_as_evidence(by_model: dict[str, dict[tuple[str, Field], Fact]]) -> None:
    evidence = by_model["openai/gpt-4o"]["models.dev", Field.CONTEXT_WINDOW].evidence
    assert evidence is not None
    assert evidence.startswith("https://")


def test_where_both_state_a_price_the_newer_stands_and_the_dissent_is_kept(
    by_model: dict[str, dict[tuple[str, Field], Fact]],
) -> None:
    contested = [
        id_
        for id_, facts in by_model.items()
        if {("models.dev", Field.PRICE_INPUT), ("genai-prices", Field.PRICE_INPUT)} <= facts.keys()
        and facts["models.dev", Field.PRICE_INPUT].value != facts["genai-prices", Field.PRICE_INPUT].value
    ]
    assert len(contested) > 20
    for id_ in contested:
        resolved = resolve(by_model[id_].values())
        newest = max(by_model[id_][o, Field.PRICE_INPUT].observed_at for o in ("models.dev", "genai-prices"))
        assert resolved.deciding[Field.PRICE_INPUT].observed_at == newest
        assert Field.PRICE_INPUT in resolved.dissent


def test_what_the_two_catalogues_cannot_say_well_is_counted_and_nothing_else(reference: Reference) -> None:
    assert len(reference.problems) < 10
    assert all(problem.place and problem.what for problem in reference.problems)


def test_a_limit_is_never_zero(reference: Reference) -> None:
    limits = {Field.CONTEXT_WINDOW, Field.MAX_INPUT_TOKENS, Field.MAX_OUTPUT_TOKENS}
    assert min(fact.value for fact in reference.facts if fact.field in limits and isinstance(fact.value, int)) > 0


@pytest.mark.parametrize("provider", ["github-copilot", "zai-coding-plan", "kimi-for-coding", "gitlab", "nvidia"])
def test_a_subscription_or_a_trial_is_not_a_free_price(reference: Reference, provider: str) -> None:
    prices = [
        fact.value
        for fact in reference.facts
        if split_id(fact.model_id)[0] == provider and fact.field is Field.PRICE_INPUT
    ]
    assert Decimal(0) not in prices


@pytest.mark.parametrize("id_", ["openrouter/openai/gpt-oss-20b:free", "lmstudio/openai/gpt-oss-20b"])
def test_free_variants_and_models_on_ones_own_machine_are_known_to_be_free(
    by_model: dict[str, dict[tuple[str, Field], Fact]], id_: str
) -> None:
    assert by_model[id_]["models.dev", Field.PRICE_INPUT].value == 0
    assert by_model[id_]["models.dev", Field.PRICE_OUTPUT].value == 0


def test_a_higher_price_for_long_inputs_is_a_tier_beside_the_base_price(
    by_model: dict[str, dict[tuple[str, Field], Fact]],
) -> None:
    for origin in ("models.dev", "genai-prices"):
        facts = by_model["openai/gpt-5.4"]
        assert facts[origin, Field.PRICE_INPUT].value == Decimal("2.5")
        tiers = facts[origin, Field.PRICE_TIERS].value
        assert PriceTier(Field.PRICE_INPUT, Decimal(5), "above 272,000 input tokens") in tuple(tiers)  # type: ignore[arg-type]


def test_prices_by_time_of_day_are_tiers(by_model: dict[str, dict[tuple[str, Field], Fact]]) -> None:
    tiers = by_model["deepseek/deepseek-v4-pro"]["genai-prices", Field.PRICE_TIERS].value
    assert isinstance(tiers, tuple)
    assert "from 01:00 to 04:00 UTC" in {tier.condition for tier in tiers}


def test_a_known_cache_price_means_prompt_caching(by_model: dict[str, dict[tuple[str, Field], Fact]]) -> None:
    stated = by_model["anthropic/claude-sonnet-4-5"]["models.dev", Field.CAPABILITIES].value
    assert isinstance(stated, Capabilities)
    assert {Capability.PROMPT_CACHING, Capability.TOOLS, Capability.VISION} <= stated.has
    assert Capability.AUDIO_INPUT in stated.lacks


def test_an_embedding_model_says_so_and_has_no_output_limit(
    by_model: dict[str, dict[tuple[str, Field], Fact]],
) -> None:
    facts = by_model["openai/text-embedding-3-small"]
    assert facts["models.dev", Field.KIND].value == "embedding"
    assert ("models.dev", Field.MAX_OUTPUT_TOKENS) not in facts
    stated = facts["models.dev", Field.CAPABILITIES].value
    assert isinstance(stated, Capabilities)
    assert Capability.EMBEDDING in stated.has


def test_the_ids_of_providers_are_those_of_models_dev(reference: Reference) -> None:
    providers = {split_id(fact.model_id)[0] for fact in reference.facts}
    assert {"xai", "togetherai", "fireworks-ai", "amazon-bedrock"} <= providers
    assert not {"x-ai", "together", "fireworks", "aws"} & providers
    assert not any(provider.startswith("huggingface_") for provider in providers)


def test_names_that_only_stand_for_others_become_no_models(reference: Reference) -> None:
    by_genai = {fact.model_id for fact in reference.facts if fact.origin == "genai-prices"}
    by_models_dev = {fact.model_id for fact in reference.facts if fact.origin == "models.dev"}
    new = by_genai - by_models_dev
    assert len(new) > 500
    assert not [id_ for id_ in new if split_id(id_)[1].startswith("~")]
    assert not [id_ for id_ in new if id_.startswith("openrouter/") and id_.count("/") < 2]
    assert "anthropic/claude-2" not in new
    assert "openai/ft:gpt-3.5-turbo-" not in new


def test_every_tier_is_a_price_under_a_condition(reference: Reference) -> None:
    tiers = [fact for fact in reference.facts if fact.field is Field.PRICE_TIERS]
    assert len(tiers) > 200
    for fact in tiers:
        rows = to_json(fact.field, fact.value)
        assert isinstance(rows, list)
        assert all(row["condition"] for row in rows)
        assert len(rows) <= 100
