"""Lanes: how many calls of one provider are under way at once, and when none may be sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from modelward.core.clock import Clock
from modelward.net.retry import LONGEST_WAIT

AT_ONCE = 4

Sleep = Callable[[float], Awaitable[object]]
"""Waits so many seconds; a test hands in its own."""


class Lanes:
    """The lanes by their names; each comes into being with its first call."""

    def __init__(self, sleep: Sleep, clock: Clock, at_once: int = AT_ONCE) -> None:
        self._sleep = sleep
        self._clock = clock
        self._at_once = at_once
        self._places: dict[str, asyncio.Semaphore] = {}
        self._closed_until: dict[str, datetime] = {}

    @asynccontextmanager
    async def place(self, lane: str) -> AsyncIterator[None]:
        """Holds one of a lane's places, once there is one and the lane is open."""
        async with self._places.setdefault(lane, asyncio.Semaphore(self._at_once)):
            while wait := self._left(lane):
                await self._sleep(wait)
            yield

    def close(self, lane: str, seconds: float) -> None:
        """Let nobody send for so long, a minute at most: longer waits are mostly one model's quota, not the lane's."""
        until = self._clock() + timedelta(seconds=min(seconds, LONGEST_WAIT))
        self._closed_until[lane] = max(until, self._closed_until.get(lane, until))

    def _left(self, lane: str) -> float:
        """The seconds until a lane opens; a clock that was set back must not keep it closed."""
        until = self._closed_until.get(lane)
        left = (until - self._clock()).total_seconds() if until else 0.0
        if 0 < left <= LONGEST_WAIT:
            return left
        self._closed_until.pop(lane, None)
        return 0.0
