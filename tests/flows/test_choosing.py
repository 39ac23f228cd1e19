"""The whole story of a choice: three models of different price and skill are measured, and the right one is advised."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from harness.markets import MODELS, TALKER, THINKER, WORKER, market_desk
from harness.skilled_models import route_skilled_models
from harness.wire import WireServer, wire
from modelward.advice.model import Query
from modelward.benchmarks.model import BatchState, UseCase
from modelward.core.progress import Progress
from modelward.desk import Desk

__all__ = ["wire"]


@pytest.fixture
async def market(home: Path, wire: WireServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """A desk with a provider of three models, whose prices are known."""
    monkeypatch.setenv("MODELWARD__SPENDING__ZERO_BURN", "false")
    route_skilled_models(wire)
    async with market_desk(wire.url) as desk:
        yield desk


async def measured(desk: Desk, workload: str) -> None:
    plan = await desk.benchmarks.plan(MODELS, workload, 2)
    assert not plan.refused
    batch, _ = await desk.benchmarks.run(await desk.benchmarks.start(plan), Progress())
    assert batch.state is BatchState.DONE


async def test_the_cheapest_model_that_is_good_enough_is_found_and_told_with_reasons(market: Desk) -> None:
    assert (await market.advice.recommend(Query(UseCase.REASONING))).top == ()
    await measured(market, "reasoning")
    spot = await market.advice.sweet_spot(Query(UseCase.REASONING), baseline=THINKER)
    assert spot.pick is not None
    assert spot.pick.model_id == WORKER
    results = {result.model_id: result for result in await market.benchmarks.results("reasoning")}
    qualities = [results[model].quality[UseCase.REASONING][0] for model in MODELS]
    assert qualities == sorted(qualities)
    costs = [results[model].success_cost or Decimal(0) for model in MODELS]
    assert costs[1] < costs[2] / 5
    state = await market.spending.state()
    assert Decimal(0) < state.day.spent < Decimal("0.50")


async def test_a_price_that_is_too_high_rules_the_best_one_out(market: Desk) -> None:
    await measured(market, "reasoning")
    advice = await market.advice.recommend(Query(UseCase.REASONING, max_price=Decimal(1)))
    assert [each.model_id for each in advice.top] == [WORKER, TALKER]
