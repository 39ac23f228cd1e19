"""Whatever a server does wrong becomes one clear error, in time, and leaves no connection behind."""

from __future__ import annotations

import asyncio
import gzip
import socket
import tracemalloc

import pytest

from harness.wire import Reply, WireServer
from modelward.core.errors import AnswerError, NetworkError, UnreachableError
from modelward.core.preferences import Preferences
from modelward.net.client import Client
from modelward.net.decoding import Decoder, TooLargeError
from modelward.net.model import Method, Patience
from net.conftest import CallOf

SHORT = 0.15
PAGE = "<!DOCTYPE html><title>Hotel</title><p>Please sign in"


async def fails(client: Client, call: CallOf, **changes: object) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        await client.ask_json(call(**{"is_repeatable": False} | changes))
    return caught.value


@pytest.mark.parametrize("headers", [{"content-type": "text/html"}, {"content-type": "application/json"}])
async def test_a_captive_portal_s_page_is_told_as_such(
    client: Client, wire: WireServer, call: CallOf, headers: dict[str, str]
) -> None:
    wire.route("GET", "/v1/models", Reply(headers=headers, body=PAGE))
    error = await fails(client, call)
    assert isinstance(error, AnswerError)
    assert "web page" in error.what
    assert "Sign in to the network" in error.todo


@pytest.mark.parametrize(
    "body",
    [b"", b'{"data": [', b"\xff\xfe\x00", b"{'a': 1}", b"[" * 200_000, b"9" * 5000, b"\x00", b"[1] trailing"],
    ids=["empty", "cut", "binary", "python", "deep", "digits", "nul", "more"],
)
async def test_what_is_no_json_is_told_as_such(client: Client, wire: WireServer, call: CallOf, body: bytes) -> None:
    wire.route("GET", "/v1/models", Reply(body=body))
    error = await fails(client, call)
    assert isinstance(error, AnswerError)
    assert error.what == "The answer of Wire cannot be read."


async def test_broken_letters_and_numbers_do_not_cost_the_rest(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/v1/models", Reply(body=b'\xef\xbb\xbf{"a": "caf\xe9", "b": NaN, "c": "\\udc00\\ud83d\\ude00"}'))
    value, _answer = await client.ask_json(call())
    assert value == {"a": "caf\ufffd", "b": None, "c": "\ufffd😀"}


async def test_a_name_that_does_not_exist_is_told_with_the_name(client: Client, call: CallOf) -> None:
    for host in ("api.modelward-test.invalid", "a..b", "a" * 300 + ".invalid"):
        error = await fails(client, call, url=f"https://{host}/v1")
        assert isinstance(error, UnreachableError)
        assert f"{host} is not known" in error.why


async def test_a_closed_port_is_told_with_the_port(client: Client, call: CallOf) -> None:
    with socket.socket() as taken:  # bound and not listening: nobody else gets this port, nobody answers
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        error = await fails(client, call, url=f"http://127.0.0.1:{port}/")
    assert isinstance(error, UnreachableError)
    assert error.why == f"Nothing answers at 127.0.0.1 port {port}."


async def test_an_address_that_is_none_is_told_as_such(client: Client, call: CallOf) -> None:
    for url in (
        "",
        "models",
        "ftp://127.0.0.1/",
        "https://",
        "https://me:secret-planted@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "https://exa mple.com/",
        "https://[::1/",
        "https://\ud800.com/",
        "https://a.com/\x00",
    ):
        error = await fails(client, call, url=url)
        assert isinstance(error, UnreachableError)
        assert error.what == "The address of Wire cannot be used."
        assert "secret-planted" not in str(error)


@pytest.mark.parametrize(
    ("reply", "patience", "why"),
    [
        (Reply(hang=True), Patience(first_byte=SHORT), "did not begin"),
        (Reply(slow_head=0.01), Patience(first_byte=SHORT), "did not begin"),
        (Reply(slow_head=0.01), Patience(total=SHORT), "did not begin"),
        (Reply(chunks=[b"["] * 9, drip=asyncio.Semaphore(1)), Patience(between=SHORT), "did not go on"),
        (Reply(endless=b" "), Patience(total=SHORT), "did not end"),
        (Reply(500, chunks=[b"["] * 9, drip=asyncio.Semaphore(1)), Patience(between=SHORT), "It says: ["),
    ],
    ids=["hangs", "loris", "loris for ever", "stops", "endless", "stops in an error"],
)
async def test_a_server_that_is_too_slow_is_not_waited_for(
    client: Client, wire: WireServer, call: CallOf, reply: Reply, patience: Patience, why: str
) -> None:
    wire.route("GET", "/v1/models", reply)
    async with asyncio.timeout(5):
        error = await fails(client, call, patience=patience)
    assert why in error.why
    await wire.until(lambda: wire.open_connections == 0)


async def test_a_connection_that_does_not_come_about_is_not_waited_for(client: Client, call: CallOf) -> None:
    with socket.socket() as deaf:  # its queue takes one connection, the rest is left without an answer
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        error = await fails(client, call, url=url, patience=Patience(connect=SHORT))
        for filler in fillers:
            filler.close()
    assert isinstance(error, UnreachableError)
    assert "No connection came about within 0.15 seconds" in error.why


@pytest.mark.parametrize(
    "reply", [Reply(body=b"[1, 2, 3]", cut_after=4), Reply(chunks=[b"[1, 2", b", 3]"], cut_after=4), Reply(raw=b"")]
)
async def test_an_answer_that_breaks_off_is_told_as_such(
    client: Client, wire: WireServer, call: CallOf, reply: Reply
) -> None:
    wire.route("GET", "/v1/models", reply)
    error = await fails(client, call)
    assert isinstance(error, AnswerError)
    assert error.what == "Wire broke off."


@pytest.mark.parametrize(
    "raw", [b"220 mail.example ESMTP\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x46" * 20]
)
async def test_what_is_no_http_is_told_as_such(client: Client, wire: WireServer, call: CallOf, raw: bytes) -> None:
    wire.route("GET", "/v1/models", Reply(raw=raw))
    error = await fails(client, call)
    assert isinstance(error, AnswerError)
    assert "no answer of a web server" in error.what


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"x" * 2000),
        Reply(endless=b"x" * 100),
        Reply(headers={"content-encoding": "gzip"}, body=gzip.compress(b"x" * 50_000_000)),
        Reply(headers={"content-encoding": "gzip"}, body=gzip.compress(b"x" * 600) * 4),
    ],
    ids=["huge", "endless", "bomb", "bomb in parts"],
)
async def test_an_answer_that_is_too_large_is_refused_while_it_comes(
    client: Client, wire: WireServer, call: CallOf, reply: Reply
) -> None:
    wire.route("GET", "/v1/models", reply)
    error = await fails(client, call, most_bytes=1000)
    assert isinstance(error, AnswerError)
    assert (error.what, error.why) == ("The answer of Wire is too large.", "More than 1000 bytes came.")


