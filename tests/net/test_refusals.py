"""Answers with an error status become the error that says what to do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.wire import Reply, WireServer
from modelward.core.errors import (
    KeyRefusedError,
    NoCreditError,
    NotOfferedError,
    RateLimitedError,
    RefusedError,
    ServerFailedError,
)
from modelward.core.secret import Secret
from modelward.net import errorbody, refusals
from modelward.net.client import Client
from modelward.net.model import Call
from net.conftest import KEY, CallOf

GEMINI_KEY = {
    "error": {
        "code": 400,
        "message": "API key not valid.",
        "status": "INVALID_ARGUMENT",
        "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}],
    }
}
GEMINI_PACE = {
    "error": {
        "code": 429,
        "message": "You exceeded your current quota, please check your plan and billing details.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "27s"}],
    }
}


def said(message: str, code: str | None = None, kind: str = "") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": code}}


def judged(status: int, body: object) -> RefusedError:
    """The refusal that an answer becomes."""
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    call = Call(server="Wire", lane="wire", url="https://wire.example/", key=Secret(KEY))
    error = refusals.refused(call, status, {}, errorbody.read(content), datetime(2026, 11, 21, tzinfo=UTC)).error
    assert isinstance(error, RefusedError)
    return error


async def refusal(client: Client, wire: WireServer, call: CallOf, reply: Reply, **changes: Any) -> RefusedError:
    wire.route("GET", "/v1/models", reply)
    with pytest.raises(RefusedError) as caught:
        await client.ask(call(**{"is_repeatable": False} | changes))
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, said("Incorrect API key", "invalid_api_key"), KeyRefusedError),
        (401, {"detail": "Unauthorized"}, KeyRefusedError),
        (400, GEMINI_KEY, KeyRefusedError),
        (400, [GEMINI_KEY], KeyRefusedError),
        (400, {"error": "Incorrect API key provided: xai***"}, KeyRefusedError),
        (498, {"message": "invalid token", "id": "1"}, KeyRefusedError),
        (403, said("Your key lacks the right"), KeyRefusedError),
        (403, said("Flagged by moderation"), RefusedError),
        (403, "<html>firewall", RefusedError),
        (402, {"error": {"message": "Insufficient credits", "code": 402}}, NoCreditError),
        (429, said("You exceeded your current quota", "insufficient_quota"), NoCreditError),
        (429, {"type": "error", "error": {"type": "billing_error", "message": "x"}}, NoCreditError),
        (400, said("Your credit balance is too low"), NoCreditError),
        (429, said("You reached the spend limit of your workspace"), NoCreditError),
        (429, said("Slow down", "rate_limit_exceeded"), RateLimitedError),
        (429, GEMINI_PACE, RateLimitedError),
        (404, said("No such model", "model_not_found"), NotOfferedError),
        (410, b"", NotOfferedError),
        (405, b"", NotOfferedError),
        (408, b"", ServerFailedError),
        (409, b"", ServerFailedError),
        (498, said("capacity exceeded"), ServerFailedError),
        (500, b"\xff\xfe", ServerFailedError),
        (503, said("Loading model"), ServerFailedError),
        (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, ServerFailedError),
        (413, b"", RefusedError),
        (422, {"detail": [{"loc": ["body"], "msg": "field required", "type": "missing"}]}, RefusedError),
        (499, b"", RefusedError),
    ],
)
def test_a_refusal_is_told_by_its_kind(status: int, body: object, kind: type[RefusedError]) -> None:
    error = judged(status, body)
    assert type(error) is kind
    assert error.status == status
    assert "Wire" in error.what


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (said("one"), "one"),
        ({"error": "two"}, "two"),
        ({"message": "three"}, "three"),
        ({"message": {"detail": [{"msg": "four"}]}}, "four"),
        ({"detail": [{"msg": "five"}, {"msg": "six"}]}, "five; six"),
        ("plain seven", "plain seven"),
    ],
)
def test_the_server_s_own_words_are_repeated_whatever_their_shape(body: object, words: str) -> None:
    assert judged(422, body).why == f"It says: {words}."


@pytest.mark.parametrize("body", [b"", {}, [], None, {"error": None}, {"detail": {}}, 7, {"error": [[[[[["x"]]]]]]}])
def test_a_refusal_without_words_names_its_status(body: object) -> None:
    assert judged(500, body).why == "The status is 500."


async def test_hostile_words_are_shown_short_on_one_line_and_without_keys(
    client: Client, wire: WireServer, call: CallOf
) -> None:
    text = f"\x1b[31mred\u202e\r\n{KEY} and gsk_abcdefghijklmnop " + "x" * 30_000
    error = await refusal(client, wire, call, Reply(500, body=said(text)))
    assert error.why.startswith("It says: [31mred *** and gsk_*** xxx")
    assert len(error.why) < 350
    assert "\x1b" not in error.why


async def test_a_missing_key_is_asked_for(client: Client, wire: WireServer, call: CallOf) -> None:
    error = await refusal(client, wire, call, Reply(401), key=None)
    assert error.what == "Wire wants a key."


async def test_an_error_that_goes_on_for_ever_is_read_in_part(client: Client, wire: WireServer, call: CallOf) -> None:
    error = await refusal(client, wire, call, Reply(503, endless=b"sorry " * 100))
    assert error.what == "Wire is overloaded."
    await wire.until(lambda: wire.open_connections == 0)
