"""Fields: what they allow, how values are read and written."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.facts import values
from modelward.catalog import fields
from modelward.catalog.fields import FIELDS, FieldType, decode, encode, field_named, read, read_typed, to_json
from modelward.catalog.model import Capabilities, Capability, FactValue, Field, PriceTier
from modelward.core.errors import BadValueError

stated = st.sampled_from(Field).flatmap(lambda field: st.tuples(st.just(field), values(field)))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


def test_every_field_is_described_and_found_by_each_of_its_names():
    assert set(FIELDS) == set(Field)
    for spec in FIELDS.values():
        for name in (spec.field.value, spec.json_key, spec.field.value.upper(), spec.field.value.replace("_", "-")):
            assert field_named(f" {name} ") is spec.field


def test_an_unknown_field_is_answered_with_the_names_there_are():
    with pytest.raises(BadValueError, match="context_window"):
        field_named("contextt")


@given(stated)
def test_what_is_written_is_read_back_the_same(pair: tuple[Field, FactValue]):
    field, value = pair
    back = decode(field, encode(field, value))
    assert back == value
    assert type(back) is type(value)


@given(stated)
def test_equal_values_are_written_alike(pair: tuple[Field, FactValue]):
    field, value = pair
    text = encode(field, value)
    assert encode(field, decode(field, text)) == text
    assert encode(field, read(field, json.loads(text))) == text


def answer(work: Callable[[], FactValue]) -> FactValue | str:
    """The value, or the words of the refusal."""
    try:
        return work()
    except BadValueError as error:
        return f"refused: {error.what}"


def is_sound(field: Field, answered: FactValue | str) -> bool:
    """A refusal of one line, or a value that the store gives back."""
    if isinstance(answered, str) and answered.startswith("refused: "):
        return len(answered.splitlines()) == 1 and answered.endswith(".")
    return decode(field, encode(field, answered)) == answered


@given(st.sampled_from(Field), json_values)
def test_whatever_comes_from_outside_is_read_or_refused_in_words(field: Field, raw: object):
    assert is_sound(field, answer(lambda: read(field, raw)))


@given(st.lists(st.dictionaries(st.sampled_from(["field", "price", "condition"]), json_values), max_size=3))
def test_whatever_comes_as_price_tiers_is_read_or_refused_in_words(raw: object):
    assert is_sound(Field.PRICE_TIERS, answer(lambda: read(Field.PRICE_TIERS, raw)))


@given(st.sampled_from(Field), st.text())
def test_whatever_a_person_types_is_read_or_refused_in_words(field: Field, text: str):
    assert is_sound(field, answer(lambda: read_typed(field, text)))


@given(st.sampled_from(Field), st.text())
def test_a_stored_text_that_is_not_of_the_field_is_refused(field: Field, text: str):
    try:
        value = decode(field, text)
    except BadValueError:
        return
    assert read(field, to_json(field, value)) == value


@pytest.mark.parametrize(
    "raw",
    ["nan", "NaN", "inf", "-1", "1e400", "1e-400x", "", " ", "1,2", "１２e", None, True, [], {}, float("nan"), -0.5],
)
def test_what_is_no_price_is_refused(raw: object):
    with pytest.raises(BadValueError):
        read(Field.PRICE_INPUT, raw)


@pytest.mark.parametrize(
    ("raw", "price"),
    [
        ("0", "0"),
        (0, "0"),
        (0.1, "0.1"),
        ("2.50", "2.5"),
        (1e-7, "0"),
        (3e-6 * 1_000_000, "3"),
        (0.15000000000000002, "0.15"),
        ("1E+3", "1000"),
        (-0.0, "0"),
    ],
)
def test_a_price_is_an_exact_decimal_to_a_millionth(raw: object, price: str):
    assert encode(Field.PRICE_INPUT, read(Field.PRICE_INPUT, raw)) == f'"{price}"'


@pytest.mark.parametrize("raw", [0, -1, 1.5, "1.5", 10**10, 1e400, True, "x" * 50, "9" * 41])
def test_what_is_no_context_window_is_refused(raw: object):
    with pytest.raises(BadValueError):
        read(Field.CONTEXT_WINDOW, raw)


@pytest.mark.parametrize(("raw", "tokens"), [(8192, 8192), ("8192", 8192), (8192.0, 8192), (" 1e5 ", 100_000)])
def test_a_context_window_may_come_as_number_or_text(raw: object, tokens: int):
    assert read(Field.CONTEXT_WINDOW, raw) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("128k", 128_000),
        ("1M", 1_000_000),
        ("1.5 k", 1500),
        ("131,072", 131_072),
        ("131_072", 131_072),
        ("7B", 7 * 10**9),
    ],
)
def test_a_person_may_type_tokens_short(text: str, tokens: int):
    field = Field.PARAMETER_COUNT if text.endswith("B") else Field.CONTEXT_WINDOW
    assert read_typed(field, text) == tokens


def test_a_person_may_type_a_price_with_its_sign():
    assert read_typed(Field.PRICE_OUTPUT, "$ 1,000.25") == Decimal("1000.25")


def test_capabilities_that_a_person_types_are_the_whole_list():
    value = read_typed(Field.CAPABILITIES, "tools, Vision")
    assert value == Capabilities(
        frozenset({Capability.TOOLS, Capability.VISION}), frozenset(Capability) - {Capability.TOOLS, Capability.VISION}
    )
    assert read_typed(Field.CAPABILITIES, "none") == Capabilities(frozenset(), frozenset(Capability))


def test_a_capability_both_had_and_lacked_is_refused():
    with pytest.raises(BadValueError, match="contradicts"):
        read(Field.CAPABILITIES, {"has": ["tools"], "lacks": ["tools"]})


def test_a_text_loses_what_could_deceive_and_keeps_the_rest():
    assert read(Field.DISPLAY_NAME, " GPT\u202e-4\x00o\u200b ") == "GPT-4o"
    for nothing in ("", "\u200b", "x" * (fields.MAX_TEXT + 1), 4, None):
        with pytest.raises(BadValueError):
            read(Field.DISPLAY_NAME, nothing)


@pytest.mark.parametrize("good", ["2024", "2024-02", "2024-02-29"])
def test_a_date_may_be_a_year_a_month_or_a_day(good: str):
    assert read(Field.RELEASE_DATE, good) == good


@pytest.mark.parametrize(
    "bad", ["24", "2024-13", "2023-02-29", "2024-1-1", "tomorrow", "", 2024, None, "0000", "２０２４"]
)
def test_what_is_no_date_is_refused(bad: object):
    with pytest.raises(BadValueError):
        read(Field.RELEASE_DATE, bad)


def test_tiers_of_a_field_that_is_no_price_are_refused():
    good = {"field": "priceInput", "price": "5", "condition": "above 200,000 input tokens"}
    assert read(Field.PRICE_TIERS, [good]) == (PriceTier(Field.PRICE_INPUT, Decimal(5), "above 200,000 input tokens"),)
    for bad in ([good | {"field": "family"}], [good | {"condition": ""}], [5], {}, [good] * 101, [{}]):
        with pytest.raises(BadValueError):
            read(Field.PRICE_TIERS, bad)


@given(st.text(max_size=300), st.integers(2, 100))
def test_a_strangers_text_in_a_message_is_one_short_line(text: str, most: int):
    clipped = fields.clip(text, most)
    assert len(clipped) <= most
    assert clipped.isprintable() or all(char.isprintable() or char.isspace() or ord(char) > 127 for char in clipped)
    assert len(clipped.splitlines()) <= 1


def test_every_type_of_field_is_in_use():
    assert {spec.type for spec in FIELDS.values()} == set(FieldType)
