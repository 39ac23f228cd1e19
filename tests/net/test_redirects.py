"""Where a redirect is followed, and where a key never goes."""

from __future__ import annotations

import httpx
import pytest

from harness.wire import Reply, WireServer
from modelward.core.errors import AnswerError, KeyRefusedError
from modelward.core.secret import Secret
from modelward.net import guard
from modelward.net.client import Client
from modelward.net.model import Call, Method
from net.conftest import KEY, CallOf


async def test_a_redirect_within_the_host_is_followed_with_the_key(
    client: Client, wire: WireServer, call: CallOf
) -> None:
    wire.route("GET", "/v1/models", Reply(307, {"location": "../v2/models#x"}))
    wire.route("GET", "/v2/models", Reply(body=[1]))
    value, answer = await client.ask_json(call())
    assert value == [1]
    assert answer.url == f"{wire.url}/v2/models"
    assert wire.requests[1].headers["authorization"] == f"Bearer {KEY}"


async def test_no_key_follows_to_another_host_which_is_not_even_asked(
    client: Client, wire: WireServer, call: CallOf
) -> None:
    async with WireServer() as other:
        for elsewhere in (other.url, f"http://localhost:{other.port}"):
            wire.route("GET", "/v1/models", Reply(302, {"location": f"{elsewhere}/steal"}))
            with pytest.raises(AnswerError) as caught:
                await client.ask(call())
            assert "the key was not sent there" in caught.value.why
        assert "localhost" in caught.value.why
        assert other.connections == 0


async def test_a_question_that_changes_something_is_not_sent_on(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("POST", "/v1/chat", Reply(308, {"location": "/v2/chat"}))
    with pytest.raises(AnswerError, match="sent on"):
        await client.ask(call("/v1/chat", method=Method.POST, body={}))
    assert len(wire.requests) == 1


async def test_circles_and_redirects_to_nowhere_end(client: Client, wire: WireServer, call: CallOf) -> None:
    wire.route("GET", "/v1/models", Reply(302, {"location": "/v1/models"}))
    with pytest.raises(AnswerError, match="in circles"):
        await client.ask(call())
    assert len(wire.requests) == 6
    for location in ("ftp://127.0.0.1/", "http://[", "http://me:pw@127.0.0.1/", "javascript:alert(1)"):
        wire.route("GET", "/v1/models", Reply(302, {"location": location}))
        with pytest.raises(AnswerError, match="elsewhere"):
            await client.ask(call(key=None))


KEYED = Secret(KEY)


@pytest.mark.parametrize(
    ("key", "origin", "target", "is_followed"),
    [
        (None, "https://a.com/", "https://b.com/", True),
        (None, "http://a.com/", "https://b.com/", True),
        (None, "http://a.com/", "http://a.com:81/", True),
        (None, "http://a.com/", "http://192.168.1.1/", False),
        (None, "https://a.com/", "http://a.com/", False),
        (KEYED, "https://a.com/", "https://a.com/b", True),
        (KEYED, "http://a.local/", "https://a.local/", True),
        (KEYED, "https://a.com/", "https://a.com.evil.com/", False),
        (KEYED, "https://a.com/", "https://a.com:8443/", False),
        (KEYED, "https://a.com/", "http://a.com/", False),
        (KEYED, "http://a.local:81/", "https://a.local/", False),
    ],
)
def test_a_redirect_is_followed_only_where_it_does_no_harm(
    key: Secret | None, origin: str, target: str, is_followed: bool
) -> None:
    call = Call(server="A", lane="a", url=origin, key=key)
    assert (guard.redirect_refusal(call, httpx.URL(origin), httpx.URL(target)) is None) is is_followed


@pytest.mark.parametrize(
    ("url", "is_sent"),
    [
        ("https://api.example.com/", True),
        ("http://api.example.com/", False),
        ("http://8.8.8.8/", False),
        ("http://[2606:4700::1111]/", False),
        ("http://localhost:11434/", True),
        ("http://127.9.9.9/", True),
        ("http://192.168.1.5/", True),
        ("http://169.254.1.1/", True),
        ("http://[::1]/", True),
        ("http://[fe80::1]/", True),
        ("http://gpu/", True),
        ("http://gpu.local/", True),
        ("http://gpu.lan./", True),
        ("http://gpu.internal/", True),
        ("http://gpu.local.example.com/", False),
    ],
)
def test_over_plain_http_a_key_goes_to_near_hosts_alone(url: str, is_sent: bool) -> None:
    refusal = guard.refusal(Call(server="A", lane="a", url=url, key=KEYED), httpx.URL(url))
    assert (refusal is None) is is_sent
    assert refusal is None or isinstance(refusal, KeyRefusedError)


async def test_a_key_in_an_address_is_never_sent(client: Client, wire: WireServer, call: CallOf) -> None:
    for change in ({"url": f"{wire.url}/{KEY}"}, {"params": {"key": KEY}}):
        with pytest.raises(KeyRefusedError, match="stands in its address") as caught:
            await client.ask(call(**change))
        assert KEY not in str(caught.value)
    assert not wire.requests
