"""What is recommended, in which order, and why."""

from __future__ import annotations

from decimal import Decimal

import pytest

from harness.advice import facts, graded, model, timed, wanted
from modelward.advice.model import Part
from modelward.advice.recommend import recommend
from modelward.advice.use_cases import PROFILES, how_to_measure
from modelward.benchmarks.model import UseCase
from modelward.catalog.model import Status


def test_of_three_models_the_good_and_cheap_one_comes_first() -> None:
    known = facts(
        model("openai/dear", "10"),
        model("groq/middle", "0.4"),
        model("groq/weak", "0.05"),
        graded("openai/dear", 0.95),
        graded("groq/middle", 0.94),
        graded("groq/weak", 0.35),
    )
    found = recommend(known, wanted())
    assert [each.model_id for each in found.top] == ["groq/middle", "openai/dear", "groq/weak"]
    assert found.considered == found.fitting == 3
    assert found.top[0].why[0] == "96 % cheaper than openai/dear, 1.0 points below it."
    assert found.top[1].why[0] == "24.7 times as dear as groq/middle, 1.0 points above it."


def test_the_score_is_made_of_its_parts_and_their_weights() -> None:
    first = recommend(facts(model("openai/a"), graded("openai/a", 0.9), timed("openai/a")), wanted()).top[0]
    assert [part.part for part in first.parts] == list(Part)
    assert sum(part.weight for part in first.parts) == pytest.approx(1)
    product = 1.0
    for part in first.parts:
        product *= part.value**part.weight
    assert first.score == pytest.approx(product, abs=1e-6)


@pytest.mark.parametrize("use_case", UseCase)
def test_every_use_case_has_weights_that_add_up_and_a_reason(use_case: UseCase) -> None:
    profile = PROFILES[use_case]
    assert sum(profile.weights.values()) == pytest.approx(1)
    assert set(profile.weights) == set(Part)
    assert profile.why.endswith(".")
    assert any(goal is not None for goal in (profile.slo.ttft, profile.slo.tpot, profile.slo.latency))


def test_an_unmeasured_model_is_listed_apart_and_never_hidden() -> None:
    known = facts(model("openai/a"), model("openai/b", "0.1"), graded("openai/a", 0.9))
    found = recommend(known, wanted())
    assert [each.model_id for each in found.top] == ["openai/a"]
    assert [each.model_id for each in found.unmeasured] == ["openai/b"]
    assert found.unmeasured[0].why == "no answers graded, $0.10 in and $0.40 out per 1M tokens"
    assert not found.ruled_out


def test_unmeasured_models_stand_in_the_order_of_their_promise() -> None:
    known = facts(
        model("groq/large", "1", parameter_count=400_000_000_000),
        model("groq/small", "1", parameter_count=1_000_000_000),
        model("groq/large-and-cheap", "0.1", parameter_count=400_000_000_000),
        model("groq/sister", "0.1", family="good"),
        model("openai/known", "5", family="good"),
        graded("openai/known", 0.97),
    )
    order = [each.model_id for each in recommend(known, wanted()).unmeasured]
    assert order == ["groq/sister", "groq/large-and-cheap", "groq/large", "groq/small"]


def test_what_can_be_measured_at_once_comes_before_what_promises_more() -> None:
    known = facts(
        model("anthropic/promising", "0", parameter_count=10**12),
        model("openai/listed", "0", parameter_count=10**12, status=Status.LISTED),
        model("openai/dear", "50", parameter_count=10**9),
    )
    found = recommend(known, wanted()).unmeasured
    assert [(each.model_id, each.at_hand) for each in found] == [
        ("openai/dear", True),
        ("anthropic/promising", False),
        ("openai/listed", False),
    ]


def test_equals_stand_by_name() -> None:
    known = facts(*(model(f"openai/{name}") for name in "cab"), *(graded(f"openai/{name}", 0.9) for name in "bca"))
    assert [each.model_id for each in recommend(known, wanted()).top] == ["openai/a", "openai/b", "openai/c"]
    blank = facts(*(model(f"openai/{name}") for name in "cab"))
    assert [each.model_id for each in recommend(blank, wanted()).unmeasured] == ["openai/a", "openai/b", "openai/c"]


def test_few_answers_count_less_than_many_of_the_same_quality() -> None:
    known = facts(
        model("openai/few"), model("openai/many"), graded("openai/few", 1.0, 3), graded("openai/many", 1.0, 60)
    )
    found = recommend(known, wanted())
    assert [each.model_id for each in found.top] == ["openai/many", "openai/few"]
    assert any("Few answers" in sentence for sentence in found.top[1].unknown)


def test_what_is_not_known_is_said_and_counts_as_middling() -> None:
    known = facts(model("anthropic/a", None), graded("anthropic/a", 0.9))
    first = recommend(known, wanted()).top[0]
    parts = {part.part: part for part in first.parts}
    assert (parts[Part.PRICE].value, parts[Part.PRICE].is_known) == (0.5, False)
    assert (parts[Part.SPEED].value, parts[Part.SPEED].is_known) == (0.5, False)
    assert "Its price is not known and counts as middling." in first.unknown
    assert "Its speed is not known and counts as middling." in first.unknown
    assert "There is no key at hand for its provider." in first.unknown
    assert first.cost.usd is None


def test_a_measured_cost_is_taken_before_an_estimate_and_the_estimate_is_marked() -> None:
    known = facts(model("openai/a"), model("openai/b"), graded("openai/a", 0.9, cost="0.02"), graded("openai/b", 0.9))
    costs = {each.model_id: each for each in recommend(known, wanted()).top}
    assert costs["openai/a"].cost == (Decimal("0.02"), True)
    assert not costs["openai/b"].cost.is_measured
    assert "Its cost is an estimate from prices and typical tokens." in costs["openai/b"].unknown


def test_estimates_are_brought_to_the_scale_of_what_was_measured() -> None:
    known = facts(model("openai/a"), model("openai/b"), graded("openai/a", 0.9, cost="0.02"), graded("openai/b", 0.9))
    costs = [each.cost.usd for each in recommend(known, wanted()).top]
    assert costs[0] is not None
    assert costs == [pytest.approx(Decimal("0.02")), pytest.approx(Decimal("0.02"))]


def test_a_local_model_is_free_private_and_says_so() -> None:
    known = facts(
        model("ollama/a", "0"), model("ollama/a-cloud", "0"), graded("ollama/a", 0.9), graded("ollama/a-cloud", 0.9)
    )
    local, remote = recommend(known, wanted()).top
    assert (local.model_id, local.is_local, remote.is_local) == ("ollama/a", True, False)
    assert "It runs on a machine of yours." in local.why
    assert "Free." in local.why


def test_a_model_that_fails_often_is_not_steady() -> None:
    known = facts(
        model("openai/shaky"),
        model("openai/steady"),
        graded("openai/shaky", 0.9, error_rate=0.5),
        graded("openai/steady", 0.9),
    )
    assert [each.model_id for each in recommend(known, wanted()).top] == ["openai/steady", "openai/shaky"]


def test_nothing_at_all_gives_an_empty_answer() -> None:
    found = recommend(facts(), wanted())
    assert (found.top, found.unmeasured, found.ruled_out, found.considered) == ((), (), (), 0)


def test_the_command_that_measures_names_the_suite() -> None:
    assert how_to_measure("openai/a", UseCase.TOOL_USE) == "modelward bench run openai/a --workload tool-use"
