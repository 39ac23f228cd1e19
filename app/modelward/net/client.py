"""The one HTTP client: every request of the program goes through it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from modelward.core.preferences import Preferences
from modelward.net.model import Answer, Call


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
    the server's name and without any secret.
    """

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    async def ask(self, call: Call) -> Answer:
        """Send a call and read its whole answer, with retries where the call may be repeated."""
        raise NotImplementedError

    async def ask_json(self, call: Call) -> tuple[object, Answer]:
        """As :meth:`ask`, for an answer that must be JSON. A web page, or text cut off, is an AnswerError."""
        raise NotImplementedError

    def stream(self, call: Call) -> AbstractAsyncContextManager[Stream]:
        """Send a call and read its answer as it comes; an answer with an error status raises at entering."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close every connection. May be called twice."""
        raise NotImplementedError
