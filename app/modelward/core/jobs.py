"""Long work as named jobs: one at a time or latest wins, with one owner that ends them all at shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import Any, TypeVar

from modelward.core.clock import Clock, utc_now
from modelward.core.job import Job, JobState, Work
from modelward.core.progress import JobCancelled, Progress, ProgressState

__all__ = ["Job", "JobCancelled", "JobState", "Jobs", "Mode", "Progress", "ProgressState", "Work"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

RECENT = 50
"""So many ended jobs are remembered."""

THREADS = 4
"""Threads for blocking work; hashing and copying gain little from more."""


class Mode(StrEnum):
    """What a second start of a running name does."""

    EXCLUSIVE = "exclusive"  # it returns the running job: five clicks start one
    LATEST_WINS = "latest_wins"  # it cancels the former, awaits its end, then runs


class Jobs:
    """Starts jobs, remembers them, tells of them, and ends them all. Used on the loop's thread."""

    def __init__(self, *, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._open: list[Job[Any]] = []
        self._recent: deque[Job[Any]] = deque(maxlen=RECENT)
        self._subscribers: list[Callable[[Job[Any]], None]] = []
        self._threads: ThreadPoolExecutor | None = None
        self._is_stopped = False

    @property
    def running(self) -> tuple[Job[Any], ...]:
        """The jobs that have not ended, the waiting ones included, eldest first."""
        return tuple(self._open)

    @property
    def recent(self) -> tuple[Job[Any], ...]:
        """The jobs that ended last, newest first, at most 50."""
        return tuple(self._recent)

    def subscribe(self, callback: Callable[[Job[Any]], None]) -> Callable[[], None]:
        """Call back on the loop whenever a job's state or progress changes; returns the way to end that."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    def start(self, name: str, title: str, work: Work[T], *, mode: Mode = Mode.EXCLUSIVE) -> Job[T]:
        """Start work under a name, or return the job that already runs under it (see :class:`Mode`).

        A job that was asked to stop and is still winding up is waited for, never returned.
        Raises RuntimeError after :meth:`stop`, or where no loop runs.
        """
        if self._is_stopped:
            raise RuntimeError(f"job {name!r} was started after the jobs were stopped")
        former = [job for job in self._open if job.name == name]
        if mode is Mode.EXCLUSIVE and former and not former[-1].is_cancelling:
            return former[-1]
        for each in former:
            each.cancel()
        job = Job(name, title, work, after=former, on_change=self._changed, clock=self._clock)
        self._open.append(job)
        self._changed(job)
        return job

    async def run_blocking(self, func: Callable[[Progress], T], progress: Progress) -> T:
        """The result of ``func(progress)``, run in a thread of ours; for the work of a job.

        A cancelled caller goes on only when the thread has stopped, so that nothing runs behind its back:
        ``func`` must call ``progress.checkpoint()`` often enough.
        """
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="job")
        queued = self._threads.submit(func, progress)
        running = asyncio.wrap_future(queued)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            progress.cancel()
            queued.cancel()  # it may not have been begun
            await asyncio.wait([running])
            running.result()  # a failure on the way out is told rather than the cancellation
            raise

    async def stop(self, patience_seconds: float = 5.0) -> None:
        """Cancel every job and wait until all have ended; one that does not end in time is named in the log."""
        self._is_stopped = True
        for job in self.running:
            job.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_seconds):
                for job in self.running:
                    await job.ended()
        for job in self._open:
            logger.warning("%s did not stop within %g seconds.", job.title, patience_seconds)
        if self._threads is not None:
            self._threads.shutdown(wait=not self._open, cancel_futures=True)

    def _changed(self, job: Job[Any]) -> None:
        if job.state.is_ended:
            self._open.remove(job)
            self._recent.appendleft(job)
        for callback in tuple(self._subscribers):
            try:
                callback(job)
            except Exception:
                logger.exception("A listener failed at a change of the job %s.", job.name)