def test_a_bomb_is_never_in_memory_whole() -> None:
    bomb = gzip.compress(b"x" * 50_000_000)
    decoder = Decoder("gzip", 1000)
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            decoder.feed(bomb)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", b"not gzip"),
        ("gzip", gzip.compress(bytes(range(256)) * 9)[:-20]),
        ("deflate", b"\xff\xff\xff"),
        ("br", b"x"),
        ("gzip, gzip", b"x"),
    ],
)
async def test_an_answer_that_cannot_be_unpacked_is_told_as_such(
    client: Client, wire: WireServer, call: CallOf, coding: str, body: bytes
) -> None:
    wire.route("GET", "/v1/models", Reply(headers={"content-encoding": coding}, body=body))
    error = await fails(client, call)
    assert isinstance(error, AnswerError)
    assert error.what == "The answer of Wire cannot be unpacked."


async def test_a_proxy_that_refuses_is_told_as_such(
    client: Client, wire: WireServer, call: CallOf, preferences: Preferences
) -> None:
    await preferences.change("network.proxy", wire.url)
    wire.route("CONNECT", "models.example:443", Reply(403))
    wire.route("GET", "/", Reply(407))
    refused = await fails(client, call, url="https://models.example/v1")
    locked = await fails(client, call, url="http://models.example/", key=None)
    assert (refused.what, refused.why) == (
        "Wire could not be reached through the proxy.",
        "The proxy says: 403 Forbidden.",
    )
    assert "name and a password" in locked.why
    assert isinstance(refused, UnreachableError)
    assert isinstance(locked, UnreachableError)


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_proxy_that_nobody_runs_is_told_as_such(
    client: Client, call: CallOf, preferences: Preferences, kind: str
) -> None:
    await preferences.change("network.proxy", f"{kind}://127.0.0.1:1")
    error = await fails(client, call, url="https://models.example/v1")
    assert isinstance(error, UnreachableError)
    assert error.why == "Nothing answers at 127.0.0.1 port 1."


@pytest.mark.parametrize("proxy", ["http://me:planted@:x"])
async def test_a_proxy_that_cannot_be_used_is_told_without_its_password(
    client: Client, call: CallOf, preferences: Preferences, proxy: str
) -> None:
    await preferences.change("network.proxy", proxy)
    error = await fails(client, call, url="https://models.example/v1")
    assert error.what == "The proxy that is set as network.proxy cannot be used."
    assert "planted" not in str(error)


async def test_a_proxy_of_the_system_that_cannot_be_used_is_told_as_such(
    client: Client, call: CallOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1:1")
    error = await fails(client, call, url="https://models.example/v1")
    assert "of the system's settings" in error.what


async def test_a_post_is_never_sent_twice(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("POST", "/v1/chat", Reply(raw=b""))
    await fails(client, call, url=f"{wire.url}/v1/chat", method=Method.POST, body={})
    assert len(wire.requests) == 1
