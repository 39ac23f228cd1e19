"""Follows the jobs on local models: which runs, on which models, how far and how fast it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from modelward.core.job import Job
from modelward.core.jobs import Jobs
from modelward.core.progress import ProgressState
from modelward.ollama.model import Layer, ModelName
from modelward.ui.ollama import figures
from modelward.ui.ollama.pace import Pace
from modelward.ui.ollama.rows import Row

Ours = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Task:
    """What a job does to which models; None is all of them. ``word``: "verifying", "copying"."""

    word: str
    names: frozenset[ModelName] | None
    can_pause: bool = False

    def covers(self, name: ModelName) -> bool:
        """Whether it is about a model."""
        return self.names is None or name in self.names


class Following(QObject):
    """The eldest job on local models that runs. ``moved``: it is further; ``turned``: another runs, or none."""

    moved = Signal()
    turned = Signal()

    def __init__(self, jobs: Jobs, is_ours: Ours, parent: QObject) -> None:
        """``is_ours`` says by its name whether a job is to be followed."""
        super().__init__(parent)
        self._jobs = jobs
        self._is_ours = is_ours
        self._tasks: dict[str, Task] = {}
        self._pace = Pace()
        self._job: Job[Any] | None = None
        self.is_paused = False
        self._unsubscribe = jobs.subscribe(self._on_job)
        self._choose()

    def stop(self) -> None:
        """Follows no longer."""
        self._unsubscribe()

    def expect(self, name: str, word: str, names: Collection[ModelName] | None, *, can_pause: bool = False) -> None:
        """Says what the job of a name does."""
        self._tasks[name] = Task(word, None if names is None else frozenset(names), can_pause)

    @property
    def job(self) -> Job[Any] | None:
        """The job that is followed."""
        return self._job

    @property
    def can_pause(self) -> bool:
        """Whether what runs can be held."""
        return self._job is not None and (task := self._task()) is not None and task.can_pause

    @property
    def is_cancelling(self) -> bool:
        """Whether it was asked to stop, and has not yet."""
        return self._job is not None and self._job.is_cancelling

    def cancel(self) -> None:
        """Asks it to stop."""
        if self._job is not None:
            self._job.cancel()

    def show_paused(self, *, is_paused: bool) -> None:
        """It was held, or goes on."""
        self.is_paused = is_paused
        self._pace.start_again()
        self.moved.emit()

    # ------------------------------------------------------------ in words

    @property
    def title(self) -> str:
        """What runs, and on what."""
        if self._job is None:
            return ""
        text = self._state.text
        return f"{self._job.title} · {text}" if text and text != self._job.title else self._job.title

    @property
    def figures(self) -> str:
        """How far it is, how fast, and how long it will take."""
        if self.is_cancelling:
            return "stopping…"
        told = figures.progress_text(self._state, self._pace)
        return " · ".join(part for part in (told, "held" if self.is_paused else "") if part)

    @property
    def fraction(self) -> float | None:
        """How far it is, 0 to 1; None where that is unknown."""
        return self._state.fraction

    def on_row(self, row: Row) -> str:
        """What is done to a model now: ``verifying 62 %``; empty where nothing is."""
        task = self._task()
        if task is None or row.is_remote or not task.covers(row.name):
            return ""
        if task.names is not None and len(task.names) == 1:
            return self._with_share(task.word)
        # Of many, the one that the job names.
        return task.word if row.title in self._state.text.split() else ""

    def on_layer(self, layer: Layer) -> str:
        """What is done to a blob now; empty where nothing is."""
        task = self._task()
        digits = figures.short(layer.digest)
        return task.word if task is not None and digits and digits in self._state.text else ""

    @property
    def _state(self) -> ProgressState:
        return self._job.progress if self._job is not None else ProgressState()

    def _task(self) -> Task | None:
        return self._tasks.get(self._job.name) if self._job is not None else None

    def _with_share(self, word: str) -> str:
        share = self._state.fraction
        return word if share is None else f"{word} {min(99, int(share * 100))} %"

    def _on_job(self, job: Job[Any]) -> None:
        if not self._is_ours(job.name):
            return
        if self._choose():
            self.turned.emit()
        if job is self._job:
            if not self.is_paused and self._state.unit == "bytes":
                self._pace.see(time.monotonic(), self._state.done)
            self.moved.emit()

    def _choose(self) -> bool:
        running = [job for job in self._jobs.running if self._is_ours(job.name)]
        chosen = running[0] if running else None
        if chosen is self._job:
            return False
        self._job = chosen
        self._pace.start_again()
        return True
