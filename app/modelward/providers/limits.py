"""Rate limits as the headers of an answer state them; whatever cannot be read is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from modelward.core.clock import utc_now
from modelward.net import durations
from modelward.providers.model import KnownProvider, Limit, Per

_MOST = 10**12
"""A larger figure is no limit that anybody set: the largest in use are billions of tokens a minute."""


def limits_of(known: KnownProvider, headers: Mapping[str, str]) -> tuple[Limit, ...]:
    """The limits that headers (lower-case names) state; of several that count the same, the first one of the row."""
    found: dict[Per, Limit] = {}
    # The server's own clock beside its dates: ours may go wrong.
    now = durations.moment(headers.get("date", "")) or utc_now()
    for name, per in known.limit_headers.items():
        if per not in found and (limit := _limit(per, name, headers, now)):
            found[per] = limit
    return tuple(found.values())


def _limit(per: Per, name: str, headers: Mapping[str, str], now: datetime) -> Limit | None:
    most = _count(headers.get(name, ""))
    if not most:
        return None
    remaining = _count(headers.get(_sibling(name, "remaining"), ""))
    reset = durations.until(headers.get(_sibling(name, "reset"), "")[:64], now)
    return Limit(per, most, remaining, reset)


def _sibling(name: str, word: str) -> str:
    """The header beside a limit's own: ``x-ratelimit-limit-tokens`` has ``x-ratelimit-remaining-tokens``."""
    return "-".join(word if part == "limit" else part for part in name.split("-"))


def _count(raw: str) -> int | None:
    # Some write whole numbers as "60.0".
    found = re.fullmatch(r"\s*(\d{1,15})(?:\.0{0,9})?\s*", raw, re.ASCII)
    return int(found[1]) if found and int(found[1]) <= _MOST else None
