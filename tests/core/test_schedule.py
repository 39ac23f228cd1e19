"""The schedule, on the real scheduler and the real loop; its clock is set back to make runs overdue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelward.core.clock import utc_now
from modelward.core.errors import InputError
from modelward.core.jobs import Jobs, JobState, Progress
from modelward.core.schedule import Row, Schedule
from modelward.core.timetable import TIMETABLE, Entry

HOUR = timedelta(hours=1)


class Work:
    """Counts its runs and says when there was one."""

    def __init__(self) -> None:
        self.runs = 0
        self.ran = asyncio.Event()

    async def __call__(self, progress: Progress) -> None:
        self.runs += 1
        self.ran.set()


@pytest.fixture
async def jobs() -> AsyncIterator[Jobs]:
    made = Jobs()
    yield made
    await made.stop()


def entry(name: str = "heal", **given: Any) -> Entry:
    return Entry(name, name.title(), **{"every": HOUR, "first_after": timedelta(), **given})


async def settled(jobs: Jobs) -> None:
    """Until the loop has nothing left that is due at once."""
    for _round in range(20):
        await asyncio.sleep(0)
    for job in jobs.running:
        await job.ended()


def slept(hours: float) -> datetime:
    """What the clock said before the machine slept so long."""
    return utc_now() - timedelta(hours=hours)


async def test_an_entry_runs_when_it_is_due_and_plans_the_next(jobs: Jobs) -> None:
    work = Work()
    schedule = Schedule(jobs, {"heal": work}, timetable=[entry()])
    assert schedule.rows() == (Row(schedule.rows()[0].entry, None, None),)
    before = utc_now()
    schedule.start()
    await work.ran.wait()
    await settled(jobs)
    (row,) = schedule.rows()
    assert row.last_run is not None
    assert (row.last_run.state, row.last_run.error) == (JobState.DONE, "")
    assert before <= row.last_run.ended_at <= utc_now()
    assert row.next_run is not None
    assert before + HOUR - timedelta(seconds=1) <= row.next_run <= utc_now() + HOUR
    await schedule.stop()


async def test_an_entry_waits_for_its_first_time(jobs: Jobs) -> None:
    soon, later = Work(), Work()
    timetable = [entry("soon"), entry("later", first_after=timedelta(minutes=5))]
    schedule = Schedule(jobs, {"soon": soon, "later": later}, timetable=timetable)
    schedule.start()
    await soon.ran.wait()
    await settled(jobs)
    assert (soon.runs, later.runs) == (1, 0)
    planned = schedule.rows()[1].next_run
    assert planned is not None
    assert timedelta(minutes=4) < planned - utc_now() <= timedelta(minutes=5)
    await schedule.stop()


@pytest.mark.parametrize(
    ("hours", "grace", "runs"), [(50.5, None, 1), (50.5, HOUR, 1), (50.5, timedelta(minutes=1), 0)]
)
async def test_a_laptop_that_slept_does_one_late_run_and_not_fifty(
    jobs: Jobs, hours: float, grace: timedelta | None, runs: int
) -> None:
    work = Work()
    overdue = Schedule(jobs, {"heal": work}, timetable=[entry(misfire_grace=grace)], clock=lambda: slept(50.5))
    overdue.start()
    await settled(jobs)
    await settled(jobs)
    assert work.runs == runs
    planned = overdue.rows()[0].next_run
    assert planned is not None
    assert timedelta() < planned - utc_now() <= HOUR
    await overdue.stop()


async def test_runs_are_jittered_only_into_the_future(jobs: Jobs) -> None:
    schedule = Schedule(jobs, {"heal": Work()}, timetable=[entry(jitter=timedelta(minutes=10))])
    before = utc_now()
    schedule.start()
    await settled(jobs)
    planned = schedule.rows()[0].next_run
    assert planned is not None
    assert before + HOUR <= planned <= utc_now() + HOUR + timedelta(minutes=10)
    await schedule.stop()


async def test_a_run_by_hand_and_one_by_the_clock_are_one_job(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    go_on = asyncio.Event()
    begun: list[str] = []

    async def slow(progress: Progress) -> None:
        begun.append("begun")
        await go_on.wait()

    by_hand = jobs.start("heal", "Heal", slow)
    schedule = Schedule(jobs, {"heal": slow}, timetable=[entry()])
    schedule.start()
    for _round in range(20):
        await asyncio.sleep(0)
    assert jobs.running == (by_hand,)
    go_on.set()
    await by_hand.wait()
    assert begun == ["begun"]
    (row,) = schedule.rows()
    assert row.last_run is not None
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []
    await schedule.stop()


async def test_a_failed_run_is_told_and_the_next_one_planned(jobs: Jobs) -> None:
    async def failing(progress: Progress) -> None:
        raise InputError("The list is empty.")

    schedule = Schedule(jobs, {"heal": failing}, timetable=[entry()])
    schedule.start()
    await settled(jobs)
    (row,) = schedule.rows()
    assert row.last_run is not None
    assert (row.last_run.state, row.last_run.error) == (JobState.FAILED, "The list is empty.")
    assert row.next_run is not None
    await schedule.stop()


class TestPause:
    async def test_nothing_starts_during_a_pause_and_once_after_it(self, jobs: Jobs) -> None:
        work = Work()
        schedule = Schedule(jobs, {"heal": work}, timetable=[entry()], clock=lambda: slept(10))
        schedule.pause()
        schedule.start()
        await settled(jobs)
        assert (work.runs, schedule.is_paused, schedule.rows()[0].next_run) == (0, True, None)
        schedule.resume()
        await work.ran.wait()
        await settled(jobs)
        assert (work.runs, schedule.is_paused) == (1, False)
        await schedule.stop()

    async def test_a_pause_ends_by_itself(self, jobs: Jobs) -> None:
        work = Work()
        now = utc_now()
        schedule = Schedule(jobs, {"heal": work}, timetable=[entry()], clock=lambda: now)
        schedule.start()
        until = now + HOUR
        schedule.pause(until)
        await settled(jobs)
        assert (work.runs, schedule.paused_until, schedule.rows()[0].next_run) == (0, until, until)
        now = until
        schedule.pause(until)  # the beat after the end of the pause
        await work.ran.wait()
        assert (schedule.is_paused, schedule.paused_until) == (False, None)
        await schedule.stop()

    async def test_what_runs_goes_on_through_a_pause(self, jobs: Jobs) -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slow(progress: Progress) -> None:
            begun.set()
            await go_on.wait()

        schedule = Schedule(jobs, {"heal": slow}, timetable=[entry()])
        schedule.start()
        await begun.wait()
        (job,) = jobs.running
        schedule.pause()
        go_on.set()
        await job.wait()
        assert job.state is JobState.DONE
        await schedule.stop()


async def test_stopping_is_quiet_even_in_the_middle_of_a_run(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    async def endless(progress: Progress) -> None:
        await asyncio.Event().wait()

    names = [f"entry {number}" for number in range(20)]
    schedule = Schedule(jobs, dict.fromkeys(names, endless), timetable=[entry(name) for name in names])
    caplog.set_level(logging.WARNING)
    schedule.start()
    await asyncio.sleep(0)  # the runs are begun, and none has had its first step
    await schedule.stop()
    await schedule.stop()
    await jobs.stop()
    assert caplog.records == []


async def test_a_schedule_can_be_stopped_unstarted(jobs: Jobs) -> None:
    schedule = Schedule(jobs, {}, timetable=[])
    await schedule.stop()
    assert schedule.rows() == ()


async def test_work_and_timetable_must_match(jobs: Jobs) -> None:
    with pytest.raises(ValueError, match="heal"):
        Schedule(jobs, {}, timetable=[entry()])
    with pytest.raises(ValueError, match="heal"):
        Schedule(jobs, {"heal": Work()}, timetable=[])


def test_the_timetable_names_each_entry_once_and_leaves_room_between_runs() -> None:
    assert len({each.name for each in TIMETABLE}) == len(TIMETABLE)
    with pytest.raises(ValueError, match="more often than every second"):
        Entry("heal", "Heal", every=timedelta(), first_after=timedelta())


def test_the_clock_is_aware_and_in_utc() -> None:
    assert utc_now().tzinfo is UTC


async def test_another_rhythm_counts_from_now_on(jobs: Jobs) -> None:
    schedule = Schedule(jobs, {"heal": Work()}, timetable=[entry(first_after=HOUR)])
    schedule.start()
    schedule.set_rhythm("heal", timedelta(minutes=5))
    (row,) = schedule.rows()
    assert row.next_run is not None
    assert row.next_run - utc_now() <= timedelta(minutes=5)
    await schedule.stop()


async def test_an_entry_can_be_taken_off_the_clock_and_put_back(jobs: Jobs) -> None:
    schedule = Schedule(jobs, {"heal": Work()}, timetable=[entry(first_after=HOUR)])
    schedule.set_rhythm("heal", None)
    schedule.start()
    assert schedule.rows()[0].next_run is None
    schedule.set_rhythm("heal", HOUR)
    assert schedule.rows()[0].next_run is not None
    await schedule.stop()
