"""Calls timed in a process of their own: told as on a thread, ended when given up, and when the process dies."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from harness.benchmarks import answer
from harness.chat_doubles import OPENAI, Told
from harness.measuring import KEY, MeasuringPlace, measuring_place
from harness.wire import Reply, WireServer
from modelward.benchmarks.measuring import What
from modelward.benchmarks.model import CallKind, CallState
from modelward.benchmarks.stage_apart import StageApart
from modelward.providers.model import ChatRequest, Message, Role

MODEL, PATH = "openai/gpt-tested", "/v1/chat/completions"
REQUEST = ChatRequest("", (Message(Role.USER, "Say something about the sea."),), 100)
WHAT = What("chat", CallKind.RUN)


@pytest.fixture
async def place(wire: WireServer) -> AsyncIterator[MeasuringPlace]:
    async with measuring_place(wire.url, ["gpt-tested"], stage=StageApart) as place:
        yield place


async def test_a_call_is_measured_as_on_a_thread(place: MeasuringPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, OPENAI.reply(Told()))
    measured = await place.measurer.measure(MODEL, REQUEST, WHAT)
    call = measured.measurement
    assert call.state is CallState.DONE
    assert measured.exchange.answer == "".join(Told().text)
    assert 0 <= call.timing.headers <= call.timing.first_content <= call.timing.end
    assert len(call.timing.chunks) == len(Told().text)
    assert call.cost is not None
    assert wire.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_errors_come_over_whole_and_the_next_call_goes_on(place: MeasuringPlace, wire: WireServer) -> None:
    limited = Reply(status=429, headers={"retry-after": "0"}, body={"error": {"message": "slow down"}})
    wire.route("POST", PATH, [limited, answer()])
    first = await place.measurer.measure(MODEL, REQUEST, WHAT)
    assert (first.measurement.state, first.measurement.detail) == (CallState.LIMITED, str(first.error))
    assert "slow down" in str(first.error)
    second = await place.measurer.measure(MODEL, REQUEST, WHAT)
    assert second.measurement.state is CallState.DONE


async def test_a_call_that_is_given_up_ends_at_the_server_too(place: MeasuringPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, Reply(hang=True))
    asking = asyncio.create_task(place.measurer.measure(MODEL, REQUEST, WHAT))
    await wire.until(lambda: wire.requests)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await wire.until(lambda: not wire.open_connections)


async def test_the_death_of_the_process_fails_its_calls_and_the_next_begins_another(
    place: MeasuringPlace, wire: WireServer
) -> None:
    wire.route("POST", PATH, [Reply(hang=True), answer()])
    asking = asyncio.create_task(place.measurer.measure(MODEL, REQUEST, WHAT))
    await wire.until(lambda: wire.requests)
    os.kill(place.stage._process.pid, signal.SIGKILL)
    assert (await asking).measurement.state is CallState.FAILED
    assert (await place.measurer.measure(MODEL, REQUEST, WHAT)).measurement.state is CallState.DONE


async def test_closing_ends_what_runs(place: MeasuringPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, Reply(hang=True))
    asking = asyncio.create_task(place.measurer.measure(MODEL, REQUEST, WHAT))
    await wire.until(lambda: wire.requests)
    await place.stage.close()
    await place.stage.close()
    assert (await asking).measurement.state is CallState.FAILED
