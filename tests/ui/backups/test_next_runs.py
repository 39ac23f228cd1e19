"""What comes next, in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from modelward.core.jobs import Jobs
from modelward.core.progress import Progress
from modelward.core.schedule import Schedule
from modelward.core.timetable import TIMETABLE
from modelward.ui.backups.next_runs import next_runs

WEEK = timedelta(days=7)


@pytest.fixture
async def schedule() -> AsyncIterator[Schedule]:
    """The timetable, not begun, with work that does nothing."""

    async def nothing(_progress: Progress) -> None: ...

    jobs = Jobs()
    made = Schedule(jobs, {entry.name: nothing for entry in TIMETABLE})
    yield made
    await made.stop()
    await jobs.stop()


async def test_what_is_not_begun_is_not_planned(schedule: Schedule) -> None:
    lines = next_runs(schedule, None, WEEK, datetime.now(UTC))
    assert [(line.when, line.what) for line in lines] == [
        ("Not planned", "hourly backup"),
        ("Not planned", "restore drill (last: never)"),
    ]


async def test_a_rehearsal_of_two_days_ago_is_due_in_five_days(schedule: Schedule) -> None:
    schedule.start()
    now = datetime.now(UTC)
    hourly, drill = next_runs(schedule, now - timedelta(days=2), WEEK, now)
    assert hourly.when in ("In 1 min", "In 2 min")
    assert drill.when == f"{(now + timedelta(days=5)).astimezone():%a %H:%M}"
    assert drill.what == "restore drill (last: 2 d ago)"


async def test_what_is_overdue_comes_now(schedule: Schedule) -> None:
    schedule.start()
    hourly, _ = next_runs(schedule, None, WEEK, datetime.now(UTC) + timedelta(hours=9))
    assert hourly.when == "Now"


async def test_a_pause_without_an_end_says_so(schedule: Schedule) -> None:
    schedule.start()
    schedule.pause(because="a backup is being restored")
    first, hourly, _ = next_runs(schedule, None, WEEK, datetime.now(UTC))
    assert (first.when, first.what) == ("Paused", "because a backup is being restored")
    assert hourly.when == "Not planned"
    schedule.resume()
    assert schedule.paused_because == ""
