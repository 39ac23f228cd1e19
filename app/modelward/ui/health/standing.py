"""Keeps the first card in step with healing as it stands: the running cycle, the schedule, a pause, the settings."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from modelward.catalog.health import Health
from modelward.core.clock import Clock
from modelward.core.job import Job, JobState
from modelward.core.schedule import BY_PERSON
from modelward.core.timetable import HEALING
from modelward.desk import Desk
from modelward.ui.health import wording
from modelward.ui.health.overview import OverviewCard
from modelward.ui.kit.slots import guarded, spawn


class Standing(QObject):
    """Follows the desk until it is stopped. ``broken_off``: a cycle ended before its time; what it filed stays."""

    broken_off = Signal()

    def __init__(self, desk: Desk, overview: OverviewCard, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._overview = overview
        self._clock = clock
        self._health: Health | None = None
        self._unsubscribe = (desk.jobs.subscribe(self._on_job), desk.preferences.subscribe(self._on_setting))
        overview.cancel_requested.connect(self.cancel)
        overview.show_note("")
        running = self._running()
        overview.show_progress(running.progress if running is not None else None)
        self._show_settings()

    @property
    def is_healing(self) -> bool:
        """Whether a cycle runs."""
        return self._running() is not None

    def show_health(self, health: Health) -> None:
        """Shows how healing stands with so many models incomplete."""
        self._health = health
        self.refresh()

    def refresh(self) -> None:
        """Shows anew what depends on the schedule and the present."""
        schedule, now = self._desk.schedule, self._clock()
        is_by_person = schedule.paused_because == BY_PERSON
        pause = ""
        if schedule.is_paused:
            pause = wording.pause_text(schedule.paused_until, schedule.paused_because, now, is_by_person=is_by_person)
        self._overview.show_pause(is_paused=schedule.is_paused, can_resume=is_by_person)
        if self._health is not None:
            next_run = next((row.next_run for row in schedule.rows() if row.entry.name == HEALING), None)
            is_enabled = self._desk.preferences.settings.healing.enabled
            self._overview.show_standing(
                *wording.standing(self._health, now, is_enabled=is_enabled, pause=pause, next_run=next_run)
            )

    def cancel(self) -> None:
        """Stops the cycle that runs."""
        running = self._running()
        if running is not None:
            running.cancel()

    def stop(self) -> None:
        """Follows the desk no longer."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def _running(self) -> Job[Any] | None:
        return next((job for job in self._desk.jobs.running if job.name == HEALING), None)

    def _show_settings(self) -> None:
        settings = self._desk.preferences.settings
        self._overview.controls.show_values(zero_burn=settings.spending.zero_burn, threshold=settings.healing.threshold)
        self.refresh()

    @guarded
    def _on_setting(self, key: str) -> None:
        if key.startswith(("healing.", "spending.")):
            self._show_settings()

    @guarded
    def _on_job(self, job: Job[Any]) -> None:
        if job.name != HEALING:
            return
        self._overview.show_progress(None if job.state.is_ended else job.progress)
        if job.state is JobState.DONE:
            spawn(self._show_report(job), "end of healing")
        elif job.state.is_ended:
            # Whoever started it tells why.
            was = "was stopped" if job.state is JobState.CANCELLED else "failed"
            self._overview.show_note(f"The last cycle {was}.")
            self.broken_off.emit()

    async def _show_report(self, job: Job[Any]) -> None:
        report, _changes = await job.wait()
        self._overview.show_note(wording.report_text(report))
        self.refresh()
