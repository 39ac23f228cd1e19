"""When bytes reached this process: an event loop that stamps each connection as it finds it readable.

Pieces that arrive together are read one after the other, and each reading takes a part of a millisecond: the stamp of
the last of eight would be late by all the others.
"""

from __future__ import annotations

import asyncio
import selectors
from selectors import SelectorKey
from time import perf_counter_ns


class StampingSelector(selectors.DefaultSelector):
    """The system's selector, which notes when each connection was last found readable."""

    def __init__(self) -> None:
        super().__init__()
        self._came: dict[int, int] = {}

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """See :meth:`selectors.BaseSelector.select`."""
        ready = super().select(timeout)
        now = perf_counter_ns()
        self._came.update((key.fd, now) for key, events in ready if events & selectors.EVENT_READ)
        return ready

    def seen(self, connection: int | None) -> int:
        """As :meth:`take`, for bytes that go on to be read: a head may have come with the first of its content."""
        came = None if connection is None else self._came.get(connection)
        return perf_counter_ns() if came is None else came

    def take(self, connection: int | None) -> int:
        """When a connection's latest bytes came, in nanoseconds of :func:`time.perf_counter_ns`; now for one that
        was read before, or is unknown."""
        came = None if connection is None else self._came.pop(connection, None)
        return perf_counter_ns() if came is None else came


def stamping_loop() -> asyncio.AbstractEventLoop:
    """An event loop over such a selector; see :func:`arrived`."""
    return asyncio.SelectorEventLoop(StampingSelector())


def arrived(connection: int | None, *, is_read: bool = True) -> int:
    """When a connection's latest bytes came, on the loop that runs; now on one that stamps nothing.

    ``is_read``: all of them were read by this.
    """
    selector = getattr(asyncio.get_running_loop(), "_selector", None)
    if not isinstance(selector, StampingSelector):
        return perf_counter_ns()
    return selector.take(connection) if is_read else selector.seen(connection)
