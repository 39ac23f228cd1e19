"""Answers of models, read as badly as they come."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.catalog.fields import read
from modelward.catalog.model import Capabilities, Capability, FactValue, Field
from modelward.healing.answers import LONGEST, Answer, Claim, read_answer
from modelward.healing.plausible import ASKED, agreed, read_claim

ONE, TWO = "acme/one", "acme/two"
NAMES = (ONE, TWO)
TODAY = "2026-11-20"


def entry(name: str = ONE, window: object = 131_072, confidence: object = 0.9) -> dict[str, object]:
    return {"model": name, "context_window": {"value": window, "confidence": confidence}}


def answer(text: object) -> Answer:
    return read_answer(text if isinstance(text, str) else json.dumps(text), NAMES, ASKED, TODAY)


def claim(text: object, field: Field = Field.CONTEXT_WINDOW, name: str = ONE) -> Claim | None:
    return answer(text).claims.get(name, {}).get(field)


def value(text: object, field: Field = Field.CONTEXT_WINDOW, name: str = ONE) -> FactValue | None:
    found = claim(text, field, name)
    return found.value if found else None


GOOD = json.dumps({"models": [entry(), entry(TWO, 8192)]})


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"Sure! Here is what I know:\n\n{GOOD}\n\nLet me know if you need more.",
        f"```json\n{GOOD}\n```",
        f"<think>Perhaps {{a}} or {{b: 1}}?</think>{GOOD}",
        GOOD.replace("}]", "},]").replace("0.9}", "0.9,}"),
        json.dumps([entry(), entry(TWO, 8192)]),
        json.dumps({"answer": {"models": [entry(), entry(TWO, 8192)]}}),
        f"{json.dumps(entry())}\n{json.dumps(entry(TWO, 8192))}",
        GOOD[:-2],
        GOOD[:-2] + ', {"model": "acme/thr',
        GOOD + GOOD,
        "\ufeff" + GOOD,
        GOOD.replace("acme/one", " ACME/One "),
    ],
)
def test_an_answer_is_understood_whatever_stands_around_it(text: str) -> None:
    assert (value(text), value(text, name=TWO)) == (131_072, 8_192)


def test_of_a_list_that_is_cut_off_the_whole_entries_count() -> None:
    cut = GOOD[: GOOD.index(TWO) + 20]
    assert value(cut) == 131_072
    assert TWO not in answer(cut).claims


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I'm sorry, but I can't help with that.",
        "null",
        "[]",
        "{}",
        '{"models": null}',
        '{"models": [1, null, "acme/one", []]}',
        json.dumps({"models": [entry("other/model")]}),
        json.dumps({"models": [{"model": 7, "context_window": 8192}]}),
        "{" * 5_000,
        "{," * 400 + GOOD,  # the parts of a text are not tried without end
        '{"a":' * 5_000,
        "[" * 100_000,
        '{"model": "acme/one"' * 1_000,
    ],
)
def test_what_says_nothing_of_the_models_is_not_readable(text: str) -> None:
    assert answer(text) == Answer({}, is_readable=False)


def test_other_models_and_fields_that_nobody_asked_for_are_dropped() -> None:
    found = read_answer(
        json.dumps({"models": [{**entry(), "family": "x", "rpm": 5}, entry("acme/one-2")]}),
        NAMES,
        [Field.CONTEXT_WINDOW],
        TODAY,
    )
    assert {name: set(claims) for name, claims in found.claims.items()} == {ONE: {Field.CONTEXT_WINDOW}}


@pytest.mark.parametrize("unknown", [None, "unknown", " N/A ", "", [], {"value": None}, {"value": "Unknown"}])
def test_unknown_is_no_claim(unknown: object) -> None:
    text = {"models": [{"model": ONE, "context_window": unknown}]}
    assert answer(text).is_readable
    assert claim(text) is None


def test_capabilities_of_which_nothing_is_said_are_no_claim() -> None:
    text = {"models": [{"model": ONE, "capabilities": {"value": {"has": [], "lacks": []}, "confidence": 1}}]}
    assert claim(text, Field.CAPABILITIES) is None


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        (Field.CONTEXT_WINDOW, 3),
        (Field.CONTEXT_WINDOW, 20_000_001),
        (Field.CONTEXT_WINDOW, -8192),
        (Field.CONTEXT_WINDOW, 8192.5),
        (Field.CONTEXT_WINDOW, True),
        (Field.CONTEXT_WINDOW, [8192]),
        (Field.CONTEXT_WINDOW, {"tokens": 8192}),
        (Field.CONTEXT_WINDOW, "plenty"),
        (Field.CONTEXT_WINDOW, 10**300),
        (Field.CONTEXT_WINDOW, "9" * 10_000),
        (Field.PRICE_INPUT, 1_000_000),
        (Field.PRICE_INPUT, 1_000.01),
        (Field.PRICE_INPUT, -1),
        (Field.PRICE_INPUT, "<b>free</b>"),
        (Field.KNOWLEDGE_CUTOFF, "2027-01"),
        (Field.KNOWLEDGE_CUTOFF, "1999-01"),
        (Field.KNOWLEDGE_CUTOFF, "2024-13"),
        (Field.KNOWLEDGE_CUTOFF, 2024),
        (Field.PARAMETER_COUNT, 7),
        (Field.MAX_OUTPUT_TOKENS, 1),
        (Field.CAPABILITIES, "tools"),
        (Field.CAPABILITIES, {"has": ["tools"], "lacks": ["tools"]}),
        (Field.CAPABILITIES, {"has": "tools"}),
    ],
)
def test_what_cannot_be_true_is_refused_with_its_reason(field: Field, raw: object) -> None:
    found = claim({"models": [{"model": ONE, field.value: {"value": raw, "confidence": 0.99}}]}, field)
    assert found is not None
    assert found.value is None
    assert found.problem
    assert len(found.problem) < 400
    assert len(found.quote) <= 160


@pytest.mark.parametrize("raw", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_numbers_that_are_none_claim_nothing(raw: str) -> None:
    assert value(f'{{"model": "{ONE}", "context_window": {{"value": {raw}}}}}') is None


@pytest.mark.parametrize(
    ("field", "raw", "read_as"),
    [
        (Field.CONTEXT_WINDOW, "128k", 128_000),
        (Field.CONTEXT_WINDOW, "131,072 tokens", 131_072),
        (Field.CONTEXT_WINDOW, 1e6, 1_000_000),
        (Field.PARAMETER_COUNT, "8B", 8_000_000_000),
        (Field.PRICE_INPUT, "$0.15", Decimal("0.15")),
        (Field.PRICE_OUTPUT, 0, Decimal(0)),
        (
            Field.CAPABILITIES,
            ["Tools", "telepathy", "fill-in-middle", 3],
            Capabilities(frozenset({Capability.TOOLS, Capability.FILL_IN_MIDDLE})),
        ),
        (Field.CAPABILITIES, {"has": ["vision"], "lacks": None}, Capabilities(frozenset({Capability.VISION}))),
    ],
)
def test_values_are_read_as_people_write_them(field: Field, raw: object, read_as: FactValue) -> None:
    assert read_claim(field, raw, TODAY) == read_as


def test_what_is_stated_twice_alike_counts_and_otherwise_does_not() -> None:
    assert value({"models": [entry(), entry()]}) == 131_072
    found = claim({"models": [entry(), entry(window=8192), entry()]})
    assert found is not None
    assert found.value is None
    assert "two different things" in found.problem


@pytest.mark.parametrize(("said", "sure"), [(0.7, 0.7), (1, 1.0), (0, 0.0), (90, None), ("high", None), (True, None)])
def test_a_confidence_that_is_none_is_left_out(said: object, sure: float | None) -> None:
    found = claim({"models": [entry(confidence=said)]})
    assert found is not None
    assert found.sure == sure


def test_a_value_without_its_wrapping_is_taken() -> None:
    assert value({"models": [{"model": ONE, "context_window": 8192}]}) == 8_192


def test_the_quote_is_the_piece_that_says_it_on_one_line() -> None:
    found = claim({"models": [entry(window="8192\n\u202e")]})
    assert found is not None
    assert found.quote.startswith('"context_window": {"value": "8192')
    assert "\u202e" not in found.quote
    assert "\n" not in found.quote


def test_no_more_is_looked_at_than_an_answer_can_have() -> None:
    assert not answer(" " * LONGEST + GOOD).is_readable


@given(st.text() | st.text(alphabet='{}[]",:\\ 0e-\ntfnu"model"acme/one', max_size=200))
def test_no_text_is_too_much_for_the_reader(text: str) -> None:
    read_answer(text, NAMES, ASKED, TODAY)
    read_answer(GOOD + text + GOOD, NAMES, ASKED, TODAY)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "has", "lacks"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([field.value for field in ASKED]), _json))
def test_every_claim_is_a_value_of_its_field_or_says_what_is_wrong(said: dict[str, object]) -> None:
    for field, found in answer({"models": [{"model": ONE, **said}]}).claims.get(ONE, {}).items():
        assert (found.value is None) == bool(found.problem)
        if isinstance(found.value, int | str) and field is not Field.CAPABILITIES:
            assert read(field, found.value) == found.value


@pytest.mark.parametrize(
    ("field", "one", "other", "both"),
    [
        (Field.CONTEXT_WINDOW, 128_000, 131_072, 128_000),
        (Field.CONTEXT_WINDOW, 1_048_576, 1_000_000, 1_048_576),
        (Field.CONTEXT_WINDOW, 128_000, 128_001, None),
        (Field.CONTEXT_WINDOW, 4_096, 8_192, None),
        (Field.PARAMETER_COUNT, 8_000_000_000, 8_030_261_248, 8_000_000_000),
        (Field.PARAMETER_COUNT, 7_000_000_000, 8_000_000_000, None),
        (Field.PRICE_INPUT, "0.15", "0.150", "0.15"),
        (Field.PRICE_INPUT, "0.15", "0.16", None),
        (Field.KNOWLEDGE_CUTOFF, "2024-06-01", "2024-06", "2024-06"),
        (Field.KNOWLEDGE_CUTOFF, "2024-06", "2024-07", None),
        (Field.CAPABILITIES, ["tools", "vision"], {"has": ["tools"], "lacks": ["reasoning"]}, ["tools"]),
        (Field.CAPABILITIES, ["tools", "vision"], {"has": ["tools"], "lacks": ["vision"]}, None),
        (Field.CAPABILITIES, ["tools"], ["vision"], None),
    ],
)
def test_two_values_agree_on_what_both_say(field: Field, one: object, other: object, both: object) -> None:
    said = agreed(field, read(field, one), read(field, other))
    assert said == (None if both is None else read(field, both))
