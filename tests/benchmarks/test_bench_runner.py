"""Runs of plans: what is called and kept, what goes wrong on the way, and going on where one stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal

import pytest

from harness.benchmarks import NOW, PATH, BenchPlace, answer, bench_place, own_suite
from harness.facts import fact
from harness.wire import Reply, Seen, WireServer
from modelward.benchmarks.model import Batch, BatchState, CallKind, CallState, Measurement, Metric, UseCase
from modelward.benchmarks.workloads import WARM_UP_TOKENS
from modelward.catalog.model import Field
from modelward.core.clock import utc_now
from modelward.core.errors import BudgetError, UsageError
from modelward.core.progress import Progress

MODEL, OTHER = "openai/a", "openai/b"
LIMITED = Reply(status=429, body={"error": {"message": "slow down"}})
BROKEN = Reply(status=500, body={"error": {"message": "broken"}})


@pytest.fixture
async def bench(wire: WireServer) -> AsyncIterator[BenchPlace]:
    wire.route("POST", PATH, answer())
    async with bench_place(wire, ["a", "b"]) as bench:
        yield bench


async def started(
    bench: BenchPlace, *models: str, workload: str = "chat", runs: int | None = None, streams: int = 1
) -> int:
    plan = await bench.service.plan(models or [MODEL], workload, runs, concurrency=streams)
    return await bench.service.start(plan)


async def ran(bench: BenchPlace, *models: str, **more: object) -> Batch:
    batch, _ = await bench.service.run(await started(bench, *models, **more), Progress())
    return batch


async def kinds(bench: BenchPlace) -> list[tuple[str, str]]:
    calls = await bench.service.calls(limit=1_000)
    return [(call.kind.value, call.state.value) for call in reversed(calls)]


def output_of(wire: WireServer) -> list[int]:
    return [seen.json.get("max_tokens") or seen.json["max_completion_tokens"] for seen in wire.requests]


async def test_a_model_is_warmed_up_then_measured_and_all_is_kept(bench: BenchPlace, wire: WireServer) -> None:
    progress = Progress()
    batch, changes = await bench.service.run(await started(bench), progress)
    assert (batch.state, batch.done, batch.total, batch.detail) == (BatchState.DONE, 5, 5, "")
    assert batch.ended_at == NOW
    assert changes
    assert await kinds(bench) == [("warm-up", "done"), *[("run", "done")] * 5]
    assert output_of(wire) == [WARM_UP_TOKENS, *[200] * 5]
    assert (progress.state.done, progress.state.total, progress.state.unit) == (5, 5, "calls")
    (result,) = await bench.service.results("chat")
    assert (result.runs, result.error_rate, result.metrics[Metric.TTFT].n) == (5, 0.0, 5)


async def test_no_two_questions_begin_alike(bench: BenchPlace, wire: WireServer) -> None:
    await ran(bench)
    beginnings = {seen.json["messages"][0]["content"][:10] for seen in wire.requests}
    assert len(beginnings) == 6


async def test_answers_to_probes_are_graded_and_make_the_quality(bench: BenchPlace, wire: WireServer) -> None:
    own_suite()
    batch = await ran(bench, workload="sums")
    assert batch.done == 2
    calls = [call for call in await bench.service.calls() if call.kind is CallKind.PROBE]
    grades = await bench.service.grades([call.id for call in calls])
    assert {grade.probe: grade.score for grade in grades.values()} == {"six-times-seven": 1.0, "half-of-it": 0.0}
    assert all(grade.suite_hash.startswith(calls[0].workload.split("@")[1]) for grade in grades.values())
    (result,) = await bench.service.results("sums")
    assert result.quality == {UseCase.REASONING: (0.5, 2)}
    exchange = await bench.service.exchange(calls[-1].id)
    assert exchange is not None
    assert (exchange.prompt, exchange.answer) == ("What is 6 times 7?", "42")


async def test_so_many_streams_run_at_once_and_every_figure_says_so(bench: BenchPlace, wire: WireServer) -> None:
    gate, waiting = asyncio.Event(), []

    async def together(seen: Seen) -> Reply:
        waiting.append(seen)
        if len(waiting) % 4 == 1 and len(waiting) > 1:
            gate.set()
        elif len(waiting) > 1:
            await gate.wait()
        return answer()

    wire.route("POST", PATH, together)
    batch = await ran(bench, runs=8, streams=4)
    assert batch.done == 8
    calls = await bench.service.calls()
    assert {(call.kind, call.concurrency) for call in calls} == {(CallKind.WARM_UP, 1), (CallKind.RUN, 4)}
    assert await bench.service.results("chat")


async def test_each_call_is_told_as_it_is_kept(bench: BenchPlace) -> None:
    told: list[Measurement] = []
    end = bench.service.subscribe(told.append)
    await ran(bench)
    assert len(told) == 6
    assert all(call.id is not None for call in told)
    end()
    await ran(bench)
    assert len(told) == 6


async def test_a_storm_of_limits_is_waited_out_as_long_as_it_says(bench: BenchPlace, wire: WireServer) -> None:
    wanted = Reply(status=429, headers={"retry-after": "0.05"}, body={"error": {"message": "slow down"}})
    wire.route("POST", PATH, [answer(), wanted, LIMITED, answer()])
    batch = await ran(bench)
    assert batch.state is BatchState.DONE
    assert (await kinds(bench))[1:3] == [("run", "rate limited")] * 2
    assert batch.done == 5
    assert bench.clocks.waits == [1.0, 15.0]
    (cell,) = [each for each in await bench.service.cells(batch.id) if each.cell.kind is CallKind.RUN]
    assert (cell.done, cell.errors) == (5, 2)


async def test_a_cell_is_given_up_where_the_limits_do_not_end(bench: BenchPlace, wire: WireServer) -> None:
    def limits_a(seen: Seen) -> Reply:
        return LIMITED if seen.json["model"] == "a" else answer()

    wire.route("POST", PATH, limits_a)
    batch = await ran(bench, MODEL, OTHER)
    assert "openai/a: It was limited again and again." in batch.detail
    assert batch.done == 5
    assert bench.clocks.waits == [5.0, 15.0, 45.0] * 2  # the warm-up's, and the cell's


async def test_whoever_wants_to_be_asked_much_later_is_given_up(bench: BenchPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, [answer(), Reply(status=429, headers={"retry-after": "86400"}, body={"error": {}})])
    batch = await ran(bench)
    assert batch.done == 0
    assert bench.clocks.waits == []


async def test_errors_are_kept_and_three_in_a_row_end_a_model(bench: BenchPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, [answer(), BROKEN, BROKEN, answer(), BROKEN])
    batch = await ran(bench, runs=10)
    assert batch.done == 6
    assert "3 calls in a row failed" in batch.detail
    (result,) = await bench.service.results("chat")
    assert (result.runs, result.error_rate) == (6, pytest.approx(5 / 6))


async def test_a_model_that_is_retired_in_the_middle_ends_its_cell(bench: BenchPlace, wire: WireServer) -> None:
    gone = Reply(status=404, body={"error": {"message": "no such model", "code": "model_not_found"}})
    wire.route("POST", PATH, [answer(), answer(), gone, answer()])
    batch = await ran(bench, MODEL, OTHER)
    assert batch.state is BatchState.DONE
    assert batch.detail.startswith(f"{MODEL}: ")
    models = [call.model_id for call in await bench.service.calls(limit=100) if call.kind is CallKind.RUN]
    assert (models.count(MODEL), models.count(OTHER)) == (2, 5)


async def test_a_call_during_which_the_machine_slept_is_made_again(bench: BenchPlace, wire: WireServer) -> None:
    def slept(_: Seen) -> Reply:
        bench.clocks.pass_(1, asleep=600)
        return answer()

    wire.route("POST", PATH, [answer(), slept, answer()])
    batch = await ran(bench)
    assert (batch.state, batch.done) == (BatchState.DONE, 5)
    assert len(wire.requests) == 7
    assert len(await kinds(bench)) == 6


async def test_a_clock_that_jumps_at_every_call_does_not_repeat_for_ever(bench: BenchPlace, wire: WireServer) -> None:
    def jumps(_: Seen) -> Reply:
        bench.clocks.pass_(0, asleep=-600)
        return answer()

    wire.route("POST", PATH, jumps)
    assert (await ran(bench)).state is BatchState.DONE
    assert len(wire.requests) == 6 * 3


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (Reply(body=b"data: [DONE]\n\n"), CallState.EMPTY),
        (Reply(body=b""), CallState.FAILED),
        (Reply(body=b'data: {"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n', cut_after=20), CallState.FAILED),
        (Reply(body=b"<html>"), CallState.FAILED),
    ],
)
async def test_what_no_answer_should_be_is_kept_without_figures(
    bench: BenchPlace, wire: WireServer, reply: Reply, state: CallState
) -> None:
    wire.route("POST", PATH, [answer(), reply])
    await ran(bench)
    calls = [call for call in await bench.service.calls() if call.kind is CallKind.RUN]
    assert {call.state for call in calls} <= {state, CallState.FAILED}
    (result,) = await bench.service.results("chat")
    assert (result.error_rate, dict(result.metrics)) == (1.0, {})


async def test_an_answer_without_usage_is_measured_by_estimate(bench: BenchPlace, wire: WireServer) -> None:
    piece = b'data: {"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n' % (b"word " * 20)
    end = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    wire.route("POST", PATH, Reply(body=piece + end))
    await ran(bench)
    assert all(call.tokens_estimated for call in await bench.service.calls())


# -------------------------------------------------------------------- stopping and going on


def holding(wire: WireServer, after: int) -> asyncio.Event:
    """Answers so many calls; the next one waits for the event."""
    gate, count = asyncio.Event(), 0

    async def hold(_: Seen) -> Reply:
        nonlocal count
        count += 1
        if count > after:
            await gate.wait()
        return answer()

    wire.route("POST", PATH, hold)
    return gate


async def test_a_pause_ends_behind_the_call_that_runs_and_goes_on_later(bench: BenchPlace, wire: WireServer) -> None:
    gate = holding(wire, 3)
    id_ = await started(bench)
    running = asyncio.create_task(bench.service.run(id_, Progress()))
    await wire.until(lambda: len(wire.requests) == 4)
    bench.service.pause()
    gate.set()
    batch, _ = await running
    assert (batch.state, batch.done, batch.detail) == (BatchState.PAUSED, 3, "It was paused.")
    batch, _ = await bench.service.run(id_, Progress())
    assert (batch.state, batch.done) == (BatchState.DONE, 5)
    assert [kind for kind, _ in await kinds(bench)] == ["warm-up", *["run"] * 3, "warm-up", "run", "run"]


async def test_a_pause_does_not_wait_for_limits_to_end(bench: BenchPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, [answer(), LIMITED])
    id_ = await started(bench)

    async def for_ever(_: float) -> None:
        bench.service.pause()
        await asyncio.Event().wait()

    bench.service._sleep = for_ever
    batch, _ = await bench.service.run(id_, Progress())
    assert batch.state is BatchState.PAUSED


async def test_a_cancelled_run_ends_its_call_at_the_server_and_can_go_on(bench: BenchPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, [answer(), answer(), Reply(hang=True)])
    id_ = await started(bench)
    running = asyncio.create_task(bench.service.run(id_, Progress()))
    await wire.until(lambda: len(wire.requests) == 3)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await wire.until(lambda: not wire.open_connections)
    (batch,) = await bench.service.batches()
    assert (batch.state, batch.done) == (BatchState.CANCELLED, 1)
    wire.route("POST", PATH, answer())
    batch, _ = await bench.service.run(id_, Progress())
    assert (batch.state, batch.done) == (BatchState.DONE, 5)


async def test_the_end_of_the_program_leaves_a_run_paused(bench: BenchPlace, wire: WireServer) -> None:
    holding(wire, 2)
    running = asyncio.create_task(bench.service.run(await started(bench), Progress()))
    await wire.until(lambda: len(wire.requests) == 3)
    bench.service.prepare_to_close()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    (batch,) = await bench.service.batches()
    assert (batch.state, batch.detail) == (BatchState.PAUSED, "It was cut off by the end of the program.")


async def test_after_a_crash_a_run_goes_on_where_it_stopped(bench: BenchPlace, wire: WireServer) -> None:
    gate = holding(wire, 4)
    id_ = await started(bench)
    running = asyncio.create_task(bench.service.run(id_, Progress()))
    await wire.until(lambda: len(wire.requests) == 5)
    another = bench.another()  # knows of the run what a new start would
    (batch,) = await another.batches()
    assert (batch.state, batch.done) == (BatchState.PAUSED, 3)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await bench.store.set_batch(id_, BatchState.RUNNING, "", None)
    gate.set()
    batch, _ = await another.run(id_, Progress())
    await another.close()
    assert (batch.state, batch.done) == (BatchState.DONE, 5)
    assert [kind for kind, _ in await kinds(bench)].count("run") == 5


async def test_a_run_that_is_done_is_not_run_again(bench: BenchPlace, wire: WireServer) -> None:
    id_ = (await ran(bench)).id
    asked = len(wire.requests)
    batch, changes = await bench.service.run(id_, Progress())
    assert (batch.state, bool(changes), len(wire.requests)) == (BatchState.DONE, False, asked)
    with pytest.raises(UsageError):
        await bench.service.run(id_ + 1, Progress())


async def test_there_is_one_run_at_a_time(bench: BenchPlace, wire: WireServer) -> None:
    gate = holding(wire, 0)
    running = asyncio.create_task(bench.service.run(await started(bench), Progress()))
    await wire.until(lambda: wire.requests)
    with pytest.raises(UsageError, match="already"):
        await bench.service.run(await started(bench, OTHER), Progress())
    gate.set()
    assert (await running)[0].state is BatchState.DONE


async def test_a_suite_that_was_changed_since_is_not_mixed_with_it(bench: BenchPlace, wire: WireServer) -> None:
    own_suite()
    id_ = await started(bench, workload="sums")
    own_suite(43)
    batch, _ = await bench.service.run(id_, Progress())
    assert batch.done == 0
    assert "suite was changed" in batch.detail


# -------------------------------------------------------------------- money


@pytest.fixture
async def paid(wire: WireServer) -> AsyncIterator[BenchPlace]:
    wire.route("POST", PATH, answer(tokens=100))
    async with bench_place(wire, ["a"], price="10") as bench:
        yield bench


async def test_a_run_stops_at_the_limit_of_measuring_and_goes_on_when_there_is_more(
    paid: BenchPlace, wire: WireServer
) -> None:
    id_ = await started(paid, runs=20)
    # Each call costs $0.0011, and could cost $0.014: so much is left for six of them.
    await paid.place.preferences.change("benchmarks.day_limit", Decimal("0.02"))
    batch, _ = await paid.service.run(id_, Progress())
    assert batch.state is BatchState.STOPPED
    assert "for measuring" in batch.detail
    assert 0 < batch.done < 20
    assert batch.spent <= Decimal("0.02")
    state = await paid.place.spending.state()
    assert state.day.spent == batch.spent
    await paid.place.preferences.change("benchmarks.day_limit", Decimal(1))
    batch, _ = await paid.service.run(id_, Progress())
    assert (batch.state, batch.done) == (BatchState.DONE, 20)


async def test_streams_at_once_never_spend_more_than_the_limit(paid: BenchPlace, wire: WireServer) -> None:
    id_ = await started(paid, runs=24, streams=8)
    await paid.place.preferences.change("benchmarks.day_limit", Decimal("0.03"))
    batch, _ = await paid.service.run(id_, Progress())
    assert batch.state is BatchState.STOPPED
    assert batch.spent <= Decimal("0.03")


async def test_a_run_stops_at_the_budget_of_all_calls(paid: BenchPlace) -> None:
    id_ = await started(paid)
    await paid.place.preferences.change("spending.day_limit", Decimal("0.001"))
    batch, _ = await paid.service.run(id_, Progress())
    assert (batch.state, batch.done) == (BatchState.STOPPED, 0)
    assert "budget" in batch.detail


async def test_a_passed_probe_has_its_price(paid: BenchPlace) -> None:
    own_suite()
    await ran(paid, workload="sums")
    (result,) = await paid.service.results("sums")
    assert result.success_cost == Decimal("0.0022")


async def test_what_was_measured_before_counts_against_the_day(paid: BenchPlace) -> None:
    await ran(paid)
    await paid.place.preferences.change("benchmarks.day_limit", Decimal("0.001"))
    with pytest.raises(BudgetError, match=r"\$0\.00 is left"):
        await paid.service.plan([MODEL], "chat")


# -------------------------------------------------------------------- local models


@pytest.fixture
async def ollama(bench: BenchPlace, wire: WireServer) -> BenchPlace:
    await bench.place.providers.add("ollama", url=wire.url)
    prices = (Field.PRICE_INPUT, Field.PRICE_OUTPUT)
    facts = [fact(f"ollama/{name}", field, "0") for name in ("x", "y") for field in prices]
    await bench.place.catalog.merge(facts, now=utc_now())
    loaded: list[str] = []

    def holds(_: Seen) -> Reply:
        return Reply(body={"models": [{"name": f"{name}:latest"} for name in loaded]})

    def chat(seen: Seen) -> Reply:
        if seen.json["model"] not in loaded:
            loaded.append(seen.json["model"])
        end = b'{"message":{"content":""},"done":true,"done_reason":"stop","load_duration":5000000,"eval_count":2}\n'
        return Reply(body=b'{"message":{"content":"hi"},"done":false}\n' + end)

    def generate(seen: Seen) -> Reply:
        assert seen.json["keep_alive"] == 0
        if seen.json["model"] in loaded:
            loaded.remove(seen.json["model"])
        return Reply(body={"done": True})

    wire.route("GET", "/api/ps", holds)
    wire.route("POST", "/api/chat", chat)
    wire.route("POST", "/api/generate", generate)
    return bench


def asked(wire: WireServer) -> list[tuple[str, str]]:
    """The local models asked and unloaded, each time once."""
    paths = [(seen.path.rpartition("/")[2], seen.json["model"]) for seen in wire.requests if seen.method == "POST"]
    return [path for place, path in enumerate(paths) if not place or paths[place - 1] != path]


async def test_local_models_come_one_after_the_other_each_from_cold_and_leave_no_trace(
    ollama: BenchPlace, wire: WireServer
) -> None:
    batch = await ran(ollama, "ollama/x", "ollama/y")
    assert (batch.state, batch.done, batch.detail) == (BatchState.DONE, 10, "")
    expected = [
        ("generate", "x"),
        ("chat", "x"),
        ("generate", "x"),
        ("generate", "y"),
        ("chat", "y"),
        ("generate", "y"),
    ]
    assert asked(wire) == expected
    warm_ups = [call for call in await ollama.service.calls() if call.kind is CallKind.WARM_UP]
    assert {call.server.load_ns for call in warm_ups} == {5_000_000}


async def test_a_model_that_somebody_loaded_is_measured_and_left_there(ollama: BenchPlace, wire: WireServer) -> None:
    id_ = await started(ollama, "ollama/x")
    wire.route("GET", "/api/ps", Reply(body={"models": [{"name": "x:latest"}]}))
    batch, _ = await ollama.service.run(id_, Progress())
    assert batch.state is BatchState.DONE
    assert asked(wire) == [("chat", "x")]


async def test_a_model_in_use_since_the_plan_is_not_pushed_out(ollama: BenchPlace, wire: WireServer) -> None:
    id_ = await started(ollama, "ollama/x")
    wire.route("GET", "/api/ps", Reply(body={"models": [{"name": "precious:70b"}]}))
    batch, _ = await ollama.service.run(id_, Progress())
    assert (batch.state, batch.done) == (BatchState.PAUSED, 0)
    assert "precious:70b" in batch.detail
    assert asked(wire) == []


async def test_a_run_that_was_asked_to_stop_sends_nothing_more(bench: BenchPlace, wire: WireServer) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(asyncio.CancelledError):
        await bench.service.run(await started(bench), progress)
    assert wire.requests == []
