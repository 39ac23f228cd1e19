"""When a call is sent again, and how long is waited before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire import Reply, WireServer
from modelward.core.errors import (
    AnswerError,
    KeyRefusedError,
    NetworkError,
    NoCreditError,
    RateLimitedError,
    ServerFailedError,
)
from modelward.net import retry
from modelward.net.client import Client
from modelward.net.errorbody import ErrorBody, read
from net.conftest import CallOf, Waits

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
GOOD = Reply(body=[])


def http_date(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, {}, 1.5),
        ({"retry-after": "9"}, {"error": {"details": [{"retryDelay": "27s"}]}}, 9),
        ({"retry-after": http_date(30)}, {}, 30),
        ({"retry-after": http_date(30), "date": http_date(10)}, {}, 20),
        ({}, {"error": {"details": [{"retryDelay": "27s"}]}}, 27),
        ({}, {"error": {"message": "Please try again in 5.289s. Visit us."}}, 5.289),
        ({}, {"error": {"message": "Please try again in 1m2.5s."}}, 62.5),
        ({}, {"error": {"message": "Retry after 20 seconds."}}, 20),
        ({}, {"error": {"message": "try again in 300 milliseconds"}}, 0.3),
        ({"x-ratelimit-reset-requests": "6m0s"}, {}, 360),
        ({"x-ratelimit-reset-tokens": "12ms"}, {}, 0.012),
        ({"x-ratelimit-reset": str(NOW.timestamp() + 40)}, {}, 40),
        ({"x-ratelimit-reset": str(int(NOW.timestamp() + 40) * 1000)}, {}, 40),
        ({"anthropic-ratelimit-tokens-reset": "2026-11-21T12:00:05Z"}, {}, 5),
        ({"ratelimit": '"api";r=0;t=33'}, {}, 33),
        (
            {
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-requests": "12",
                "x-ratelimit-reset-tokens": "40s",
                "x-ratelimit-remaining-tokens": "0",
            },
            {},
            40,
        ),
        ({"retry-after": http_date(-500)}, {}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, {}, None),
        ({"retry-after": "9" * 400}, {}, None),
        ({"retry-after": "-3"}, {}, None),
        ({"retry-after": "soon"}, {"error": {"message": "try again in a while"}}, None),
        ({"x-ratelimit-reset": "0001-01-01T00:00:00Z"}, {}, None),
        ({"date": "31", "retry-after": "2"}, {}, 2),
    ],
)
def test_the_wait_is_the_most_exact_that_is_stated(headers: dict[str, str], body: object, wait: float | None) -> None:
    import json

    found = retry.stated_wait(headers, read(json.dumps(body).encode()), NOW)
    assert found == (None if wait is None else pytest.approx(wait))


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset", "date"]), st.text()))
def test_no_header_whatever_it_holds_breaks_the_wait(headers: dict[str, str]) -> None:
    wait = retry.stated_wait(headers, ErrorBody(), NOW)
    assert wait is None or wait >= 0


@given(st.binary() | st.text().map(str.encode))
def test_no_body_whatever_it_holds_breaks_the_reader(content: bytes) -> None:
    assert len(read(content).words) <= 300


@given(st.integers(1, 50))
def test_a_wait_of_our_own_is_short(tries: int) -> None:
    assert 0 <= retry.backoff(tries) <= 8


async def test_a_call_is_sent_again_after_the_wait_that_was_stated(
    client: Client, wire: WireServer, call: CallOf, waits: Waits
) -> None:
    wire.route("GET", "/v1/models", [Reply(429, {"retry-after": "7"}), Reply(503), GOOD])
    assert (await client.ask(call())).status == 200
    assert waits.slept[0] == 7
    assert 0 <= waits.slept[1] <= 8
    assert len(wire.requests) == 3


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(500), ServerFailedError),
        (Reply(429), RateLimitedError),
        (Reply(409), ServerFailedError),
        (Reply(raw=b""), AnswerError),
        (Reply(body=b"[1]", cut_after=1), AnswerError),
    ],
)
async def test_a_storm_ends_after_three_tries(
    client: Client, wire: WireServer, call: CallOf, waits: Waits, reply: Reply, kind: type[NetworkError]
) -> None:
    wire.route("GET", "/v1/models", reply)
    with pytest.raises(kind):
        await client.ask(call())
    assert len(wire.requests) == 3
    assert len(waits.slept) == 2


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(401), KeyRefusedError),
        (Reply(403, {"x-should-retry": "true"}), KeyRefusedError),
        (Reply(402), NoCreditError),
        (Reply(404), NetworkError),
        (Reply(422), NetworkError),
        (Reply(501), NetworkError),
        (Reply(429, {"retry-after": "1"}, {"error": {"code": "insufficient_quota"}}), NoCreditError),
        (Reply(500, {"x-should-retry": "false"}), ServerFailedError),
        (Reply(raw=b"nonsense\r\n\r\n"), AnswerError),
    ],
)
async def test_what_will_not_pass_is_not_tried_again(
    client: Client, wire: WireServer, call: CallOf, waits: Waits, reply: Reply, kind: type[NetworkError]
) -> None:
    wire.route("GET", "/v1/models", reply)
    with pytest.raises(kind):
        await client.ask(call())
    assert len(wire.requests) == 1
    assert not waits.slept


async def test_a_call_that_may_not_be_repeated_is_sent_once(
    client: Client, wire: WireServer, call: CallOf, waits: Waits
) -> None:
    wire.route("GET", "/v1/models", Reply(429, {"retry-after": "5"}))
    with pytest.raises(RateLimitedError) as caught:
        await client.ask(call(is_repeatable=False))
    assert caught.value.wait_seconds == 5
    assert not waits.slept


@pytest.mark.parametrize("waiting", [["90"], ["40", "40"]])
async def test_more_than_a_minute_is_not_waited_but_told(
    client: Client, wire: WireServer, call: CallOf, waits: Waits, waiting: list[str]
) -> None:
    wire.route("GET", "/v1/models", [Reply(429, {"retry-after": wait}) for wait in waiting])
    with pytest.raises(RateLimitedError) as caught:
        await client.ask(call())
    assert caught.value.wait_seconds == float(waiting[-1])
    assert sum(waits.slept) <= 60


async def test_after_a_429_nobody_in_that_lane_sends_before_the_wait_is_over(
    client: Client, wire: WireServer, call: CallOf, waits: Waits
) -> None:
    wire.route("GET", "/v1/models", [Reply(429, {"retry-after": "30"}), GOOD])
    wire.route("GET", "/other", GOOD)
    with pytest.raises(RateLimitedError):
        await client.ask(call(is_repeatable=False))
    await client.ask(call("/other", lane="other"))
    assert not waits.slept
    await client.ask(call(is_repeatable=False))
    assert waits.slept == [30]


async def test_a_clock_that_is_set_back_does_not_keep_a_lane_closed(
    client: Client, wire: WireServer, call: CallOf, waits: Waits
) -> None:
    wire.route("GET", "/v1/models", [Reply(429, {"retry-after": "30"}), GOOD])
    with pytest.raises(RateLimitedError):
        await client.ask(call(is_repeatable=False))
    waits.now -= timedelta(days=400)
    await client.ask(call())
    assert not waits.slept


async def test_a_wait_can_be_cancelled(wire: WireServer, call: CallOf, client: Client) -> None:
    begun = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        begun.set()
        await asyncio.Event().wait()

    wire.route("GET", "/v1/models", Reply(500))
    client._sleep = sleep
    asking = asyncio.ensure_future(client.ask(call()))
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert len(wire.requests) == 1
