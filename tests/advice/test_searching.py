"""The sweet spot searched by measuring: three models of different price and skill at a server of OpenAI's wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from harness.markets import MODELS, TALKER, THINKER, WORKER, market_desk
from harness.skilled_models import SkilledModels, route_skilled_models
from harness.wire import Reply, Seen, WireServer, wire
from modelward.advice.model import Query
from modelward.advice.strategies import End, Strategy
from modelward.advice.trial import Verdict
from modelward.benchmarks.model import CallKind, UseCase
from modelward.core.errors import UsageError
from modelward.core.progress import JobCancelled, Progress
from modelward.desk import Desk

__all__ = ["wire"]

CHAT = "/v1/chat/completions"
REASONING = Query(UseCase.REASONING)


@pytest.fixture
async def market(home: Path, wire: WireServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setenv("MODELWARD__SPENDING__ZERO_BURN", "false")
    route_skilled_models(wire)
    async with market_desk(wire.url) as desk:
        yield desk


def chats(wire: WireServer) -> int:
    return sum(seen.method == "POST" for seen in wire.requests)


async def test_the_plan_says_who_is_asked_in_which_order_and_the_most_it_can_cost(
    market: Desk, wire: WireServer
) -> None:
    plan = await market.advice.plan_search(Strategy.PROGRESSIVE, REASONING)
    assert [each.model_id for each in plan.contenders] == MODELS
    assert (plan.threshold, plan.probes, plan.testing_all) == (0.8, 10, 60)
    assert plan.budget == Decimal("0.50")
    assert Decimal(0) < plan.most_usd <= plan.budget
    assert chats(wire) == 0


async def test_progressive_finds_the_cheapest_good_model_in_fewer_calls_than_testing_all(
    market: Desk, wire: WireServer
) -> None:
    plan = await market.advice.plan_search(Strategy.PROGRESSIVE, REASONING)
    report, changes = await market.advice.search(plan, Progress())
    assert (report.pick, report.found.end) == (WORKER, End.FOUND)
    assert report.found.calls < len(MODELS) * plan.probes
    assert [(each.model_id, each.verdict) for each in report.found.tried] == [
        (TALKER, Verdict.BAD),
        (WORKER, Verdict.GOOD),
    ]
    assert THINKER not in {seen.json["model"] for seen in wire.requests if seen.method == "POST"}
    assert TALKER in report.why[0]
    assert changes.touched
    warm_ups = 2
    assert chats(wire) == report.found.calls + warm_ups
    assert report.found.spent == (await market.spending.state()).day.spent


async def test_what_a_search_measured_stands_in_the_results_and_in_advice(market: Desk) -> None:
    plan = await market.advice.plan_search(Strategy.AGGRESSIVE, REASONING)
    report, _ = await market.advice.search(plan, Progress())
    results = {each.model_id: each for each in await market.benchmarks.results("reasoning")}
    assert set(results) == {TALKER, WORKER}
    assert results[WORKER].quality[UseCase.REASONING][1] == plan.probes
    calls = await market.benchmarks.calls(WORKER)
    assert {call.kind for call in calls} == {CallKind.PROBE, CallKind.WARM_UP}
    probed = [call.id for call in calls if call.kind is CallKind.PROBE and call.id is not None]
    assert len(await market.benchmarks.grades(probed)) == len(probed)
    exchange = await market.benchmarks.exchange(probed[0])
    assert exchange is not None
    assert exchange.answer
    spot = await market.advice.sweet_spot(REASONING)
    assert spot.pick is not None
    assert spot.pick.model_id == report.pick


async def test_a_second_search_asks_nothing_again(market: Desk, wire: WireServer) -> None:
    first, _ = await market.advice.search(await market.advice.plan_search(Strategy.AGGRESSIVE, REASONING), Progress())
    sent = chats(wire)
    plan = await market.advice.plan_search(Strategy.AGGRESSIVE, REASONING)
    assert sum(each.asked for each in plan.contenders) == first.found.calls
    again, _ = await market.advice.search(plan, Progress())
    assert (again.pick, again.found.calls, chats(wire)) == (WORKER, 0, sent)


async def test_a_search_that_is_cut_off_keeps_what_it_measured_and_goes_on_from_there(
    market: Desk, wire: WireServer
) -> None:
    plan = await market.advice.plan_search(Strategy.PROGRESSIVE, REASONING)
    progress = Progress()
    market.benchmarks.subscribe(lambda call: progress.cancel() if call.model_id == WORKER else None)
    with pytest.raises(JobCancelled):
        await market.advice.search(plan, progress)
    kept = await market.benchmarks.calls()
    assert len(kept) == chats(wire)
    report, _ = await market.advice.search(plan, Progress())
    assert report.pick == WORKER
    since = (await market.benchmarks.calls())[: -len(kept)]
    assert {call.model_id for call in since} == {WORKER}


async def test_a_search_keeps_to_its_budget_and_says_what_was_best(market: Desk) -> None:
    plan = await market.advice.plan_search(Strategy.PROGRESSIVE, REASONING, threshold=0.97, budget=Decimal("0.02"))
    assert plan.most_usd == Decimal("0.02")
    report, _ = await market.advice.search(plan, Progress())
    assert (report.pick, report.found.end) == (None, End.BUDGET)
    assert THINKER in report.found.skipped
    assert report.found.spent <= Decimal("0.02")
    assert report.best is not None
    assert report.best.model_id == WORKER


async def test_where_nobody_fits_or_may_be_asked_that_is_told_before(
    home: Path, wire: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELWARD__SPENDING__ZERO_BURN", "true")
    route_skilled_models(wire)
    elsewhere = Query(UseCase.REASONING, not_providers=frozenset({"market"}))
    async with market_desk(wire.url) as desk:
        with pytest.raises(UsageError, match="No model that fits may be asked") as told:
            await desk.advice.plan_search(Strategy.PROGRESSIVE, REASONING)
        assert "Zero-Burn" in str(told.value.why)
        with pytest.raises(UsageError, match="no model to search among"):
            await desk.advice.plan_search(Strategy.PROGRESSIVE, elsewhere)


async def test_a_model_that_fails_is_given_up_in_words_and_the_next_one_asked(market: Desk, wire: WireServer) -> None:
    models = SkilledModels()

    def reply(seen: Seen) -> Reply:
        if seen.json["model"] == "tiny-talker":
            return Reply(status=404, body={"error": {"message": "no such model"}})
        return models.reply(seen)

    wire.route("POST", CHAT, reply)
    plan = await market.advice.plan_search(Strategy.AGGRESSIVE, REASONING)
    report, _ = await market.advice.search(plan, Progress())
    assert report.pick == WORKER
    silent = report.found.tried[0]
    assert (silent.model_id, silent.verdict, silent.asked) == (TALKER, Verdict.SILENT, 0)
    assert silent.why


async def test_nothing_else_is_measured_beside_a_search(market: Desk, wire: WireServer) -> None:
    plan = await market.advice.plan_search(Strategy.AGGRESSIVE, REASONING)
    asked, models, go_on = asyncio.Event(), SkilledModels(), asyncio.Event()

    async def reply(seen: Seen) -> Reply:
        asked.set()
        await go_on.wait()
        return models.reply(seen)

    wire.route("POST", CHAT, reply)
    searching = asyncio.ensure_future(market.advice.search(plan, Progress()))
    await asked.wait()
    with pytest.raises(UsageError, match="being measured already"):
        await market.advice.search(plan, Progress())
    batch = await market.benchmarks.start(await market.benchmarks.plan([WORKER], "chat"))
    with pytest.raises(UsageError, match="being measured already"):
        await market.benchmarks.run(batch, Progress())
    go_on.set()
    report, _ = await searching
    assert report.pick == WORKER
