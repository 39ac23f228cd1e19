"""models.dev's document: what its odd shapes mean."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from modelward.catalog.model import Capabilities, Capability, FactValue, Field, PriceTier, Source
from modelward.catalog.reference.models_dev import as_of, read_catalogue, version_of
from modelward.catalog.sheet import FactSheet

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def read(body: dict[str, Any], provider: str = "acme", name: str = "one") -> dict[Field, FactValue]:
    sheet = FactSheet(Source.REFERENCE, "models.dev", NOW)
    read_catalogue({provider: {"id": provider, "models": {name: body}}}, sheet)
    assert not sheet.problems
    return {fact.field: fact.value for fact in sheet.facts}


def test_zero_limits_are_unknown() -> None:
    facts = read({"limit": {"context": 0, "input": 0, "output": 4096}})
    assert facts == {Field.MAX_OUTPUT_TOKENS: 4096}


def test_a_missing_cost_is_unknown() -> None:
    assert Field.PRICE_INPUT not in read({"limit": {"context": 8000}})


@pytest.mark.parametrize(
    ("provider", "name", "is_free"),
    [
        ("acme", "one", False),
        ("acme", "one:free", True),
        ("acme", "one-free", True),
        ("acme", "freedom", False),
        ("lmstudio", "one", True),
    ],
)
def test_zero_cost_is_free_only_where_the_name_says_so_or_the_machine_is_ones_own(
    provider: str, name: str, is_free: bool
) -> None:
    facts = read({"cost": {"input": 0, "output": 0}}, provider, name)
    assert facts.get(Field.PRICE_INPUT) == (Decimal(0) if is_free else None)


def test_an_embedding_has_a_known_output_price_of_zero_and_a_chat_model_has_not() -> None:
    cost = {"cost": {"input": 0.1, "output": 0, "cache_write": 0}}
    assert read(cost, name="some-embed")[Field.PRICE_OUTPUT] == 0
    facts = read(cost, name="some-chat")
    assert Field.PRICE_OUTPUT not in facts
    assert Field.PRICE_CACHE_WRITE not in facts
    assert facts[Field.PRICE_INPUT] == Decimal("0.1")


def test_the_older_word_for_long_inputs_counts_only_without_tiers() -> None:
    older = {"cost": {"input": 1, "context_over_200k": {"input": 2}}}
    newer = {"cost": older["cost"] | {"tiers": [{"input": 3, "tier": {"type": "context", "size": 272000}}]}}
    assert read(older)[Field.PRICE_TIERS] == (PriceTier(Field.PRICE_INPUT, Decimal(2), "above 200,000 input tokens"),)
    assert read(newer)[Field.PRICE_TIERS] == (PriceTier(Field.PRICE_INPUT, Decimal(3), "above 272,000 input tokens"),)


def test_modalities_are_complete_lists_but_pdf_is_only_lacking_without_attachments() -> None:
    body: dict[str, Any] = {"modalities": {"input": ["text", "image"], "output": ["text"]}, "attachment": True}
    stated = read(body)[Field.CAPABILITIES]
    assert isinstance(stated, Capabilities)
    assert stated.has == {Capability.VISION}
    assert Capability.AUDIO_INPUT in stated.lacks
    assert Capability.PDF_INPUT not in stated.lacks
    without = read(body | {"attachment": False})[Field.CAPABILITIES]
    assert isinstance(without, Capabilities)
    assert Capability.PDF_INPUT in without.lacks


def test_a_bad_value_is_named_and_costs_only_itself() -> None:
    sheet = FactSheet(Source.REFERENCE, "models.dev", NOW)
    read_catalogue({"acme": {"models": {"one": {"knowledge": "2025-02-31", "limit": {"context": 5}}}}}, sheet)
    assert [fact.value for fact in sheet.facts] == [5]
    assert [problem.place for problem in sheet.problems] == ["acme (one), knowledge"]


def test_the_catalogue_is_as_of_the_newest_change_that_is_not_in_the_future() -> None:
    rows = {name: {"last_updated": day} for name, day in enumerate(["2026-03-01", "2027-01-01", "soon", 3])}
    assert as_of({"acme": {"models": rows}}, NOW) == datetime(2026, 3, 1, tzinfo=UTC)
    assert as_of({}, NOW) == NOW


def test_a_package_that_was_bundled_without_its_metadata_has_no_version() -> None:
    assert version_of("a-package-that-is-not-here") == "unknown"
