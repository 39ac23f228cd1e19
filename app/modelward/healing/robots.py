"""What a host's robots.txt lets us read, asked once a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from modelward.core.clock import Clock
from modelward.core.errors import RefusedError

AGENT = "Modelward"
_GOOD_FOR = timedelta(hours=24)
_MOST_CHARACTERS = 500_000  # as RFC 9309 lets crawlers stop at 500 KiB
_NONE_THERE = range(400, 500)

Fetch = Callable[[str], Awaitable[bytes]]
"""Fetches an address. Raises NetworkError."""


class Robots:
    """The rules of hosts. Where a host has none, all is allowed; where they cannot be had, nothing is (RFC 9309)."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._rules: dict[str, tuple[datetime, RobotFileParser]] = {}

    async def allows(self, url: str) -> bool:
        """Whether an address may be read. Raises NetworkError where the rules cannot be had."""
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        known = self._rules.get(host)
        if known is None or not timedelta(0) <= self._clock() - known[0] < _GOOD_FOR:
            known = self._clock(), await self._asked(f"{host}/robots.txt")
            self._rules[host] = known
        return known[1].can_fetch(AGENT, url)

    async def _asked(self, url: str) -> RobotFileParser:
        rules = RobotFileParser(url)
        try:
            text = (await self._fetch(url)).decode("utf-8-sig", "replace")[:_MOST_CHARACTERS]
        except RefusedError as refused:
            if refused.status not in _NONE_THERE or refused.status == 429:
                raise
            text = ""
        rules.parse(text.splitlines())
        return rules
