"""Joining answers in rounds that fit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.texts import texts
from modelward.advice import joining
from modelward.advice.tokens import plain


@given(st.lists(texts(), min_size=1, max_size=8), st.sampled_from((64, 500, 3_000)))
@settings(max_examples=60)
def test_no_group_of_any_answers_exceeds_the_window_and_nothing_is_lost(answers: list[str], most: int) -> None:
    groups = joining.groups(answers, most, plain())
    assert all(plain().high(group) <= most for group in groups)
    assert "".join("".join(groups).split()) == "".join("".join(answers).split())


def test_small_answers_share_a_call() -> None:
    assert joining.groups(["one", "two", "three"], 100, plain()) == ["one\n\ntwo\n\nthree"]


def test_rounds_end_in_one_answer() -> None:
    assert joining.rounds(1, 500, 3_000) == ()
    assert joining.rounds(5, 500, 3_000) == (1,)
    assert joining.rounds(100, 500, 3_000) == (20, 4, 1)


def test_joining_that_would_never_end_is_refused() -> None:
    with pytest.raises(ValueError, match="answers of 500 tokens"):
        joining.rounds(2, 500, 900)


def test_findings_that_were_made_twice_stand_once() -> None:
    answers = ["- Ada Lovelace\n- Grace Hopper\n", "- grace  hopper\n\n- Mary Shaw"]
    assert joining.without_repetitions(answers) == "- Ada Lovelace\n- Grace Hopper\n- Mary Shaw\n"


def test_a_text_that_nobody_has_seen_is_counted_with_its_overlaps() -> None:
    assert [joining.parts_of(tokens, 1_000) for tokens in (1, 1_000, 1_001, 9_000)] == [1, 1, 2, 10]
