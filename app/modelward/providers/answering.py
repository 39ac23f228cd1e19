"""One answer from its first byte to its end: the same for every dialect, which only says what its pieces mean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from typing import Protocol

from modelward.core.errors import NetworkError
from modelward.net.model import Call
from modelward.providers.dialect import Line
from modelward.providers.jsonparts import Body, parsed
from modelward.providers.limits import limits_of
from modelward.providers.model import Began, Event
from modelward.providers.refusals import refuse_failure

Pieces = Callable[[AsyncIterator[str]], AsyncGenerator[str]]
"""Cuts the lines of an answer into JSON texts."""

_PATIENCE_AT_THE_END = 0.2
"""Seconds for the server to end what it has already called ended; then its connection can serve the next call."""


class Reading(Protocol):
    """What one answer has told so far, piece by piece; knows nothing of connections.

    ``model``: the name that answers, once it is known. ``is_over``: nothing of use comes any more.
    """

    model: str
    is_over: bool

    def read(self, body: Body) -> list[Event]:
        """What a piece tells. Raises NetworkError where it tells of a failure."""
        ...

    def end(self) -> list[Event]:
        """What is told when the answer is over; Ended is the last. Raises AnswerError where it is not whole."""
        ...


async def told(line: Line, call: Call, reading: Reading, pieces: Pieces) -> AsyncGenerator[Event]:
    """Make a call and tell its answer as it comes. Closing the generator closes the connection."""
    async with line.client.stream(call) as stream:
        limits = limits_of(line.provider.known, stream.headers)
        lines = stream.lines()
        has_begun = False
        async with aclosing(pieces(lines)) as texts:
            async for text in texts:
                body = parsed(call.server, text)
                refuse_failure(call.server, body)
                events = reading.read(body)
                if not has_begun and (events or reading.model):
                    has_begun = True
                    yield Began(reading.model, limits)
                for event in events:
                    yield event
                if reading.is_over:
                    break
        last = reading.end()
        if not has_begun:
            yield Began(reading.model, limits)
        for event in last:
            yield event
        await _let_end(lines)


async def _let_end(lines: AsyncIterator[str]) -> None:
    with suppress(NetworkError, TimeoutError):
        async with asyncio.timeout(_PATIENCE_AT_THE_END):
            async for _line in lines:
                pass
