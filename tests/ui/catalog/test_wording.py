"""What the details pane says of a model."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from modelward.catalog.facts import resolve
from modelward.catalog.model import Capabilities, Capability, Fact, FactValue, Field, Model, PriceTier, Source
from modelward.catalog.reports import ModelDetails
from modelward.ui.catalog.wording import (
    day_text,
    dissent_sentences,
    field_lines,
    missing_sentence,
    unknown_titles,
    value_text,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MODEL = Model(id="acme/x", provider="acme", name="x")


def fact(
    field: Field,
    value: FactValue,
    source: Source = Source.REFERENCE,
    origin: str = "models.dev",
    *,
    days_old: int = 0,
    confidence: float = 1.0,
) -> Fact:
    return Fact(MODEL.id, field, source, origin, value, NOW - timedelta(days=days_old), confidence)


def details(*facts: Fact) -> ModelDetails:
    return ModelDetails(MODEL, facts, resolve(facts))


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        (Field.CONTEXT_WINDOW, 1_000_000, "1,000,000 tokens"),
        (Field.PRICE_INPUT, Decimal(3), "$3.00 / 1M"),
        (Field.PRICE_INPUT, Decimal("0.0375"), "$0.0375 / 1M"),
        (Field.PRICE_INPUT, Decimal(0), "free"),
        (Field.PARAMETER_COUNT, 70_553_706_496, "70.6B"),
        (Field.SIZE_BYTES, 2 * 2**30, "2.0 GiB"),
        (Field.OPEN_WEIGHTS, False, "no"),
        (Field.CAPABILITIES, Capabilities(frozenset({Capability.VISION, Capability.TOOLS})), "tools, vision"),
        (Field.FAMILY, "<b>x</b>\u202egnp", "<b>x</b>\N{REPLACEMENT CHARACTER}gnp"),
        (
            Field.PRICE_TIERS,
            (
                PriceTier(Field.PRICE_INPUT, Decimal(6), "above 200,000 input tokens"),
                PriceTier(Field.PRICE_OUTPUT, Decimal("22.5"), "above 200,000 input tokens"),
            ),
            "above 200,000 input tokens: input $6.00, output $22.50",
        ),
    ],
)
def test_a_value_is_told_with_its_unit(field: Field, value: FactValue, text: str) -> None:
    assert value_text(field, value) == text


def test_a_dissent_names_who_says_what_since_when_and_who_counts() -> None:
    shown = details(
        fact(Field.CONTEXT_WINDOW, 1_000_000, Source.PROVIDER, "anthropic"),
        fact(Field.CONTEXT_WINDOW, 200_000, days_old=183),
    )
    assert dissent_sentences(shown, NOW) == [
        "Context window: models.dev says 200,000 tokens (as of 21 May). The provider's own answer counts."
    ]


def test_within_a_source_the_newer_one_is_said_to_count() -> None:
    shown = details(
        fact(Field.PRICE_INPUT, Decimal(3), origin="genai-prices"), fact(Field.PRICE_INPUT, Decimal(4), days_old=2)
    )
    assert dissent_sentences(shown, NOW)[0].endswith("genai-prices is newer and counts.")


def test_of_capabilities_only_the_words_in_dispute_are_told() -> None:
    both, one = frozenset({Capability.TOOLS, Capability.VISION}), frozenset({Capability.TOOLS})
    shown = details(
        fact(Field.CAPABILITIES, Capabilities(both), Source.PROVIDER, "acme"),
        fact(Field.CAPABILITIES, Capabilities(one, frozenset({Capability.VISION}))),
    )
    assert "models.dev says no vision (as of today)" in dissent_sentences(shown, NOW)[0]


def test_doubt_and_the_rule_that_spoke_are_shown() -> None:
    (line,) = field_lines(
        details(fact(Field.FAMILY, "claude", Source.SURVEY, "anthropic.yaml: claude-4", confidence=0.8))
    )
    assert line.origin == "rule claude-4"
    assert line.doubt == "80% sure"


def test_what_nobody_states_is_listed_and_what_is_required_is_a_sentence() -> None:
    shown = details(fact(Field.FAMILY, "claude"))
    assert missing_sentence(shown) == "Its context window, capabilities and price are unknown."
    assert "Max output" in unknown_titles(shown)
    assert "Family" not in unknown_titles(shown)
    assert "Context window" not in unknown_titles(shown)


def test_a_day_carries_its_year_only_where_it_is_another() -> None:
    assert day_text(NOW, NOW) == "today"
    assert day_text(datetime(2026, 5, 21, 12, tzinfo=UTC), NOW) == "21 May"
    assert day_text(datetime(2025, 5, 21, 12, tzinfo=UTC), NOW) == "21 May 2025"


def test_those_who_say_the_same_speak_once() -> None:
    shown = details(
        fact(Field.CONTEXT_WINDOW, 1_000_000, Source.USER, "you"),
        fact(Field.CONTEXT_WINDOW, 200_000, days_old=2),
        fact(Field.CONTEXT_WINDOW, 200_000, Source.SURVEY, "claude-4"),
    )
    assert dissent_sentences(shown, NOW) == [
        "Context window: models.dev and the rule claude-4 say 200,000 tokens (as of today). Your own value counts."
    ]


def test_another_spelling_of_a_name_is_a_note_and_no_dissent() -> None:
    shown = details(fact(Field.FAMILY, "claude"), fact(Field.FAMILY, "claude-sonnet", Source.SURVEY, "claude-4"))
    assert dissent_sentences(shown, NOW) == []
    assert field_lines(shown)[0].notes == ("The rule claude-4 says claude-sonnet.",)


def test_a_denial_alone_does_not_tell_what_a_model_can_do() -> None:
    denied = Capabilities(frozenset(), frozenset({Capability.IMAGE_OUTPUT}))
    (line,) = field_lines(details(fact(Field.CAPABILITIES, denied)))
    assert line.value == "unknown"
    assert line.notes == ("Not: image output",)
