"""Blocking work in a thread, awaited to its very end, so that nothing runs behind the back of a cancelled caller."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from modelward.core.progress import Progress

T = TypeVar("T")


async def in_thread(work: Callable[[], T], progress: Progress | None = None) -> T:
    """What ``work`` returns; a cancelled caller cancels ``progress`` and goes on only when the thread has stopped."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        if progress is not None:
            progress.cancel()
        await asyncio.wait([running])
        running.result()  # a failure on the way out is told rather than the cancellation
        raise
