"""Searching the sweet spot: within the budget, in few calls, and right on markets made at random."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from statistics import fmean

import pytest

from harness.advice import Market
from modelward.advice.strategies import STRATEGIES, Ask, Contender, End, Found, Hindrance, Outcome, Strategy, search
from modelward.advice.trial import Verdict

MARKETS = 200
THRESHOLD = 0.8
NEAR = 0.05
"""Qualities that near to the threshold are as good as it: five points, the regret that a person does not see."""

PLENTY = Decimal(10**6)
ONE = Decimal(1)


def drive(
    contenders: list[Contender],
    answer: Callable[[Ask], Outcome],
    strategy: Strategy = Strategy.PROGRESSIVE,
    *,
    budget: Decimal = PLENTY,
    probes: int = 60,
) -> Found:
    steps = search(contenders, THRESHOLD, probes, budget, strategy)
    try:
        ask = next(steps)
        while True:
            ask = steps.send(answer(ask))
    except StopIteration as ended:
        found: Found = ended.value
        return found


def contender(
    name: str, cost: str, *, score: float = 0.0, asked: int = 0, probe_cost: Decimal | None = ONE
) -> Contender:
    return Contender(name, Decimal(cost), probe_cost, score, asked)


def passing(*good: str) -> Callable[[Ask], Outcome]:
    return lambda ask: Outcome(float(ask.model_id in good), ONE)


# ---------------------------------------------------------------- markets


def explored(seed: int, strategy: Strategy) -> tuple[float, bool]:
    """The part of the calls that testing all takes, and whether the sweet spot was found.

    Testing all asks each model as many probes as this strategy needs to drop one that is near the threshold. Found: the
    pick is truly good enough, to within :data:`NEAR`, and no dearer than the cheapest model that is better than that by
    as much; nothing is found where there is no such model.
    """
    market = Market(seed)
    contenders = market.contenders()
    found = drive(contenders, lambda ask: Outcome(market.answer(ask.model_id), Decimal(0)), strategy)
    share = found.calls / (len(contenders) * STRATEGIES[strategy].rules.most)
    surely_good = market.cheapest(THRESHOLD + NEAR)
    if found.pick is None:
        return share, surely_good is None
    price, quality = market.truth[found.pick]
    return share, quality >= THRESHOLD - NEAR and (surely_good is None or price <= surely_good)


def test_progressive_finds_the_sweet_spot_of_most_markets_in_few_of_the_calls_of_testing_all() -> None:
    shares, right = zip(*(explored(seed, Strategy.PROGRESSIVE) for seed in range(MARKETS)), strict=True)
    assert fmean(shares) < 0.20
    assert max(shares) < 0.40
    assert fmean(right) >= 0.85


def test_progressive_is_right_more_often_than_testing_all_with_as_many_probes_each() -> None:
    most = STRATEGIES[Strategy.PROGRESSIVE].rules.most

    def tested(seed: int) -> bool:
        market = Market(seed)
        means = {id_: fmean(market.answer(id_) for _ in range(most)) for id_ in market.truth}
        price, quality = min(market.truth[id_] for id_, mean in means.items() if mean >= THRESHOLD)
        surely_good = market.cheapest(THRESHOLD + NEAR)
        return quality >= THRESHOLD - NEAR and (surely_good is None or price <= surely_good)

    seeds = range(30)
    right = fmean(explored(seed, Strategy.PROGRESSIVE)[1] for seed in seeds)
    assert right > fmean(map(tested, seeds))


def test_aggressive_asks_less_and_conservative_is_right_more_often() -> None:
    told = {
        strategy: [explored(seed, strategy) for seed in range(60)]
        for strategy in (Strategy.AGGRESSIVE, Strategy.PROGRESSIVE, Strategy.CONSERVATIVE)
    }
    right = {strategy: fmean(is_right for _, is_right in each) for strategy, each in told.items()}
    calls = {
        strategy: fmean(share for share, _ in each) * STRATEGIES[strategy].rules.most for strategy, each in told.items()
    }
    assert calls[Strategy.AGGRESSIVE] < calls[Strategy.PROGRESSIVE] < calls[Strategy.CONSERVATIVE]
    assert right[Strategy.AGGRESSIVE] < right[Strategy.PROGRESSIVE] <= right[Strategy.CONSERVATIVE]


# ---------------------------------------------------------------- steps


def test_models_are_asked_from_the_cheapest_up_and_nobody_behind_the_first_good_one() -> None:
    asked: list[str] = []

    def answer(ask: Ask) -> Outcome:
        asked.append(ask.model_id)
        return Outcome(float(ask.model_id == "b"), ONE)

    found = drive([contender("c", "3"), contender("b", "2"), contender("a", "1")], answer)
    assert list(dict.fromkeys(asked)) == ["a", "b"]
    assert (found.pick, found.end) == ("b", End.FOUND)
    assert [(each.model_id, each.verdict) for each in found.tried] == [("a", Verdict.BAD), ("b", Verdict.GOOD)]


def test_conservative_looks_for_one_more_good_model() -> None:
    names = [contender(name, str(cost)) for cost, name in enumerate("abcd", start=1)]
    found = drive(names, passing("b", "d"), Strategy.CONSERVATIVE)
    assert (found.pick, found.dearer) == ("b", ("d",))


@pytest.mark.parametrize("strategy", Strategy)
def test_each_probe_is_asked_so_often_and_then_the_mean_decides(strategy: Strategy) -> None:
    asked: list[int] = []

    def answer(ask: Ask) -> Outcome:
        asked.append(ask.number)
        return Outcome(1.0, ONE)

    found = drive([contender("a", "1")], answer, strategy, probes=3)
    assert asked == list(range(3 * STRATEGIES[strategy].rounds))
    assert found.pick == "a"


def test_the_budget_is_never_passed() -> None:
    found = drive([contender("a", "1"), contender("b", "2")], passing("b"), budget=Decimal(9))
    assert found.spent <= 9
    assert (found.pick, found.end, found.skipped) == (None, End.BUDGET, ("b",))
    assert [(each.model_id, each.verdict) for each in found.tried] == [("a", Verdict.BAD), ("b", Verdict.UNDECIDED)]


def test_a_search_goes_on_where_the_budget_of_another_day_ended() -> None:
    found = drive([contender("a", "1", score=30.0, asked=30)], passing("a"))
    assert found.pick == "a"
    assert found.calls + 30 == drive([contender("a", "1")], passing("a")).calls


def test_what_was_measured_before_may_be_enough() -> None:
    found = drive([contender("a", "1", score=2.0, asked=50), contender("b", "2", score=99.0, asked=100)], passing())
    assert (found.pick, found.calls) == ("b", 0)


def test_nothing_is_asked_of_a_model_whose_price_nobody_knows() -> None:
    found = drive([contender("a", "Infinity", probe_cost=None)], passing("a"))
    assert (found.pick, found.calls, found.skipped, found.end) == (None, 0, ("a",), End.BUDGET)


def test_a_model_that_does_not_answer_is_left_after_three_calls() -> None:
    found = drive(
        [contender("a", "1"), contender("b", "2")], lambda ask: Outcome(None if ask.model_id == "a" else 1.0, ONE)
    )
    assert found.pick == "b"
    assert found.calls > 3
    silent, good = found.tried
    assert (silent.model_id, silent.verdict, silent.why) == ("a", Verdict.SILENT, "3 calls in a row failed.")
    assert good.model_id == "b"


def test_a_model_that_cannot_be_asked_is_left_at_once_and_the_reason_kept() -> None:
    def answer(ask: Ask) -> Outcome:
        if ask.model_id == "a":
            return Outcome(None, Decimal(0), "It was withdrawn.", Hindrance.MODEL)
        return Outcome(1.0, ONE)

    found = drive([contender("a", "1"), contender("b", "2")], answer)
    assert found.pick == "b"
    assert found.tried[0][2:] == (0, Verdict.SILENT, "It was withdrawn.")
    assert found.calls == found.tried[1].asked


def test_a_call_that_failed_between_counts_as_neither() -> None:
    calls = 0

    def answer(_: Ask) -> Outcome:
        nonlocal calls
        calls += 1
        return Outcome(None if calls % 2 else 1.0, ONE)

    found = drive([contender("a", "1")], answer)
    assert (found.pick, found.tried[0].quality) == ("a", 1.0)
    assert found.calls == 2 * found.tried[0].asked


def test_where_no_money_is_left_the_search_ends_for_that_reason() -> None:
    found = drive([contender("a", "1")], lambda _: Outcome(None, Decimal(0), "Nothing is left.", Hindrance.MONEY))
    assert (found.end, found.skipped) == (End.BUDGET, ("a",))
    assert found.tried[0].why == "Nothing is left."


def test_a_call_of_unknown_cost_counts_as_the_most_that_it_may_cost() -> None:
    found = drive([contender("a", "1")], lambda _: Outcome(0.0))
    assert found.spent == found.calls == found.unpriced


def test_no_good_model_ends_with_all_tried() -> None:
    found = drive([contender("a", "1"), contender("b", "2")], passing())
    assert (found.pick, found.end) == (None, End.ALL_TRIED)
    assert drive([], passing()).end is End.ALL_TRIED


def test_without_probes_there_is_no_search() -> None:
    with pytest.raises(ValueError, match="no probe"):
        search([contender("a", "1")], 0.8, 0, ONE, Strategy.PROGRESSIVE)
