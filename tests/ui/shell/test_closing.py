"""Closing the window and ending the program: with a tray, without one, and when the session ends."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton

from harness.catalog_tab import Eventually
from harness.trays import DesktopTray, message_ink, messages
from harness.windows import Opened, OpenWindow
from modelward.core.autostart import entry_file
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.ui.kit.dialogs import Sheet
from modelward.ui.kit.switch import Switch
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.settings.form_page import FormPage
from modelward.ui.shell.notices import Mood, Notice

LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier

pytestmark = pytest.mark.usefixtures("filled_home")


@pytest.fixture
async def opened(open_window: OpenWindow) -> Opened:
    opened = await open_window()
    await opened.quiet()
    return opened


@pytest.fixture
async def in_tray(desktop_tray: DesktopTray, open_window: OpenWindow, eventually: Eventually) -> Opened:
    """A window on a desktop with a tray, which was just closed for the first time."""
    await desktop_tray.start()
    opened = await open_window()
    await opened.quiet()
    opened.window.close()
    await eventually(lambda: not opened.window.isVisible())
    return opened


def _buttons(opened: Opened, text: str) -> list[QPushButton]:
    sheets = [dialog for dialog in opened.window.findChildren(QDialog) if dialog.isVisible()]
    return [each for sheet in sheets for each in sheet.findChildren(QPushButton) if each.text() == text]


async def _until_cancelled(_progress: Progress) -> None:
    await asyncio.get_running_loop().create_future()


async def test_closed_into_the_tray_it_goes_on_and_says_so_once(in_tray: Opened, eventually: Eventually) -> None:
    assert "Modelward goes on in the tray." in messages()
    assert not in_tray.ended.done()
    assert in_tray.session.desk is not None
    assert not in_tray.session.desk.schedule.is_paused
    background = in_tray.session.background
    assert background is not None
    background.tray.message_clicked.emit()
    await eventually(in_tray.window.isVisible)
    for balloon in QApplication.topLevelWidgets():
        if balloon.inherits("QBalloonTip"):
            balloon.close()
    in_tray.window.close()
    assert not in_tray.window.isVisible()
    assert messages() == []


async def test_trouble_behind_a_hidden_window_is_told_once_and_success_never(in_tray: Opened) -> None:
    notices = in_tray.session.notices
    notices.add(Notice(Mood.TROUBLE, "The backup failed.", "The disk is full."))
    assert "The backup failed." in messages()
    assert "The disk is full." in messages()
    Theme.current().set_mode(Mode.DARK)
    notices.add(Notice(Mood.TROUBLE, "The disk is read-only."))
    # Qt's own ground for it is pale yellow in every theme.
    assert message_ink().lightness() < 100
    notices.add(Notice(Mood.TROUBLE, "Another trouble.", "For another reason."))
    notices.add(Notice(Mood.TROUBLE, "The backup failed.", "The disk is full."))
    notices.add(Notice(Mood.WELL, "A backup was made."))
    assert "Another trouble." in messages()


async def test_with_the_setting_off_closing_ends_it_in_spite_of_the_tray(
    desktop_tray: DesktopTray, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELWARD__WINDOW__CLOSE_TO_TRAY", "false")
    await desktop_tray.start()
    opened = await open_window()
    await opened.quiet()
    opened.window.close()
    assert await opened.ended == 0


async def test_started_minimised_it_stays_in_the_tray(desktop_tray: DesktopTray, open_window: OpenWindow) -> None:
    await desktop_tray.start()
    opened = await open_window(is_hidden=True)
    await opened.quiet()
    assert not opened.window.isVisible()
    assert opened.session.background is not None
    assert opened.session.background.tray.is_there


async def test_started_minimised_before_the_tray_it_goes_there_when_it_comes(
    desktop_tray: DesktopTray, open_window: OpenWindow, eventually: Eventually
) -> None:
    opened = await open_window(is_hidden=True)
    await opened.quiet()
    await eventually(opened.window.isMinimized)
    await desktop_tray.start()
    await eventually(lambda: not opened.window.isVisible())


@pytest.mark.usefixtures("without_tray")
async def test_started_minimised_without_a_tray_it_says_so_once(
    open_window: OpenWindow, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelward.ui.shell.tray.PATIENCE_SECONDS", 0.05)
    told = []
    for _ in range(2):
        opened = await open_window(is_hidden=True)
        await opened.quiet()
        background = opened.session.background
        assert background is not None
        assert opened.window.isMinimized()
        await eventually(lambda tray=background.tray: not tray._timer.isActive())
        told.append([notice.what for notice in opened.session.notices.newest_first if "no tray" in notice.what])
        await opened.close()
    assert [len(each) for each in told] == [1, 0]


async def test_a_start_that_fails_shows_the_window_that_was_to_stay_hidden(
    home: Path, open_window: OpenWindow, eventually: Eventually
) -> None:
    paths = Paths.locate()
    paths.config.mkdir(exist_ok=True)
    paths.config_file.write_text("appearance:\n  theme: pink\n", encoding="utf-8")
    opened = await open_window(is_hidden=True)
    await eventually(opened.window.isVisible)
    paths.config_file.unlink()


@pytest.mark.usefixtures("without_tray")
async def test_without_a_tray_closing_ends_it(opened: Opened) -> None:
    opened.window.close()
    assert await opened.ended == 0


@pytest.mark.usefixtures("without_tray")
async def test_without_a_tray_closing_asks_while_something_runs(opened: Opened, eventually: Eventually) -> None:
    assert opened.session.desk is not None
    opened.session.desk.jobs.start("copy", "Copy some files", _until_cancelled)
    opened.window.close()
    await eventually(lambda: _buttons(opened, "Quit"))
    QTest.mouseClick(_buttons(opened, "Cancel")[0], LEFT)
    await eventually(lambda: not opened.window.findChildren(Sheet))
    assert not opened.ended.done()
    opened.window.close()
    await eventually(lambda: _buttons(opened, "Quit"))
    QTest.mouseClick(_buttons(opened, "Quit")[0], LEFT)
    assert await opened.ended == 0


async def test_ctrl_q_ends_it_whatever_runs(opened: Opened, eventually: Eventually) -> None:
    assert opened.session.desk is not None
    opened.session.desk.jobs.start("copy", "Copy some files", _until_cancelled)
    opened.window.activateWindow()
    await eventually(opened.window.isActiveWindow)
    QTest.keyClick(opened.window, Qt.Key.Key_Q, CONTROL)
    assert await opened.ended == 0


async def test_a_logout_waits_until_jobs_are_rolled_back_and_the_store_is_closed(
    opened: Opened, qapp: QApplication
) -> None:
    desk = opened.session.desk
    assert desk is not None
    seen: list[str] = []

    async def work(_progress: Progress) -> None:
        try:
            await _until_cancelled(_progress)
        finally:
            # The schedule has ended, and the store is still there to put things right in.
            assert all(row.next_run is None for row in desk.schedule.rows())
            seen.append(f"rolled back over {len(await desk.catalog.models()) > 0}")

    desk.jobs.start("copy", "Copy some files", work)
    await asyncio.sleep(0)

    def log_out() -> None:
        qapp.commitDataRequest.emit(None)
        seen.append("session goes on")

    QTimer.singleShot(0, log_out)
    assert await opened.ended == 0
    while len(seen) < 2:  # noqa: ASYNC110 - a handler of Qt's is waited for
        await asyncio.sleep(0.005)
    assert seen == ["rolled back over True", "session goes on"]


async def test_starting_with_the_session_is_a_setting_that_says_what_keeps_it_from_being_so(
    opened: Opened, eventually: Eventually, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    desk, workspace = opened.session.desk, opened.session.workspace
    assert desk is not None
    assert workspace is not None
    await desk.preferences.change("window.autostart", True)
    await eventually(entry_file(os.environ).is_file)
    await desk.preferences.change("window.autostart", False)
    await eventually(lambda: not entry_file(os.environ).exists())
    entry_file(os.environ).write_text("[Desktop Entry]\nHidden=true\n")
    workspace.outside.open_settings("appearance")
    assert workspace.outside.settings is not None
    page = workspace.outside.settings.pages["appearance"]
    assert isinstance(page, FormPage)
    row = page.form.rows["window.autostart"]
    switch = row.editor.findChild(Switch)
    assert switch is not None
    QTest.mouseClick(switch, LEFT)
    await eventually(lambda: "is not Modelward's" in row.note.text())
    assert load(Paths.locate(), {}).settings.window.autostart is True
