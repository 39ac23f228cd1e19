"""When does a price tier count: what its condition says, as far as a call can tell.

The words are those that the catalogue's readers write (:mod:`modelward.catalog.reference`, ``.rawfiles``); several
conditions of one tier are joined by a comma and a space and must all hold.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

REASONING = "reasoning tokens"
"""The condition of a tier that prices only the reasoning within the output."""

_ABOVE = re.compile(r"above (\d[\d,]{0,19}) input tokens", re.ASCII)
_FROM_DAY = re.compile(r"from (\d{4}-\d\d-\d\d)", re.ASCII)
_HOURS = re.compile(r"from (\d\d:\d\d) to (\d\d:\d\d) UTC", re.ASCII)
# What has to be asked for by words that no request of ours contains, and content that none of them carries.
_NEVER_ASKED = re.compile(r"in batch processing.*|in fast mode.*|kept for .*|(?:audio|image|video) input")


def holds(condition: str, input_tokens: int, at: datetime) -> bool:
    """Whether a call of that much input, sent at that moment, is known to meet a condition."""
    return all(_part_holds(part, input_tokens, at) for part in condition.split(", "))


def can_hold(condition: str, most_input_tokens: int | None) -> bool:
    """Whether a call of ours may meet a condition; ``most_input_tokens`` None is a call of any size."""
    for part in condition.split(", "):
        threshold = threshold_of(part)
        if threshold is not None and most_input_tokens is not None and most_input_tokens <= threshold:
            return False
        if _NEVER_ASKED.fullmatch(part):
            return False
    return True


def threshold_of(condition: str) -> int | None:
    """The number of input tokens above which a condition holds; None where it is about something else."""
    match = _ABOVE.search(condition)
    return int(match[1].replace(",", "")) if match else None


def _part_holds(part: str, input_tokens: int, at: datetime) -> bool:
    if match := _ABOVE.fullmatch(part):
        return input_tokens > int(match[1].replace(",", ""))
    if match := _FROM_DAY.fullmatch(part):
        return _is_day_reached(match[1], at)
    if match := _HOURS.fullmatch(part):
        now, start, end = f"{at.astimezone(UTC):%H:%M}", match[1], match[2]
        return start <= now < end if start <= end else now >= start or now < end
    return False


def _is_day_reached(text: str, at: datetime) -> bool:
    try:
        return at.astimezone(UTC).date() >= date.fromisoformat(text)
    except ValueError:
        return False
