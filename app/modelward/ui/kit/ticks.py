"""Where a time axis is marked: at round times of the local day, or at midnights, as many as there is room for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_WITHIN_A_DAY = (
    1,
    5,
    15,
    30,
    _MINUTE,
    5 * _MINUTE,
    15 * _MINUTE,
    30 * _MINUTE,
    _HOUR,
    3 * _HOUR,
    6 * _HOUR,
    12 * _HOUR,
)
_DAYS = (1, 2, 3, 7, 14, 28)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


def time_ticks(low: float, high: float, most: int) -> tuple[float, list[float]]:
    """At most about ``most`` moments (seconds since 1970) between two, and how many seconds apart they are."""
    span, most = max(high - low, 1.0), max(most, 1)
    for seconds in _WITHIN_A_DAY:
        if span / seconds <= most:
            return seconds, list(_steps(low, high, seconds))
    for days in _DAYS:
        if span / (days * _DAY) <= most:
            return days * _DAY, list(_midnights(low, high, days))
    months = next((each for each in _MONTHS if span / (each * 30.4 * _DAY) <= most), 120)
    return months * 30.4 * _DAY, list(_firsts(low, high, months))


def _steps(low: float, high: float, seconds: float) -> Iterator[float]:
    midnight = _local(low).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    number = -(-(low - midnight) // seconds)
    while (at := midnight + number * seconds) <= high:
        yield at
        number += 1


def _midnights(low: float, high: float, days: int) -> Iterator[float]:
    # Counted back from the last, so that the newest day is among them.
    last = _local(high).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    while (at := last.astimezone().timestamp()) >= low:
        yield at
        last -= timedelta(days=days)


def _firsts(low: float, high: float, months: int) -> Iterator[float]:
    day = _local(low).replace(tzinfo=None, day=1, hour=0, minute=0, second=0, microsecond=0)
    while (at := day.astimezone().timestamp()) <= high:
        if at >= low and (day.year * 12 + day.month - 1) % months == 0:
            yield at
        day = (day + timedelta(days=32)).replace(day=1)


def _local(second: float) -> datetime:
    return datetime.fromtimestamp(second).astimezone()
