"""The cheapest model that is good enough."""

from __future__ import annotations

from decimal import Decimal

import pytest

from harness.advice import facts, graded, model, wanted
from modelward.advice.model import Confidence
from modelward.advice.sweet_spot import sweet_spot
from modelward.core.errors import UnknownModelError

MARKET = facts(
    *(model(f"openai/{name}") for name in ("dear", "good", "near", "weak", "waste")),
    graded("openai/dear", 0.97, 200, cost="0.50"),
    graded("openai/good", 0.90, 200, cost="0.02"),
    graded("openai/near", 0.78, 40, cost="0.01"),
    graded("openai/weak", 0.30, 200, cost="0.001"),
    graded("openai/waste", 0.85, 200, cost="0.10"),
)


def test_the_cheapest_good_enough_model_is_picked_with_its_saving() -> None:
    found = sweet_spot(MARKET, wanted(), 0.8)
    assert found.pick is not None
    assert found.pick.model_id == "openai/good"
    assert found.pick.confidence is Confidence.SURE
    assert found.baseline is not None
    assert (found.baseline.model_id, found.saving) == ("openai/dear", Decimal("0.48"))
    assert found.saving_share == pytest.approx(0.96)
    assert found.why == (
        "The cheapest measured model that reaches 80 %.",
        "96 % cheaper than openai/dear, 7.0 points below it.",
    )
    assert [spot.model_id for spot in found.runners_up] == ["openai/waste", "openai/dear"]


def test_a_cheaper_one_that_more_runs_may_lift_over_the_threshold_is_named() -> None:
    found = sweet_spot(MARKET, wanted(), 0.8)
    assert [(spot.model_id, spot.confidence) for spot in found.undecided] == [("openai/near", Confidence.NEEDS_RUNS)]


def test_the_front_leaves_out_what_is_dearer_and_worse() -> None:
    found = sweet_spot(MARKET, wanted(), 0.8)
    assert [spot.model_id for spot in found.front] == ["openai/weak", "openai/near", "openai/good", "openai/dear"]
    assert found.front[0].confidence is Confidence.SURE  # surely not good enough


def test_of_two_equally_good_models_the_cheaper_alone_is_on_the_front() -> None:
    known = facts(
        *(model(f"openai/{name}") for name in "ab"),
        graded("openai/a", 0.9, cost="0.2"),
        graded("openai/b", 0.9, cost="0.1"),
    )
    assert [spot.model_id for spot in sweet_spot(known, wanted(), 0.8).front] == ["openai/b"]


def test_a_pick_whose_interval_reaches_below_the_threshold_needs_more_runs() -> None:
    known = facts(model("openai/a"), graded("openai/a", 1.0, 6))
    found = sweet_spot(known, wanted(), 0.8)
    assert found.pick is not None
    assert found.pick.confidence is Confidence.NEEDS_RUNS
    assert found.pick.low < 0.8 < found.pick.high


def test_no_model_that_is_good_enough_gives_no_pick() -> None:
    found = sweet_spot(MARKET, wanted(), 0.98)
    assert (found.pick, found.runners_up, found.saving, found.why) == (None, (), None, ())
    assert [spot.model_id for spot in found.undecided] == ["openai/dear"]


def test_the_saving_is_counted_against_the_model_that_was_named() -> None:
    found = sweet_spot(MARKET, wanted(), 0.8, "openai/waste")
    assert found.saving == Decimal("0.08")
    assert found.saving_share == pytest.approx(0.8)


def test_a_baseline_need_not_fit_the_constraints() -> None:
    known = facts(
        model("ollama/a", "0"), model("openai/b"), graded("ollama/a", 0.9), graded("openai/b", 0.95, cost="0.4")
    )
    found = sweet_spot(known, wanted(local_only=True), 0.8, "openai/b")
    assert (found.saving, found.saving_share) == (Decimal("0.4"), 1.0)


@pytest.mark.parametrize("name", ["openai/nobody", "openai/unmeasured"])
def test_a_baseline_that_nobody_measured_is_refused_with_the_command_that_measures_it(name: str) -> None:
    known = facts(model("openai/a"), model("openai/unmeasured"), graded("openai/a", 0.9))
    with pytest.raises(UnknownModelError, match="modelward bench run"):
        sweet_spot(known, wanted(), 0.8, name)


def test_a_model_of_unknown_cost_is_told_apart_and_not_picked() -> None:
    known = facts(model("openai/a", None), model("openai/b", "9"), graded("openai/a", 0.99), graded("openai/b", 0.9))
    found = sweet_spot(known, wanted(), 0.8)
    assert found.pick is not None
    assert found.pick.model_id == "openai/b"
    assert [spot.model_id for spot in found.of_unknown_cost] == ["openai/a"]


def test_when_the_pick_is_the_best_too_that_is_said() -> None:
    known = facts(model("openai/a"), graded("openai/a", 0.99, 200))
    found = sweet_spot(known, wanted(), 0.8)
    assert found.why[1] == "It is the best measured one as well."
    assert found.saving == 0


def test_of_free_models_the_better_one_is_picked_and_a_free_baseline_saves_no_share() -> None:
    known = facts(model("ollama/a", "0"), model("ollama/b", "0"), graded("ollama/a", 0.85), graded("ollama/b", 0.9))
    found = sweet_spot(known, wanted(), 0.8)
    assert found.pick is not None
    assert found.pick.model_id == "ollama/b"
    assert (found.saving, found.saving_share) == (0, None)
