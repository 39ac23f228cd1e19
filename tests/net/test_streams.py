"""Answers that are read while they arrive."""

from __future__ import annotations

import asyncio
import zlib
from contextlib import AsyncExitStack

import pytest

from harness.wire import Reply, WireServer
from modelward.core.errors import AnswerError, KeyRefusedError, NetworkError, UnreachableError
from modelward.net.client import Client
from modelward.net.lines import LONGEST_LINE
from modelward.net.model import Method, Patience
from modelward.net.sse import Events
from net.conftest import CallOf, Waits


async def test_each_line_is_handed_on_as_it_comes(client: Client, wire: WireServer, call: CallOf) -> None:
    drip = asyncio.Semaphore(0)
    wire.route("POST", "/chat", Reply(headers={"x-one": "1"}, chunks=[b"on", b"e\ntwo\r\n", b"thr\xffee"], drip=drip))
    drip.release()
    async with client.stream(call("/chat", method=Method.POST, body={})) as stream:
        assert (stream.status, stream.headers["x-one"]) == (200, "1")
        drip.release()
        assert await anext(stream.lines()) == "one"
        assert await anext(stream.lines()) == "two"
        drip.release()
        assert [line async for line in stream.lines()] == ["thr\ufffdee"]
        assert [line async for line in stream.lines()] == []


async def test_events_come_out_of_a_stream(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/chat", Reply(chunks=[b": ping\n\nevent: delta\nda", b'ta:{"a":\ndata: 1}\n\n', b"data: end"]))
    async with client.stream(call("/chat")) as stream:
        assert [event async for event in Events(stream.lines())] == [("delta", '{"a":\n1}'), ("message", "end")]


async def test_packed_lines_come_as_early_as_others(client: Client, wire: WireServer, call: CallOf) -> None:
    packer = zlib.compressobj(wbits=31)
    chunks = [packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH) for text in (b"one\n", b"two\n")]
    drip = asyncio.Semaphore(1)
    reply = Reply(headers={"content-encoding": "gzip"}, chunks=[*chunks, packer.flush()], drip=drip)
    wire.route("GET", "/chat", reply)
    async with client.stream(call("/chat")) as stream:
        assert await anext(stream.lines()) == "one"
        drip.release()
        assert await anext(stream.lines()) == "two"


async def test_leaving_early_closes_the_connection(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/chat", Reply(endless=b"data: 1\n\n" * 1000))
    async with client.stream(call("/chat")) as stream:
        async for _line in stream.lines():
            break
    async with client.stream(call("/chat")):
        pass
    await wire.until(lambda: wire.open_connections == 0)


async def test_cancelling_a_reader_closes_the_connection(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/chat", Reply(chunks=[b"one\n", b"two\n"], drip=asyncio.Semaphore(1)))
    has_begun = asyncio.Event()

    async def read() -> None:
        async with client.stream(call("/chat")) as stream:
            async for _line in stream.lines():
                has_begun.set()

    reading = asyncio.ensure_future(read())
    await has_begun.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await wire.until(lambda: wire.open_connections == 0)


async def test_an_error_status_raises_at_entering_after_the_tries_allowed(
    client: Client, wire: WireServer, call: CallOf, waits: Waits
) -> None:
    wire.route("GET", "/chat", [Reply(503), Reply(401, body={"error": "no"})])
    with pytest.raises(KeyRefusedError, match="no"):
        async with client.stream(call("/chat")):
            pass
    assert len(waits.slept) == 1


async def failing(client: Client, call: CallOf, **changes: object) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        await _read(client, call, **changes)
    return caught.value


async def _read(client: Client, call: CallOf, **changes: object) -> None:
    async with client.stream(call("/chat", **changes)) as stream:
        async for _line in stream.lines():
            pass


async def test_a_stream_that_breaks_off_is_told_as_such(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/chat", Reply(chunks=[b"data: 1\n\n", b"data: 2\n\n"], cut_after=12))
    assert (await failing(client, call)).what == "Wire broke off."
    assert len(wire.requests) == 1


async def test_a_stream_that_stops_is_not_waited_for(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/chat", Reply(chunks=[b"one\n", b"two\n"], drip=asyncio.Semaphore(1)))
    error = await failing(client, call, patience=Patience(between=0.1))
    assert isinstance(error, UnreachableError)
    assert "did not go on" in error.why


async def test_a_reader_that_takes_its_time_is_not_cut_off(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/chat", Reply(chunks=[b"one\n", b"two\n"]))
    async with client.stream(call("/chat", patience=Patience(connect=5, first_byte=5, between=0.05))) as stream:
        assert await anext(stream.lines()) == "one"
        await asyncio.sleep(0.1)  # longer than the server may take
        assert await anext(stream.lines()) == "two"


async def test_a_stream_that_never_ends_is_cut_at_its_limits(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/chat", Reply(endless=b"data: 1\n\n" * 100))
    assert "too large" in (await failing(client, call, most_bytes=5000)).what
    assert "did not end" in (await failing(client, call, patience=Patience(total=0.1))).why
    wire.route("GET", "/chat", Reply(endless=b"x" * 500_000))
    error = await failing(client, call)
    assert isinstance(error, AnswerError)
    assert error.why == f"One of its lines is longer than {LONGEST_LINE >> 20} MiB."


async def test_a_stream_holds_its_place_in_the_lane(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/chat", Reply(endless=b"\n"))
    wire.route("GET", "/v1/models", Reply(body=[]))
    async with asyncio.TaskGroup() as group:
        async with AsyncExitStack() as held:
            for _ in range(4):
                await held.enter_async_context(client.stream(call("/chat")))
            asking = group.create_task(client.ask(call()))
            await client.ask(call(lane="other"))
            assert [seen.path for seen in wire.requests].count("/v1/models") == 1
        await asking
