"""Whether a call may be sent again, and how long to wait before: rules alone, nothing is sent here."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import datetime

from modelward.core.errors import NetworkError
from modelward.net import durations
from modelward.net.errorbody import ErrorBody

TRIES = 3
LONGEST_WAIT = 60.0
"""Seconds that one call spends waiting between its tries, all in all; who is told to wait longer is told so."""

_FIRST_BACKOFF, _LARGEST_BACKOFF = 0.5, 8.0
_PASSING = frozenset({408, 409, 429})
_LASTING = frozenset({401, 402, 403, 404, 501, 505})
_IETF_RESET = re.compile(r"\bt=(\d{1,9})")


class Setback(Exception):  # noqa: N818 - never leaves this room
    """A try that failed: the error to raise, whether another try may help, and the wait that the server stated."""

    def __init__(self, error: NetworkError, *, is_passing: bool = False, wait: float | None = None) -> None:
        super().__init__(error.what)
        self.error = error
        self.is_passing = is_passing
        self.wait = wait


def is_passing(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a refusal may be gone at the next try; a server's own word beats the rule for all that may pass."""
    if status in _LASTING:
        return False
    stated = headers.get("x-should-retry", "").strip().lower()
    if stated in ("true", "false"):
        return stated == "true"
    return status in _PASSING or status >= 500


def stated_wait(headers: Mapping[str, str], body: ErrorBody, now: datetime) -> float | None:
    """The seconds that the server asks to wait, by the most exact of its statements. Names are lower-case.

    Dates are compared with the server's own clock where it shows it, so that ours may go wrong.
    """
    now = durations.moment(headers.get("date", "")) or now
    milliseconds = durations.duration(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    for wait in (durations.until(headers.get("retry-after", ""), now), body.wait_seconds, _reset(headers, now)):
        if wait is not None:
            return wait
    return None


def next_wait(setback: Setback, tries: int, waited: float) -> float | None:
    """The seconds to wait before the next try; None where there is none."""
    if not setback.is_passing or tries >= TRIES:
        return None
    wait = backoff(tries) if setback.wait is None else setback.wait
    return wait if waited + wait <= LONGEST_WAIT else None


def backoff(tries: int) -> float:
    """A random part of a span that doubles with each try, so that many who failed together do not return together."""
    return random.uniform(0, min(_LARGEST_BACKOFF, _FIRST_BACKOFF * 2**tries))  # noqa: S311 - no secret


def _reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """When a limit that is used up is renewed; where none says that it is, when the first of them is."""
    waits = []
    for name, value in headers.items():
        if "ratelimit" not in name or "reset" not in name:
            continue
        if (wait := durations.until(value, now)) is not None:
            waits.append((headers.get(name.replace("reset", "remaining"), "").strip() != "0", wait))
    if found := _IETF_RESET.search(headers.get("ratelimit", "")):
        waits.append((True, float(found[1])))
    return min(waits)[1] if waits else None
