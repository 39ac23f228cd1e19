"""The stage: a thread with an event loop and connections of its own, on which calls are timed.

On the window's loop a repaint would stand between the arrival of a token and its time stamp. A window that paints much
still keeps the interpreter from the thread for some milliseconds: then :mod:`.stage_apart` is truer.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from typing import Protocol

from modelward.benchmarks.arrivals import stamping_loop
from modelward.benchmarks.hearing import HandOn, Hearing, Performance, Told
from modelward.benchmarks.model import Timing
from modelward.core.errors import UnreachableError
from modelward.core.preferences import Preferences
from modelward.net.client import Client
from modelward.providers.dialect import Dialect, Line
from modelward.providers.model import ChatRequest, Event

AT_ONCE = 64
"""Streams to one provider; the runner decides how many there are."""


class Place(Protocol):
    """Where chats are carried out and timed: apart from the loop that asks for them."""

    def begin(self, dialect: Dialect, line: Line, request: ChatRequest, hand_on: HandOn) -> Performance:
        """Begin a chat. ``hand_on`` is given its events, then its end, on any thread."""
        ...

    async def close(self) -> None:
        """End every chat and let go of all. May be called twice."""
        ...


class Stopwatch:
    """Carries one chat out elsewhere; see :class:`.gateway.Carrier`."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._performance: Performance | None = None

    @property
    def timing(self) -> Timing:
        """The times of the call, as far as it has come."""
        return Timing() if self._performance is None else self._performance.timing

    async def chat(self, dialect: Dialect, line: Line, request: ChatRequest) -> AsyncGenerator[Event]:
        """Hand on what is heard there. Closing it ends the call."""
        loop, heard = asyncio.get_running_loop(), asyncio.Queue[Told]()

        def hand_on(told: Told) -> None:
            loop.call_soon_threadsafe(heard.put_nowait, told)

        performance = self._performance = self._place.begin(dialect, line, request, hand_on)
        ended = False
        try:
            while True:
                event, error = await heard.get()
                if event is None:
                    ended = True
                    if isinstance(error, asyncio.CancelledError):
                        raise UnreachableError("Nothing is sent any more.", why="The measuring was ended.")
                    if error is not None:
                        raise error
                    return
                yield event
        finally:
            if not ended:
                performance.cancel()
                while (await heard.get())[0] is not None:
                    pass


class _OnThread:
    """A chat on the stage's thread."""

    def __init__(self, stage: Stage, dialect: Dialect, line: Line, request: ChatRequest, hand_on: HandOn) -> None:
        self._hearing = Hearing()
        self._running = stage.submit(dialect, line, request, self._hearing, hand_on)

    @property
    def timing(self) -> Timing:
        return self._hearing.timing

    def cancel(self) -> None:
        self._running.cancel()


class Stage:
    """Runs calls on a thread of its own, which lives from :meth:`open` to :meth:`close`."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Client | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin the thread; harmless when it runs."""
        if self._thread is None:
            self._loop = stamping_loop()
            self._client = Client(self._preferences, at_once=AT_ONCE)
            self._thread = threading.Thread(target=self._run, args=(self._loop,), name="stage", daemon=True)
            self._thread.start()

    def begin(self, dialect: Dialect, line: Line, request: ChatRequest, hand_on: HandOn) -> Performance:
        """See :meth:`Place.begin`."""
        return _OnThread(self, dialect, line, request, hand_on)

    def submit(
        self, dialect: Dialect, line: Line, request: ChatRequest, hearing: Hearing, hand_on: HandOn
    ) -> Future[None]:
        """Let ``hearing`` perform on the stage."""
        self.open()
        loop, client = self._loop, self._client
        assert loop is not None
        assert client is not None

        async def perform() -> None:
            ending: BaseException | None = None
            try:
                await hearing.perform(client, dialect, line, request, lambda event: hand_on((event, None)))
            except BaseException as error:
                ending = error
                raise
            finally:
                hand_on((None, ending))

        return asyncio.run_coroutine_threadsafe(perform(), loop)

    async def close(self) -> None:
        """End every call, close the connections, end the thread. May be called twice."""
        thread, loop, client = self._thread, self._loop, self._client
        if thread is None or loop is None or client is None:
            return
        self._thread = self._loop = self._client = None
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(client.close(), loop))
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join)

    @staticmethod
    def _run(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
            loop.run_until_complete(_end_tasks(loop))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()


async def _end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    tasks = [task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
