"""The one HTTP client: every request of the program goes through it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from modelward.core.clock import Clock, utc_now
from modelward.core.errors import AnswerError, RateLimitedError
from modelward.core.preferences import Preferences
from modelward.net import jsontext, retry
from modelward.net.lanes import AT_ONCE, Lanes, Sleep
from modelward.net.model import Answer, Call

if TYPE_CHECKING:
    from modelward.net.connections import Connections
    from modelward.net.exchange import Incoming

T = TypeVar("T")

logger = logging.getLogger(__name__)

_PARSED_AT_ONCE = 64 * 1024
"""Bytes of JSON that are parsed in about a millisecond; more is parsed in a thread."""


class Stream(Protocol):
    """An answer that is still arriving."""

    status: int
    headers: Mapping[str, str]

    def lines(self) -> AsyncIterator[str]:
        """Its lines as they come, without their ends; broken UTF-8 is replaced. Raises NetworkError."""
        ...


class Client:
    """Sends calls: proxies of the system, TLS always verified, redirects that carry no key to another host.

    One for the whole program; connections are made at the first call. Raises NetworkError's children alone, told with
    the server's name and without any secret. ``sleep`` and ``clock`` are what waits between tries are kept by.
    """

    def __init__(
        self,
        preferences: Preferences,
        *,
        sleep: Sleep = asyncio.sleep,
        clock: Clock = utc_now,
        at_once: int = AT_ONCE,
    ) -> None:
        self._preferences = preferences
        self._sleep = sleep
        self._clock = clock
        self._lanes = Lanes(sleep, clock, at_once)
        self._connections: Connections | None = None
        self._loading = asyncio.Lock()

    async def ask(self, call: Call) -> Answer:
        """Send a call and read its whole answer, with retries where the call may be repeated."""
        return await self._repeated(call, self._asked)

    async def ask_json(self, call: Call) -> tuple[object, Answer]:
        """As :meth:`ask`, for an answer that must be JSON. A web page, or text cut off, is an AnswerError."""
        answer = await self.ask(call)
        try:
            if len(answer.content) <= _PARSED_AT_ONCE:
                return jsontext.parsed(answer.content), answer
            return await asyncio.to_thread(jsontext.parsed, answer.content), answer
        except ValueError:
            error = _no_json(call, answer)
        raise error

    def stream(self, call: Call) -> AbstractAsyncContextManager[Stream]:
        """Send a call and read its answer as it comes; an answer with an error status raises at entering."""
        return self._streamed(call)

    async def close(self) -> None:
        """Close every connection. May be called twice."""
        async with self._loading:
            if self._connections is not None:
                await self._connections.close()

    @asynccontextmanager
    async def _streamed(self, call: Call) -> AsyncIterator[Stream]:
        from modelward.net.arriving import Arriving

        held, incoming = await self._repeated(call, self._entered)
        async with held:
            yield Arriving(call, incoming)

    async def _asked(self, call: Call) -> Answer:
        async with self._sent(call) as incoming:
            content = await incoming.rest()
            return Answer(incoming.status, incoming.headers, content, incoming.latency, incoming.url)

    async def _entered(self, call: Call) -> tuple[AsyncExitStack, Incoming]:
        async with AsyncExitStack() as held:
            incoming = await held.enter_async_context(self._sent(call))
            return held.pop_all(), incoming

    @asynccontextmanager
    async def _sent(self, call: Call) -> AsyncIterator[Incoming]:
        """One try: holds a place in the lane while its answer is read. Raises Setback."""
        connections = await self._ready()
        from modelward.net.exchange import opened

        async with self._lanes.place(call.lane), connections.borrowed() as http:
            incoming = await opened(http, call, self._clock)
            try:
                yield incoming
            finally:
                await incoming.close()

    async def _repeated(self, call: Call, once: Callable[[Call], Awaitable[T]]) -> T:
        """Try until it succeeds, or another try is not allowed or would not help."""
        tries, waited = 0, 0.0
        while True:
            tries += 1
            try:
                return await once(call)
            except retry.Setback as caught:
                setback = caught
            if isinstance(setback.error, RateLimitedError) and setback.wait:
                self._lanes.close(call.lane, setback.wait)
            wait = retry.next_wait(setback, tries, waited) if call.is_repeatable else None
            if wait is None:
                raise setback.error
            logger.info("%s Asking again in %.1f s.", setback.error.what, wait)
            await self._sleep(wait)
            waited += wait

    async def _ready(self) -> Connections:
        async with self._loading:
            if self._connections is None:
                # httpx takes a tenth of a second to import: too long for the window.
                self._connections = await asyncio.to_thread(_connections, self._preferences)
            return self._connections


def _connections(preferences: Preferences) -> Connections:
    from modelward.net import arriving, connections, exchange  # noqa: F401 - loaded here, for all

    return connections.Connections(preferences)


def _no_json(call: Call, answer: Answer) -> AnswerError:
    if answer.content.lstrip()[:1] == b"<" or "html" in answer.headers.get("content-type", ""):
        return AnswerError(
            f"A web page came instead of {call.server}'s answer.",
            why="So do networks that want a sign-in first, and addresses of something else.",
            todo="Sign in to the network, or check the address.",
        )
    why = "It is not JSON, or was cut off." if answer.content.strip() else "It is empty."
    return AnswerError(f"The answer of {call.server} cannot be read.", why=why, todo="Check the address, or try again.")
