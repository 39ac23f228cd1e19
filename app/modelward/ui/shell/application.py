"""The way into the window: one Modelward per store, then Qt, the first paint, and behind it everything else."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping

from PySide6.QtWidgets import QApplication

from modelward import __version__
from modelward.core.errors import KnownError, StoreBusyError
from modelward.core.paths import Paths
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.shell.layout_store import THEME_KEY, LayoutStore
from modelward.ui.shell.loop import PanelLoop
from modelward.ui.shell.main_window import MainWindow
from modelward.ui.shell.second_start import leave_to_first, look_for_first, say
from modelward.ui.shell.trace import StartTrace


def run(*, is_minimized: bool = False) -> int:
    """Opens the window, or raises the one that is open already; the exit code once it is closed."""
    try:
        _require_screen(os.environ)
        paths = Paths.locate()
    except KnownError as error:
        say(error)
        return error.exit_code
    try:
        look_for_first(paths)
    except StoreBusyError as error:
        return leave_to_first(paths, error)
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


def _require_screen(environ: Mapping[str, str]) -> None:
    """Raises KnownError where Qt would abort the process, because there is nothing to show a window on."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(environ.get(name) for name in named):
        raise KnownError(
            "There is no screen to show a window on.",
            why="Neither DISPLAY nor WAYLAND_DISPLAY is set.",
            todo="Use the commands (modelward --help), or run the schedules without a window: modelward serve.",
        )


async def _serve(
    window: MainWindow, theme: Theme, paths: Paths, layout_store: LayoutStore, *, is_minimized: bool
) -> int:
    trace = StartTrace(window)
    if not is_minimized:
        await _painted(window)
    trace.mark("painted")
    # Not before: whatever is imported up to here, the person waits for.
    from modelward.ui.shell.session import Session

    return await Session(window, theme, paths, layout_store, trace, is_hidden=is_minimized).run()


async def _painted(window: MainWindow) -> None:
    """Shows the window and waits until it stands on the screen, or is closed before it does."""
    painted = asyncio.Event()
    window.painted.connect(painted.set)
    window.close_requested.connect(painted.set)
    window.quit_requested.connect(painted.set)
    window.show()
    await painted.wait()


def _kept_mode(layout_store: LayoutStore) -> Mode:
    """The theme of the last time: the settings are read behind the first paint and have the last word."""
    kept = layout_store.text(THEME_KEY)
    return Mode(kept) if kept in set(Mode) else Mode.SYSTEM
