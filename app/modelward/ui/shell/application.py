"""The way into the window: one Modelward per store, then Qt, then the loop."""

from __future__ import annotations

import asyncio
import contextlib
import sys

from PySide6.QtWidgets import QApplication

from modelward import __version__
from modelward.core.errors import FolderError, KnownError, StoreBusyError
from modelward.core.instance import InstanceLock
from modelward.core.paths import Paths
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.shell.layout_store import LayoutStore
from modelward.ui.shell.loop import PanelLoop
from modelward.ui.shell.main_window import MainWindow
from modelward.ui.shell.session import THEME_KEY, Session, leave_to_first, say


def run(*, is_minimized: bool = False) -> int:
    """Opens the window, or raises the one that is open already; the exit code once it is closed."""
    try:
        paths = Paths.locate()
        _look_for_first(paths)
    except StoreBusyError as error:
        return leave_to_first(paths, error)
    except KnownError as error:
        say(error)
        return error.exit_code
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Modelward")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("modelward")
    # The desk closes before the loop ends: the session says when, not the last window.
    app.setQuitOnLastWindowClosed(False)
    layout_store = LayoutStore(paths.config / "layout.ini")
    theme = Theme.install(app, _kept_mode(layout_store))
    window = MainWindow(theme, layout_store)
    with asyncio.Runner(loop_factory=lambda: PanelLoop(app)) as runner:
        return runner.run(_serve(window, theme, paths, layout_store, is_minimized=is_minimized))


async def _serve(
    window: MainWindow, theme: Theme, paths: Paths, layout_store: LayoutStore, *, is_minimized: bool
) -> int:
    return await Session(window, theme, paths, layout_store).run(is_minimized=is_minimized)


def _look_for_first(paths: Paths) -> None:
    """Raises StoreBusyError where another Modelward holds the store, so that no window flashes up in vain.

    What else is wrong with the folder is found again, and told in the window, when the desk opens.
    """
    lock = InstanceLock(paths.data)
    with contextlib.suppress(FolderError):
        lock.acquire()
        lock.release()


def _kept_mode(layout_store: LayoutStore) -> Mode:
    """The theme of the last time: the settings are read behind the first paint and have the last word."""
    kept = layout_store.text(THEME_KEY)
    return Mode(kept) if kept in set(Mode) else Mode.SYSTEM
