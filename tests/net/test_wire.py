"""The server that the tests of HTTP stand on does what they ask of it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from harness.wire import Reply, Seen, WireServer


async def test_a_request_is_seen_and_several_replies_come_in_turn(wire: WireServer) -> None:
    wire.route("POST", "/v1/a b", [Reply(201, {"x-one": "1"}, {"ok": 1}), lambda seen: Reply(body=seen.body)])
    async with httpx.AsyncClient(trust_env=False) as client:
        first = await client.post(f"{wire.url}/v1/a%20b?q=1&r=", json={"a": 2}, headers={"X-Two": "2"})
        second = await client.post(f"{wire.url}/v1/a%20b", content=b"back")
        third = await client.post(f"{wire.url}/v1/a%20b", content=b"again")
        missing = await client.get(f"{wire.url}/v1/other")
    assert (first.status_code, first.headers["x-one"], first.json()) == (201, "1", {"ok": 1})
    assert (second.content, third.content, missing.status_code) == (b"back", b"again", 404)
    seen: Seen = wire.requests[0]
    assert (seen.method, seen.path, seen.query, seen.json) == ("POST", "/v1/a b", {"q": "1", "r": ""}, {"a": 2})
    assert seen.headers["x-two"] == "2"
    assert wire.connections == 1


async def test_chunks_come_one_by_one_as_the_test_lets_them_go(wire: WireServer) -> None:
    drip = asyncio.Semaphore(1)
    wire.route("GET", "/", Reply(chunks=[b"one", b"two", b"three"], drip=drip))
    async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", wire.url) as answer:
        expected = iter([b"one", b"two", b"three"])
        async for piece in answer.aiter_raw():
            assert piece == next(expected)
            drip.release()
    assert list(expected) == []


@pytest.mark.parametrize("reply", [Reply(body=b"0123456789", cut_after=4), Reply(chunks=[b"0123456789"], cut_after=4)])
async def test_an_answer_is_cut_off_after_so_many_bytes(wire: WireServer, reply: Reply) -> None:
    wire.route("GET", "/", reply)
    got = [b""]

    async def read() -> None:
        async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", wire.url) as answer:
            async for piece in answer.aiter_raw():
                got[0] += piece

    with pytest.raises(httpx.RemoteProtocolError):
        await read()
    assert got == [b"0123"]


@pytest.mark.parametrize("reply", [Reply(hang=True), Reply(slow_head=60), Reply(endless=b"x")])
async def test_a_server_that_never_ends_notices_that_its_client_has_gone(wire: WireServer, reply: Reply) -> None:
    wire.route("GET", "/", reply)

    async def ask() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=None) as client:
            await client.get(wire.url)

    asking = asyncio.ensure_future(ask())
    await wire.until(lambda: wire.requests)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await wire.until(lambda: wire.open_connections == 0)


async def test_raw_bytes_are_all_that_is_sent(wire: WireServer) -> None:
    wire.route("GET", "/", Reply(raw=b"SMTP ready\r\n"))
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(wire.url)
