"""Learning how a model counts from the usage that it states."""

from __future__ import annotations

import pytest

from harness.dividing import VOCABULARIES, true_tokens
from harness.texts import CHINESE, CODE, ENGLISH, GERMAN, book, noise
from modelward.advice.calibration import Calibration
from modelward.advice.tokens import plain

LESSONS = [book(2_000)[at : at + 6_000] for at in range(0, 4_000, 500)]


def taught(vocabulary: str) -> Calibration:
    return Calibration().saw((text, true_tokens(text, vocabulary)) for text in LESSONS)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_what_was_learned_makes_the_bars_narrow_and_keeps_them_true(vocabulary: str) -> None:
    counter = taught(vocabulary).counter()
    assert counter.is_learned
    text = book(30_000)
    truth, count = true_tokens(text, vocabulary), counter.count(text)
    assert count.likely == pytest.approx(truth, rel=0.1)
    assert truth <= count.high < plain().count(text).high


@pytest.mark.parametrize("text", [GERMAN * 60, CODE * 40, noise("base64", 9_000, 1), noise("letters", 9_000, 2)])
@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_other_texts_than_those_it_learned_from_still_fit(vocabulary: str, text: str) -> None:
    assert true_tokens(text, vocabulary) * 0.9 <= taught(vocabulary).counter().high(text)


def test_scripts_that_nothing_was_learned_of_stay_as_careful_as_before() -> None:
    learned, before = taught("o200k_base").counter().count(CHINESE * 40), plain().count(CHINESE * 40)
    assert learned.high == pytest.approx(before.high, rel=0.02)


def test_few_samples_short_texts_and_impossible_figures_teach_nothing() -> None:
    assert not Calibration().saw([(LESSONS[0], 1_500)] * 3).counter().is_learned
    assert not Calibration().saw([(ENGLISH, 40)] * 9).counter().is_learned
    assert not Calibration().saw([(LESSONS[0], 3)] * 9 + [(LESSONS[0], 10**9)] * 9).counter().is_learned
    assert not Calibration().saw([(ENGLISH * 20 + CHINESE * 20, 2_000)] * 9).counter().is_learned


def test_a_model_that_changes_its_way_is_learned_anew() -> None:
    calibration = Calibration().saw([(LESSONS[0], 1_000)] * 300)
    changed = calibration.saw([(LESSONS[0], 2_000)] * 600)
    assert changed.counter().count(LESSONS[0]).likely == pytest.approx(2_000, rel=0.1)


def test_it_is_kept_and_read_again() -> None:
    calibration = taught("o200k_base")
    assert Calibration.of_json(calibration.to_json()) == calibration


@pytest.mark.parametrize(
    "kept", [None, "", "{", "[]", '{"text": [1]}', '{"text": [9, -4, 0]}', '{"text": [9, 1, "NaN"]}']
)
def test_what_cannot_be_read_is_as_if_nothing_had_been_learned(kept: str | None) -> None:
    assert Calibration.of_json(kept) == Calibration()
