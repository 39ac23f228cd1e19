"""A web server on this machine that answers as badly as a test wants: HTTP/1.1 straight on asyncio's streams.

In a test: the fixture ``wire``. In a program of its own: ``async with WireServer() as wire: …``.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

_LARGEST_HEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived. ``path`` is decoded and without its query; header names are lower-case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered. ``body``: bytes, a text, or what JSON can hold.

    ``chunks`` are sent one by one instead of the body, each after one ``drip.release()`` where there is a ``drip``.
    ``endless`` is repeated until the client goes. ``cut_after``: the connection is closed after so many bytes of the
    body. ``hang``: nothing is ever answered. ``slow_head``: seconds before each byte of the head. ``raw``: these bytes
    are all that is sent. ``stream``: pieces that are sent as they come, in chunks, or as they are where ``headers``
    tell the length; it is closed when the client goes.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = b""
    chunks: Sequence[bytes] | None = None
    drip: asyncio.Semaphore | None = None
    endless: bytes | None = None
    cut_after: int | None = None
    hang: bool = False
    slow_head: float | None = None
    raw: bytes | None = None
    stream: AsyncGenerator[bytes, None] | None = None


Answering = Callable[[Seen], Reply | Awaitable[Reply]]
Route = Reply | Answering | Sequence[Reply | Answering]


class WireServer:
    """Answers what was routed and keeps what it saw. ``open_connections`` counts those that are open now.

    ``otherwise`` answers what was not routed. ``port``: where it listens; 0 for any that is free.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self._tls = tls
        self._wanted_port = port
        self._routes: dict[tuple[str, str], list[Reply | Answering]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self.requests: list[Seen] = []
        self.otherwise: Answering | None = None
        self.connections = 0
        self.open_connections = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self._wanted_port, ssl=self._tls, limit=_LARGEST_HEAD
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def route(self, method: str, path: str, reply: Route) -> None:
        """Answer so from now on; of several replies one each time, the last for ever. Anything else is a 404."""
        self._routes[method, path] = list(reply) if isinstance(reply, Sequence) else [reply]

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something is true that changes with requests and connections; fails after five seconds."""
        async with asyncio.timeout(5):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.open_connections += 1
        try:
            # A client that goes away is what many tests are about; a cancelled task is an error to asyncio's streams.
            with contextlib.suppress(
                ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError
            ):
                ahead: bytes | None = b""
                while ahead is not None:
                    ahead = await self._answer(ahead, reader, writer)
        finally:
            self._tasks.discard(task)
            self.open_connections -= 1
            self._changed.set()
            writer.close()

    async def _answer(self, ahead: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        """Read one request and answer it: what was read ahead of the next one, or None where the connection ends."""
        seen = await _read(ahead, reader)
        self.requests.append(seen)
        self._changed.set()
        reply = await self._reply(seen)
        sending = asyncio.ensure_future(_send(reply, writer, with_body=seen.method != "HEAD"))
        listening = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({sending, listening}, return_when=asyncio.FIRST_COMPLETED)
            if listening.done() and not listening.result():
                return None
            is_open = await sending
            return (listening.result() if listening.done() else b"") if is_open else None
        finally:
            for task in (sending, listening):
                task.cancel()
            await asyncio.gather(sending, listening, return_exceptions=True)

    async def _reply(self, seen: Seen) -> Reply:
        replies = self._routes.get((seen.method, seen.path)) or ([self.otherwise] if self.otherwise else None)
        if replies is None:
            return Reply(404, body={"error": {"message": f"nothing is routed at {seen.method} {seen.path}"}})
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Reply):
            return reply
        made = reply(seen)
        return await made if inspect.isawaitable(made) else made


async def _read(ahead: bytes, reader: asyncio.StreamReader) -> Seen:
    head = (ahead + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    method, target, _version = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _colon, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    path = target if method == "CONNECT" else unquote(parts.path)
    return Seen(method, path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers, body)


async def _send(reply: Reply, writer: asyncio.StreamWriter, *, with_body: bool) -> bool:
    """Send a reply; whether another request may follow on the connection."""
    if reply.hang:
        await asyncio.Event().wait()
    if reply.raw is not None:
        writer.write(reply.raw)
        await writer.drain()
        return False
    await _send_head(reply, writer)
    if not with_body:
        return True
    if reply.stream is not None:
        await _send_stream(reply, reply.stream, writer)
    elif reply.chunks is None and reply.endless is None:
        body = _encoded(reply)[0]
        writer.write(body if reply.cut_after is None else body[: reply.cut_after])
        await writer.drain()
    else:
        await _send_chunks(reply, writer)
    return reply.cut_after is None


async def _send_head(reply: Reply, writer: asyncio.StreamWriter) -> None:
    body, content_type = _encoded(reply)
    headers = {"content-type": content_type} if content_type else {}
    headers |= {name.lower(): value for name, value in reply.headers.items()}
    if reply.chunks is None and reply.endless is None and reply.stream is None:
        headers.setdefault("content-length", str(len(body)))
    elif "content-length" not in headers:
        headers["transfer-encoding"] = "chunked"
    known = {status.value: status.phrase for status in HTTPStatus}
    lines = [f"HTTP/1.1 {reply.status} {known.get(reply.status, 'Unknown')}"]
    head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()
    if reply.slow_head is None:
        writer.write(head)
        return
    for byte in head:
        await asyncio.sleep(reply.slow_head)
        writer.write(bytes([byte]))
        await writer.drain()


def _encoded(reply: Reply) -> tuple[bytes, str]:
    if isinstance(reply.body, bytes):
        return reply.body, ""
    if isinstance(reply.body, str):
        return reply.body.encode(), "text/plain; charset=utf-8"
    return json.dumps(reply.body).encode(), "application/json"


async def _send_chunks(reply: Reply, writer: asyncio.StreamWriter) -> None:
    left = reply.cut_after
    for chunk in reply.chunks or ():
        if reply.drip is not None:
            await reply.drip.acquire()
        piece = chunk if left is None else chunk[:left]
        await _send_chunk(piece, writer)
        if left is not None:
            left -= len(piece)
            if left <= 0:
                return
    while reply.endless is not None:
        await _send_chunk(reply.endless, writer)
    if left is None:
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def _send_stream(reply: Reply, stream: AsyncGenerator[bytes, None], writer: asyncio.StreamWriter) -> None:
    is_plain = any(name.lower() == "content-length" for name in reply.headers)
    async with contextlib.aclosing(stream) as pieces:
        async for piece in pieces:
            if is_plain:
                writer.write(piece)
                await writer.drain()
            else:
                await _send_chunk(piece, writer)
    if not is_plain:
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def _send_chunk(chunk: bytes, writer: asyncio.StreamWriter) -> None:
    if chunk:  # an empty one would end the answer
        writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        await writer.drain()
        await asyncio.sleep(0)  # drain alone need not let anybody else run


@pytest.fixture
async def wire() -> AsyncIterator[WireServer]:
    """A server of this test's own."""
    async with WireServer() as server:
        yield server
