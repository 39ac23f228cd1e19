"""The schedule: starts the timetable's entries when they are due, can be paused, and says what ran and will run."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from modelward.core.clock import Clock, utc_now
from modelward.core.jobs import Job, Jobs, JobState, Work
from modelward.core.timetable import TIMETABLE, Entry

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

BEAT = timedelta(minutes=1)
"""Timers stand still while a machine sleeps; looking at the clock this often finds what became due meanwhile."""


BY_PERSON = "you paused it"
"""Why it is paused where the person wished so, and may end the pause."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """How a job last ended; times are UTC, ``error`` is in words and empty where all went well."""

    started_at: datetime | None
    ended_at: datetime
    state: JobState
    error: str


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it stands: its last run, however it was started, and its next (UTC; None while paused for good)."""

    entry: Entry
    last_run: LastRun | None
    next_run: datetime | None


class Schedule:
    """Starts each entry's work as a job of its name, so that a run by hand and one by the clock are never two.

    Used on the loop's thread. The jobs belong to ``jobs``, which ends them at shutdown.
    """

    def __init__(
        self,
        jobs: Jobs,
        work: Mapping[str, Work[Any]],
        *,
        timetable: Sequence[Entry] = TIMETABLE,
        clock: Clock = utc_now,
    ) -> None:
        """``work`` holds what each entry does, by the entry's name. Raises ValueError where the two do not match."""
        names = [entry.name for entry in timetable]
        if sorted(names) != sorted(work):
            raise ValueError(f"the timetable has {sorted(names)}, but there is work for {sorted(work)}")
        self._jobs = jobs
        self._work = work
        self._timetable = tuple(timetable)
        self._clock = clock
        self._last: dict[str, LastRun] = {}
        self._every: dict[str, timedelta | None] = {}
        self._is_paused = False
        self._paused_until: datetime | None = None
        self._paused_because = ""
        self._scheduler: AsyncIOScheduler | None = None
        self._beat_timer: asyncio.TimerHandle | None = None
        self._unsubscribe = jobs.subscribe(self._on_job)

    def start(self) -> None:
        """Begin; the first runs come as the timetable says."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        self._scheduler = AsyncIOScheduler(timezone=UTC)
        for entry in self._timetable:
            self._add(self._scheduler, entry)
        self._scheduler.start(paused=self._is_paused)
        self._plan_beat()

    async def stop(self) -> None:
        """Start nothing more. What runs goes on until the jobs' owner ends it."""
        self._unsubscribe()
        if self._beat_timer is not None:
            self._beat_timer.cancel()
        if self._scheduler is not None:
            # Its shutdown cancels what it has begun and calls that an error: let the one step of each be done first.
            self._scheduler.pause()
            await asyncio.sleep(0)
            self._scheduler.shutdown()
            await asyncio.sleep(0)  # the shutdown itself happens in the loop's next round
            self._scheduler = None

    @property
    def is_paused(self) -> bool:
        """Whether nothing is started at the moment."""
        return self._is_paused

    @property
    def paused_until(self) -> datetime | None:
        """When a pause ends by itself (UTC), if it does."""
        return self._paused_until

    @property
    def paused_because(self) -> str:
        """Why it is paused, as the end of a sentence ("a restore runs"); empty where nobody said."""
        return self._paused_because

    def pause(self, until: datetime | None = None, *, because: str = "") -> None:
        """Start nothing until :meth:`resume`, or until a moment (UTC); what runs goes on."""
        self._is_paused, self._paused_until, self._paused_because = True, until, because
        if self._scheduler is not None:
            self._scheduler.pause()
            self._plan_beat()

    def resume(self) -> None:
        """Go on; what became due meanwhile runs once, now."""
        self._is_paused, self._paused_until, self._paused_because = False, None, ""
        if self._scheduler is not None:
            self._scheduler.resume()
            self._plan_beat()

    def set_rhythm(self, name: str, every: timedelta | None) -> None:
        """Let an entry recur in another rhythm than the timetable says, from now on; None: never by the clock."""
        entry = next(entry for entry in self._timetable if entry.name == name)
        if self._every.get(name, entry.every) == every:
            return
        self._every[name] = every
        if self._scheduler is not None:
            if self._scheduler.get_job(name) is not None:
                self._scheduler.remove_job(name)
            self._add(self._scheduler, entry, first_after=every)

    def rows(self) -> tuple[Row, ...]:
        """Every entry with its last and its next run, in the timetable's order."""
        return tuple(Row(entry, self._last.get(entry.name), self._next_run(entry)) for entry in self._timetable)

    def _add(self, scheduler: AsyncIOScheduler, entry: Entry, *, first_after: timedelta | None = None) -> None:
        from apscheduler.triggers.interval import IntervalTrigger

        every = self._every.get(entry.name, entry.every)
        if every is None:
            return
        first = self._clock() + (first_after or entry.first_after)
        grace = entry.misfire_grace
        scheduler.add_job(
            functools.partial(self._run, entry),
            IntervalTrigger(
                seconds=every.total_seconds(),
                start_date=first,
                timezone=UTC,
                jitter=entry.jitter.total_seconds() or None,
            ),
            id=entry.name,
            name=entry.title,
            coalesce=True,
            # Without one, a run that is a second late is dropped.
            misfire_grace_time=None if grace is None else max(1, int(grace.total_seconds())),
            next_run_time=first,
        )

    async def _run(self, entry: Entry) -> None:
        """Returns at once; a coroutine function because APScheduler runs any other in a thread."""
        self._jobs.start(entry.name, entry.title, self._work[entry.name])

    def _on_job(self, job: Job[Any]) -> None:
        if job.name in self._work and job.ended_at is not None:
            error = "" if job.error is None else str(job.error) or type(job.error).__name__
            self._last[job.name] = LastRun(job.started_at, job.ended_at, job.state, error)

    def _next_run(self, entry: Entry) -> datetime | None:
        planned = self._scheduler.get_job(entry.name) if self._scheduler is not None else None
        if planned is None or (self._is_paused and self._paused_until is None):
            return None
        next_run: datetime = planned.next_run_time
        return max(next_run, self._paused_until) if self._paused_until is not None else next_run

    def _plan_beat(self) -> None:
        if self._beat_timer is not None:
            self._beat_timer.cancel()
        wait = BEAT
        if self._paused_until is not None:
            wait = min(max(self._paused_until - self._clock(), timedelta()), BEAT)
        self._beat_timer = asyncio.get_running_loop().call_later(wait.total_seconds(), self._beat)

    def _beat(self) -> None:
        if self._paused_until is not None and self._clock() >= self._paused_until:
            self.resume()
            return
        if self._scheduler is not None and not self._is_paused:
            self._scheduler.wakeup()
        self._plan_beat()
