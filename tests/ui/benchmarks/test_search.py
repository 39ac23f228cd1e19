"""Searching the sweet spot in the tab: three models of different price and skill at a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from harness.benchmarks_tab import Bench, choose, click, said
from harness.catalog_tab import Eventually
from harness.markets import MODELS, WORKER, market_desk
from harness.skilled_models import route_skilled_models
from harness.wire import WireServer
from modelward.advice.strategies import Strategy
from modelward.desk import Desk
from modelward.ui.benchmarks.job_names import SEARCH
from modelward.ui.benchmarks.search_dialog import SearchDialog
from modelward.ui.benchmarks.tab import BenchmarksTab
from modelward.ui.kit.slots import cancel_spawned
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.shell.layout_store import LayoutStore


@pytest.fixture
async def desk(home: Path, wire: WireServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """A desk with a provider of three models whose prices are known; nothing is measured yet."""
    monkeypatch.setenv("MODELWARD__SPENDING__ZERO_BURN", "false")
    route_skilled_models(wire)
    async with market_desk(wire.url) as opened:
        yield opened


@pytest.fixture
async def market(
    desk: Desk,
    qapp: QApplication,
    wire: WireServer,
    tmp_path: Path,
    eventually: Eventually,
) -> AsyncIterator[Bench]:
    """The tab over it."""
    tab = BenchmarksTab(desk, Theme.install(qapp, Mode.LIGHT), LayoutStore(tmp_path / "layout.ini"))
    await tab.finish()
    tab.resize(1280, 720)
    tab.show()
    made = Bench(desk, tab, wire, eventually)
    await made.reload()
    yield made
    await cancel_spawned()
    await desk.jobs.stop()
    tab.stop()
    tab.close()
    tab.deleteLater()


async def test_the_cheapest_good_model_is_planned_searched_and_told_with_what_it_saves(market: Bench) -> None:
    choose(market.tab.map.use_case, "Reasoning")
    click(market.tab.advice.search)
    dialog = await market.dialog(SearchDialog)
    assert isinstance(dialog, SearchDialog)
    await market.eventually(lambda: dialog.plan is not None)
    assert "3 models, until one reaches 0.80. 60 calls at most" in dialog.planned.text()
    dialog.budget.setText("much")
    await market.eventually(lambda: "Give an amount in USD" in said(dialog))
    assert not dialog.start.isEnabled()
    dialog.budget.setText("0.3")
    click(dialog.strategies[Strategy.CONSERVATIVE])
    await market.eventually(lambda: "120 calls at most" in dialog.planned.text())
    assert dialog.cost.text() == "It costs $0.30 at most."
    named = [line.split(" ")[1] for line in dialog.order.text().splitlines()]
    assert named == [model.partition("/")[2] for model in MODELS]
    assert not [seen for seen in market.wire.requests if seen.method == "POST"]
    await market.press(dialog, "Start")
    await market.eventually(lambda: [job.name for job in market.desk.jobs.running] == [SEARCH])
    await market.patiently(lambda: "steady-worker (Market) is the cheapest that is good enough." in said(market.tab))
    assert "a task costs 95% less than grand-thinker (Market). It took" in said(market.tab.notice)
    await market.eventually(lambda: market.shown(WORKER, "marks") == "sweet spot")
