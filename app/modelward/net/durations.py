"""Waits as servers write them: seconds, durations such as "6m0s" and "12ms", dates, and moments of Unix time."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 31 * 86_400.0
"""Seconds; a longer wait, and a date further away, is a clock that goes wrong or a bad joke."""

_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86_400.0,
}
_NUMBER = r"\d{1,15}(?:\.\d{0,15})?"
_PART = re.compile(rf"({_NUMBER})(ns|us|µs|μs|ms|s|m|h|d)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_PLAIN = re.compile(_NUMBER)
_UNIX_SECONDS, _UNIX_MILLISECONDS = 1e9, 1e12
"""Plain numbers from here on are moments: no server asks for thirty years of patience."""


def duration(text: str) -> float | None:
    """The seconds of "27s", "6m0s" or "1.5"; None for anything else."""
    text = text.strip().lower()
    if _PLAIN.fullmatch(text):
        return _sane(float(text))
    if not _DURATION.fullmatch(text):
        return None
    return _sane(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)))


def until(text: str, now: datetime) -> float | None:
    """The seconds to what a header states in any of these ways; None where it is past or makes no sense."""
    text = text.strip()
    if _PLAIN.fullmatch(text) and float(text) >= _UNIX_SECONDS:
        return _distance(_from_unix(float(text)), now)
    found = duration(text)
    return found if found is not None else _distance(moment(text), now)


def moment(text: str) -> datetime | None:
    """The moment that an HTTP date or one of RFC 3339 names."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text.strip())
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def _from_unix(number: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(number / 1000 if number >= _UNIX_MILLISECONDS else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _distance(then: datetime | None, now: datetime) -> float | None:
    seconds = (then - now).total_seconds() if then else 0.0
    return _sane(seconds) if seconds > 0 else None


def _sane(seconds: float) -> float | None:
    return seconds if 0 <= seconds <= LONGEST else None
