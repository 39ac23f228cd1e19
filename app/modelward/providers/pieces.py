"""An answer's lines cut into JSON texts, one for each piece of the answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from modelward.net.sse import Events

_DOCUMENTS = ("{", "[", "<")
"""How JSON and web pages begin, and no line of an event does."""

_LAST = "[DONE]"
"""What OpenAI's wire sends as its last event."""


async def of_events(lines: AsyncIterator[str]) -> AsyncGenerator[str]:
    """The data of server-sent events; or the whole text, where a server answers with a document instead."""
    first = await _first(lines)
    if first.startswith(_DOCUMENTS):
        rest = [line async for line in lines]
        yield "\n".join([first, *rest])
        return
    async with aclosing(_again(first, lines)) as all_lines:
        async for event in Events(all_lines):
            if event.data.strip() == _LAST:
                return
            if event.data.strip():
                yield event.data


async def of_lines(lines: AsyncIterator[str]) -> AsyncGenerator[str]:
    """Every line that is not empty."""
    async for line in lines:
        if line.strip():
            yield line


async def _first(lines: AsyncIterator[str]) -> str:
    """The first line that says something."""
    async for line in lines:
        if said := line.strip():
            return said
    return ""


async def _again(first: str, lines: AsyncIterator[str]) -> AsyncGenerator[str]:
    yield first
    async for line in lines:
        yield line
