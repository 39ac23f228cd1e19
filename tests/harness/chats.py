"""Chats with :mod:`harness.chat_doubles` through the real client."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from harness.chat_doubles import MODEL, ChatDouble, Told
from harness.wire import Reply, WireServer
from modelward.core.errors import NetworkError
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.secret import Secret
from modelward.core.settings import load
from modelward.net.client import Client
from modelward.providers.answering import Reading
from modelward.providers.dialect import Line
from modelward.providers.jsonparts import obj
from modelward.providers.model import ChatRequest, Event, Message, Role, ServerTimes, TextPart, Usage
from modelward.providers.registry import dialect_of

KEY = "sk-planted-key-7f3a-chat"
ASK = ChatRequest(MODEL, (Message(Role.USER, "Who is there?"),), max_output_tokens=100)


@asynccontextmanager
async def open_client() -> AsyncIterator[Client]:
    """The program's client, closed at the end."""
    paths = Paths.locate()
    client = Client(Preferences(paths, load(paths, os.environ)))
    try:
        yield client
    finally:
        await client.close()


class Chat:
    """A provider's double, the client, and what arrived. ``error`` is what ended the last chat."""

    def __init__(self, double: ChatDouble, wire: WireServer, client: Client) -> None:
        self.double = double
        self.wire = wire
        self.line = Line(client, double.provider(wire.url), Secret(KEY))
        self.dialect = dialect_of(double.known)
        self.error: NetworkError | None = None

    async def hear(self, reply: Reply | Told | Sequence[Reply], request: ChatRequest = ASK) -> list[Event]:
        """Route an answer, ask, and hand on all that is told until the end or an error."""
        answer = self.double.reply(reply) if isinstance(reply, Told) else reply
        self.wire.route("POST", self.double.path, answer)
        events: list[Event] = []
        self.error = None
        try:
            async for event in self.dialect.chat(self.line, request):
                events.append(event)  # noqa: PERF401 - what came before an error stands
        except NetworkError as error:
            self.error = error
        return events


def settled(events: Sequence[Event]) -> list[Event]:
    """Events as they stand at the end: the last figures of usage before the end, wherever figures came; no times."""
    usage = usage_in(events)
    others = [event for event in events if not isinstance(event, Usage | ServerTimes)]
    return others if usage is None else [*others[:-1], usage, *others[-1:]]


def text_of(events: Sequence[Event]) -> str:
    """The text of an answer."""
    return "".join(event.text for event in events if isinstance(event, TextPart))


def usage_in(events: Sequence[Event]) -> Usage | None:
    """The last figures."""
    return next((event for event in reversed(events) if isinstance(event, Usage)), None)


def read_out(answer: Reading, *bodies: object) -> list[Event]:
    """What an answer's pieces tell, without any connection."""
    events = [event for body in bodies for event in answer.read(obj(json.loads(json.dumps(body))))]
    return settled([*events, *answer.end()])
