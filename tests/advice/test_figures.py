"""Which results count for a use case."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from harness.advice import NOW, WRITING, graded, model, summary, timed
from modelward.advice import costs
from modelward.advice.figures import figures
from modelward.advice.model import Figures, Quality
from modelward.advice.use_cases import PROFILES
from modelward.benchmarks.model import Metric, UseCase

OLD = NOW - timedelta(days=9)


def test_the_newest_edition_of_a_suite_counts() -> None:
    results = [
        graded("openai/a", 0.2, tag="code-generation@old", at=OLD),
        graded("openai/a", 0.9, tag="code-generation@new"),
    ]
    assert figures(results, WRITING)["openai/a"].quality == (0.9, 30, False)


def test_a_model_that_was_asked_an_older_edition_alone_is_marked() -> None:
    results = [
        graded("openai/a", 0.7, tag="code-generation@old", at=OLD),
        graded("openai/b", 0.9, tag="code-generation@new"),
    ]
    found = figures(results, WRITING)
    assert found["openai/a"].quality == (0.7, 30, True)
    assert found["openai/b"].quality == (0.9, 30, False)


def test_of_two_older_editions_the_newer_counts() -> None:
    results = [
        graded("openai/a", 0.3, tag="code-generation@first", at=OLD - timedelta(days=9)),
        graded("openai/a", 0.7, tag="code-generation@second", at=OLD),
        graded("openai/b", 0.9, tag="code-generation@third"),
    ]
    assert figures(results, WRITING)["openai/a"].quality == (0.7, 30, True)


def test_several_suites_count_by_their_answers() -> None:
    results = [graded("openai/a", 1.0, 30), graded("openai/a", 0.5, 10, tag="mine@bbbbbb")]
    quality = figures(results, WRITING)["openai/a"].quality
    assert quality is not None
    assert (quality.score, quality.probes) == (pytest.approx(0.875), 40)


def test_one_stream_at_a_time_counts_before_many() -> None:
    results = [graded("openai/a", 0.5, concurrency=8), graded("openai/a", 0.9)]
    quality = figures(results, WRITING)["openai/a"].quality
    assert quality is not None
    assert quality.score == 0.9


def test_other_use_cases_and_suites_without_answers_say_nothing() -> None:
    results = [graded("openai/a", 0.9, use_case=UseCase.TRANSLATION), graded("openai/b", 0.9, 0)]
    assert figures(results, WRITING) == {}


def test_times_come_from_the_workload_that_is_most_like_the_use_case() -> None:
    results = [
        timed("openai/a", 100, tag="long"),
        timed("openai/a", 200, tag="chat"),
        timed("openai/a", 300, tag="code"),
    ]
    speed = figures(results, WRITING)["openai/a"].speed
    assert speed is not None
    assert (speed.workload, speed.ttft) == ("code", 300)
    chatting = figures(results, UseCase.INSTRUCTION_FOLLOWING)["openai/a"].speed
    assert chatting is not None
    assert chatting.workload == "chat"


def test_the_rate_of_errors_is_over_all_calls_that_count() -> None:
    results = [graded("openai/a", 0.9, 30, error_rate=0.1), timed("openai/a", runs=10)]
    known = figures(results, WRITING)["openai/a"]
    assert (known.runs, known.error_rate) == (40, pytest.approx(3 / 40))


def test_the_order_of_results_does_not_matter() -> None:
    results = [
        graded("openai/a", 0.2, tag="code-generation@x", at=OLD),
        graded("openai/a", 0.9, tag="code-generation@y", at=OLD),
        timed("openai/a", tag="chat"),
        timed("openai/a", tag="code"),
    ]
    assert figures(results, WRITING) == figures(results[::-1], WRITING)


def test_a_cost_per_call_becomes_one_per_success() -> None:
    result = graded("openai/a", 0.5, metrics={Metric.COST: summary(0.01)})
    assert costs.measured(figures([result], WRITING)["openai/a"]) == Decimal("0.02")


def test_an_estimate_counts_typical_tokens_and_the_tries_that_failed() -> None:
    profile = PROFILES[WRITING]
    priced = model("openai/a", "2", output="10")
    plain = Decimal(2 * profile.input_tokens + 10 * profile.output_tokens) / 10**6
    assert costs.estimated(priced, profile, Figures()) == plain
    assert costs.estimated(priced, profile, Figures(Quality(0.5, 10))) == 2 * plain
    assert costs.estimated(priced, profile, Figures(Quality(0.0, 10))) == 100 * plain
    assert costs.estimated(model("openai/a", None), profile, Figures()) is None
    assert costs.estimated(model("openai/a", "0"), profile, Figures(Quality(0.5, 10))) == 0
