"""Advice over a real store: what the catalogue, the providers and the measurements say together."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from harness.advice import file_answers, wanted
from harness.facts import complete
from modelward.advice.grounds import Why
from modelward.advice.model import Part
from modelward.catalog.store import CatalogStore
from modelward.core.clock import utc_now
from modelward.core.paths import Paths
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
