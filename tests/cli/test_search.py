"""``recommend --search``: the sweet spot searched by measuring, from the plan to what it took."""

from __future__ import annotations

import asyncio
import io
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.commands import Run
from harness.markets import MODELS, WORKER, market_desk
from harness.skilled_models import route_skilled_models
from harness.wire import WireServer
from modelward.benchmarks.single import Examination

USE = ("recommend", "--use-case", "reasoning", "--search", "progressive")


@pytest.fixture
def server() -> Iterator[WireServer]:
    """The three models, served by a loop of their own, as each command runs in one of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="skilled models")
    thread.start()
    wire = WireServer()
    route_skilled_models(wire)
    asyncio.run_coroutine_threadsafe(wire.__aenter__(), loop).result()
    yield wire
    asyncio.run_coroutine_threadsafe(wire.__aexit__(None, None, None), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def market(home: Path, server: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWARD__SPENDING__ZERO_BURN", "false")
    monkeypatch.setenv("NO_PROXY", "*")

    async def fill() -> None:
        async with market_desk(server.url):
            pass

    asyncio.run(fill())


@pytest.mark.usefixtures("market")
def test_the_plan_comes_first_then_the_sweet_spot_with_what_it_took(run: Run) -> None:
    ran = run(*USE, "--yes")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0].startswith(
        "Reasoning: 3 models that can be called now, from the cheapest up, until one reaches 80 %."
    )
    assert [line.split()[1] for line in lines[2:5]] == MODELS
    assert any(line.startswith("It costs $0.") and line.endswith(" at most.") for line in lines)
    assert f"Sweet spot: {WORKER}." in lines
    assert "market/tiny-talker  " in ran.out
    assert "not good enough" in ran.out
    assert lines[-1].endswith("; asking every model every probe twice takes 60.")
    document = json.loads(run(*USE, "--yes", "--json").out)
    assert (document["pick"], document["end"], document["calls"], document["testingAll"]) == (WORKER, "found", 0, 60)
    assert set(document["contenders"]) == set(MODELS)
    assert document["spent"] == "0"


@pytest.mark.usefixtures("market")
def test_what_costs_is_not_sent_where_nobody_can_be_asked(run: Run, server: WireServer) -> None:
    sent = len(server.requests)
    ran = run(*USE)
    assert ran.code == 2
    assert "Give --yes" in ran.err
    assert len(server.requests) == sent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("market")
def test_a_person_at_a_terminal_is_asked(run: Run, monkeypatch: pytest.MonkeyPatch, server: WireServer) -> None:
    sent = len(server.requests)
    with monkeypatch.context() as terminal:
        terminal.setattr(sys, "stdin", Terminal("n\n"))
        terminal.setattr(sys, "stderr", asked := Terminal())
        assert run(*USE).code == 2
    assert "Go on? [y/N]" in asked.getvalue()
    assert len(server.requests) == sent


@pytest.mark.usefixtures("market")
def test_where_nothing_good_enough_is_found_the_best_is_named_and_the_exit_code_is_one(run: Run) -> None:
    ran = run(*USE, "--yes", "--threshold", "1", "--max-price", "0.2")
    assert ran.code == 1
    assert "No model that was asked reaches 100 %. The best was market/tiny-talker: " in ran.out
    poor = run(*USE, "--yes", "--budget", "0")
    assert poor.code == 1
    assert "Nothing may be spent: only free models are asked." in poor.out
    assert "None was found that reaches 80 % before what it may cost was used up." in poor.out


@pytest.mark.usefixtures("market")
def test_interrupted_says_that_what_was_measured_is_kept(
    run: Run, server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Examination.ask

    async def interrupted(self: Examination, model_id: str) -> object:
        if model_id == WORKER:
            raise asyncio.CancelledError
        return await ask(self, model_id)

    with monkeypatch.context() as cut:
        cut.setattr(Examination, "ask", interrupted)
        ran = run(*USE, "--yes")
    assert ran.code == 130
    assert "What was measured is kept" in ran.err
    assert "market/tiny-talker" in run("bench", "compare", *MODELS, "--workload", "reasoning").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--search", "wild"), "There is no strategy 'wild'."),
        (("--search", "progressive", "--sweet-spot"), "--sweet-spot and --search do not go together"),
        (("--search", "progressive", "--baseline", "a/b"), "--baseline belongs to --sweet-spot."),
        (("--budget", "1"), "--budget belongs to --search."),
        (("--search", "progressive", "--budget", "much"), "'much' is no price."),
    ],
)
def test_wrong_use_is_told_before_anything_is_done(run: Run, arguments: tuple[str, ...], told: str) -> None:
    ran = run("recommend", "--use-case", "reasoning", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
