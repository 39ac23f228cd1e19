"""The settings over a real desk, and providers at servers on this machine that answer as a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from harness.catalog_tab import Eventually
from harness.wire import Reply, WireServer
from modelward.core.timetable import DISCOVERY
from modelward.desk import Desk
from modelward.ui.kit.slots import cancel_spawned
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.settings.dialog import SettingsDialog

KEY = "sk-planted-key-7f3a-openai"

Open = Callable[[str], Awaitable[SettingsDialog]]
Sheet = Callable[[], Awaitable[QDialog]]


def models(*names: str) -> Reply:
    """A list of models as OpenAI sends it."""
    return Reply(body={"object": "list", "data": [{"id": name, "object": "model", "owned_by": "x"} for name in names]})


REFUSAL = Reply(401, body={"error": {"message": "Incorrect <b>API</b> key.", "code": "invalid_api_key"}})


@pytest.fixture
async def settings(qapp: QApplication, desk: Desk, eventually: Eventually) -> AsyncIterator[Open]:
    """Opens the settings at a page; lists of models are run as the shell runs them."""
    window = QWidget()
    window.resize(1280, 800)
    window.show()
    theme = Theme.install(qapp, Mode.LIGHT)
    opened: list[SettingsDialog] = []

    def discover(ids: Sequence[str]) -> None:
        work = partial(desk.discovery.discover, providers=ids)
        desk.jobs.start(f"{DISCOVERY} of {', '.join(ids)}", "List models", work)

    async def open_at(page: str) -> SettingsDialog:
        dialog = SettingsDialog(desk, theme, window)
        opened.append(dialog)
        dialog.discover_requested.connect(discover)
        dialog.open_page(page)
        await eventually(lambda: not dialog._tasks._loose)
        return dialog

    yield open_at
    for dialog in opened:
        if dialog.isVisible():
            ended: list[int] = []
            dialog.finished.connect(ended.append)
            dialog.reject()
            await eventually(lambda ended=ended: ended)
    await cancel_spawned()
    window.close()
    window.deleteLater()


@pytest.fixture
def sheet(settings: Open, eventually: Eventually) -> Sheet:
    """Waits for the sheet that stands over the settings."""

    def standing() -> list[QDialog]:
        found = (each for each in QApplication.allWidgets() if isinstance(each, QDialog) and each.isVisible())
        return [each for each in found if not isinstance(each, SettingsDialog)]

    async def opened() -> QDialog:
        await eventually(standing)
        return standing()[0]

    return opened


async def openai_at(desk: Desk, wire: WireServer, *names: str) -> None:
    """OpenAI with a key, at a server on this machine that lists these models."""
    wire.route("GET", "/v1/models", models(*names))
    await desk.providers.add("openai", url=f"{wire.url}/v1")
    await desk.providers.set_key("openai", KEY, session=True)
