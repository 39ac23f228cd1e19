"""``bench …``: plans asked about, runs, and what was measured shown, compared and written to files."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.benchmarks import own_suite
from harness.commands import Run
from harness.facts import fact
from harness.token_server import TokenServer, token_server
from modelward.benchmarks.service import BenchmarkService
from modelward.catalog.model import Field
from modelward.core.clock import utc_now
from modelward.core.paths import Paths
from modelward.core.settings import load
from modelward.desk import Desk

QUICK, DEAR = "lmstudio/pace-1-0-5", "lmstudio/pace-2-0-5"


@pytest.fixture(scope="module")
def server() -> Iterator[TokenServer]:
    with token_server() as server:
        yield server


@pytest.fixture
def models(home: Path, server: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A free and a dear model at a server of this machine."""
    monkeypatch.setenv("MODELWARD__SPENDING__ZERO_BURN", "false")
    monkeypatch.setenv("NO_PROXY", "*")

    async def fill() -> None:
        paths = Paths.locate()
        desk = await Desk.open(paths, load(paths, os.environ))
        prices = (Field.PRICE_INPUT, Field.PRICE_OUTPUT)
        facts = [fact(id_, field, price) for id_, price in ((QUICK, "0"), (DEAR, "10")) for field in prices]
        await desk._store.merge(facts, now=utc_now())
        await desk.providers.add("lmstudio", url=f"{server.url}/v1")
        await desk.close()

    asyncio.run(fill())


def test_a_run_tells_its_plan_then_what_came_of_it(run: Run, models: None) -> None:
    ran = run("bench", "run", QUICK)
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0].startswith("1 model, 6 calls, about 1,")
    assert lines[1] == "It is free."
    assert lines[2] == "Run 1: done, 5 of 5 calls, $0.00."
    assert lines[4].split()[:3] == ["MODEL", "WORKLOAD", "AT"]
    assert lines[5].split()[:5] == [QUICK, "chat", "1", "5", "0%"]


def test_a_run_as_a_document(run: Run, models: None) -> None:
    ran = run("bench", "run", QUICK, "--concurrency", "4", "--json")
    document = json.loads(ran.out)
    assert (document["state"], document["done"], document["plan"]["calls"]) == ("done", 8, 9)
    (result,) = document["results"]
    assert (result["model"], result["concurrency"], result["calls"]) == (QUICK, 4, 8)
    assert result["metrics"]["ttft_ms"]["n"] == 8


def test_what_costs_is_not_sent_where_nobody_can_be_asked(run: Run, models: None) -> None:
    ran = run("bench", "run", DEAR)
    assert ran.code == 2
    assert "It costs about $0.02, and " in ran.out
    assert "Give --yes" in ran.err
    assert run("bench", "runs").out == "Nothing was measured yet.\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("n\n", 2)])
def test_a_person_at_a_terminal_is_asked(
    run: Run, models: None, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    with monkeypatch.context() as terminal:
        terminal.setattr(sys, "stdin", Terminal(typed))
        terminal.setattr(sys, "stderr", asked := Terminal())
        assert run("bench", "run", DEAR).code == code
    assert "Go on? [y/N]" in asked.getvalue()
    assert ("5/5" in run("bench", "runs").out) == (code == 0)


def test_a_run_beyond_the_limit_is_refused_to_protect_money(
    run: Run, models: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELWARD__BENCHMARKS__DAY_LIMIT", "0.01")
    ran = run("bench", "run", DEAR, "--yes")
    assert ran.code == 3
    assert "for measuring" in ran.err


def test_refused_models_are_named_and_the_others_measured(run: Run, models: None) -> None:
    ran = run("bench", "run", "openai/none", QUICK)
    assert ran.code == 0
    assert "openai/none is left out: It is not in the catalogue." in ran.out
    none = run("bench", "run", "openai/none")
    assert none.code == 2
    assert "None of these models can be measured." in none.err


def test_history_compare_runs_and_export_show_what_was_measured(run: Run, models: None, tmp_path: Path) -> None:
    run("bench", "run", QUICK)
    history = run("bench", "history", QUICK, "--since", "7").out.splitlines()
    assert history[0].split()[:2] == ["TIME", "CALLS"]
    assert history[1].split()[2] == "5"
    document = json.loads(run("bench", "history", QUICK, "--json").out)
    assert [each["n"] for each in document["ttft_ms"]] == [5]
    assert json.loads(run("bench", "compare", QUICK, DEAR, "--json").out)[0]["calls"] == 5
    assert QUICK in run("bench", "compare", QUICK, "--workload", "chat").out
    assert "None of these" in run("bench", "compare", DEAR).out
    assert "5/5" in run("bench", "runs").out
    assert json.loads(run("bench", "runs", "--json").out)[0]["state"] == "done"
    table, document_file = tmp_path / "calls.csv", tmp_path / "calls.json"
    assert run("bench", "export", str(table)).out.strip().endswith("6 calls")
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"))))
    assert [row["kind"] for row in rows] == [*["run"] * 5, "warm-up"]
    run("bench", "export", str(document_file))
    assert len(json.loads(document_file.read_text())["calls"]) == 6
    assert run("bench", "export", str(tmp_path / "calls.txt")).code == 2


def test_a_run_that_stopped_is_taken_up_again(run: Run, models: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("bench", "resume").code == 2
    carry_out = BenchmarkService.run
    monkeypatch.setattr(BenchmarkService, "run", _interrupted)
    assert run("bench", "run", QUICK).code == 130
    monkeypatch.setattr(BenchmarkService, "run", carry_out)
    ran = run("bench", "resume", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["done"] == 5
    assert run("bench", "resume").code == 2


async def _interrupted(*_: object) -> None:
    raise asyncio.CancelledError


def test_workloads_and_suites_are_listed(run: Run, home: Path) -> None:
    own_suite()
    names = [line.split()[0] for line in run("bench", "workloads").out.splitlines()]
    assert {"chat", "long", "code", "quality", "sums"} <= set(names)
    found = {each["name"]: each for each in json.loads(run("bench", "workloads", "--json").out)}
    assert (found["sums"]["useCase"], found["sums"]["calls"]) == ("reasoning", 2)


def test_favourites_are_chosen_and_listed(run: Run, models: None) -> None:
    assert run("bench", "favourite").out == "No model is measured by the clock.\n"
    assert run("bench", "favourite", QUICK).out == f"{QUICK}\n"
    assert json.loads(run("bench", "favourite", "--json").out) == [QUICK]
    assert run("bench", "favourite", "openai/none").code == 2
    assert run("bench", "favourite", QUICK, "--off").out == "No model is measured by the clock.\n"


@pytest.mark.parametrize(
    "arguments",
    [("run",), ("run", QUICK, "--runs", "2"), ("run", QUICK, "--workload", "none"), ("history", QUICK, "--since", "0")],
)
def test_wrong_use_is_told_as_such(run: Run, models: None, arguments: tuple[str, ...]) -> None:
    assert run("bench", *arguments).code == 2
