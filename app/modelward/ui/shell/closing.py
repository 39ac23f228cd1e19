"""Where the window goes when it is closed: into the tray, or to its end."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from modelward.core.jobs import Jobs
from modelward.core.preferences import Preferences
from modelward.ui.kit import dialogs
from modelward.ui.kit.slots import spawn
from modelward.ui.shell.layout_store import LayoutStore
from modelward.ui.shell.main_window import MainWindow
from modelward.ui.shell.notices import Mood, Notice, Notices
from modelward.ui.shell.tray import Tray

_TOLD_HIDDEN, _TOLD_MISSED = "tray/told-hidden", "tray/told-missed"


class Closing(QObject):
    """Hides the window and brings it back. ``ended``: the person closed it, and nothing of it is to go on."""

    ended = Signal()

    def __init__(
        self,
        window: MainWindow,
        tray: Tray,
        jobs: Jobs,
        preferences: Preferences,
        notices: Notices,
        layout_store: LayoutStore,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._tray = tray
        self._jobs = jobs
        self._preferences = preferences
        self._notices = notices
        self._layout_store = layout_store
        self._waits_for_tray = False
        self._is_asking = False
        tray.appeared.connect(self._on_tray_appeared)
        tray.vanished.connect(self._on_tray_vanished)
        tray.missed.connect(self._on_tray_missed)

    def start_hidden(self) -> None:
        """The window was not shown at the start: it stays away in a tray, and is minimised without one."""
        if not self._window.isVisible() and not self._tray.is_there:
            self._window.showMinimized()
            self._waits_for_tray = True

    def close_window(self) -> None:
        """The person closed the window."""
        self._tray.look()
        if self._tray.is_there and self._preferences.settings.window.close_to_tray:
            self._hide()
            if self._is_first(_TOLD_HIDDEN):
                self._tray.tell("Modelward goes on in the tray.", "Click its icon to open it again; its menu has Quit.")
        elif not self._jobs.running:
            self.ended.emit()
        elif not self._is_asking:
            spawn(self._ask(), "ask before the end")

    def toggle(self) -> None:
        """Hide the window where it is in front, else bring it there."""
        window = self._window
        is_in_front = window.isVisible() and not window.isMinimized() and window.isActiveWindow()
        if is_in_front and QApplication.activeModalWidget() is None:
            self._hide()
        else:
            window.come_forward()

    def _hide(self) -> None:
        self._window.keep_layout()
        self._window.hide()

    async def _ask(self) -> None:
        self._is_asking = True
        try:
            running = ", ".join(job.title for job in self._jobs.running)
            told = f"Still running: {running}. Quitting stops it; what it has done so far stays."
            if await dialogs.confirm(self._window, "Quit while work is running?", told, "Quit", danger=True):
                self.ended.emit()
        finally:
            self._is_asking = False

    def _on_tray_appeared(self) -> None:
        if self._waits_for_tray and self._window.isMinimized():
            self._hide()
        self._waits_for_tray = False

    def _on_tray_vanished(self) -> None:
        if not self._window.isVisible():
            self._window.show()
            self._notices.add(Notice(Mood.WELL, "The tray has gone, so the window is back."))

    def _on_tray_missed(self) -> None:
        if self._waits_for_tray and self._is_first(_TOLD_MISSED):
            what = "There is no tray on this desktop, so Modelward started with its window minimised."
            self._notices.add(Notice(Mood.ATTENTION, what, "Closing the window ends it."))
        self._waits_for_tray = False

    def _is_first(self, key: str) -> bool:
        was_told = bool(self._layout_store.text(key))
        self._layout_store.keep(key, "yes")
        return not was_told
