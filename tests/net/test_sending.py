"""Bytes and files that are sent as they are, and the questions that have no answer but their status."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from harness.wire import Reply, WireServer
from modelward.core.errors import AnswerError, InputError, NotOfferedError, RefusedError, UnreachableError
from modelward.net.client import Client
from modelward.net.model import MIB, FileBody, Method, Patience
from net.conftest import CallOf

CONTENT = bytes(range(256)) * 12_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "blob"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """More than the system keeps for a server that does not read."""
    path = tmp_path / "large"
    path.write_bytes(bytes(32 * MIB))
    return path


async def test_a_file_is_sent_as_it_is_and_tells_how_far_it_is(
    client: Client, wire: WireServer, call: CallOf, file: Path
) -> None:
    wire.route("POST", "/blob", Reply(201))
    told: list[int] = []
    answer = await client.ask(call("/blob", method=Method.POST, content=FileBody(file, told.append)))
    seen = wire.requests[0]
    assert answer.status == 201
    assert seen.body == CONTENT
    assert seen.headers["content-length"] == str(len(CONTENT))
    assert seen.headers["content-type"] == "application/octet-stream"
    assert told == [MIB, 2 * MIB, len(CONTENT)]


async def test_bytes_are_sent_as_they_are(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("POST", "/blob", Reply(201))
    await client.ask(call("/blob", method=Method.POST, content=b"\x00\xff"))
    assert wire.requests[0].body == b"\x00\xff"


async def test_a_file_is_sent_whole_again_at_the_next_try(
    client: Client, wire: WireServer, call: CallOf, file: Path
) -> None:
    wire.route("POST", "/blob", [Reply(503), Reply(200)])
    await client.ask(call("/blob", method=Method.POST, content=FileBody(file)))
    assert [seen.body == CONTENT for seen in wire.requests] == [True, True]


async def test_an_empty_file_is_sent(client: Client, wire: WireServer, call: CallOf, tmp_path: Path) -> None:
    wire.route("POST", "/blob", Reply(200))
    (tmp_path / "empty").touch()
    await client.ask(call("/blob", method=Method.POST, content=FileBody(tmp_path / "empty")))
    assert wire.requests[0].headers["content-length"] == "0"


@pytest.mark.parametrize("name", ["missing", "."])
async def test_a_file_that_cannot_be_read_is_told_by_its_name(
    client: Client, call: CallOf, tmp_path: Path, name: str
) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        await client.ask(call("/blob", method=Method.POST, content=FileBody(tmp_path / name)))


async def test_a_refusal_before_the_file_was_taken_is_told_as_such(client: Client, call: CallOf, large: Path) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"error":"digest mismatch"}'
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        await reader.read(4 * MIB)
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        sent = replace(call("/blob", method=Method.POST, content=FileBody(large)), url=f"http://127.0.0.1:{port}/blob")
        # What was not read resets the connection, which may reach us before the refusal does.
        with pytest.raises((RefusedError, AnswerError, UnreachableError)):
            await client.ask(replace(sent, is_repeatable=False))


async def test_a_server_that_takes_nothing_of_a_file_is_given_up(client: Client, call: CallOf, large: Path) -> None:
    gone = asyncio.Event()

    async def take_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    async with await asyncio.start_server(take_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        patience = Patience(first_byte=0.2, total=None)
        sent = call("/blob", method=Method.POST, content=FileBody(large), patience=patience, is_repeatable=False)
        with pytest.raises(UnreachableError, match="It did not take the question within"):
            await client.ask(replace(sent, url=f"http://127.0.0.1:{port}/blob"))
        gone.set()


async def test_head_asks_for_the_status_alone(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("HEAD", "/blob", Reply(200, body=b"x" * 20))
    answer = await client.ask(call("/blob", method=Method.HEAD))
    assert (answer.status, answer.content) == (200, b"")
    with pytest.raises(NotOfferedError):
        await client.ask(call("/other", method=Method.HEAD))


async def test_delete_carries_its_json(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("DELETE", "/model", Reply(200))
    await client.ask(call("/model", method=Method.DELETE, body={"model": "a"}))
    assert (wire.requests[0].method, wire.requests[0].json) == ("DELETE", {"model": "a"})


async def test_only_questions_that_change_nothing_follow_a_redirect(
    client: Client, wire: WireServer, call: CallOf
) -> None:
    for method in ("HEAD", "DELETE"):
        wire.route(method, "/old", Reply(307, {"location": "/new"}))
        wire.route(method, "/new", Reply(200))
    assert (await client.ask(call("/old", method=Method.HEAD))).url.endswith("/new")
    with pytest.raises(AnswerError, match="elsewhere"):
        await client.ask(call("/old", method=Method.DELETE))
