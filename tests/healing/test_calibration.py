"""How far answers are trusted, by what was right of known models."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.catalog.model import Field
from modelward.healing.calibration import Record, pair, trusted

WINDOW, OUTPUT, PRICE = Field.CONTEXT_WINDOW, Field.MAX_OUTPUT_TOKENS, Field.PRICE_INPUT


def noted(right: int, total: int, field: Field = WINDOW, *, record: Record | None = None, who: str = "a") -> Record:
    record = record or Record()
    for number in range(total):
        record.note(who, field, f"p/{number}", is_right=number < right)
    return record


def test_nobody_is_trusted_unheard() -> None:
    assert Record().trust("a", WINDOW) == 0


def test_few_right_answers_earn_little_and_many_earn_more() -> None:
    few, more, many = (noted(count, count).trust("a", WINDOW) for count in (5, 30, 150))
    assert few < 0.5
    assert 0.8 < more < many
    assert many > 0.95


@pytest.mark.parametrize(("right", "total"), [(7, 9), (18, 20), (117, 150), (135, 150)])
def test_who_is_often_wrong_is_not_believed_however_much_is_known(right: int, total: int) -> None:
    assert noted(right, total).trust("a", WINDOW) < 0.8


@given(st.integers(0, 300), st.integers(0, 300))
def test_trust_is_no_more_than_the_share_of_right_answers(right: int, wrong: int) -> None:
    total = right + wrong
    assert 0 <= trusted(right, total) <= (right / total if total else 0)


def test_answers_about_other_fields_help_out_where_there_are_few() -> None:
    alone = noted(10, 10).trust("a", WINDOW)
    helped = noted(60, 60, OUTPUT, record=noted(10, 10)).trust("a", WINDOW)
    hindered = noted(30, 60, OUTPUT, record=noted(10, 10)).trust("a", WINDOW)
    assert hindered < alone < 0.8 < helped


def test_a_price_is_trusted_for_prices_that_were_right_alone() -> None:
    record = noted(10, 10, PRICE, record=noted(150, 150))
    assert record.trust("a", PRICE) == noted(10, 10, PRICE).trust("a", PRICE) < 0.8
    assert noted(0, 50, PRICE, record=noted(40, 40)).trust("a", WINDOW) == noted(40, 40).trust("a", WINDOW)


def test_asked_twice_of_the_same_model_counts_once_and_the_newer_answer_counts() -> None:
    record = Record()
    for _ in range(100):
        record.note("a", WINDOW, "p/one", is_right=True)
    assert record.counts("a", WINDOW) == (1, 1)
    record.note("a", WINDOW, "p/one", is_right=False)
    assert record.counts("a", WINDOW) == (0, 1)
    assert record.knows("a", "p/one")
    assert not record.knows("a", "p/two")
    assert not record.knows("b", "p/one")


def test_of_many_answers_the_newest_are_kept() -> None:
    record = noted(150, 150)
    record.note("a", WINDOW, "p/0", is_right=True)
    record.note("a", WINDOW, "p/150", is_right=False)
    assert record.counts("a", WINDOW) == (149, 150)
    assert record.knows("a", "p/0")
    assert not record.knows("a", "p/1")


def test_a_pair_is_the_same_whoever_is_named_first() -> None:
    assert pair("a", "b") == pair("b", "a") != "a"


def test_the_better_half_of_two_stands_higher_and_a_stranger_between() -> None:
    record = noted(2, 20, who="b", record=noted(18, 20))
    assert record.standing("a") > record.standing("stranger") == 0.5 > record.standing("b")


def test_a_record_is_kept_and_read_again() -> None:
    record = noted(3, 5, PRICE, who="é + ü", record=noted(18, 20))
    again = Record()
    again.load(record.dump())
    assert again.dump() == record.dump()
    assert again.counts("a", WINDOW) == (18, 20)
    assert again.knows("é + ü", "p/1")


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", "null", "7", '{"a": 5}', '{"a": {"mood": {}}}', '{"a": {"rpm": 1}}', "[" * 10_000]
)
def test_a_damaged_record_is_begun_anew(text: str | None) -> None:
    record = Record()
    record.load(text)
    record.note("a", WINDOW, "p/1", is_right=True)
    assert record.counts("a", WINDOW) == (1, 1)


def test_a_record_stays_small() -> None:
    record, chance = Record(), random.Random(1)
    for number in range(20_000):
        who = f"model-{number // 500}"
        record.note(who, chance.choice([WINDOW, OUTPUT, PRICE]), f"p/{number}", is_right=True)
    assert len(record.dump()) < 200_000
    assert record.counts("model-39", WINDOW)[1] <= 150
    assert record.counts("model-0", WINDOW) == (0, 0)
