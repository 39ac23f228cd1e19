"""The days and months of local time for which budgets are set."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    """From ``since`` until before ``until``, both in UTC."""

    since: datetime
    until: datetime


def day_at(moment: datetime) -> Span:
    """The local day of a moment: 23 or 25 hours long where clocks are changed."""
    today = local_date(moment)
    return Span(_midnight(today), _midnight(today + timedelta(days=1)))


def month_at(moment: datetime) -> Span:
    """The local calendar month of a moment."""
    first = local_date(moment).replace(day=1)
    return Span(_midnight(first), _midnight((first + timedelta(days=31)).replace(day=1)))


def local_date(moment: datetime) -> date:
    """The date that a local calendar shows at a moment."""
    return moment.astimezone().date()


def _midnight(day: date) -> datetime:
    # A time without an offset is read by the local rules of that day: where clocks jump over midnight it is the moment
    # of the jump (astimezone would be an hour off there), and where midnight comes twice the first.
    local = datetime(day.year, day.month, day.day)  # noqa: DTZ001
    return datetime.fromtimestamp(local.timestamp(), UTC)
