"""A key is seen by the server that it is for, and by nobody else: no log, no error, nothing that hangs on one."""

from __future__ import annotations

import gc
import logging
import traceback

import pytest

from harness.wire import Reply, WireServer
from modelward.core.errors import NetworkError
from modelward.core.secret import Secret
from modelward.net.client import Client
from net.conftest import KEY, CallOf

FAILING = [
    Reply(401, body={"error": f"wrong key {KEY}"}),
    Reply(500, body=f"<html>{KEY}"),
    Reply(raw=KEY.encode() + b"\r\n\r\n"),
    Reply(raw=b""),
    Reply(302, {"location": f"https://{KEY}.example/{KEY}"}),
    Reply(200, {"content-encoding": KEY}),
    Reply(200, body=KEY),
]


async def test_no_error_carries_the_key_nor_anything_that_does(
    client: Client, wire: WireServer, call: CallOf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for reply in FAILING:
        wire.route("GET", "/v1/models", reply)
        with pytest.raises(NetworkError) as caught:
            await client.ask_json(call())
        error = caught.value
        assert error.__cause__ is None
        assert error.__context__ is None
        told = "".join(traceback.format_exception(error)) + repr(error) + str(vars(error))
        assert KEY not in told
    assert wire.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]


async def test_a_key_that_is_only_the_server_s_reply_is_hidden_by_its_shape(
    client: Client, wire: WireServer, call: CallOf
) -> None:
    wire.route("GET", "/v1/models", Reply(400, body={"error": "wrong: sk-planted-key-7f3a-of-somebody-else"}))
    with pytest.raises(NetworkError) as caught:
        await client.ask(call(key=Secret("another-planted-key-7f3a")))
    assert "planted" not in str(caught.value)
    gc.collect()
