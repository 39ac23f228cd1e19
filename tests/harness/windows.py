"""The whole window over a real desk, opened and closed as the program does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from PySide6.QtWidgets import QApplication

from modelward.core.paths import Paths
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.shell.layout_store import LayoutStore
from modelward.ui.shell.main_window import MainWindow
from modelward.ui.shell.session import Session
from modelward.ui.shell.telling import Stage
from modelward.ui.shell.trace import StartTrace


@dataclass(frozen=True)
class Opened:
    """A window, its session, and the task whose result is the exit code."""

    window: MainWindow
    session: Session
    ended: asyncio.Task[int]

    async def settled(self) -> None:
        """Waits until the start has come to its end, well or not."""
        async with asyncio.timeout(60):
            while self.session.telling.stage is Stage.OPENING:  # noqa: ASYNC110 - widgets set no event
                await asyncio.sleep(0.01)

    async def quiet(self) -> None:
        """Waits until the start has succeeded and everything that it began has ended and is shown."""
        await self.settled()
        assert self.session.workspace is not None
        async with asyncio.timeout(60):
            while not self.session.is_up_to_date:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def close(self) -> int:
        """Ends the program as a person does, with a tray or without; the exit code."""
        self.window.quit_requested.emit()
        return await self.ended


OpenWindow = Callable[..., Awaitable[Opened]]


@pytest.fixture
async def open_window(qapp: QApplication, home: object) -> AsyncIterator[OpenWindow]:
    """Opens windows over this test's home; those that still are open are closed at the end.

    With ``is_hidden`` as the program does when it is started minimised.
    """
    all_opened: list[Opened] = []

    async def open_one(*, is_hidden: bool = False) -> Opened:
        paths = Paths.locate()
        layout_store = LayoutStore(paths.config / "layout.ini")
        theme = Theme.install(qapp, Mode.LIGHT)
        window = MainWindow(theme, layout_store)
        if not is_hidden:
            window.show()
        session = Session(window, theme, paths, layout_store, StartTrace(window), is_hidden=is_hidden)
        opened = Opened(window, session, asyncio.create_task(session.run()))
        all_opened.append(opened)
        return opened

    yield open_one
    for opened in all_opened:
        if not opened.ended.done():
            await opened.close()
        opened.window.deleteLater()
