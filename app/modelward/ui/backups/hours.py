"""The hours of the last four weeks: which of them one can go back to, and why not to the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from modelward.backups.model import Backup, State

DAYS = 28
DAYS_A_ROW = 7
_HOUR = timedelta(hours=1)
_USABLE = (State.GOOD, State.UNVERIFIED)


class HourState(Enum):
    """How an hour stands; the value says it in a word or two."""

    KEPT = "copy kept"
    COVERED = "covered"
    MISSING = "missing"
    DAMAGED = "damaged"
    OFF = "not running"
    COMING = "to come"

    @property
    def explained(self) -> str:
        """What that means, in a sentence."""
        return _EXPLAINED[self]


_EXPLAINED = {
    HourState.KEPT: "A copy of this hour is kept.",
    HourState.COVERED: "Covered when it ended: nothing had changed, or its copy was thinned out since.",
    HourState.MISSING: "A backup was tried and failed.",
    HourState.DAMAGED: "The only copy of this hour is damaged or incomplete.",
    HourState.OFF: "Modelward was not open, so that no backup was made.",
    HourState.COMING: "This hour is not over yet.",
}


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour, by its start in UTC, and the copies made in it, newest first."""

    start: datetime
    state: HourState
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the person's clock; where clocks are changed it has 23 or 25 hours."""

    date: date
    hours: tuple[Hour, ...]


def last_weeks(
    backups: Sequence[Backup], covered: frozenset[datetime], failed: frozenset[datetime], now: datetime
) -> tuple[Day, ...]:
    """The last 28 days, today last, on the local clock. ``covered`` and ``failed`` hold starts of hours in UTC."""
    made: dict[datetime, list[Backup]] = {}
    for backup in backups:
        made.setdefault(_hour_of(backup.created_at), []).append(backup)
    today = now.astimezone().date()
    days: dict[date, list[Hour]] = {today - timedelta(days=back): [] for back in range(DAYS - 1, -1, -1)}
    for start in _starts(today):
        hours = days.get(start.astimezone().date())
        if hours is not None:
            copies = made.get(start, [])
            state = _state(start, copies, covered, failed, now)
            hours.append(Hour(start, state, tuple(backup.id for backup in copies)))
    return tuple(Day(day, tuple(hours)) for day, hours in days.items())


def counted(days: Iterable[Day]) -> dict[HourState, int]:
    """How many hours stand how; states that no hour has are left out."""
    found = dict.fromkeys(HourState, 0)
    for day in days:
        for hour in day.hours:
            found[hour.state] += 1
    return {state: count for state, count in found.items() if count}


def _starts(today: date) -> Iterator[datetime]:
    """The starts of all hours that may fall on these days, wherever the person is."""
    first = datetime(today.year, today.month, today.day, tzinfo=UTC) - timedelta(days=DAYS)
    for step in range((DAYS + 2) * 24):
        yield first + step * _HOUR


def _state(
    start: datetime, copies: Sequence[Backup], covered: frozenset[datetime], failed: frozenset[datetime], now: datetime
) -> HourState:
    if any(backup.state in _USABLE for backup in copies):
        return HourState.KEPT
    if copies:
        return HourState.DAMAGED
    if start in covered:
        return HourState.COVERED
    if start in failed:
        return HourState.MISSING
    return HourState.COMING if start + _HOUR > now else HourState.OFF


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
