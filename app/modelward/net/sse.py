"""Server-sent events, read from lines as the HTML standard describes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple, Self


class ServerEvent(NamedTuple):
    """One event. ``event`` is "message" where the server gives it no name."""

    event: str
    data: str


class Events:
    """The events in a stream of lines, one by one. Comments, ids and events without data are passed over.

    Nothing marks the end but the end of the lines; what was begun by then is handed on. Needs no closing of its own.
    """

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self._event = ""
        self._data: list[str] = []

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ServerEvent:
        async for line in self._lines:
            if line:
                self._take(line)
            elif found := self._ended():
                return found
        if found := self._ended():
            return found
        raise StopAsyncIteration

    def _take(self, line: str) -> None:
        name, _colon, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value

    def _ended(self) -> ServerEvent | None:
        event, data = self._event, self._data
        self._event, self._data = "", []
        return ServerEvent(event or "message", "\n".join(data)) if data else None
