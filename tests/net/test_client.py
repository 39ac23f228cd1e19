"""Calls that succeed: what is sent, and what comes back."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest

from harness.wire import Reply, WireServer
from modelward.core.errors import NetworkError, UnreachableError
from modelward.core.preferences import Preferences
from modelward.core.secret import Secret
from modelward.net.client import Client
from modelward.net.model import Method
from net.conftest import KEY, CallOf


async def test_an_answer_comes_back_with_its_status_headers_and_latency(
    client: Client, wire: WireServer, call: CallOf
) -> None:
    wire.route("GET", "/v1/models", Reply(headers={"X-RateLimit-Limit": "7"}, body={"data": ["ü"]}))
    value, answer = await client.ask_json(call())
    assert value == {"data": ["ü"]}
    assert (answer.status, answer.headers["x-ratelimit-limit"]) == (200, "7")
    assert answer.url == f"{wire.url}/v1/models"
    assert 0 < answer.latency < 5


async def test_the_key_is_sent_in_its_header_alone(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("POST", "/v1/chat", Reply(body={}))
    sent = call(
        "/v1/chat?a=1",
        method=Method.POST,
        params={"b": "ü &"},
        headers={"X-Version": "3"},
        key_header="x-api-key",
        key_prefix="",
        body={"text": "grüße\ud800"},
    )
    await client.ask(sent)
    seen = wire.requests[0]
    assert seen.headers["x-api-key"] == KEY
    assert "authorization" not in seen.headers
    assert KEY not in str([seen.query, seen.path, seen.body]) + repr(sent)
    assert seen.query == {"a": "1", "b": "ü &"}
    assert seen.json == {"text": "grüße\ud800"}
    assert (seen.headers["x-version"], seen.headers["content-type"]) == ("3", "application/json")


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b'{"a":') + gzip.compress(b"1}")),
        ("deflate", zlib.compress(b'{"a":1}')),
        ("deflate", zlib.compress(b'{"a":1}', wbits=-15)),
        ("identity", b'{"a":1}'),
        ("", b'{"a":1}'),
    ],
)
async def test_a_packed_answer_is_unpacked(
    client: Client, wire: WireServer, call: CallOf, coding: str, packed: bytes
) -> None:
    wire.route("GET", "/v1/models", Reply(headers={"content-encoding": coding}, body=packed))
    assert (await client.ask_json(call()))[0] == {"a": 1}
    assert wire.requests[0].headers["accept-encoding"] == "gzip, deflate"


async def test_one_connection_serves_one_call_after_the_other(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/v1/models", Reply(body=[]))
    for _ in range(3):
        await client.ask(call())
    assert wire.connections == 1


async def test_an_answer_not_modified_is_an_answer(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/v1/models", Reply(304))
    answer = await client.ask(call(headers={"if-none-match": '"x"'}))
    assert (answer.status, answer.content) == (304, b"")
    assert wire.requests[0].headers["if-none-match"] == '"x"'


async def test_a_large_answer_is_parsed_to_the_same(client: Client, wire: WireServer, call: CallOf) -> None:
    rows = [{"id": f"model-{number}", "half": "\ud800"} for number in range(5000)]
    wire.route("GET", "/v1/models", Reply(body=rows))
    value, _answer = await client.ask_json(call())
    assert value == [{"id": f"model-{number}", "half": "\ufffd"} for number in range(5000)]


async def test_nothing_is_left_open_after_closing_twice(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/v1/models", Reply(body=[]))
    await client.ask(call())
    assert wire.open_connections == 1
    await client.close()
    await client.close()
    await wire.until(lambda: wire.open_connections == 0)
    with pytest.raises(UnreachableError, match="closing"):
        await client.ask(call())


async def test_a_cancelled_call_closes_its_connection(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/v1/models", Reply(hang=True))
    asking = asyncio.ensure_future(client.ask(call()))
    await wire.until(lambda: wire.requests)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await wire.until(lambda: wire.open_connections == 0)


async def test_at_most_four_calls_of_a_lane_are_under_way(client: Client, wire: WireServer, call: CallOf) -> None:
    drip = asyncio.Semaphore(0)
    wire.route("GET", "/v1/models", Reply(chunks=[b"[]"], drip=drip))
    wire.route("GET", "/other", Reply(body=[]))
    asking = [asyncio.ensure_future(client.ask(call())) for _ in range(6)]
    await wire.until(lambda: len(wire.requests) == 4)
    await client.ask(call("/other", lane="other"))
    assert [seen.path for seen in wire.requests].count("/v1/models") == 4
    for _ in range(6):
        drip.release()
    await asyncio.gather(*asking)
    assert [seen.path for seen in wire.requests].count("/v1/models") == 6


async def test_changed_settings_count_at_the_next_call_and_break_none_under_way(
    client: Client, wire: WireServer, call: CallOf, preferences: Preferences
) -> None:
    drip = asyncio.Semaphore(0)
    wire.route("GET", "/v1/models", Reply(chunks=[b"[", b"]"], drip=drip))
    wire.route("GET", "/far", Reply(body={"through": "proxy"}))
    asking = asyncio.ensure_future(client.ask_json(call()))
    await wire.until(lambda: wire.requests)
    await preferences.change("network.proxy", wire.url)
    far, _answer = await client.ask_json(call(url="http://models.example/far", key=None))
    assert far == {"through": "proxy"}
    drip.release()
    drip.release()
    assert (await asking)[0] == []
    await wire.until(lambda: wire.open_connections == 1)


async def test_this_machine_is_asked_without_the_proxy(
    client: Client, wire: WireServer, call: CallOf, preferences: Preferences
) -> None:
    await preferences.change("network.proxy", "http://127.0.0.1:1")
    wire.route("GET", "/v1/models", Reply(body=[]))
    assert (await client.ask_json(call()))[0] == []


async def test_no_cookie_is_kept(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/v1/models", Reply(headers={"set-cookie": "who=me; Path=/"}, body=[]))
    await client.ask(call())
    await client.ask(call())
    assert "cookie" not in wire.requests[1].headers


@pytest.mark.parametrize("key", ["", "sk planted-key-7f3a", "sk-planted-key-7f3a\n", "sk-planted-key-7f3a-“quoted”"])
async def test_a_key_that_no_header_can_hold_is_refused_before_sending(
    client: Client, wire: WireServer, call: CallOf, key: str
) -> None:
    with pytest.raises(NetworkError, match=r"The key for Wire cannot be sent\.") as caught:
        await client.ask(call(key=Secret(key)))
    assert not wire.requests
    assert "planted" not in str(caught.value)
