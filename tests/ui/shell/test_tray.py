"""The icon in a real tray: what it shows, what its menu does, and how it comes and goes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from harness.catalog_tab import Eventually
from harness.trays import DesktopTray, choose, click_icon, close_menus, entries
from harness.windows import Opened, OpenWindow
from modelward.core.progress import Progress
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.kit.tokens import DARK, LIGHT, Token
from modelward.ui.shell.background import Background
from modelward.ui.shell.notices import Mood, Notice
from modelward.ui.shell.tray import Tray
from modelward.ui.shell.tray_menu import Standing, TrayMenu, in_an_hour, never, tomorrow_morning
from modelward.ui.shell.tray_pictures import TrayState, picture


def _image(icon: QIcon) -> QImage:
    return icon.pixmap(24, 24).toImage()


def _shape(icon: QIcon) -> frozenset[tuple[int, int]]:
    """What is dark, in whatever colour, on what is light."""
    image = _image(icon)
    places = ((x, y, image.pixelColor(x, y)) for x in range(24) for y in range(24))
    return frozenset((x, y) for x, y, color in places if color.alpha() > 127 and color.lightness() < 190)


def _background(opened: Opened) -> Background:
    assert opened.session.background is not None
    return opened.session.background


def _shown(opened: Opened) -> TrayState:
    icon = _background(opened).tray.icon
    assert icon is not None
    (state,) = (state for state in TrayState if _image(picture(state)) == _image(icon.icon()))
    return state


@pytest.fixture
async def opened(desktop_tray: DesktopTray, filled_home: object, open_window: OpenWindow) -> Opened:
    """The whole window on a desktop with a tray."""
    await desktop_tray.start()
    opened = await open_window()
    await opened.quiet()
    return opened


def test_the_states_differ_by_shape_and_not_by_colour_alone(qapp: QApplication) -> None:
    Theme.install(qapp, Mode.LIGHT)
    for one, other in combinations(TrayState, 2):
        assert len(_shape(picture(one)) ^ _shape(picture(other))) > 20, (one, other)


@pytest.mark.parametrize("state", TrayState)
def test_each_state_is_drawn_in_the_colours_of_the_theme(state: TrayState, qtbot: QtBot) -> None:
    theme = Theme.current()
    for mode, colors in ((Mode.LIGHT, LIGHT), (Mode.DARK, DARK)):
        theme.set_mode(mode)
        image = picture(state).pixmap(64, 64).toImage()
        found = {image.pixelColor(x, y).name() for x in range(64) for y in range(64)}
        badge = Token.ACCENT if state is TrayState.WELL else Token(state.value)
        assert {QColor(colors[Token.ACCENT]).name(), QColor(colors[badge]).name()} <= found


async def test_the_icon_stands_in_the_tray_and_tells_by_its_picture_how_all_is(
    opened: Opened, eventually: Eventually
) -> None:
    icon = _background(opened).tray.icon
    assert icon is not None
    await eventually(lambda: icon.geometry().width() >= 16)
    assert icon.isVisible()
    assert QGuiApplication.primaryScreen().geometry().contains(icon.geometry())
    await eventually(lambda: _shown(opened) is TrayState.WELL)
    released = asyncio.Event()

    async def work(_progress: Progress) -> None:
        await released.wait()

    assert opened.session.desk is not None
    opened.session.desk.jobs.start("copy", "Copy some files", work)
    await eventually(lambda: _shown(opened) is TrayState.WORKING)
    opened.session.notices.add(Notice(Mood.ATTENTION, "A rule is left out."))
    assert _shown(opened) is TrayState.ATTENTION
    opened.session.notices.add(Notice(Mood.TROUBLE, "The disk is full."))
    assert _shown(opened) is TrayState.TROUBLE
    assert "See the notices" in icon.toolTip() or "Trouble" in icon.toolTip()
    opened.session.notices.mark_read()
    assert _shown(opened) is TrayState.WORKING
    released.set()
    await eventually(lambda: _shown(opened) is TrayState.WELL)
    assert icon.toolTip().startswith("Modelward: complete ")
    assert "complete 0 %" not in icon.toolTip()
    assert "no backup yet" in icon.toolTip()


async def test_the_icon_takes_the_colours_of_another_theme(opened: Opened) -> None:
    before = picture(TrayState.WELL)
    Theme.current().set_mode(Mode.DARK)
    icon = _background(opened).tray.icon
    assert icon is not None
    assert _image(icon.icon()) == _image(picture(TrayState.WELL)) != _image(before)


async def test_the_menu_backs_up_heals_pauses_and_ends(opened: Opened, eventually: Eventually) -> None:
    menu, desk, notices = _background(opened).menu, opened.session.desk, opened.session.notices
    assert desk is not None
    await choose(eventually, menu, "Back up now")
    await eventually(lambda: any(notice.what == "A backup was made and verified." for notice in notices.newest_first))
    await eventually(lambda: "last backup just now" in _background(opened)._words())
    assert len(await desk.backups.list()) == 1
    await choose(eventually, menu, "Heal now")
    await eventually(lambda: desk.jobs.running)
    await eventually(lambda: not desk.jobs.running)
    await choose(eventually, menu, "Pause background work", "For an hour")
    assert desk.schedule.is_paused
    assert desk.schedule.paused_until is not None
    until = f"{desk.schedule.paused_until.astimezone():%H:%M}"
    (resume,) = (entry for entry in entries(menu) if entry.startswith("Resume"))
    assert until in resume
    assert "paused until" in _background(opened)._words()
    await choose(eventually, menu, resume)
    assert not desk.schedule.is_paused
    assert "Pause background work" in entries(menu)
    await choose(eventually, menu, "Quit Modelward")
    assert await opened.ended == 0


async def test_a_pause_of_somebody_else_is_told_and_cannot_be_ended(opened: Opened, eventually: Eventually) -> None:
    assert opened.session.desk is not None
    opened.session.desk.schedule.pause(because="a backup is being restored")
    background = _background(opened)
    background.refresh()
    assert "Paused because a backup is being restored" in entries(background.menu)
    await choose(eventually, background.menu, "Paused because a backup is being restored")
    assert opened.session.desk.schedule.is_paused


async def test_zero_burn_asks_as_the_window_does_and_ticks_only_what_counts(
    opened: Opened, eventually: Eventually
) -> None:
    menu, window = _background(opened).menu, opened.window
    (zero_burn,) = (action for action in menu.actions() if action.text() == "&Zero-Burn")
    window.close()
    await eventually(lambda: not window.isVisible())

    def buttons(text: str) -> list[QPushButton]:
        sheets = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]
        return [each for sheet in sheets for each in sheet.findChildren(QPushButton) if each.text() == text]

    await choose(eventually, menu, "Zero-Burn")
    await eventually(lambda: buttons("Cancel"))
    assert window.isVisible()
    assert zero_burn.isChecked()
    await choose(eventually, menu, "Zero-Burn")
    assert len(buttons("Cancel")) == 1
    QTest.mouseClick(buttons("Switch Zero-Burn off")[0], Qt.MouseButton.LeftButton)
    await eventually(lambda: not zero_burn.isChecked())
    await choose(eventually, menu, "Zero-Burn")
    await eventually(zero_burn.isChecked)


def test_the_menu_can_be_used_by_keys(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    menu = TrayMenu(parent)
    wishes: list[str] = []
    menu.heal_requested.connect(lambda: wishes.append("heal"))
    menu.pause_requested.connect(lambda until: wishes.append(until.__name__))
    menu.popup(parent.pos())
    QTest.keyClick(menu, Qt.Key.Key_H)
    menu.popup(parent.pos())
    QTest.keyClick(menu, Qt.Key.Key_P)
    (below,) = menu.findChildren(TrayMenu.__base__)
    qtbot.waitUntil(below.isVisible)
    QTest.keyClick(below, Qt.Key.Key_T)
    assert wishes == ["heal", "tomorrow_morning"]
    close_menus(menu)


def test_what_runs_already_cannot_be_asked_for_again(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    menu = TrayMenu(parent)
    menu.show_standing(Standing(is_healing=True, is_backing_up=True))
    states = {action.text(): action.isEnabled() for action in menu.actions() if action.isVisible()}
    assert (states["Healing…"], states["Backing up…"]) == (False, False)


async def test_a_tray_that_comes_late_gets_its_icon_and_one_that_goes_brings_the_window_back(
    desktop_tray: DesktopTray, filled_home: object, open_window: OpenWindow, eventually: Eventually
) -> None:
    opened = await open_window()
    await opened.quiet()
    tray = _background(opened).tray
    assert not tray.is_there
    await desktop_tray.start()
    await eventually(lambda: tray.icon is not None and tray.icon.geometry().width() >= 16)
    opened.window.close()
    assert not opened.window.isVisible()
    desktop_tray.stop()
    await eventually(opened.window.isVisible)
    assert not tray.is_there
    await desktop_tray.start()
    await eventually(lambda: tray.icon is not None and tray.icon.geometry().width() >= 16)


async def test_a_click_on_the_icon_hides_the_window_and_brings_it_back(opened: Opened, eventually: Eventually) -> None:
    opened.window.activateWindow()
    await eventually(opened.window.isActiveWindow)
    await eventually(lambda: _background(opened).tray.icon is not None)
    click_icon()
    assert not opened.window.isVisible()
    click_icon()
    await eventually(opened.window.isVisible)
    opened.window.showMinimized()
    await eventually(opened.window.isMinimized)
    click_icon()
    await eventually(lambda: opened.window.isVisible() and not opened.window.isMinimized())


def test_a_tray_is_waited_for_until_patience_ends_and_then_told_missing(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelward.ui.shell.tray.PATIENCE_SECONDS", 0.0)
    parent = QWidget()
    qtbot.addWidget(parent)
    tray = Tray(Theme.current(), TrayMenu(parent), parent)
    if tray.is_there:
        pytest.skip("this desktop has a tray of its own")
    with qtbot.waitSignal(tray.missed):
        tray.start()
    tray.close()


@pytest.mark.parametrize(
    ("now", "hours"),
    [("2026-11-21T20:00", 11), ("2026-11-21T02:00", 5), ("2026-11-21T04:00", 27), ("2026-11-21T07:00", 24)],
)
def test_tomorrow_morning_comes_after_the_next_night(now: str, hours: int) -> None:
    moment = datetime.fromisoformat(now).astimezone()
    until = tomorrow_morning(moment)
    assert until is not None
    assert until - moment == timedelta(hours=hours)


def test_an_hour_is_an_hour_and_never_has_no_end() -> None:
    now = datetime(2026, 11, 21, 14, tzinfo=UTC)
    assert in_an_hour(now) == datetime(2026, 11, 21, 15, tzinfo=UTC)
    assert never(now) is None
