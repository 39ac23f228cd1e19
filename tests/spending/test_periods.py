"""Days and months of local time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from modelward.spending.periods import Span, day_at, month_at

Zone = Callable[[str], None]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone_name", "moment", "since", "hours"),
    [
        ("Europe/Berlin", "2026-11-20T12:00", "2026-11-19T23:00", 24),
        ("Europe/Berlin", "2026-03-29T12:00", "2026-03-28T23:00", 23),
        ("Europe/Berlin", "2026-10-25T12:00", "2026-10-24T22:00", 25),
        ("Europe/Berlin", "2026-10-25T22:59", "2026-10-24T22:00", 25),
        ("Europe/Berlin", "2026-10-25T23:00", "2026-10-25T23:00", 24),
        ("America/Los_Angeles", "2026-11-20T07:59", "2026-11-19T08:00", 24),
        ("Asia/Kolkata", "2026-11-20T18:30", "2026-11-20T18:30", 24),
        ("Africa/Cairo", "2026-04-24T09:00", "2026-04-23T22:00", 23),  # its clocks jump over midnight
        ("America/Havana", "2026-11-01T12:00", "2026-11-01T04:00", 25),  # midnight comes twice
    ],
)
def test_a_day_is_that_of_the_local_calendar(zone: Zone, zone_name: str, moment: str, since: str, hours: int) -> None:
    zone(zone_name)
    assert day_at(utc(moment)) == Span(utc(since), utc(since) + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("moment", "since", "until"),
    [
        ("2026-12-31T22:59", "2026-11-30T23:00", "2026-12-31T23:00"),
        ("2026-12-31T23:00", "2026-12-31T23:00", "2027-01-31T23:00"),
        ("2028-02-29T12:00", "2028-01-31T23:00", "2028-02-29T23:00"),
        ("2026-03-31T12:00", "2026-02-28T23:00", "2026-03-31T22:00"),
    ],
)
def test_a_month_is_that_of_the_local_calendar(zone: Zone, moment: str, since: str, until: str) -> None:
    zone("Europe/Berlin")
    assert month_at(utc(moment)) == Span(utc(since), utc(until))
