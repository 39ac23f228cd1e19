"""The Benchmarks tab over a real desk, with measurements in its store and a server that answers, refreshed as the shell
does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QWidget

from harness.benchmarks import PATH, answer, call, grade
from harness.catalog_tab import EVIL, Eventually
from harness.facts import fact
from harness.wire import WireServer
from modelward.benchmarks.model import CallKind, Exchange, UseCase, Workload
from modelward.benchmarks.store import MeasurementStore
from modelward.catalog.model import Field
from modelward.core.changes import Changes
from modelward.core.clock import utc_now
from modelward.desk import Desk
from modelward.ui.benchmarks.rows import Row
from modelward.ui.benchmarks.tab import BenchmarksTab
from modelward.ui.kit.slots import cancel_spawned, spawn
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.shell.layout_store import LayoutStore

KEY = "sk-planted-key-7f3a-benchmarks-tab"
MODELS = {"openai/dear": ("0.02", 20), "openai/fair": ("0.001", 18), "openai/poor": ("0", 8), EVIL: ("0.004", 17)}
"""What a call of each costs in USD, and how many of its twenty answers pass."""


class Bench:
    """The tab, its desk and the server."""

    def __init__(self, desk: Desk, tab: BenchmarksTab, wire: WireServer, eventually: Eventually) -> None:
        self.desk, self.tab, self.wire, self.eventually = desk, tab, wire, eventually
        tab.changed.connect(self._tell)

    def _tell(self, _changes: Changes) -> None:
        spawn(self.tab.reload())

    @property
    def store(self) -> MeasurementStore:
        """Where measurements lie."""
        return MeasurementStore(self.desk.database)

    def row(self, model_id: str) -> Row | None:
        """The row of a model."""
        return next((row for row in self.tab.table.rows.rows() if row.model_id == model_id), None)

    def shown(self, model_id: str, column: str) -> str:
        """What stands in a cell."""
        row = self.row(model_id)
        found = next(each for each in self.tab.table.rows.columns if each.key == column)
        return found.text(row) if row is not None else ""

    async def suite(self, use_case: UseCase = UseCase.CODE_GENERATION) -> Workload:
        """The suite of a use case."""
        return next(each for each in await self.desk.benchmarks.workloads() if each.use_case is use_case)

    async def measured(self) -> None:
        """Puts twenty graded answers of each model, and a month of times, into the store; shows them."""
        suite = await self.suite()
        now = utc_now()
        for number, (model_id, (cost, passed)) in enumerate(MODELS.items()):
            for day in range(20):
                timed = call(now - timedelta(days=day), model_id, "chat", 100.0 + 50 * number + day)
                probed = replace(
                    call(now - timedelta(minutes=day + 1), model_id, suite.tag, 100.0 + 50 * number),
                    kind=CallKind.PROBE,
                    cost=Decimal(cost),
                )
                score = grade(1.0 if day < passed else 0.0, f"probe-{day}", UseCase.CODE_GENERATION)
                await self.store.file(timed)
                await self.store.file(probed, Exchange("<b>How</b> much?", "<i>Much</i>."), score)
        await self.reload()

    async def reload(self) -> None:
        """Shows what is there by now."""
        await self.tab.reload()

    async def patiently(self, holds: Callable[[], object]) -> None:
        """Waits for what a run does: its calls are timed in a process that has to be started."""
        async with asyncio.timeout(40):
            while not holds():  # noqa: ASYNC110 - what is waited for are widgets, which set no event
                await asyncio.sleep(0.01)

    async def dialog(self, kind: type[QDialog] = QDialog) -> QDialog:
        """The dialog that is open."""
        await self.eventually(lambda: _open(kind))
        return _open(kind)[0]

    async def press(self, dialog: QDialog, word: str) -> None:
        """Presses a button of a dialog, which closes it."""
        button = next(each for each in dialog.findChildren(QPushButton) if each.text().startswith(word))
        await self.eventually(button.isEnabled)
        click(button)
        await self.eventually(lambda: not dialog.isVisible())


def _open(kind: type[QDialog]) -> list[QDialog]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, kind) and each.isVisible()]


def click(widget: QWidget) -> None:
    """A click of the left button."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def said(widget: QWidget) -> str:
    """All labels that are seen."""
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def choose(button: QPushButton, words: str) -> None:
    """Chooses an entry of a button's menu."""
    menu = button.menu()
    next(action for action in menu.actions() if words in action.text()).trigger()


@pytest.fixture
async def bench(
    desk: Desk,
    qapp: QApplication,
    wire: WireServer,
    tmp_path: Path,
    eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Bench]:
    """The tab over three models that answer at once and one that nobody serves; nothing is measured yet."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "*")
    wire.route("POST", PATH, answer())
    prices = (Field.PRICE_INPUT, Field.PRICE_OUTPUT, Field.PRICE_CACHE_READ)
    facts = [fact(model_id, field, 0) for model_id in MODELS for field in prices]
    await desk._store.merge(facts, now=utc_now())
    await desk.providers.add("openai", url=f"{wire.url}/v1")
    tab = BenchmarksTab(desk, Theme.install(qapp, Mode.LIGHT), LayoutStore(tmp_path / "layout.ini"))
    await tab.finish()
    tab.resize(1280, 720)
    tab.show()
    tab.activateWindow()
    made = Bench(desk, tab, wire, eventually)
    await made.reload()
    yield made
    await cancel_spawned()
    await desk.jobs.stop()
    tab.stop()
    tab.close()
    tab.deleteLater()
