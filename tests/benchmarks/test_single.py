"""Single probes: chosen fairly, measured and graded as in a run, kept at once, and given up in words."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from harness.benchmarks import PATH, BenchPlace, answer, bench_place, own_suite
from harness.facts import fact
from harness.skilled_models import SkilledModels
from harness.wire import Reply, Seen, WireServer
from modelward.benchmarks.model import CallKind, CallState, UseCase
from modelward.benchmarks.single import Examined
from modelward.catalog.model import Field
from modelward.core.clock import utc_now
from modelward.core.errors import BudgetError, UsageError
from modelward.core.progress import JobCancelled, Progress

MODEL = "openai/a"
LIMITED = Reply(status=429, body={"error": {"message": "slow down"}})
BROKEN = Reply(status=400, body={"error": {"message": "something is wrong"}})


@pytest.fixture
async def bench(wire: WireServer) -> AsyncIterator[BenchPlace]:
    wire.route("POST", PATH, answer())
    async with bench_place(wire, ["a", "b"]) as bench:
        yield bench


async def examined(
    bench: BenchPlace, times: int, *, model: str = MODEL, use_case: UseCase = UseCase.TRANSLATION
) -> list[Examined]:
    async with bench.service.examination(use_case, Progress()) as exam:
        return [await exam.ask(model) for _ in range(times)]


async def probes_asked(bench: BenchPlace) -> Counter[str]:
    calls = await bench.service.calls()
    return Counter(grade.probe for grade in (await bench.service.grades([call.id or 0 for call in calls])).values())


async def test_every_probe_is_asked_before_any_is_asked_again(bench: BenchPlace) -> None:
    async with bench.service.examination(UseCase.TRANSLATION, Progress()) as exam:
        for _ in range(exam.probes):
            assert (await exam.ask(MODEL)).score is not None
        asked = await probes_asked(bench)
        assert (len(asked), set(asked.values())) == (exam.probes, {1})
        await exam.ask(MODEL)
    assert max((await probes_asked(bench)).values()) == 2


async def test_what_was_asked_is_kept_as_that_of_a_run_and_stands_in_the_results(bench: BenchPlace) -> None:
    heard = []
    bench.service.subscribe(heard.append)
    await examined(bench, 3)
    calls = await bench.service.calls()
    assert [call.kind for call in calls] == [CallKind.PROBE] * 3 + [CallKind.WARM_UP]
    assert [call.id for call in heard] == [call.id for call in reversed(calls)]
    (result,) = await bench.service.results()
    assert result.quality[UseCase.TRANSLATION][1] == 3
    assert await bench.service.exchange(calls[0].id or 0) is not None


async def test_what_was_graded_before_is_known_and_the_others_come_first(bench: BenchPlace) -> None:
    before = await examined(bench, 3)
    async with bench.service.examination(UseCase.TRANSLATION, Progress()) as exam:
        known = await exam.known([MODEL, "openai/b"])
        assert list(known) == [MODEL]
        assert known[MODEL] == (sum(each.score or 0.0 for each in before), 3)
        await exam.ask(MODEL)
    assert set((await probes_asked(bench)).values()) == {1}


async def test_answers_to_another_edition_of_a_suite_are_not_known(bench: BenchPlace) -> None:
    own_suite()
    await examined(bench, 30, use_case=UseCase.REASONING)
    own_suite(43)
    async with bench.service.examination(UseCase.REASONING, Progress()) as exam:
        assert exam.probes == 12
        known = await exam.known([MODEL])
        # Of two rounds and a half, those of "sums" are out.
        assert known[MODEL].answers in range(20, 27)


async def test_a_call_that_fails_has_no_grade_and_another_probe_comes_next(bench: BenchPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, [answer(), BROKEN, answer()])
    failed, well = await examined(bench, 2)
    assert (failed.score, failed.is_final) == (None, False)
    assert "something is wrong" in failed.why
    assert well.score is not None
    prompts = [seen.json["messages"][-1]["content"] for seen in wire.requests if seen.method == "POST"]
    assert prompts[1] != prompts[2]
    assert [call.state for call in await bench.service.calls()].count(CallState.FAILED) == 1


async def test_whoever_limits_calls_is_waited_for_and_given_up_in_the_end(bench: BenchPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, [answer(), LIMITED, LIMITED, answer()])
    (told,) = await examined(bench, 1)
    assert told.score is not None
    assert bench.clocks.waits == [5.0, 15.0]
    wire.route("POST", PATH, [answer(), LIMITED])
    (told,) = await examined(bench, 1)
    assert (told.score, told.is_final) == (None, True)
    assert bench.clocks.waits[2:] == [5.0, 15.0, 45.0]


async def test_a_model_that_is_not_there_is_given_up_at_once(bench: BenchPlace, wire: WireServer) -> None:
    (told,) = await examined(bench, 1, model="openai/none")
    assert told == Examined(None, why="It is not in the catalogue.", is_final=True)
    assert [seen for seen in wire.requests if seen.method == "POST"] == []


async def test_what_cannot_be_graded_here_is_asked_of_nobody_again(
    wire: WireServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "abacus")
    wire.route("POST", PATH, SkilledModels().reply)
    use_case = UseCase.CODE_GENERATION
    async with bench_place(wire, ["grand-thinker", "steady-worker"]) as bench:
        async with bench.service.examination(use_case, Progress()) as exam:
            told = [await exam.ask("openai/grand-thinker") for _ in range(exam.probes)]
            assert set(told) == {Examined(None, Decimal(0), "No answer can be graded on this machine.")}
            sent = len(wire.requests)
            assert (await exam.ask("openai/steady-worker")).is_final
        assert len(wire.requests) == sent
        assert await probes_asked(bench) == {}


async def test_a_probe_that_may_cost_more_than_is_left_is_not_sent(bench: BenchPlace, wire: WireServer) -> None:
    facts = [fact("openai/b", field, "100", day=1) for field in (Field.PRICE_INPUT, Field.PRICE_OUTPUT)]
    await bench.place.catalog.merge(facts, now=utc_now())
    model = await bench.place.catalog.model("openai/b")
    assert model is not None
    await bench.place.preferences.change("benchmarks.day_limit", Decimal("0.01"))
    async with bench.service.examination(UseCase.TRANSLATION, Progress()) as exam:
        assert await exam.left() == Decimal("0.01")
        assert await exam.most_usd(model) > Decimal("0.01")
        with pytest.raises(BudgetError):
            await exam.ask("openai/b")
    assert [seen for seen in wire.requests if seen.method == "POST"] == []


async def test_a_local_model_is_loaded_once_and_let_go_of_before_the_next(bench: BenchPlace, wire: WireServer) -> None:
    def chat(seen: Seen) -> Reply:
        told = {"model": seen.json["model"], "message": {"content": "42"}, "done": True, "done_reason": "stop"}
        return Reply(headers={"content-type": "application/x-ndjson"}, body={**told, "eval_count": 1})

    wire.route("GET", "/api/ps", Reply(body={"models": []}))
    wire.route("POST", "/api/chat", chat)
    wire.route("POST", "/api/generate", Reply(body={"done": True}))
    await bench.place.providers.add("ollama", url=wire.url)
    prices = (Field.PRICE_INPUT, Field.PRICE_OUTPUT)
    facts = [fact(f"ollama/{name}", field, "0") for name in ("x", "y") for field in prices]
    await bench.place.catalog.merge(facts, now=utc_now())
    async with bench.service.examination(UseCase.TRANSLATION, Progress()) as exam:
        for model in ("ollama/x", "ollama/x", "ollama/y"):
            assert (await exam.ask(model)).score is not None
    paths = [(seen.path.rpartition("/")[2], seen.json["model"]) for seen in wire.requests if seen.method == "POST"]
    of_x = [("generate", "x"), *[("chat", "x")] * 3, ("generate", "x")]
    assert paths == [*of_x, ("generate", "y"), *[("chat", "y")] * 2, ("generate", "y")]


async def test_asked_to_stop_no_further_call_is_sent(bench: BenchPlace, wire: WireServer) -> None:
    progress = Progress()
    async with bench.service.examination(UseCase.TRANSLATION, progress) as exam:
        await exam.ask(MODEL)
        sent = len(wire.requests)
        progress.cancel()
        with pytest.raises(JobCancelled):
            await exam.ask(MODEL)
    assert len(wire.requests) == sent


async def test_one_examination_at_a_time_and_no_favourites_meanwhile(bench: BenchPlace) -> None:
    await bench.service.set_favourite(MODEL, on=True)
    async with bench.service.examination(UseCase.TRANSLATION, Progress()):
        with pytest.raises(UsageError):
            async with bench.service.examination(UseCase.TRANSLATION, Progress()):
                pass
        assert (await bench.service.light(Progress()))[0] == 0
    bench.clocks.now += timedelta(hours=1)
    assert (await bench.service.light(Progress()))[0] == 1
