"""``plan``: dividing a text, and running the job, from the command line against a provider of this machine."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from harness.commands import Run
from harness.dividing import CHAT, KEY, MODEL, Worker
from harness.facts import fact
from harness.spending import NOON
from harness.texts import ENGLISH, book
from harness.wire import WireServer
from modelward.catalog.model import Field
from modelward.catalog.store import CatalogStore
from modelward.core.paths import Paths
from modelward.core.settings import load
from modelward.desk import Desk

GPT = "openai/gpt-4o-mini"


class Server(threading.Thread):
    """The provider, on a loop of its own, as commands run theirs."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self.worker = worker
        self.url = ""
        self._is_up, self._end = threading.Event(), asyncio.Event()
        self._loop = asyncio.new_event_loop()

    def run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        async with WireServer() as wire:
            wire.route("POST", CHAT, self.worker.reply)
            self.url = wire.url
            self._is_up.set()
            await self._end.wait()

    def __enter__(self) -> Self:
        self.start()
        assert self._is_up.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self.join(10)


@pytest.fixture
def worker(filled_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A model with a context of 8,192 that this home can ask; Zero-Burn is off."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("MODELWARD__SPENDING__ZERO_BURN", "false")
    monkeypatch.setenv("MODELWARD__SPENDING__DAY_LIMIT", "5")
    with Server(Worker(window=8_192)) as server:

        async def prepare() -> None:
            paths = Paths.locate()
            desk = await Desk.open(paths, load(paths, os.environ))
            await desk.providers.add("openai", url=f"{server.url}/v1")
            stated = {"kind": "chat", "price_input": "1", "price_output": "4", "context_window": 8_192}
            rows = [fact(MODEL, Field(name), value) for name, value in stated.items()]
            await CatalogStore(desk.database).merge(rows, now=NOON, named=[MODEL])
            await desk.close()

        asyncio.run(prepare())
        yield server.worker


@pytest.fixture
def text(tmp_path: Path) -> Path:
    file = tmp_path / "harbour.md"
    file.write_text(book(40_000), "utf-8")
    return file


def test_a_number_of_tokens_is_planned_with_calls_and_cost(run: Run, filled_home: Path) -> None:
    ran = run("plan", "--tokens", "1000000", "--model", GPT)
    assert ran.code == 0, ran.err
    lines = dict(line.split(None, 1) for line in ran.out.splitlines() if line)
    assert lines["Model"].startswith(GPT)
    assert "cells, joined in" in lines["Plan"]
    assert lines["Cost"].startswith("about $")
    assert lines["Covered"] == "100% of the text"
    assert lines["Time"] == "unknown: the model was not measured"


def test_a_plan_as_json_tells_every_cell(run: Run, filled_home: Path, text: Path) -> None:
    ran = run("plan", "--file", str(text), "--model", "openai/gpt-4", "--task", "extract", "--json")
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    assert document["cells"] == len(document["spans"]) == document["calls"] > 3
    assert document["coverage"] == 1.0
    assert document["spans"][-1]["end"] == len(text.read_text("utf-8"))
    assert all(span["tokens"]["high"] <= document["mostPerCell"] for span in document["spans"])
    assert document["window"]["isKnown"] is True
    assert float(document["cost"]) <= float(document["mostCost"])


def test_a_warning_is_told_beside_the_plan(run: Run, filled_home: Path) -> None:
    ran = run("plan", "--tokens", "1000000", "--model", GPT, "--task", "reason", "--brief", "Who is to blame?")
    assert ran.code == 0
    assert "Dividing harms questions about the whole" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "a file or for a number of tokens"),
        (("--tokens", "9", "--run"), "--run and --out belong together"),
        (("--tokens", "9", "--out", "x.md"), "--run and --out belong together"),
        (("--tokens", "9", "--model", "nobody/nothing"), "There is no model 'nobody/nothing'"),
        (("--tokens", "9", "--file", "x"), "a file or for a number of tokens"),
    ],
)
def test_wrong_use_is_said_and_ends_with_2(run: Run, filled_home: Path, arguments: tuple[str, ...], words: str) -> None:
    ran = run("plan", "--task", "map", *arguments)
    assert ran.code == 2
    assert words in ran.err
    assert ran.out == ""


def test_a_file_that_is_no_text_ends_with_1(run: Run, filled_home: Path, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9)
    ran = run("plan", "--file", str(tmp_path / "picture.png"), "--model", GPT)
    assert ran.code == 1
    assert "is no text" in ran.err


def test_a_job_is_run_listed_and_done_once(run: Run, worker: Worker, text: Path, tmp_path: Path) -> None:
    out = tmp_path / "summary.md"
    ran = run("plan", "--file", str(text), "--model", MODEL, "--run", "--out", str(out), "--json")
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert (report["state"], report["coverage"]) == ("done", 1.0)
    assert report["calls"] == len(worker.parts) + len(worker.notes)
    assert worker.refused == 0
    assert out.read_text("utf-8").startswith("Seen:")
    (job,) = json.loads(run("plan", "list", "--json").out)
    assert (job["id"], job["state"], job["done"]) == (report["id"], "done", report["cells"])
    assert run("plan", "list").out.splitlines()[1].split()[0] == str(report["id"])
    again = run("plan", "resume", str(report["id"]))
    assert again.code == 2
    assert "is done" in again.err


def test_a_job_beyond_the_budget_is_paused_with_3_and_goes_on_when_there_is_more(
    run: Run, worker: Worker, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "notes.md"
    monkeypatch.setenv("MODELWARD__SPENDING__DAY_LIMIT", "0.04")
    ran = run("plan", "--file", str(text), "--model", MODEL, "--task", "extract", "--run", "--out", str(out))
    assert ran.code == 3
    assert "is paused" in ran.out
    assert "budget" in ran.err
    assert "modelward plan resume 1" in ran.err
    assert not out.exists()
    monkeypatch.setenv("MODELWARD__SPENDING__DAY_LIMIT", "5")
    again = run("plan", "resume", "1")
    assert again.code == 0, again.err
    assert str(out) in again.out
    assert out.exists()


def test_a_job_with_parts_that_failed_ends_with_1_and_names_them(run: Run, worker: Worker, tmp_path: Path) -> None:
    (tmp_path / "short.md").write_text(ENGLISH * 9, "utf-8")
    worker.answer = lambda _part: ""
    ran = run(
        "plan", "--file", str(tmp_path / "short.md"), "--model", MODEL, "--run", "--out", str(tmp_path / "out.md")
    )
    assert ran.code == 1
    assert "cell 1" in ran.err
