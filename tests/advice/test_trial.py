"""The sequential test of one model."""

from __future__ import annotations

import random

import pytest

from modelward.advice.strategies import STRATEGIES, Strategy
from modelward.advice.trial import Trial, Verdict

RULES = STRATEGIES[Strategy.PROGRESSIVE].rules


def verdict_on(answers: list[float], threshold: float = 0.8) -> tuple[Verdict, int]:
    trial = Trial(threshold, RULES)
    for answer in answers:
        if trial.verdict is not Verdict.UNDECIDED:
            break
        trial.add(answer)
    return trial.verdict, trial.asked


def test_a_model_that_fails_everything_is_dropped_after_five_probes() -> None:
    assert verdict_on([0.0] * 100) == (Verdict.BAD, 5)


def test_a_model_that_passes_everything_is_taken_before_it_is_asked_everything() -> None:
    verdict, asked = verdict_on([1.0] * 100)
    assert verdict is Verdict.GOOD
    assert RULES.most < asked < RULES.confirm


def test_a_model_just_at_the_threshold_is_asked_to_the_end_and_taken() -> None:
    assert verdict_on([1.0, 1.0, 1.0, 1.0, 0.0] * 40) == (Verdict.GOOD, RULES.confirm)


def test_a_model_just_below_is_dropped_where_the_mean_decides() -> None:
    assert verdict_on([0.79] * 200) == (Verdict.BAD, RULES.most)


def test_partly_right_answers_count_in_part() -> None:
    trial = Trial(0.8, RULES)
    trial.add(0.5)
    trial.add(7.0)
    trial.add(-3.0)
    assert (trial.score, trial.asked, trial.mean) == (1.5, 3, 0.5)


@pytest.mark.parametrize("threshold", [0.0, 0.01, 0.5, 0.99, 1.0])
@pytest.mark.parametrize("strategy", Strategy)
def test_every_threshold_comes_to_an_end(threshold: float, strategy: Strategy) -> None:
    rules = STRATEGIES[strategy].rules
    for quality in (0.0, 0.5, 1.0):
        trial, drawn = Trial(threshold, rules), random.Random(1)
        while trial.verdict is Verdict.UNDECIDED:
            trial.add(float(drawn.random() < quality))
        assert trial.asked <= rules.confirm
        assert trial.verdict is not Verdict.GOOD or trial.mean >= threshold


def test_clearly_good_and_clearly_bad_models_are_told_apart_almost_always() -> None:
    drawn = random.Random(7)
    wrong = 0
    for quality, right in ((0.93, Verdict.GOOD), (0.65, Verdict.BAD)) * 200:
        trial = Trial(0.8, RULES)
        while trial.verdict is Verdict.UNDECIDED:
            trial.add(float(drawn.random() < quality))
        wrong += trial.verdict is not right
    assert wrong <= 400 * 0.03
