"""Advice over a real store: what the catalogue, the providers and the measurements say together."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from harness.advice import WRITING, file_answers, wanted
from harness.facts import complete
from modelward.advice.grounds import Why
from modelward.advice.model import Part
from modelward.advice.strategies import Ask, End, Outcome, Strategy
from modelward.benchmarks.model import UseCase
from modelward.catalog.store import CatalogStore
from modelward.core.clock import utc_now
from modelward.core.errors import BudgetError
from modelward.core.paths import Paths
from modelward.core.progress import JobCancelled, Progress
from modelward.core.settings import load
from modelward.desk import Desk

IDS = ("openai/good", "openai/weak", "elsewhere/far")


@pytest.fixture
async def stocked(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """A desk with three models, two of them at a provider whose key is at hand and whose list was read."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-key-7f3a-advice")
    paths = Paths.locate()
    desk = await Desk.open(paths, load(paths, os.environ))
    catalog, now = CatalogStore(desk.database), utc_now()
    await catalog.merge([fact for id_ in IDS for fact in complete(id_)], now=now)
    await catalog.apply_listing("openai", IDS[:2], now, is_first=True)
    await desk.providers.record_discovery("openai", now, models=2)
    yield desk
    await desk.close()


async def test_what_was_measured_is_recommended_and_what_was_not_waits(stocked: Desk) -> None:
    await file_answers(stocked.database, "openai/good", [True] * 9 + [False])
    found = await stocked.advice.recommend(wanted())
    assert [each.model_id for each in found.top] == ["openai/good"]
    best = found.top[0]
    assert best.quality[:2] == (pytest.approx(0.9), 10)
    assert best.cost.is_measured
    assert best.speed is not None
    assert best.speed.ttft == pytest.approx(300)
    assert {part.part for part in best.parts if part.is_known} == set(Part)
    assert [each.model_id for each in found.unmeasured] == ["openai/weak", "elsewhere/far"]


async def test_available_now_means_listed_answering_and_a_key_at_hand(stocked: Desk) -> None:
    found = await stocked.advice.recommend(wanted(available=True, key_at_hand=True))
    assert [each.model_id for each in found.unmeasured] == ["openai/good", "openai/weak"]
    assert found.counts == {Why.NO_KEY: 1, Why.NOT_AVAILABLE: 1}


async def test_good_enough_is_what_the_settings_say(stocked: Desk) -> None:
    await file_answers(stocked.database, "openai/good", [True] * 6 + [False] * 4)
    assert (await stocked.advice.sweet_spot(wanted())).pick is None
    assert (await stocked.advice.sweet_spot(wanted(), 0.6)).pick is not None
    await stocked.preferences.change("benchmarks.good_enough", 0.5)
    pick = (await stocked.advice.sweet_spot(wanted())).pick
    assert pick is not None
    assert pick.model_id == "openai/good"


async def test_a_search_measures_what_can_be_called_and_counts_what_was_measured_before(stocked: Desk) -> None:
    await file_answers(stocked.database, "openai/weak", [False] * 10)
    asked: list[tuple[UseCase, Ask]] = []

    async def measure(use_case: UseCase, ask: Ask) -> Outcome:
        asked.append((use_case, ask))
        return Outcome(1.0, Decimal(0))

    progress = Progress()
    found = await stocked.advice.search(Strategy.PROGRESSIVE, wanted(), measure, 60, progress, budget=Decimal(5))
    assert (found.pick, found.end) == ("openai/good", End.FOUND)
    assert {ask.model_id for _, ask in asked} == {"openai/good"}
    assert {use_case for use_case, _ in asked} == {WRITING}
    assert progress.state.text == "Asking openai/good"


async def test_a_model_that_was_measured_enough_is_not_asked_again(stocked: Desk) -> None:
    await file_answers(stocked.database, "openai/good", [True] * 60)

    async def measure(_: UseCase, ask: Ask) -> Outcome:
        return Outcome(float(ask.model_id == "openai/good"), Decimal(0))

    found = await stocked.advice.search(Strategy.PROGRESSIVE, wanted(), measure, 60, Progress(), budget=Decimal(5))
    assert found.pick == "openai/good"
    assert "openai/good" in [each.model_id for each in found.tried if each.asked == 60]


async def test_without_a_budget_of_its_own_a_search_keeps_to_that_of_measuring(stocked: Desk) -> None:
    await stocked.preferences.change("benchmarks.day_limit", Decimal("0.1"))

    async def measure(_: UseCase, __: Ask) -> Outcome:
        return Outcome(1.0, Decimal("0.03"))

    found = await stocked.advice.search(Strategy.AGGRESSIVE, wanted(), measure, 60, Progress())
    assert found.end is End.BUDGET
    assert found.spent <= Decimal("0.1")


async def test_a_search_that_is_cancelled_or_refused_asks_nothing_more(stocked: Desk) -> None:
    progress, calls = Progress(), 0

    async def measure(_: UseCase, __: Ask) -> Outcome:
        nonlocal calls
        calls += 1
        progress.cancel()
        return Outcome(1.0)

    with pytest.raises(JobCancelled):
        await stocked.advice.search(Strategy.AGGRESSIVE, wanted(), measure, 60, progress, budget=Decimal(5))
    assert calls == 1

    async def refuse(_: UseCase, __: Ask) -> Outcome:
        raise BudgetError("Nothing is left of today.")

    with pytest.raises(BudgetError):
        await stocked.advice.search(Strategy.AGGRESSIVE, wanted(), refuse, 60, Progress(), budget=Decimal(5))
