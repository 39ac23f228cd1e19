"""One job: a piece of work on the running event loop, with its state, its progress and its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from modelward.core.clock import Clock
from modelward.core.errors import KnownError
from modelward.core.progress import JobCancelled, Progress, ProgressState

logger = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Progress], Awaitable[T]]

TELL_EVERY_SECONDS = 0.1
"""Progress of one job is told at most this often."""


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_ended(self) -> bool:
        """Whether nothing will change any more."""
        return self in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


class Job(Generic[T]):
    """Work that runs under a name, made by :meth:`.jobs.Jobs.start`; read and cancelled on the loop's thread.

    ``error`` is what a failed job raised; ``started_at`` and ``ended_at`` are UTC.
    """

    def __init__(
        self,
        name: str,
        title: str,
        work: Work[T],
        *,
        after: Sequence[Job[Any]],
        on_change: Callable[[Job[Any]], None],
        clock: Clock,
    ) -> None:
        """Start the work once the jobs ``after`` have ended; ``on_change`` is called on the loop, then and later."""
        self.name = name
        self.title = title
        self.state = JobState.WAITING
        self.error: BaseException | None = None
        self.started_at: datetime | None = None
        self.ended_at: datetime | None = None
        self._on_change = on_change
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._progress = Progress(self._announce)
        self._quiet: asyncio.TimerHandle | None = None
        self._end: asyncio.Future[None] = self._loop.create_future()
        self._task: asyncio.Task[T] = self._loop.create_task(self._run(work, after), name=f"job {name}")
        # A callback, not a "finally": a task that is cancelled before its first step never enters its coroutine.
        self._task.add_done_callback(self._finish)

    def __repr__(self) -> str:
        return f"<Job {self.name} {self.state}>"

    @property
    def progress(self) -> ProgressState:
        """How far the work is, as it last said."""
        return self._progress.state

    @property
    def is_cancelling(self) -> bool:
        """Whether it was asked to stop; it may need a moment to do so."""
        return self._progress.is_cancelled

    def cancel(self) -> None:
        """Ask the work to stop; harmless when it has ended. Work in a thread stops at its next checkpoint."""
        if not self.state.is_ended and not self.is_cancelling:
            self._progress.cancel()
            self._task.cancel()

    async def ended(self) -> None:
        """Wait until it has ended, in whatever way."""
        await asyncio.wait([self._end])

    async def wait(self) -> T:
        """The result, once it is there. Raises what the work raised, or JobCancelled.

        Whoever stops waiting does not stop the job.
        """
        await self.ended()
        if self.state is JobState.CANCELLED:
            raise JobCancelled(self.name)
        return self._task.result()

    async def _run(self, work: Work[T], after: Sequence[Job[Any]]) -> T:
        for former in after:
            await former.ended()
        self.state = JobState.RUNNING
        self.started_at = self._clock()
        self._tell()
        return await work(self._progress)

    def _finish(self, task: asyncio.Task[T]) -> None:
        self.ended_at = self._clock()
        if task.cancelled():
            self.state = JobState.CANCELLED
        elif (error := task.exception()) is not None:
            self.state, self.error = JobState.FAILED, error
            self._log(error)
        else:
            self.state = JobState.DONE
        if self._quiet is not None:
            self._quiet.cancel()
        self._end.set_result(None)
        self._tell()

    def _log(self, error: BaseException) -> None:
        if isinstance(error, KnownError):
            logger.warning("%s failed: %s", self.title, error)
        else:
            logger.error("%s failed.", self.title, exc_info=error)

    def _announce(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._on_progress)

    def _on_progress(self) -> None:
        """Tell now, then keep quiet for a while: what happens meanwhile is told in one piece."""
        if self._quiet is None and not self.state.is_ended:
            self._quiet = self._loop.call_later(TELL_EVERY_SECONDS, self._end_quiet)
            self._tell()

    def _end_quiet(self) -> None:
        self._quiet = None
        if self._progress.is_news:
            self._on_progress()

    def _tell(self) -> None:
        self._progress.take()
        self._on_change(self)
