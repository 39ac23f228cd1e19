"""Local models in the whole window: the tab's place, what maintenance did, alerts in the status bar, the tray."""

from __future__ import annotations

import pytest

from harness.catalog_tab import Eventually
from harness.ollama_library import Shelf
from harness.ollama_server import OllamaDouble
from harness.windows import Opened, OpenWindow
from modelward.core import settings
from modelward.core.paths import Paths
from modelward.core.timetable import OLLAMA_MAINTENANCE
from modelward.ollama import throttle
from modelward.ui.ollama.tab import OllamaTab
from modelward.ui.shell.notices import Mood

pytestmark = pytest.mark.usefixtures("filled_home")


@pytest.fixture
async def opened(
    open_window: OpenWindow, server: OllamaDouble, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> Opened:
    # The other tests need the computer, too.
    for limit in ("BUSY", "CALM"):
        monkeypatch.setattr(throttle, limit, 2.0)
    paths = Paths.locate()
    settings.save(paths, "ollama.host", server.url)
    settings.save(paths, "ollama.models", str(shelf.folder))
    opened = await open_window()
    await opened.quiet()
    return opened


def _tab(opened: Opened) -> OllamaTab:
    assert opened.session.workspace is not None
    tab = opened.session.workspace.local_models.tab
    assert tab is not None
    return tab


async def _maintain(opened: Opened) -> None:
    """As the clock does."""
    desk = opened.session.desk
    assert desk is not None
    await desk.jobs.start(OLLAMA_MAINTENANCE, "Maintain local models", desk.ollama.maintain).wait()


async def test_the_tab_reads_the_models_when_it_is_looked_at(opened: Opened, eventually: Eventually) -> None:
    assert _tab(opened).table.rows.total == 0
    opened.window.show_tab("ollama")
    assert opened.window.pages.currentWidget() is _tab(opened)
    await eventually(lambda: _tab(opened).table.rows.total == 3)
    opened.window.resize(1024, 640)
    assert _tab(opened).minimumSizeHint().width() <= 1024
    assert opened.window.minimumSizeHint().height() <= 640


async def test_what_maintenance_brought_back_is_a_notice(opened: Opened, shelf: Shelf, eventually: Eventually) -> None:
    await _maintain(opened)
    shelf.delete(shelf.digest("qwen3:8b"))
    await _maintain(opened)
    notices = opened.session.notices
    await eventually(lambda: any("qwen3:8b is whole again" in notice.what for notice in notices.newest_first))
    assert shelf.blob(shelf.digest("qwen3:8b")).exists()


async def test_an_open_alert_stands_in_the_status_bar_until_it_is_over(
    opened: Opened, shelf: Shelf, eventually: Eventually
) -> None:
    desk = opened.session.desk
    assert desk is not None
    await desk.preferences.change("ollama.repair", False)
    await _maintain(opened)
    shelf.truncate(shelf.digest("qwen3:8b"))
    await _maintain(opened)
    status = opened.window.status
    notices = opened.session.notices
    await eventually(lambda: any(notice.mood is Mood.TROUBLE for notice in notices.newest_first))
    notices.mark_read()
    assert status.state.text() == "Ollama: checksum failure"
    opened.window.show_tab("ollama")
    await eventually(_tab(opened).alerts.isVisible)
    row = next(row for row in _tab(opened).table.rows.rows() if row.title == "qwen3:8b")
    await _tab(opened).verbs.repair([row.name])
    await eventually(lambda: status.state.text() == "All well")
    await eventually(lambda: not _tab(opened).alerts.isVisible())


async def test_the_tray_verifies_all_models_and_tells_what_came_of_it(opened: Opened, eventually: Eventually) -> None:
    background = opened.session.background
    assert background is not None
    background.menu.verify_requested.emit()
    notices = opened.session.notices
    await eventually(lambda: any("All 2 models are intact" in notice.what for notice in notices.newest_first))
    entry = next(action for action in background.menu.actions() if "Verify" in action.text())
    await eventually(entry.isEnabled)
