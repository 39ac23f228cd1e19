"""Which hours of the last four weeks one can go back to, in pure data."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from modelward.backups.model import Backup, Kind, State
from modelward.ui.backups.hours import Day, Hour, HourState, counted, last_weeks

NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
NOBODY: frozenset[datetime] = frozenset()
HOUR = timedelta(hours=1)


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """The person lives in the time zone that the test names."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def made(at: datetime, state: State = State.GOOD) -> Backup:
    return Backup(f"copy-{at:%d%H%M}", Path("copy"), Kind.HOURLY, at, state, None, 1)


def start(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def hour(days: tuple[Day, ...], at: datetime) -> Hour:
    return next(each for day in days for each in day.hours if each.start == start(at))


@pytest.mark.parametrize("zone", ["UTC"], indirect=True)
def test_the_last_of_four_weeks_is_today(zone: None) -> None:
    days = last_weeks([], NOBODY, NOBODY, NOW)
    assert len(days) == 28
    assert days[-1].date == NOW.date()
    assert {len(day.hours) for day in days} == {24}


@pytest.mark.parametrize("zone", ["UTC"], indirect=True)
def test_every_hour_says_how_it_stands(zone: None) -> None:
    ago = [NOW - n * HOUR for n in range(1, 6)]
    backups = [made(ago[0]), made(ago[2], State.DAMAGED)]
    covered = frozenset({start(ago[0]), start(ago[1]), start(ago[2])})  # what was covered, and has rotted since, is not
    days = last_weeks(backups, covered, frozenset({start(ago[3])}), NOW)
    assert [hour(days, at).state for at in ago] == [
        HourState.KEPT,
        HourState.COVERED,
        HourState.DAMAGED,
        HourState.MISSING,
        HourState.OFF,
    ]
    assert hour(days, NOW).state is HourState.COMING
    assert hour(days, NOW + HOUR).state is HourState.COMING
    assert hour(days, ago[0]).copies == ("copy-201330",)
    assert counted(days)[HourState.KEPT] == 1


@pytest.mark.parametrize("zone", ["UTC"], indirect=True)
def test_an_hour_that_failed_and_then_succeeded_is_not_missing(zone: None) -> None:
    at = NOW - HOUR
    days = last_weeks([made(at)], frozenset({start(at)}), frozenset({start(at)}), NOW)
    assert hour(days, at).state is HourState.KEPT
    assert HourState.MISSING not in counted(days)


@pytest.mark.parametrize("zone", ["UTC"], indirect=True)
def test_a_damaged_copy_beside_a_good_one_costs_the_hour_nothing(zone: None) -> None:
    at = NOW - HOUR
    days = last_weeks([made(at), made(at + timedelta(minutes=5), State.DAMAGED)], NOBODY, NOBODY, NOW)
    assert hour(days, at).state is HourState.KEPT


@pytest.mark.parametrize(
    ("zone", "now", "lengths"),
    [
        ("Europe/Berlin", datetime(2026, 10, 30, 12, tzinfo=UTC), {24, 25}),
        ("Europe/Berlin", datetime(2026, 4, 3, 12, tzinfo=UTC), {24, 23}),
        ("Asia/Kolkata", NOW, {24}),
        ("Pacific/Kiritimati", NOW, {24}),
        ("Pacific/Pago_Pago", NOW, {24}),
    ],
    indirect=["zone"],
)
def test_days_are_those_of_the_persons_clock(zone: None, now: datetime, lengths: set[int]) -> None:
    days = last_weeks([], NOBODY, NOBODY, now)
    assert {len(day.hours) for day in days} == lengths
    starts = [each.start for day in days for each in day.hours]
    assert all(later - earlier == HOUR for earlier, later in pairwise(starts))
    assert days[-1].date == now.astimezone().date()
