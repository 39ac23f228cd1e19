"""The Health tab over a real desk whose healer says what a test wants, refreshed as the shell does it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtWidgets import QApplication

from harness.catalog_tab import Eventually
from harness.healing import Scripted, right, shipped_rules
from modelward.catalog.model import Fact
from modelward.core.changes import Changes, Room
from modelward.core.clock import utc_now
from modelward.core.timetable import HEALING
from modelward.desk import Desk
from modelward.healing.care import HealingService
from modelward.healing.model import Healer, Means
from modelward.ui.health.tab import HealthTab
from modelward.ui.kit.slots import cancel_spawned, spawn
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.shell.layout_store import LayoutStore


class Ill:
    """A Health tab, its desk, and the healer who fills what is missing; refreshed as the shell does it."""

    def __init__(self, desk: Desk, tab: HealthTab, healer: Scripted, eventually: Eventually) -> None:
        self.desk, self.tab, self.healer, self.eventually = desk, tab, healer, eventually
        tab.changed.connect(self.tell)
        tab.heal_requested.connect(self.start)

    def start(self) -> None:
        self.desk.jobs.start(HEALING, "Heal", self.desk.heal)

    def tell(self, changes: Changes) -> None:
        spawn(self._refresh(changes))

    async def heal(self) -> None:
        """A cycle, as the schedule would run it."""
        _report, changes = await self.desk.jobs.start(HEALING, "Heal", self.desk.heal).wait()
        await self._refresh(changes)

    async def know(self, *ids: str, facts: tuple[Fact, ...] = ()) -> None:
        """Put models into the catalogue, and show them."""
        await self.desk._store.merge(facts, named=ids, now=utc_now())
        await self._refresh(Changes.everything())

    async def _refresh(self, changes: Changes) -> None:
        if Room.CATALOG in changes:
            await self.tab.show_models(await self.desk.catalog.models())
        self.tab.reload()


@pytest.fixture
async def ill(desk: Desk, qapp: QApplication, tmp_path: Path, eventually: Eventually) -> AsyncIterator[Ill]:
    """Healing by a model that fills every gap."""
    desk.surveys._loaded = shipped_rules()
    healer = Scripted(right(Means.INFERENCE))
    desk.__dict__["healing"] = HealingService(
        desk.database,
        desk._store,
        desk.surveys,
        desk.providers.known,
        desk.preferences,
        healers={Means.INFERENCE: cast("Healer", healer)},
        protect=desk.upkeep.before,
    )
    tab = HealthTab(desk, Theme.install(qapp, Mode.LIGHT), LayoutStore(tmp_path / "layout.ini"))
    await tab.finish()
    tab.resize(1280, 800)
    await tab.show_models(())
    tab.show()
    yield Ill(desk, tab, healer, eventually)
    await cancel_spawned()
    tab.stop()
    tab.close()
    tab.deleteLater()
