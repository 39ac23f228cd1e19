"""The Ollama tab over a real desk, a real model folder and a server's double, refreshed as the shell does it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton

from harness.catalog_tab import Eventually
from harness.ollama_library import Shelf
from harness.ollama_server import OllamaDouble
from modelward.core.changes import Changes, Room
from modelward.desk import Desk
from modelward.ui.kit.slots import cancel_spawned, spawn
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.ollama.rows import Row
from modelward.ui.ollama.tab import OllamaTab
from modelward.ui.shell.layout_store import LayoutStore


class Kept:
    """The tab, its desk, the model folder and the server."""

    def __init__(self, desk: Desk, tab: OllamaTab, shelf: Shelf, server: OllamaDouble, eventually: Eventually) -> None:
        self.desk, self.tab, self.shelf, self.server, self.eventually = desk, tab, shelf, server, eventually
        tab.changed.connect(self._tell)

    def _tell(self, changes: Changes) -> None:
        if Room.OLLAMA in changes:
            spawn(self.tab.reload())

    def row(self, name: str) -> Row | None:
        """The row of a model, by the name that Ollama shows."""
        return next((row for row in self.tab.table.rows.rows() if row.title == name), None)

    def shown(self, name: str, column: str = "verdict") -> str:
        """What stands in a cell."""
        rows = self.tab.table.rows
        row = self.row(name)
        return next(each for each in rows.columns if each.key == column).text(row) if row is not None else ""

    async def reload(self) -> None:
        """Show what is there by now."""
        await self.tab.reload()

    async def click(self, button: QPushButton, until: Callable[[], object]) -> None:
        """Click, and wait until something holds and nothing runs any more."""
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        await self.eventually(until)
        await self.eventually(lambda: not self.desk.jobs.running)

    async def dialog(self) -> QDialog:
        """The dialog that the tab opens."""
        await self.eventually(lambda: any(each.isVisible() for each in self.tab.findChildren(QDialog)))
        return next(each for each in self.tab.findChildren(QDialog) if each.isVisible())

    async def answer(self, word: str) -> None:
        """Press a button of the dialog that the tab opens."""
        dialog = await self.dialog()
        button = next(each for each in dialog.findChildren(QPushButton) if each.text().startswith(word))
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        await self.eventually(lambda: not dialog.isVisible())


async def opened(desk: Desk, layout_store: LayoutStore, app: QApplication) -> OllamaTab:
    """The tab, 1280 pixels wide."""
    tab = OllamaTab(desk, Theme.install(app, Mode.LIGHT), layout_store)
    await tab.finish()
    tab.resize(1280, 720)
    tab.show()
    tab.activateWindow()
    return tab


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A model folder with two models that share a blob, and a stub of the cloud."""
    made = Shelf(tmp_path / "models")
    made.add("llama3.2:3b", 200_000, license="Free.", params={"num_ctx": 8192})
    made.add("qwen3:8b", 300_000, license="Free.")
    made.add("gpt-oss:120b-cloud", remote=True)
    return made


@pytest.fixture
async def server(shelf: Shelf) -> AsyncIterator[OllamaDouble]:
    """The server of that folder."""
    async with OllamaDouble(shelf.folder) as double:
        yield double


@pytest.fixture
async def kept(
    desk: Desk, qapp: QApplication, shelf: Shelf, server: OllamaDouble, tmp_path: Path, eventually: Eventually
) -> AsyncIterator[Kept]:
    """The tab over that folder."""
    await desk.preferences.change("ollama.host", server.url)
    await desk.preferences.change("ollama.models", str(shelf.folder))
    tab = await opened(desk, LayoutStore(tmp_path / "layout.ini"), qapp)
    await eventually(lambda: tab.table.rows.total)
    yield Kept(desk, tab, shelf, server, eventually)
    await closed(tab)


async def closed(tab: OllamaTab) -> None:
    """End a tab; nothing can be awaited after it, as its window is the last."""
    await cancel_spawned()
    tab.stop()
    tab.close()
    tab.deleteLater()
