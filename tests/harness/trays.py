"""A real tray on the screen of the tests, which comes and goes as a test wants."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QSystemTrayIcon, QWidget

from harness.catalog_tab import Eventually

REQUIRED = bool(os.environ.get("MODELWARD_REQUIRE_TRAY"))
_LEFT = Qt.MouseButton.LeftButton
_COMMAND = ("trayer", "--edge", "bottom", "--align", "right", "--widthtype", "request", "--SetDockType", "true")


class DesktopTray:
    """The program that shows icons, as a desktop's panel does."""

    def __init__(self, eventually: Eventually) -> None:
        self._eventually = eventually
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Starts it, and waits until it takes icons."""
        self._run()
        await self._eventually(QSystemTrayIcon.isSystemTrayAvailable)

    def _run(self) -> None:
        self._process = subprocess.Popen(_COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        """Ends it, as a panel that crashes."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def desktop_tray(qapp: QApplication, eventually: Eventually) -> Iterator[DesktopTray]:
    """A tray that is not started yet."""
    missing = _missing()
    if missing and REQUIRED:
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    tray = DesktopTray(eventually)
    yield tray
    tray.stop()


@pytest.fixture
def without_tray(qapp: QApplication) -> None:
    """A desktop that shows no icons."""
    if QSystemTrayIcon.isSystemTrayAvailable():
        pytest.skip("this desktop has a tray of its own")


def _missing() -> str:
    if QGuiApplication.platformName() != "xcb":
        return "no X screen that could have a tray"
    if shutil.which(_COMMAND[0]) is None:
        return "no trayer, the tray that these tests start"
    return "this desktop has a tray of its own" if QSystemTrayIcon.isSystemTrayAvailable() else ""


def click_icon() -> None:
    """A left click on the icon where the tray shows it."""
    (shown,) = (each for each in QApplication.topLevelWidgets() if each.inherits("QSystemTrayIconSys"))
    QTest.mouseClick(shown, _LEFT)


def messages() -> list[str]:
    """The words of the message that stands beside the tray."""
    return [label.text() for balloon in _balloons() for label in balloon.findChildren(QLabel) if label.text()]


def message_ink() -> QColor:
    """The colour of these words."""
    (balloon,) = _balloons()
    label = next(label for label in balloon.findChildren(QLabel) if label.text())
    label.ensurePolished()
    return label.palette().windowText().color()


def _balloons() -> list[QWidget]:
    return [each for each in QApplication.topLevelWidgets() if each.inherits("QBalloonTip") and each.isVisible()]


def entries(menu: QMenu) -> list[str]:
    """What the menu offers, as it is read."""
    return [_read(action) for action in menu.actions() if action.isVisible() and not action.isSeparator()]


async def choose(eventually: Eventually, menu: QMenu, *words: str) -> None:
    """Opens the menu, and clicks through these entries."""
    menu.popup(QPoint(400, 300))
    shown = menu
    for number, text in enumerate(words, 1):
        action = _find(shown, text)
        QTest.mouseClick(shown, _LEFT, pos=shown.actionGeometry(action).center())
        if number < len(words):
            below = action.menu()
            assert isinstance(below, QMenu)
            await eventually(below.isVisible)
            shown = below
    close_menus(menu)


def close_menus(menu: QWidget) -> None:
    for each in (*menu.findChildren(QMenu), menu):
        each.close()


def _find(menu: QMenu, text: str) -> QAction:
    (found,) = (action for action in menu.actions() if action.isVisible() and _read(action) == text)
    return found


def _read(action: QAction) -> str:
    return action.text().replace("&", "")
