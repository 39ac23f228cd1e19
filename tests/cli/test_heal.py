"""``heal``: one cycle, what it prints, and its exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from harness.commands import Run
from modelward.catalog.model import Field
from modelward.core.clock import utc_now
from modelward.core.paths import Paths
from modelward.core.settings import load
from modelward.desk import Desk

KNOWN = "openai/gpt-4o-mini"
KEYS = ["cycle", "total", "complete", "filled", "calls", "inputTokens", "outputTokens", "usd", "left", "notes"]


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWARD__HEALING__INFERENCE", "false")
    monkeypatch.setenv("MODELWARD__HEALING__RESEARCH", "false")


@pytest.fixture
def unsurveyed(home: Path) -> None:
    """Two models that nobody has identified yet, in a store that needs no reference catalogue."""

    async def fill() -> None:
        paths = Paths.locate()
        desk = await Desk.open(paths, load(paths, os.environ))
        await desk._store.merge([], named=[KNOWN, "acme/a"], now=utc_now())
        await desk.close()

    asyncio.run(fill())


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command takes the store as it is found: reading the reference catalogues would take seconds."""

    async def nothing(desk: Desk, progress: object) -> None:
        return None

    monkeypatch.setattr(Desk, "fill", nothing)


def test_the_document_has_the_agreed_keys_and_a_second_cycle_finds_nothing(
    run: Run, unsurveyed: None, bare: None
) -> None:
    ran = run("heal", "--json")
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    assert list(document) == KEYS
    cycle = document["cycle"]
    assert list(cycle) == ["id", "startedAt", "endedAt", "state", "completeBefore", "completeAfter", "error"]
    assert (cycle["state"], cycle["completeBefore"], cycle["completeAfter"], cycle["error"]) == ("done", 0, 1, "")
    assert document["filled"] == {"survey": 4}
    assert (document["calls"], document["inputTokens"], document["usd"]) == (0, 0, "0")
    assert (document["total"], document["complete"], document["left"]) == (2, 1, 4)
    again = json.loads(run("heal", "--once", "--survey-only", "--json").out)
    assert (again["cycle"], again["filled"], again["left"]) == (None, {}, 4)
    assert len(json.loads(run("backup", "list", "--json").out)) == 1


def test_in_words_it_says_what_was_filled_and_what_is_left(run: Run, unsurveyed: None, bare: None) -> None:
    ran = run("heal")
    assert "Filled: 4 by survey. No tokens were used." in ran.out
    assert "1 of 2 models are complete; 1 lack something." in ran.out
    rows = [line.split()[:3] for line in ran.out.splitlines() if line.startswith("acme/a")]
    assert rows[0] == ["acme/a", "Context", "window"]
    assert "Nothing to be healed now." in run("heal").out


def test_without_a_copy_nothing_is_healed_and_the_code_is_three(
    run: Run, unsurveyed: None, bare: None, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = home / "not-a-folder"
    blocked.write_text("a file", "utf-8")
    monkeypatch.setenv("BACKUP_DIR", str(blocked))
    ran = run("heal", "--json")
    assert ran.code == 3
    document = json.loads(ran.out)
    assert document["cycle"]["state"] == "skipped"
    assert document["cycle"]["error"] in document["notes"]
    assert document["filled"] == {}
    assert "modelward: Healing was not begun: the backup before it failed." in ran.err
    assert "skipped" in run("heal").out
    with closing(sqlite3.connect(Paths.locate().database)) as store:
        assert store.execute("SELECT count(*) FROM fact").fetchone() == (0,)


def test_all_healthy_is_said_once(run: Run, unsurveyed: None, bare: None) -> None:
    for field, value in (
        (Field.CONTEXT_WINDOW, "1000"),
        (Field.CAPABILITIES, "tools"),
        (Field.PRICE_INPUT, "0"),
        (Field.PRICE_OUTPUT, "0"),
    ):
        assert run("catalog", "set", "acme/a", field.value, value).code == 0
    assert "All models are healthy, checking hourly now." in run("heal").err
    assert "healthy" not in run("heal").err
