"""The Backups tab over a real desk and a small real store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from harness.catalog_tab import Eventually, eventually
from harness.desks import desk, filled_home, paths, reference_home
from harness.facts import DAY, complete
from harness.windows import open_window
from modelward.catalog.store import CatalogStore
from modelward.desk import Desk
from modelward.ui.backups.tab import BackupsTab
from modelward.ui.kit.slots import cancel_spawned, spawn
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.shell.layout_store import LayoutStore

__all__ = ["desk", "eventually", "filled_home", "open_window", "paths", "reference_home"]

Answer = Callable[[], Awaitable[QDialog]]


@pytest.fixture
async def tab(qapp: QApplication, desk: Desk, tmp_path: Path, eventually: Eventually) -> AsyncIterator[BackupsTab]:
    """The tab, 1280 pixels wide, refreshed as the shell does it."""
    await CatalogStore(desk.database).merge([fact for n in range(20) for fact in complete(f"p/{n}")], now=DAY)
    made = BackupsTab(desk, Theme.install(qapp, Mode.LIGHT), LayoutStore(tmp_path / "layout.ini"))
    made.changed.connect(lambda _changes: spawn(made.reload()))
    await made.reload()
    made.resize(1280, 700)
    made.show()
    made.activateWindow()
    await eventually(made.isActiveWindow)
    yield made
    await cancel_spawned()
    made.stop()
    made.close()
    made.deleteLater()


@pytest.fixture
def dialog(tab: BackupsTab, eventually: Eventually) -> Answer:
    """Waits for the dialog that the tab opens."""

    async def opened() -> QDialog:
        await eventually(lambda: any(each.isVisible() for each in tab.findChildren(QDialog)))
        return next(each for each in tab.findChildren(QDialog) if each.isVisible())

    return opened
