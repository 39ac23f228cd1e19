"""What runs and what ran: follows the jobs, shows the eldest running one in the status bar and all in a list."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QGridLayout, QProgressBar, QPushButton, QWidget

from modelward.core.errors import KnownError
from modelward.core.job import Job, JobState
from modelward.core.jobs import Jobs
from modelward.ui.kit.tag import Tag
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import Tone
from modelward.ui.shell.popup import Popup
from modelward.ui.shell.status_bar import StatusBar, job_line, show_progress

_TONES = {
    JobState.WAITING: Tone.NEUTRAL,
    JobState.RUNNING: Tone.WORKING,
    JobState.DONE: Tone.WELL,
    JobState.FAILED: Tone.TROUBLE,
    JobState.CANCELLED: Tone.NEUTRAL,
}


class Activity(QObject):
    """Keeps the status bar and the activity list in step with the jobs."""

    def __init__(self, jobs: Jobs, bar: StatusBar) -> None:
        super().__init__(bar)
        self._jobs = jobs
        self._bar = bar
        self.list = Popup("Activity", "Nothing ran since Modelward was opened.", bar)
        self._unsubscribe = jobs.subscribe(self._on_job_changed)
        bar.activity_requested.connect(self.open)
        bar.cancel_requested.connect(self._on_cancel_requested)
        self._refresh_bar()

    def close(self) -> None:
        """Follows the jobs no longer."""
        self._unsubscribe()
        self.list.close()

    def open(self) -> None:
        """Opens the list of running and recent jobs."""
        self._refresh_list()
        self.list.open_at(self._bar.activity)

    def _on_job_changed(self, _job: Job[Any]) -> None:
        self._refresh_bar()
        if self.list.isVisible():
            self._refresh_list()

    def _on_cancel_requested(self) -> None:
        if self._jobs.running:
            self._jobs.running[0].cancel()

    def _refresh_bar(self) -> None:
        running = self._jobs.running
        self._bar.show_job(running[0] if running else None, len(running) - 1)

    def _refresh_list(self) -> None:
        jobs = (*self._jobs.running, *self._jobs.recent)
        self.list.fill([_row(job) for job in jobs])


def _row(job: Job[Any]) -> QWidget:
    row = QWidget()
    grid = QGridLayout(row)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(4)
    grid.addWidget(Text(job.title, "strong", row, wraps=True), 0, 0)
    grid.addWidget(Tag(job.state.value, _TONES[job.state], row), 0, 1, Qt.AlignmentFlag.AlignRight)
    told = Text(_told(job), "muted", row, wraps=True)
    told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    grid.addWidget(told, 1, 0, 1, 2)
    if not job.state.is_ended:
        bar = QProgressBar(row)
        bar.setTextVisible(False)
        show_progress(bar, job.progress)
        cancel = QPushButton("Cancel", row)
        cancel.clicked.connect(partial(_cancel, job))
        grid.addWidget(bar, 2, 0)
        grid.addWidget(cancel, 2, 1, Qt.AlignmentFlag.AlignRight)
    grid.setColumnStretch(0, 1)
    return row


def _cancel(job: Job[Any], _checked: bool = False) -> None:
    job.cancel()


def _told(job: Job[Any]) -> str:
    if not job.state.is_ended:
        return job_line("", job.progress).removeprefix(" · ") or "Starting…"
    ended = f"{job.ended_at.astimezone():%H:%M:%S}" if job.ended_at else ""
    took = f"took {_took(job.started_at, job.ended_at)}" if job.started_at and job.ended_at else ""
    when = ", ".join(part for part in (ended, took) if part)
    if job.error is None:
        return when
    words = str(job.error) if isinstance(job.error, KnownError) else "A fault of Modelward; see the notices."
    return f"{when}\n{words}"


def _took(start: datetime, end: datetime) -> str:
    seconds = (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
