"""One session of the window, from behind the first paint: opens the desk, then closes everything in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from modelward.core import settings
from modelward.core.errors import KnownError, StoreBusyError
from modelward.core.log import Log
from modelward.core.paths import Paths
from modelward.ui.kit import slots
from modelward.ui.kit.icons import app_icon
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.shell import behind
from modelward.ui.shell.crashes import CrashCatcher
from modelward.ui.shell.layout_store import THEME_KEY, LayoutStore
from modelward.ui.shell.main_window import MainWindow
from modelward.ui.shell.notices import Mood, Notices, of_known
from modelward.ui.shell.second_start import leave_to_first
from modelward.ui.shell.telling import Stage, Telling
from modelward.ui.shell.trace import StartTrace

if TYPE_CHECKING:
    # Heavy: imported in a thread.
    from modelward.desk import Desk
    from modelward.ui.shell.background import Background
    from modelward.ui.shell.single import Doorbell
    from modelward.ui.shell.workspace import Workspace

logger = logging.getLogger(__name__)

_THEME, _AUTOSTART = "appearance.theme", "window.autostart"
# The last comes when the terminal, or the session, of the program ends.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()))
LOGOUT_MS = 6000
"""How long a logout is held up at most: jobs are given five seconds."""

_BROKEN_START = KnownError(
    "Modelward could not open the catalogue.",
    why="This is a fault of Modelward.",
    todo="Your data is untouched. The notice above has details to copy.",
)


class Session:
    """From the first paint to the last closed file.

    The window stands before the desk is open: what fails on the way is told in it, and can be tried again.
    """

    def __init__(
        self,
        window: MainWindow,
        theme: Theme,
        paths: Paths,
        layout_store: LayoutStore,
        trace: StartTrace,
        *,
        is_hidden: bool = False,
    ) -> None:
        """``is_hidden``: the window was not shown, and need not be where there is a tray."""
        self.window = window
        self.desk: Desk | None = None
        self.workspace: Workspace | None = None
        self.background: Background | None = None
        self.is_up_to_date = False
        self.notices = Notices(window)
        self.telling = Telling(self.notices, window)
        self._theme = theme
        self._paths = paths
        self._layout_store = layout_store
        self._log = Log()
        self._trace = trace
        self._is_hidden = is_hidden
        self._doorbell: Doorbell | None = None
        self._exit_code = 0
        self._stop = asyncio.Event()
        self._autostart_turn = asyncio.Lock()
        self._logout: QEventLoop | None = None
        window.close_requested.connect(self._on_close_requested)
        window.quit_requested.connect(self._stop.set)
        window.retry_requested.connect(self._open_again)
        window.top.theme_chosen.connect(self._on_theme_chosen)
        window.top.data_folder_requested.connect(self._on_data_folder_requested)
        window.top.about_requested.connect(self._on_about_requested)

    async def run(self) -> int:
        """Serves the window until it is closed; the exit code."""
        self.window.setWindowIcon(app_icon())
        loop = asyncio.get_running_loop()
        behind.give_the_window_its_turn()
        slots.set_error_handler(self._show_error)
        with (
            CrashCatcher(self._show_error, self.window).installed(loop),
            _stopped_by_signals(loop, self._stop),
            _stopped_by_logout(self._on_logout),
        ):
            slots.spawn(self._open(), "open")
            await self._stop.wait()
            await self._close()
        return self._exit_code

    async def _open(self) -> None:
        self._trace.watch()
        try:
            await self._open_desk()
        except StoreBusyError as error:
            # Another start was faster: its window comes forward, and this one goes.
            self.window.hide()
            self._exit_code = await asyncio.to_thread(leave_to_first, self._paths, error)
            self._stop.set()
        finally:
            behind.collect_again()
            if self.workspace is None:
                await self._close_desk()

    def _show_error(self, error: BaseException) -> None:
        self.telling.show_error(error)
        if self.workspace is None:
            self.telling.show_stage(Stage.FAILED)
            self.window.show_failed_start(error if isinstance(error, KnownError) else _BROKEN_START)
        if self.background is None and not self._stop.is_set():
            self.window.show()  # also where it was to stay hidden: there is no tray to tell it in

    async def _open_desk(self) -> None:
        await behind.load_for_rows()
        from modelward.desk import Desk

        loaded = await asyncio.to_thread(settings.load, self._paths, os.environ)
        self._take_theme(loaded.settings.appearance.theme)
        desk = self.desk = await Desk.open(self._paths, loaded)
        desk.preferences.subscribe(self._on_setting_changed)
        from modelward.ui.shell.workspace import Workspace

        workspace = Workspace(desk, self.window, self.notices, self._theme, self._layout_store)
        # In steps between which the window reacts, and not while a thread reads: the two would slow each other.
        await asyncio.sleep(0)
        models = await desk.catalog.models()
        workspace.catalog.set_models(models)
        await asyncio.sleep(0)
        workspace.show_catalog()
        self.workspace = workspace
        self._trace.mark_painted("filled", self.window)
        self._hang_doorbell()
        await behind.load_the_rest()
        await asyncio.to_thread(self._log.configure, loaded.settings.log.level, self._paths.logs)
        asked = str(desk.offer.notice) if desk.offer else ""
        for error in desk.notices:
            if str(error) != asked:  # a dialog asks it
                self.notices.add(of_known(error, Mood.ATTENTION))
        await workspace.show_health(models)
        await workspace.show_backups()
        workspace.local_models.judged.connect(self.telling.show_alerts)
        await workspace.show_local_models()
        await workspace.show_measurements()
        self.telling.show_stage(Stage.OPEN)
        behind.collect_again()
        self._trace.mark("ready")
        self._trace.settle()
        desk.start()
        await behind.load_the_tray()
        self._go_to_tray(desk, workspace)
        slots.spawn(self._settle_autostart(desk), "autostart")
        workspace.offer_backup()
        await workspace.fill()
        # The keyring may take its time to answer.
        await workspace.show_outside()
        self.is_up_to_date = True
        self._trace.mark("brought-up-to-date")

    def _hang_doorbell(self) -> None:
        # Behind the rows, as it loads Qt's network; a second start that comes sooner tries again for a second.
        from modelward.ui.shell.single import Doorbell

        self._doorbell = Doorbell(self._paths.data, self.window)
        self._doorbell.rung.connect(self.window.come_forward)
        self._doorbell.insist()

    def _go_to_tray(self, desk: Desk, workspace: Workspace) -> None:
        from modelward.ui.shell.background import Background

        self.background = background = Background(
            desk, workspace, self.window, self.notices, self.telling, self._theme, self._layout_store
        )
        background.quit_requested.connect(self._stop.set)
        background.heal_requested.connect(workspace.heal)
        if desk.offer is not None:
            self.window.show()  # it asks
        background.start(is_hidden=self._is_hidden)

    async def _settle_autostart(self, desk: Desk) -> None:
        from modelward.core import autostart

        async with self._autostart_turn:
            is_wanted = desk.preferences.settings.window.autostart
            told = await asyncio.to_thread(autostart.apply, is_wanted=is_wanted)
        if self.workspace is not None:
            self.workspace.outside.say_of_setting(_AUTOSTART, told)

    def _on_close_requested(self) -> None:
        if self.background is None:
            self._stop.set()
        else:
            self.background.closing.close_window()

    def _open_again(self) -> None:
        self.window.show_opening()
        self.telling.show_stage(Stage.OPENING)
        slots.spawn(self._open(), "open")

    def _take_theme(self, mode: str) -> None:
        self._theme.set_mode(mode)
        self.window.top.show_mode(Mode(mode))
        self._layout_store.keep(THEME_KEY, mode)

    def _on_theme_chosen(self, mode: str) -> None:
        self._take_theme(mode)
        save = (
            asyncio.to_thread(settings.save, self._paths, _THEME, mode)
            if self.desk is None
            else self.desk.preferences.change(_THEME, mode)
        )
        slots.spawn(save, "save theme")

    def _on_setting_changed(self, key: str) -> None:
        assert self.desk is not None
        values = self.desk.preferences.settings
        if key == _THEME:
            self._take_theme(values.appearance.theme)
        elif key == "log.level":
            self._log.set_level(values.log.level)
        elif key == _AUTOSTART:
            slots.spawn(self._settle_autostart(self.desk), "autostart")

    @slots.guarded
    def _on_data_folder_requested(self) -> None:
        from modelward.ui.shell.about import open_folder

        open_folder(self._paths.data)

    @slots.guarded
    def _on_about_requested(self) -> None:
        from modelward.ui.shell.about import AboutDialog

        dialog = AboutDialog(self._paths, self.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_logout(self) -> None:
        """Ends within the signal: when its handler returns, the session goes on to end us, safe or not."""
        self._stop.set()
        self._logout = QEventLoop()
        patience = QTimer(interval=LOGOUT_MS, singleShot=True)
        patience.timeout.connect(self._logout.quit)
        patience.start()
        self._logout.exec()
        patience.stop()
        self._logout = None

    async def _close(self) -> None:
        # Out of sight at once; a job that has to reach a safe place may need a moment more.
        if self.background is not None:
            self.background.close()
        self.window.keep_layout()
        self.window.hide()
        await slots.cancel_spawned()
        if self.workspace is not None:
            await self.workspace.close()
        if self._doorbell is not None:
            self._doorbell.close()
        await self._close_desk()
        await slots.cancel_spawned()  # what a job's end had begun meanwhile
        slots.set_error_handler(None)
        self._log.stop()
        if self._logout is not None:
            self._logout.quit()

    async def _close_desk(self) -> None:
        desk, self.desk = self.desk, None
        if desk is not None:
            await desk.close()


@contextlib.contextmanager
def _stopped_by_signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> Iterator[None]:
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _stopped_by_logout(on_logout: Callable[[], None]) -> Iterator[None]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.commitDataRequest.connect(on_logout)
    try:
        yield
    finally:
        app.commitDataRequest.disconnect(on_logout)
