"""What the copies themselves cannot tell: hours covered by copies that were thinned out, failures, and rehearsals."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from modelward.core import durable

log = logging.getLogger(__name__)

WINDOW = timedelta(weeks=4)
_HOUR = timedelta(hours=1)
_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class History:
    """What is remembered in the data folder; all of it can be lost without harm to any copy. Times are UTC.

    ``covered`` and ``failed``: the starts of the hours in which a backup was made, or was tried and failed.
    """

    covered: frozenset[datetime] = frozenset()
    failed: frozenset[datetime] = frozenset()
    failures_in_row: int = 0
    last_failure: str = ""
    last_drill_at: datetime | None = None
    last_drill_trouble: str = ""

    def with_covered(self, start: datetime, end: datetime, now: datetime) -> History:
        """Also the hours from ``start`` to ``end``; others are forgotten as :meth:`until` says."""
        more = frozenset(hours_between(max(start, now - WINDOW), min(end, now)))
        return replace(self, covered=self.covered | more).until(now)

    def until(self, now: datetime) -> History:
        """Without hours that are older than four weeks, or still to come because a clock was wrong."""
        oldest = _hour_of(now - WINDOW)
        return replace(self, covered=frozenset(hour for hour in self.covered if oldest <= hour <= now))

    def with_failed(self, now: datetime, trouble: str) -> History:
        """Also a failure just now, in words."""
        oldest = _hour_of(now - WINDOW)
        failed = frozenset(hour for hour in self.failed | {_hour_of(now)} if hour >= oldest)
        return replace(self, failed=failed, failures_in_row=self.failures_in_row + 1, last_failure=trouble)


def hours_between(start: datetime, end: datetime) -> Iterable[datetime]:
    """The starts of the hours, in UTC, that hold any moment from ``start`` to ``end``."""
    hour = _hour_of(start)
    while hour <= end:
        yield hour
        hour += _HOUR


def read(path: Path) -> History:
    """What is remembered; a file that is missing or unreadable is an empty memory."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        found = json.loads(content) if len(content) <= _MAX_BYTES else {}
        return History(
            frozenset(_moment(hour) for hour in found["covered"]),
            frozenset(_moment(hour) for hour in found["failed"]),
            int(found["failures_in_row"]),
            str(found["last_failure"]),
            None if found["last_drill_at"] is None else _moment(found["last_drill_at"]),
            str(found["last_drill_trouble"]),
        )
    except FileNotFoundError:
        return History()
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        log.warning("What was remembered of earlier backups is lost: %s cannot be read (%s).", path, error)
        return History()


def write(path: Path, history: History) -> None:
    """Remember it. A failure costs the memory alone, so that it is logged and no more."""
    shown: dict[str, Any] = asdict(history)
    for name in ("covered", "failed"):
        shown[name] = sorted(hour.isoformat() for hour in shown[name])
    shown["last_drill_at"] = history.last_drill_at and history.last_drill_at.isoformat()
    try:
        durable.replace(path, json.dumps(shown, indent=1).encode() + b"\n")
    except OSError as error:
        log.warning("What is to be remembered of the backups cannot be written to %s: %s.", path, error.strerror)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
