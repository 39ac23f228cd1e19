"""Daily figures and points of trends: many values of one figure made few."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite
from statistics import fmean
from typing import Any

from modelward.benchmarks.model import CallState, DayFigures, Metric, Point, Series
from modelward.benchmarks.statistics import percentile

SINGLE_WITHIN = timedelta(hours=3)
"""Over so short a time a trend shows each call."""

HOURLY_WITHIN = timedelta(days=3)
"""Over so short a time it shows hours; beyond, days."""

NO_ERROR = frozenset({CallState.DONE.value, CallState.REFUSED.value})
"""A model that will not answer is a bad answer, not a failed call."""


def day_figures(day: date, series: Series, rows: Sequence[Sequence[Any]]) -> list[DayFigures]:
    """The figures of one day of a series. A row: the call's state, then its value of each :class:`.Metric` or None.

    A day of errors alone has one row of ``n`` 0.
    """
    errors = sum(row[0] not in NO_ERROR for row in rows)
    found = []
    for place, metric in enumerate(Metric, start=1):
        values = sorted(row[place] for row in rows if row[place] is not None and isfinite(row[place]))
        if values:
            marks = (percentile(values, percent) for percent in (5, 50, 95))
            found.append(DayFigures(day, *series, metric, len(values), errors, fmean(values), *marks))
    return found or [DayFigures(day, *series, Metric.LATENCY, 0, errors, 0.0, 0.0, 0.0, 0.0)]


def points(values: Iterable[tuple[datetime, float]], span: timedelta) -> tuple[Point, ...]:
    """Values in order of time as single points, hours or days, as the length of the whole trend wants it."""
    if span <= SINGLE_WITHIN:
        return tuple(Point(at, 1, value, value, value) for at, value in values)
    is_hourly = span <= HOURLY_WITHIN
    groups: dict[datetime, list[float]] = {}
    for at, value in values:
        hour = at.replace(minute=0, second=0, microsecond=0)
        groups.setdefault(hour if is_hourly else hour.replace(hour=0), []).append(value)
    return tuple(point(at, group) for at, group in groups.items())


def point(at: datetime, values: list[float]) -> Point:
    """Some values as one point."""
    values.sort()
    return Point(at, len(values), *(percentile(values, percent) for percent in (5, 50, 95)))


def midnight(day: date) -> datetime:
    """When a day of UTC begins."""
    return datetime.combine(day, time(), UTC)
