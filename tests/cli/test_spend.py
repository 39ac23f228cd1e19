"""``spend``: budgets and what calls came to."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from harness.commands import Run
from harness.spending import done
from modelward.core.paths import Paths
from modelward.core.settings import load
from modelward.desk import Desk
from modelward.spending.model import Purpose

Call = tuple[str, str | None, str | None]
"""A model id, what was reserved, what it cost; None is unknown."""


@pytest.fixture
def called(filled_home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Enters calls in this test's ledger; Zero-Burn is off."""
    monkeypatch.setenv("MODELWARD__SPENDING__ZERO_BURN", "false")

    async def enter(calls: tuple[Call, ...]) -> None:
        paths = Paths.locate()
        desk = await Desk.open(paths, load(paths, os.environ | {"MODELWARD__SPENDING__DAY_LIMIT": "1000"}))
        for model, most, cost in calls:
            amount = None if most is None else Decimal(most)
            entry = await desk.spending.reserve(model.partition("/")[0], model, Purpose.WORK, amount)
            await desk.spending.settle(entry, done(cost, 1_000, 20))
        await desk.close()

    return lambda *calls: asyncio.run(enter(calls))


def test_a_line_for_each_budget_and_a_row_for_each_model(run: Run, called: Callable[..., None]) -> None:
    called(("openai/a", "0.5", "0.12"), ("openai/a", "0.5", "0.0042"), ("groq/b", "0", "0"))
    ran = run("spend")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[:2] == ["Today       $0.12 of $1.00", "This month  $0.12 of $10.00"]
    assert [line.split() for line in lines if line.startswith(("MODEL", "openai", "groq", "all"))] == [
        ["MODEL", "CALLS", "INPUT", "OUTPUT", "COST"],
        ["openai/a", "2", "2,000", "40", "$0.12"],
        ["groq/b", "1", "1,000", "20", "$0.00"],
        ["all", "3", "3,000", "60", "$0.12"],
    ]


def test_calls_of_unknown_cost_are_named_as_such(run: Run, called: Callable[..., None]) -> None:
    called(("openai/a", "0.5", None), ("openai/a", "0.5", "0.25"), ("groq/b", "0.25", None))
    told = run("spend").out
    assert "Today       $1.00 of $1.00 · nothing is left" in told
    assert "$0.25 + 1 unknown" in told
    assert "— + 1 unknown" in told
    assert "2 calls of unknown cost; up to $0.75 was set aside" in told


def test_the_document_has_the_agreed_keys_and_exact_amounts(run: Run, called: Callable[..., None]) -> None:
    called(("openai/a", "0.5", "0.120000000001"), ("groq/b", "0.25", None))
    ran = run("spend", "--since", "7", "--json")
    document = json.loads(ran.out)
    assert list(document) == ["zeroBurn", "budgets", "since", "total", "byDay", "byProvider", "byModel", "byPurpose"]
    today, month = document["budgets"]
    assert list(today) == ["period", "since", "until", "spent", "reserved", "limit", "unknownCalls", "level"]
    assert (today["period"], today["spent"], today["limit"], today["level"]) == ("day", "0.370000000001", "1", "well")
    assert (month["period"], month["limit"]) == ("month", "10")
    figures = {"inputTokens": 1_000, "outputTokens": 20, "calls": 1}
    assert document["byModel"] == [
        {"model": "openai/a", **figures, "cost": "0.120000000001", "unknownCalls": 0, "reserved": "0"},
        {"model": "groq/b", **figures, "cost": None, "unknownCalls": 1, "reserved": "0.25"},
    ]
    assert document["total"]["cost"] == "0.120000000001"
    assert [part["purpose"] for part in document["byPurpose"]] == ["work"]
    assert document["zeroBurn"] is False


def test_an_empty_ledger_is_said_in_words(run: Run, filled_home: Path) -> None:
    ran = run("spend", "--since", "3")
    assert "No calls in the last 3 days." in ran.out
    assert "Zero-Burn   on: only calls that are known to be free go out" in ran.out
    assert json.loads(run("spend", "--json").out)["total"]["cost"] == "0"


@pytest.mark.parametrize("days", ["0", "-1", "x", "99999999"])
def test_days_that_cannot_be_are_wrong_use(run: Run, days: str) -> None:
    assert run("spend", "--since", days).code == 2
