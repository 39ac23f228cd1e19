"""Counting tokens without a tokenizer, judged by real vocabularies."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.dividing import VOCABULARIES, most_true_tokens, true_tokens
from harness.texts import CHINESE, CODE, EMOJI, ENGLISH, KINDS, NATURAL, RUSSIAN, TABLE, noise, texts
from modelward.advice.tokens import Counter, plain
from modelward.advice.windows import USABLE

ROOM = 1 / USABLE
"""A window is used to nine tenths: a count may be wrong by the rest."""


@pytest.mark.parametrize("text", NATURAL)
@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_natural_text_has_between_the_fewest_and_the_most_tokens(text: str, vocabulary: str) -> None:
    count = plain().count(text * 20)
    assert count.low <= true_tokens(text * 20, vocabulary) * 2
    assert true_tokens(text * 20, vocabulary) <= count.high


@pytest.mark.parametrize("text", [ENGLISH, CODE])
def test_english_and_code_are_counted_within_half_of_the_truth(text: str) -> None:
    count = plain().count(text * 50)
    assert true_tokens(text * 50) * 0.8 <= count.likely <= true_tokens(text * 50) * 1.5
    assert count.high <= true_tokens(text * 50) * 2.2


@pytest.mark.parametrize("kind", KINDS)
def test_noise_never_has_more_tokens_than_a_window_has_room_for(kind: str) -> None:
    text = noise(kind, 20_000, 7)
    assert most_true_tokens(text) <= plain().high(text) * ROOM


@given(texts())
@settings(max_examples=150)
def test_no_text_has_more_tokens_than_a_window_has_room_for(text: str) -> None:
    count = plain().count(text)
    assert most_true_tokens(text) <= (count.high + 8) * ROOM
    assert count.low <= count.likely <= count.high


@given(texts(), st.lists(st.floats(0, 1), max_size=8))
@settings(max_examples=60)
def test_the_parts_of_a_text_add_up_to_the_whole(text: str, cuts: list[float]) -> None:
    ends = sorted({int(cut * len(text)) for cut in cuts} - {0} | {len(text)} - {0})
    parts = plain().sums(text, ends)
    assert len(parts) == len(ends)
    assert abs(sum(part.high for part in parts) - plain().count(text).high) <= len(parts) + 1


def test_a_text_longer_than_one_look_is_counted_as_one() -> None:
    text = (ENGLISH + RUSSIAN) * 5_000
    assert len(text) > 1 << 20
    once = plain().count(ENGLISH + RUSSIAN)
    assert plain().count(text).likely == pytest.approx(once.likely * 5_000, rel=0.02)
    ends = [len(text) // 2, len(text)]
    assert sum(part.likely for part in plain().sums(text, ends)) == pytest.approx(plain().count(text).likely, abs=3)


@pytest.mark.parametrize("text", [ENGLISH * 30, CHINESE * 30, TABLE * 60, EMOJI * 100, " " * 9_000])
def test_what_is_measured_out_fits_and_one_character_more_does_not(text: str) -> None:
    end = plain().fitting(text, 10, 100)
    assert plain().high(text[10:end]) <= 101
    assert end >= 10 + 100 * 16 or plain().high(text[10 : end + 1]) >= 100
    begin = plain().fitting_before(text, len(text) - 5, 100)
    assert plain().high(text[begin : len(text) - 5]) <= 102


def test_the_shares_of_a_text_tell_its_scripts_apart() -> None:
    shares = plain().shares(CHINESE * 5)
    assert shares[3] > 0.9 * sum(shares)
    assert plain().shares(RUSSIAN)[2] > plain().shares(RUSSIAN)[0]
    assert plain().shares("0123456789" * 9)[1] > 40


def test_half_characters_and_nothing_are_counted_too() -> None:
    assert plain().count("").high == 0
    assert plain().high("\ud800\udfff x") > 0
    assert Counter().is_learned is False
