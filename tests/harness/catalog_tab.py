"""The Catalogue tab over a real service and a real store, refreshed as the shell does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from harness.facts import DAY, complete, fact
from modelward.catalog.model import Field, Source
from modelward.catalog.service import CatalogService
from modelward.catalog.store import CatalogStore
from modelward.core.jobs import Jobs
from modelward.store.engine import Database
from modelward.ui.catalog.tab import CatalogTab
from modelward.ui.kit.slots import cancel_spawned, spawn
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.shell.layout_store import LayoutStore

EVIL = "evil/<b>bold</b>\u202egnp"

FACTS = [
    *complete("anthropic/claude-sonnet"),
    fact("anthropic/claude-sonnet", Field.CONTEXT_WINDOW, 1_000_000, Source.PROVIDER, origin="anthropic", day=1),
    fact("anthropic/claude-sonnet", Field.FAMILY, "claude", Source.SURVEY, origin="claude-4", confidence=0.8),
    *complete("openai/gpt-mini"),
    *complete("ollama/llama3.2:3b"),
    fact("ollama/llama3.2:3b", Field.PRICE_INPUT, 0, Source.SURVEY, origin="local"),
    fact("openai/gpt-unknown", Field.DISPLAY_NAME, "Nobody knows"),
    fact(EVIL, Field.DISPLAY_NAME, "<img src=x>"),
]

Eventually = Callable[[Callable[[], object]], Awaitable[None]]
MakeTab = Callable[[], Awaitable[CatalogTab]]


@pytest.fixture
def eventually() -> Eventually:
    """Waits until something holds; fails after five seconds."""

    async def wait(holds: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not holds():  # noqa: ASYNC110 - what is waited for are widgets, which set no event
                await asyncio.sleep(0.005)

    return wait


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[CatalogService]:
    """A catalogue of a few models."""

    async def identify(_ids: Collection[str]) -> None: ...

    database = await Database.open(tmp_path / "store" / "modelward.db")
    store = CatalogStore(database)
    await store.merge(FACTS, now=DAY)
    yield CatalogService(store, identify=identify, clock=lambda: DAY)
    await database.close()


@pytest.fixture
async def make_tab(
    qapp: QApplication, service: CatalogService, tmp_path: Path, eventually: Eventually
) -> AsyncIterator[Callable[[], Awaitable[CatalogTab]]]:
    """Makes tabs that share one file of layout."""
    jobs = Jobs()
    theme = Theme.install(qapp, Mode.LIGHT)
    tabs: list[CatalogTab] = []

    async def make() -> CatalogTab:
        tab = CatalogTab(service, jobs, theme, LayoutStore(tmp_path / "layout.ini"))
        tabs.append(tab)
        tab.changed.connect(lambda changes: spawn(tab.reload(changes)))
        tab.set_models(await service.models())
        tab.resize(1280, 700)
        tab.show()
        tab.activateWindow()
        await eventually(tab.isActiveWindow)
        return tab

    yield make
    await cancel_spawned()
    await jobs.stop()
    for tab in tabs:
        tab.close()
        tab.deleteLater()


@pytest.fixture
async def tab(make_tab: MakeTab) -> CatalogTab:
    """One tab, 1280 pixels wide."""
    return await make_tab()
