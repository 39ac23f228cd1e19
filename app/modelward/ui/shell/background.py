"""The program behind its window: what the tray's icon tells of the desk, and what its menu does there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from modelward.core import units
from modelward.core.clock import utc_now
from modelward.core.job import Job
from modelward.core.schedule import BY_PERSON
from modelward.core.timetable import BACKUP, HEALING
from modelward.desk import Desk
from modelward.ui.kit.theme import Theme, Token
from modelward.ui.ollama.job_names import VERIFY_ALL
from modelward.ui.shell.closing import Closing
from modelward.ui.shell.layout_store import LayoutStore
from modelward.ui.shell.main_window import MainWindow
from modelward.ui.shell.notices import Mood, Notice, Notices
from modelward.ui.shell.telling import Telling
from modelward.ui.shell.tray import Tray
from modelward.ui.shell.tray_menu import Standing, TrayMenu
from modelward.ui.shell.tray_pictures import TrayState
from modelward.ui.shell.workspace import BACK_UP, Workspace

_HEALING = frozenset({HEALING, "survey"})
_BACKUPS = frozenset({BACKUP, BACK_UP})
_ZERO_BURN = "spending.zero_burn"
_EVERY_MS = 30_000
_STATES = {Token.TROUBLE: TrayState.TROUBLE, Token.ATTENTION: TrayState.ATTENTION}


class Background(QObject):
    """The tray of one desk. ``heal_requested`` is a wish; ``quit_requested``: the program is to end."""

    heal_requested = Signal()
    quit_requested = Signal()

    def __init__(
        self,
        desk: Desk,
        workspace: Workspace,
        window: MainWindow,
        notices: Notices,
        telling: Telling,
        theme: Theme,
        layout_store: LayoutStore,
    ) -> None:
        super().__init__(window)
        self._desk = desk
        self._workspace = workspace
        self._window = window
        self._telling = telling
        self._told: set[tuple[str, str]] = set()
        self._running: frozenset[str] = frozenset()
        self.menu = TrayMenu(window)
        self.tray = Tray(theme, self.menu, self)
        self.closing = Closing(window, self.tray, desk.jobs, desk.preferences, notices, layout_store)
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._unsubscribe = (desk.jobs.subscribe(self._on_job), desk.preferences.subscribe(self._on_setting))
        self._timer.timeout.connect(self.refresh)
        telling.changed.connect(self.refresh)
        window.status.told.connect(self.refresh)
        notices.added.connect(self._on_notices_added)
        self.closing.ended.connect(self.quit_requested)
        self._connect_tray()

    def start(self, *, is_hidden: bool) -> None:
        """Show the icon; ``is_hidden``: the program was started without showing its window."""
        self.refresh()
        self._timer.start()
        self.tray.start()
        if is_hidden:
            self.closing.start_hidden()

    def refresh(self) -> None:
        """Show anew how all is, in the icon, under the pointer and in the menu."""
        is_busy = bool(self._desk.jobs.running)
        self.tray.show_state(_STATES.get(self._telling.state, TrayState.WORKING if is_busy else TrayState.WELL))
        self.tray.show_words(self._words())
        self.menu.show_standing(self._standing())

    def close(self) -> None:
        """End what follows the desk, and take the icon away."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._timer.stop()
        self._telling.changed.disconnect(self.refresh)
        self._window.status.told.disconnect(self.refresh)
        self.tray.close()
        self.menu.close()

    def _connect_tray(self) -> None:
        menu = self.menu
        menu.aboutToShow.connect(self.refresh)
        menu.open_requested.connect(self._window.come_forward)
        menu.heal_requested.connect(self.heal_requested)
        menu.backup_requested.connect(self._workspace.back_up)
        menu.verify_requested.connect(self._workspace.local_models.verify_all)
        menu.pause_requested.connect(self._on_pause_requested)
        menu.resume_requested.connect(self._on_resume_requested)
        menu.zero_burn_requested.connect(self._on_zero_burn_requested)
        menu.quit_requested.connect(self.quit_requested)
        self.tray.clicked.connect(self.closing.toggle)
        self.tray.message_clicked.connect(self._window.come_forward)

    def _words(self) -> str:
        status = self._window.status
        parts = [status.completion.text(), status.backup.text(), self._last_healing(), self._paused()]
        told = " · ".join(part[:1].lower() + part[1:] for part in parts if part)
        state = "" if self._telling.state is Token.WELL else f"\n{status.state.text()}"
        return f"Modelward: {told}{state}" if told else f"Modelward{state}"

    def _standing(self) -> Standing:
        running = {job.name for job in self._desk.jobs.running}
        return Standing(
            paused=self._paused(),
            can_resume=self._desk.schedule.paused_because == BY_PERSON,
            is_healing=bool(running & _HEALING),
            is_backing_up=bool(running & _BACKUPS),
            is_verifying=VERIFY_ALL in running,
            zero_burn=self._desk.preferences.settings.spending.zero_burn,
        )

    def _paused(self) -> str:
        schedule = self._desk.schedule
        if not schedule.is_paused:
            return ""
        if schedule.paused_because != BY_PERSON:
            return f"paused because {schedule.paused_because}" if schedule.paused_because else "paused"
        until = schedule.paused_until
        return "paused" if until is None else f"paused until {_clock_text(until, utc_now())}"

    def _last_healing(self) -> str:
        ended = [job.ended_at for job in self._desk.jobs.recent if job.name in _HEALING and job.ended_at is not None]
        return f"last healing {units.ago(max(ended), utc_now())}" if ended else ""

    def _on_job(self, _job: Job[Any]) -> None:
        running = frozenset(job.name for job in self._desk.jobs.running)
        if running != self._running:  # and not at each step of their progress
            self._running = running
            self.refresh()

    def _on_setting(self, key: str) -> None:
        if key == _ZERO_BURN:
            self.refresh()

    def _on_notices_added(self, notice: Notice) -> None:
        if self._window.isVisible() and not self._window.isMinimized():
            self._told.clear()
        elif notice.mood is Mood.TROUBLE and (notice.what, notice.why) not in self._told:
            self._told.add((notice.what, notice.why))
            self.tray.tell(notice.what, notice.why or notice.todo, TrayState.TROUBLE)

    def _on_pause_requested(self, until: Callable[[datetime], datetime | None]) -> None:
        self._desk.schedule.pause(until(utc_now()), because=BY_PERSON)
        self._show_schedule()

    def _on_resume_requested(self) -> None:
        self._desk.schedule.resume()
        self._show_schedule()

    def _show_schedule(self) -> None:
        if self._workspace.backups is not None:
            self._workspace.backups.refresh_times()
        if self._workspace.health is not None:
            self._workspace.health.refresh_times()
        self.refresh()

    def _on_zero_burn_requested(self) -> None:
        preferences = self._desk.preferences
        # It asks before it lets calls cost money, and says where else it is set.
        if preferences.settings.spending.zero_burn or preferences.is_overruled(_ZERO_BURN):
            self._window.come_forward()
        if QApplication.activeModalWidget() is None:
            self._workspace.outside.turn_zero_burn()
        self.refresh()  # the tick shows what counts, not what was clicked


def _clock_text(moment: datetime, now: datetime) -> str:
    """``15:00``, with the day where it is not this one."""
    local = moment.astimezone()
    return f"{local:%H:%M}" if local.date() == now.astimezone().date() else f"{local:%a %H:%M}"
