"""The start of the window, well and otherwise: what a person sees in each case."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from harness.catalog_tab import Eventually
from harness.windows import Opened, OpenWindow
from modelward.core.instance import InstanceLock
from modelward.core.paths import Paths
from modelward.ui.shell.start_page import StartPage

pytestmark = pytest.mark.usefixtures("home")


def _page(opened: Opened) -> StartPage:
    page = opened.window.pages.currentWidget()
    assert isinstance(page, StartPage)
    return page


@pytest.mark.usefixtures("filled_home")
async def test_a_full_catalogue_is_listed_and_counted(open_window: OpenWindow) -> None:
    opened = await open_window()
    assert _page(opened).title.text() == "Opening the catalogue…"
    await opened.quiet()
    workspace = opened.session.workspace
    assert workspace is not None
    assert workspace.catalog.table.rows.total > 4500
    assert opened.window.status.completion.text().startswith("Complete ")
    assert opened.window.status.state.text() == "All well"
    assert await opened.close() == 0


async def test_an_empty_home_is_filled_by_a_job_while_the_window_can_be_used(
    open_window: OpenWindow, eventually: Eventually
) -> None:
    opened = await open_window()
    await opened.settled()
    await eventually(opened.window.status.bar.isVisible)
    QTest.keyClick(opened.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert opened.window.current_tab == "health"
    await opened.quiet()
    workspace = opened.session.workspace
    assert workspace is not None
    assert workspace.catalog.table.rows.total > 4500
    assert not opened.window.status.bar.isVisible()
    assert "models were added" in opened.session.notices.newest_first[0].what


@pytest.mark.usefixtures("filled_home")
async def test_closing_gives_the_store_back(open_window: OpenWindow, paths: Paths) -> None:
    opened = await open_window()
    await opened.quiet()
    assert await opened.close() == 0
    assert not opened.window.isVisible()
    lock = InstanceLock(paths.data)
    lock.acquire()
    lock.release()


@pytest.mark.usefixtures("filled_home")
async def test_closing_before_the_catalogue_is_open_ends_as_cleanly(open_window: OpenWindow) -> None:
    opened = await open_window()
    assert await opened.close() == 0
    assert opened.session.desk is None


@pytest.mark.usefixtures("filled_home")
async def test_a_bad_setting_is_told_in_the_window_and_can_be_mended_and_tried_again(
    open_window: OpenWindow, paths: Paths
) -> None:
    paths.config.mkdir(exist_ok=True)
    paths.config_file.write_text("appearance:\n  theme: pink\n", encoding="utf-8")
    opened = await open_window()
    await opened.settled()
    page = _page(opened)
    assert "theme cannot be 'pink'" in page.title.text()
    assert "line 2" in page.title.text()
    assert "light" in page.todo.text()
    assert opened.window.status.state.text() == "Not open"
    paths.config_file.write_text("appearance:\n  theme: dark\n", encoding="utf-8")
    QTest.mouseClick(page.retry, Qt.MouseButton.LeftButton)
    await opened.quiet()
    assert opened.session.workspace is not None


async def test_a_damaged_store_is_set_aside_and_said_in_the_window(
    open_window: OpenWindow, paths: Paths, eventually: Eventually
) -> None:
    paths.data.mkdir()
    paths.database.write_bytes(b"this was a database once" * 1000)
    opened = await open_window()
    await opened.settled()
    await eventually(opened.session.telling.bar.isVisible)
    told = opened.session.notices.newest_first[-1]
    assert told.what == "The store was damaged, so a new one was begun."
    kept = list(paths.data.glob("modelward.db.damaged*"))
    assert [file.read_bytes()[:10] for file in kept] == [b"this was a"]
    assert kept[0].name in told.todo
    assert opened.session.workspace is not None


@pytest.mark.usefixtures("filled_home")
async def test_a_store_of_the_future_is_refused_in_words_and_left_alone(open_window: OpenWindow, paths: Paths) -> None:
    with sqlite3.connect(paths.database) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    opened = await open_window()
    await opened.settled()
    assert "newer" in _page(opened).title.text() + _page(opened).why.text()
    assert "Traceback" not in opened.window.accessibleDescription() + _page(opened).title.text()
    assert await opened.close() == 0


async def test_a_home_that_cannot_be_written_leaves_the_window_open_and_says_why(
    home: Path, open_window: OpenWindow
) -> None:
    (home / "data").write_text("a file where a folder is due")
    opened = await open_window()
    await opened.settled()
    assert str(home / "data") in _page(opened).title.text()
    assert opened.window.isVisible()
    assert await opened.close() == 0
