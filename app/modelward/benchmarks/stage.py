"""The stage: a thread with an event loop and connections of its own, on which calls are timed.

On the window's loop a repaint would stand between the arrival of a token and its time stamp.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import replace
from time import perf_counter_ns
from typing import Any

from modelward.benchmarks.model import Timing
from modelward.core.errors import UnreachableError
from modelward.core.preferences import Preferences
from modelward.net.client import Client
from modelward.net.model import Moment
from modelward.providers.dialect import Dialect, Line
from modelward.providers.model import ChatRequest, Event, ReasoningPart, TextPart, ToolCallDone

_MS = 1_000_000
_AT_ONCE = 64
"""Streams to one provider; the runner decides how many there are."""

_Told = tuple[Event | None, BaseException | None]
"""An event, or the end with what ended it."""


class Stopwatch:
    """Carries one chat out on the stage, and stamps its moments there; see :class:`.gateway.Carrier`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._begun = 0
        self._came = 0
        self._headers: float | None = None
        self._first_reasoning: float | None = None
        self._first_content: float | None = None
        self._chunks: list[float] = []
        self._end: float | None = None

    @property
    def timing(self) -> Timing:
        """The times of the call, as far as it has come."""
        return Timing(self._headers, self._first_reasoning, self._first_content, tuple(self._chunks), self._end)

    async def chat(self, dialect: Dialect, line: Line, request: ChatRequest) -> AsyncGenerator[Event]:
        """Hand on what the stage hears. Closing it ends the call."""
        loop, heard = asyncio.get_running_loop(), asyncio.Queue[_Told]()

        def hand_on(told: _Told) -> None:
            loop.call_soon_threadsafe(heard.put_nowait, told)

        performing = self._stage.submit(lambda client: self._perform(client, dialect, line, request, hand_on))
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
                performing.cancel()
                while (await heard.get())[0] is not None:
                    pass

    async def _perform(
        self, client: Client, dialect: Dialect, line: Line, request: ChatRequest, hand_on: Callable[[_Told], None]
    ) -> None:
        ending: BaseException | None = None
        try:
            told = dialect.chat(replace(line, client=client, tell=self._tell), request)
            async with aclosing(told) as events:
                async for event in events:
                    self._note(event)
                    hand_on((event, None))
            self._end = self._ms(self._came or perf_counter_ns())
        except BaseException as error:
            ending = error
            raise
        finally:
            hand_on((None, ending))

    def _tell(self, moment: Moment) -> None:
        now = perf_counter_ns()
        match moment:
            case Moment.SENDING:
                self._begun = now
            case Moment.HEAD:
                self._headers = self._ms(now)
            case Moment.PIECE:
                self._came = now

    def _note(self, event: Event) -> None:
        """Events stand in a piece that has just come: its time is theirs."""
        at = self._ms(self._came or perf_counter_ns())
        match event:
            case ReasoningPart():
                self._first_reasoning = at if self._first_reasoning is None else self._first_reasoning
                self._chunks.append(at)
            case TextPart() | ToolCallDone():
                self._first_content = at if self._first_content is None else self._first_content
                self._chunks.append(at)
            case _:
                pass

    def _ms(self, at: int) -> float:
        return (at - self._begun) / _MS


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
            self._loop = asyncio.new_event_loop()
            self._client = Client(self._preferences, at_once=_AT_ONCE)
            self._thread = threading.Thread(target=self._run, args=(self._loop,), name="stage", daemon=True)
            self._thread.start()

    def submit(self, work: Callable[[Client], Coroutine[Any, Any, None]]) -> Future[None]:
        """Run what ``work`` makes of the stage's client on the stage."""
        self.open()
        assert self._loop is not None
        assert self._client is not None
        return asyncio.run_coroutine_threadsafe(work(self._client), self._loop)

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
