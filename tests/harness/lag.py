"""How late an event loop is, look by look."""

from __future__ import annotations

import asyncio
import statistics
import time

PROBE_SECONDS = 0.001


async def lags(until: asyncio.Event) -> list[float]:
    """By how many milliseconds the loop was late, look by look."""
    found = []
    while not until.is_set():
        began = time.perf_counter()
        await asyncio.sleep(PROBE_SECONDS)
        found.append((time.perf_counter() - began - PROBE_SECONDS) * 1000)
    return found


def at_99_percent(found: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(found, n=100)[98]
