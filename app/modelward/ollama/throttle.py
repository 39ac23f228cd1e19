"""When hashing that nobody waits for rests: on battery, and while other programs need the computer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from modelward.backups.threads import in_thread
from modelward.ollama.hashing import Gate

BUSY, CALM = 0.5, 0.3
"""The part of all cores that other programs take from which on it rests, and below which it goes on."""

EVERY_SECONDS = 2.0
PATIENCE = 60
"""So many looks long, in a row, it rests; then it ends, and what is left is for the next time."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the computer is at. ``others``: the part of all cores, 0 to 1, that other programs take; None is unknown."""

    on_battery: bool = False
    others: float | None = None


def reason_to_rest(load: Load, *, is_resting: bool) -> str:
    """Why hashing should wait now, in words that end a sentence; empty where it need not."""
    if load.on_battery:
        return "the computer runs on battery"
    if load.others is not None and load.others >= (CALM if is_resting else BUSY):
        return "other programs need the computer"
    return ""


class LoadReader:
    """Asks the system. What others take is told from the second reading on, of the time between the two."""

    def __init__(self) -> None:
        self._before: tuple[float, float, float] | None = None

    def read(self) -> Load:
        """The load as it is. Blocking, for about a millisecond."""
        now = _times()
        before, self._before = self._before, now
        others = None
        if before is not None:
            every, idle, own = (new - old for new, old in zip(now, before, strict=True))
            others = max(0.0, (every - idle - own) / every) if every > 0 else None
        return Load(_on_battery(), others)


def _times() -> tuple[float, float, float]:
    """Seconds that all cores passed, that they were idle, and that they worked for this process and its children."""
    import psutil

    told = psutil.cpu_times()
    own = psutil.Process().cpu_times()
    idle = told.idle + getattr(told, "iowait", 0.0)
    # Linux counts the time of guests twice.
    every = sum(told) - getattr(told, "guest", 0.0) - getattr(told, "guest_nice", 0.0)
    return every, idle, own.user + own.system


def _on_battery() -> bool:
    import psutil

    try:
        battery = psutil.sensors_battery()
    except (AttributeError, OSError, RuntimeError, psutil.Error):  # not on this system, or its files are strange
        return False
    return battery is not None and battery.power_plugged is False


class Throttle:
    """Holds a gate while there is reason to rest, and closes it when that lasts too long."""

    def __init__(self, read: Callable[[], Load] | None = None, *, every_seconds: float = EVERY_SECONDS) -> None:
        """``read`` tells the load; it is called in a thread, at least ``every_seconds`` apart."""
        self._read = read or LoadReader().read
        self._every_seconds = every_seconds

    @asynccontextmanager
    async def over(self, gate: Gate) -> AsyncIterator[None]:
        """Look once before anything begins, and again and again until the end."""
        reason = await self._look(gate, "")
        looking = asyncio.create_task(self._go_on(gate, reason))
        try:
            yield
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking

    async def _go_on(self, gate: Gate, reason: str) -> None:
        rested = 0
        while not gate.is_closed:
            await asyncio.sleep(self._every_seconds)
            reason = await self._look(gate, reason)
            rested = rested + 1 if reason else 0
            if rested >= PATIENCE:
                gate.close()

    async def _look(self, gate: Gate, before: str) -> str:
        """Why it rests from now on; ``before``: why it did."""
        reason = reason_to_rest(await in_thread(self._read), is_resting=bool(before))
        if reason != before:
            if reason:
                gate.hold(reason)
            if before:
                gate.release(before)
        return reason
