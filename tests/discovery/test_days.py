"""Looks at a provider, day by day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from modelward.discovery.days import Day, days
from modelward.discovery.model import Look, State

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).astimezone()
TODAY = NOON.date()


def look(state: State, *, back: int = 0, minutes: int = 0) -> Look:
    return Look("acme", NOON - timedelta(days=back, minutes=minutes), state)


def test_each_day_tells_its_worst_look_and_how_many_were_answered() -> None:
    looks = [look(State.OK, back=1), look(State.LIMITED, back=1), look(State.UNREACHABLE), look(State.OK)]
    assert days(looks, TODAY, 3) == [
        Day(TODAY - timedelta(days=2), None, 0, 0),
        Day(TODAY - timedelta(days=1), State.LIMITED, 2, 2),
        Day(TODAY, State.UNREACHABLE, 2, 1),
    ]


def test_a_look_that_asked_nobody_and_one_outside_the_days_count_for_nothing() -> None:
    assert days([look(State.NO_KEY), look(State.FAILED, back=9)], TODAY, 2) == [
        Day(TODAY - timedelta(days=1), None, 0, 0),
        Day(TODAY, None, 0, 0),
    ]
