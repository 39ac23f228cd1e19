"""What a plan says before anything is sent, and who is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from harness.benchmarks import BenchPlace, bench_place, call, own_suite
from harness.facts import fact
from harness.wire import Reply, WireServer
from modelward.benchmarks.model import CallKind, Plan, UseCase
from modelward.catalog.model import Field
from modelward.core.clock import utc_now
from modelward.core.errors import BadValueError, BudgetError, UsageError

FREE, PAID = "openai/free", "openai/paid"


@pytest.fixture
async def bench(wire: WireServer) -> AsyncIterator[BenchPlace]:
    async with bench_place(wire, ["free"]) as bench:
        prices = (Field.PRICE_INPUT, Field.PRICE_OUTPUT)
        await bench.place.catalog.merge([fact(PAID, field, "10") for field in prices], now=utc_now())
        yield bench


async def teach(bench: BenchPlace, model: str, **values: object) -> None:
    facts = [fact(model, Field(name), value) for name, value in values.items()]
    await bench.place.catalog.merge(facts, now=utc_now())


async def test_a_question_is_a_warm_up_and_its_runs(bench: BenchPlace, wire: WireServer) -> None:
    plan = await bench.service.plan([FREE], "chat")
    assert [(cell.kind, cell.runs) for cell in plan.cells] == [(CallKind.WARM_UP, 1), (CallKind.RUN, 5)]
    assert (plan.calls, plan.usd, plan.most_usd, plan.seconds) == (6, 0, 0, None)
    assert 1_000 < plan.input_tokens < 1_500
    assert 1_000 < plan.output_tokens < 1_050
    assert wire.requests == []


async def test_a_suite_asks_each_probe_under_a_tag_with_its_hash(bench: BenchPlace) -> None:
    own_suite()
    plan = await bench.service.plan([FREE], "sums")
    assert [cell.probe for cell in plan.cells] == ["", "six-times-seven", "half-of-it"]
    tag = plan.cells[1].workload
    own_suite(43)
    changed = await bench.service.plan([FREE], "sums", 3)
    assert tag.startswith("sums@")
    assert changed.cells[1].workload not in {tag, "sums"}
    assert changed.cells[1].runs == 3


async def test_the_workloads_are_listed_with_our_suites_and_the_persons(bench: BenchPlace) -> None:
    own_suite()
    found = {each.name: each for each in await bench.service.workloads()}
    assert {"chat", "long", "code", "quality", "reasoning", "sums"} <= found.keys()
    assert found["sums"].use_case is UseCase.REASONING
    assert found["quality"].calls == sum(each.calls for each in found.values() if each.use_case)


async def test_what_was_measured_tells_how_long_it_takes(bench: BenchPlace) -> None:
    await bench.store.file_all([call(model=FREE, ttft=820.0)])
    plan = await bench.service.plan([FREE], "chat", 10)
    assert plan.seconds == pytest.approx(10.0)
    at_once = await bench.service.plan([FREE], "chat", 10, concurrency=5)
    assert at_once.seconds == pytest.approx(2.0)
    assert at_once.concurrency == 5


async def test_a_round_of_streams_is_always_full(bench: BenchPlace) -> None:
    plan = await bench.service.plan([FREE], "chat", 5, concurrency=4)
    assert plan.cells[1].runs == 8


@pytest.mark.parametrize(
    ("runs", "streams", "workload"),
    [(4, 1, "chat"), (0, 1, "sums"), (5, 0, "chat"), (5, 65, "chat"), (1_001, 1, "chat"), (5, 1, "nothing")],
)
async def test_numbers_and_names_that_cannot_be_are_wrong_use(
    bench: BenchPlace, runs: int, streams: int, workload: str
) -> None:
    own_suite()
    with pytest.raises(BadValueError):
        await bench.service.plan([FREE], workload, runs, concurrency=streams)


async def refusal(bench: BenchPlace, model: str, workload: str = "chat") -> str:
    plan = await bench.service.plan([FREE, model], workload)
    assert {cell.model_id for cell in plan.cells} == {FREE}
    return plan.refused[model]


async def test_models_that_cannot_be_asked_are_refused_with_the_reason(bench: BenchPlace) -> None:
    assert "not in the catalogue" in await refusal(bench, "openai/none")
    await teach(bench, "openai/vectors", kind="embedding", price_input="0", price_output="0")
    assert "does not chat" in await refusal(bench, "openai/vectors")
    await teach(bench, "groq/keyless", price_input="0", price_output="0")
    assert "wants a key" in await refusal(bench, "groq/keyless")
    await teach(bench, "lmstudio/unused", price_input="0", price_output="0")
    assert "not in use" in await refusal(bench, "lmstudio/unused")
    await teach(bench, "openai/short", price_input="0", price_output="0", context_window=2_000)
    assert "2,000 tokens" in await refusal(bench, "openai/short", "long")


async def test_an_unknown_price_is_refused_and_without_zero_burn_too(bench: BenchPlace) -> None:
    await teach(bench, "openai/dark", context_window=100_000)
    assert "unknown" in await refusal(bench, "openai/dark")
    await bench.place.preferences.change("spending.day_limit", None)
    await bench.place.preferences.change("spending.month_limit", None)
    assert "unknown" in await refusal(bench, "openai/dark")
    bench.place.preferences._environ["MODELWARD__SPENDING__ZERO_BURN"] = "true"
    await bench.place.preferences.change("spending.day_limit", None)
    assert "Zero-Burn" in await refusal(bench, PAID)


async def test_a_retired_model_is_refused(bench: BenchPlace) -> None:
    now, others = utc_now(), [f"openai/{number}" for number in range(10)]
    await bench.place.catalog.apply_listing("openai", [*others, "openai/old"], now, is_first=True)
    for days in (1, 40):
        await bench.place.catalog.apply_listing("openai", others, now + timedelta(days=days), is_first=False)
    assert "retired" in await refusal(bench, "openai/old")


async def test_what_costs_more_than_is_left_is_refused_as_a_whole(bench: BenchPlace) -> None:
    plan = await bench.service.plan([PAID], "chat")
    assert plan.usd is not None
    assert Decimal("0.02") < plan.usd < Decimal("0.03")
    assert plan.most_usd is not None
    assert plan.most_usd > plan.usd
    with pytest.raises(BudgetError, match="about"):
        await bench.service.plan([PAID], "chat", 500)
    await bench.place.preferences.change("benchmarks.day_limit", Decimal("0.01"))
    with pytest.raises(BudgetError, match="for measuring"):
        await bench.service.plan([PAID], "chat")
    await bench.place.preferences.change("benchmarks.day_limit", Decimal(1))
    await bench.place.preferences.change("spending.month_limit", Decimal("0.01"))
    with pytest.raises(BudgetError, match="this month's"):
        await bench.service.plan([PAID], "chat")


async def test_what_may_cost_more_than_is_left_is_noted(bench: BenchPlace) -> None:
    plan = await bench.service.plan([PAID], "chat")
    assert plan.usd is not None
    await bench.place.preferences.change("benchmarks.day_limit", plan.usd + Decimal("0.001"))
    (note,) = (await bench.service.plan([PAID], "chat")).notes
    assert "could cost up to" in note


async def test_a_plan_of_nothing_cannot_be_started(bench: BenchPlace) -> None:
    plan = await bench.service.plan(["openai/none"], "chat")
    with pytest.raises(UsageError, match="None of these"):
        await bench.service.start(plan)


async def test_probes_that_a_model_cannot_be_asked_are_left_out_and_named(bench: BenchPlace) -> None:
    await teach(
        bench, "openai/plain", price_input="0", price_output="0", context_window=8_000, capabilities={"not": ["tools"]}
    )
    plan = await bench.service.plan(["openai/plain"], "quality")
    whole = await bench.service.plan([FREE], "quality")
    assert 0 < plan.calls < whole.calls
    (note,) = plan.notes
    assert "openai/plain is not asked" in note
    assert "8,000 tokens" in note


PS = {"models": [{"name": "other:latest"}]}


@pytest.fixture
async def ollama(bench: BenchPlace, wire: WireServer) -> BenchPlace:
    await bench.place.providers.add("ollama", url=wire.url)
    await teach(bench, "ollama/mine", price_input="0", price_output="0")
    return bench


async def planned(bench: BenchPlace, **more: bool) -> Plan:
    return await bench.service.plan(["ollama/mine"], "chat", **more)


async def test_a_local_model_is_not_measured_beside_one_in_use_unless_that_is_allowed(
    ollama: BenchPlace, wire: WireServer
) -> None:
    wire.route("GET", "/api/ps", Reply(body=PS))
    assert "other:latest" in (await planned(ollama)).refused["ollama/mine"]
    allowed = await planned(ollama, may_evict=True)
    assert allowed.cells
    assert allowed.may_evict


@pytest.mark.parametrize(
    "body", [{"models": []}, {"models": [{"name": "mine:latest"}, {"name": 3}, None]}, {}, [], {"models": "x"}]
)
async def test_a_local_server_where_nobody_else_has_anything_is_measured(
    ollama: BenchPlace, wire: WireServer, body: object
) -> None:
    wire.route("GET", "/api/ps", Reply(body=body))
    assert (await planned(ollama)).refused == {}


async def test_a_local_server_that_does_not_answer_is_refused(ollama: BenchPlace, wire: WireServer) -> None:
    wire.route("GET", "/api/ps", Reply(status=500))
    assert (await planned(ollama)).refused["ollama/mine"]


async def test_a_plan_bounds_answers_by_what_a_model_can_give(bench: BenchPlace) -> None:
    usual = await bench.service.plan([PAID], "chat")
    await teach(bench, PAID, max_output_tokens=50)
    short = await bench.service.plan([PAID], "chat")
    assert short.most_usd is not None
    assert usual.most_usd is not None
    assert usual.most_usd - short.most_usd == Decimal(5 * 150 * 10) / 1_000_000


async def test_the_plan_of_a_mixed_list_holds_each_model_once(bench: BenchPlace) -> None:
    plan = await bench.service.plan([FREE, FREE, PAID], "chat")
    assert [cell.number for cell in plan.cells] == [0, 1, 2, 3]
    assert plan.cells[0] == replace(plan.cells[0], model_id=FREE)
