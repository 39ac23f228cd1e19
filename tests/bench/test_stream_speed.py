"""What our client costs on a streamed chat: to the first line, and for each, against bare httpx in the same run.

``-m bench -s`` shows the figures.
"""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import httpx
import pytest

from harness.wire import Reply, WireServer
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.secret import Secret
from modelward.core.settings import load
from modelward.net.client import Client
from modelward.net.model import CHATTING, Call, Method

pytestmark = pytest.mark.bench

ROUNDS = 200
EVENTS = 500
FIRST_LINE_SECONDS = 0.002
LINE_SECONDS = 0.000_1
BODY = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "x" * 2000}]}
CHUNK = b'data: {"choices":[{"delta":{"content":"word "}}]}\n\n'
KEY = "sk-planted-key-7f3a-bench"


class Taken(NamedTuple):
    """Seconds from asking to the first line, and from there to the last for each line."""

    first: float
    line: float


Asking = Callable[[], Awaitable[Taken]]


async def timed(begun: float, lines: AsyncIterator[str]) -> Taken:
    await anext(lines)
    first = perf_counter()
    count = 0
    async for _line in lines:
        count += 1
    return Taken(first - begun, (perf_counter() - first) / count)


def bare(http: httpx.AsyncClient, url: str) -> Asking:
    async def ask() -> Taken:
        begun = perf_counter()
        headers = {"authorization": f"Bearer {KEY}"}
        async with http.stream("POST", url, json=BODY, headers=headers) as answer:
            return await timed(begun, answer.aiter_lines())

    return ask


def ours(client: Client, url: str) -> Asking:
    call = Call(
        server="Wire",
        lane="wire",
        url=url,
        method=Method.POST,
        key=Secret(KEY),
        body=BODY,
        patience=CHATTING,
        is_repeatable=False,
    )

    async def ask() -> Taken:
        begun = perf_counter()
        async with client.stream(call) as answer:
            return await timed(begun, answer.lines())

    return ask


def median(all_taken: list[Taken]) -> Taken:
    return Taken(*(statistics.median(column) for column in zip(*all_taken, strict=True)))


async def test_our_client_costs_little_beside_bare_httpx(home: Path, wire: WireServer) -> None:
    paths = Paths.locate()
    client = Client(Preferences(paths, load(paths, os.environ)))
    wire.route("POST", "/chat", Reply(headers={"content-type": "text/event-stream"}, chunks=[CHUNK] * EVENTS))
    async with httpx.AsyncClient(trust_env=False, timeout=None) as http:
        pairs = [bare(http, f"{wire.url}/chat"), ours(client, f"{wire.url}/chat")]
        for ask in pairs:
            await ask()
        taken = [[await ask() for ask in pairs] for _ in range(ROUNDS // 10)]
        wire.route("POST", "/chat", Reply(headers={"content-type": "text/event-stream"}, chunks=[CHUNK] * 2))
        short = [[await ask() for ask in pairs] for _ in range(ROUNDS)]
    await client.close()
    await asyncio.sleep(0)
    theirs, mine = (median([each[side] for each in short]).first for side in (0, 1))
    their_line, my_line = (median([each[side] for each in taken]).line for side in (0, 1))
    print(  # noqa: T201 - the figures are what one runs this for
        f"\nto the first line: bare httpx {theirs * 1000:.2f} ms, ours {mine * 1000:.2f} ms;"
        f" a line: bare httpx {their_line * 1e6:.1f} µs, ours {my_line * 1e6:.1f} µs"
    )
    assert mine - theirs < FIRST_LINE_SECONDS
    assert my_line - their_line < LINE_SECONDS
