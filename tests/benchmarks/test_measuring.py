"""Calls measured through the gateway: what was said, how it ended, what it cost, and when its pieces came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from harness.chat_doubles import OPENAI, Told
from harness.measuring import MeasuringPlace, measuring_place
from harness.wire import Reply, WireServer, wire
from modelward.benchmarks.measuring import What, begun_differently
from modelward.benchmarks.model import CallKind, CallState
from modelward.benchmarks.timing import tpot_ms, ttft_ms
from modelward.core.errors import BudgetError, UnknownModelError
from modelward.providers.model import ChatRequest, Message, Role

__all__ = ["wire"]

MODEL = "openai/gpt-tested"
PATH = "/v1/chat/completions"
REQUEST = ChatRequest("", (Message(Role.USER, "Say something about the sea."),), 100)
WHAT = What("chat", CallKind.RUN)


@pytest.fixture
async def place(wire: WireServer) -> AsyncIterator[MeasuringPlace]:
    async with measuring_place(wire.url, ["gpt-tested"]) as place:
        yield place


def event(content: str) -> bytes:
    return b'data: {"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n' % content.encode()


END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


async def test_a_call_is_measured_with_its_text_usage_and_cost(place: MeasuringPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, OPENAI.reply(Told()))
    measured = await place.measurer.measure(MODEL, REQUEST, WHAT)
    call = measured.measurement
    assert call.state is CallState.DONE
    assert measured.exchange.answer == "".join(Told().text)
    assert measured.exchange.prompt == REQUEST.messages[0].text
    assert not call.tokens_estimated
    assert call.cost == Decimal(call.usage.input_tokens + call.usage.output_tokens) / 1_000_000
    assert 0 < call.timing.headers <= call.timing.first_content <= call.timing.end
    assert len(call.timing.chunks) == len(Told().text)


async def test_the_ledger_knows_the_call(place: MeasuringPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, OPENAI.reply(Told()))
    measured = await place.measurer.measure(MODEL, REQUEST, WHAT)
    state = await place.spending.state()
    assert state.day.spent == measured.measurement.cost


async def test_each_piece_has_its_time_and_the_first_is_the_ttft(place: MeasuringPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, Reply(chunks=[event("one "), event("two "), END]))
    call = (await place.measurer.measure(MODEL, REQUEST, WHAT)).measurement
    first, second = call.timing.chunks
    assert call.timing.headers <= first <= second <= call.timing.end
    assert ttft_ms(call) == first


async def test_an_answer_without_usage_is_counted_by_estimate_and_says_so(
    place: MeasuringPlace, wire: WireServer
) -> None:
    wire.route("POST", PATH, Reply(body=event("x" * 400) + END))
    call = (await place.measurer.measure(MODEL, REQUEST, WHAT)).measurement
    assert call.tokens_estimated
    assert call.usage.output_tokens == 100
    assert call.cost is None  # an estimate is no price


async def test_usage_that_cannot_be_is_replaced_by_an_estimate(place: MeasuringPlace, wire: WireServer) -> None:
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":0}}\n\n'
    wire.route("POST", PATH, Reply(body=event("x" * 400) + usage + END))
    call = (await place.measurer.measure(MODEL, REQUEST, WHAT)).measurement
    assert call.tokens_estimated
    assert call.usage.output_tokens == 100


async def test_an_answer_in_one_piece_tells_nothing_of_its_pace(place: MeasuringPlace, wire: WireServer) -> None:
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":50}}\n\n'
    wire.route("POST", PATH, Reply(body=event("all at once") + usage + END))
    call = (await place.measurer.measure(MODEL, REQUEST, WHAT)).measurement
    assert ttft_ms(call) is not None
    assert tpot_ms(call) is None


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (Reply(status=429, body={"error": {"message": "slow down"}}), CallState.LIMITED),
        (Reply(status=500, body={"error": {"message": "broken"}}), CallState.FAILED),
        (Reply(body=event("half an ans"), cut_after=30), CallState.FAILED),
        (Reply(body=b"<html>Sign in</html>", headers={"content-type": "text/html"}), CallState.FAILED),
        (Reply(body=END), CallState.EMPTY),
    ],
)
async def test_what_goes_wrong_is_a_measurement_with_a_word_on_it(
    place: MeasuringPlace, wire: WireServer, reply: Reply, state: CallState
) -> None:
    wire.route("POST", PATH, reply)
    call = (await place.measurer.measure(MODEL, REQUEST, WHAT)).measurement
    assert call.state is state
    assert bool(call.detail) == (state is not CallState.EMPTY)


async def test_an_answer_without_end_is_cut_off(place: MeasuringPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, Reply(endless=event("x" * 1000)))
    measured = await place.measurer.measure(MODEL, REQUEST, WHAT)
    assert measured.measurement.state is CallState.FAILED
    assert len(measured.exchange.answer) < 10_000


async def test_a_call_that_may_not_go_out_is_told_before_it_is_sent(place: MeasuringPlace, wire: WireServer) -> None:
    await place.preferences.change("spending.day_limit", Decimal(0))
    with pytest.raises(BudgetError):
        await place.measurer.measure(MODEL, REQUEST, WHAT)
    with pytest.raises(UnknownModelError):
        await place.measurer.measure("openai/none", REQUEST, WHAT)
    assert not wire.requests


async def test_a_call_that_is_given_up_ends_at_the_server_too(place: MeasuringPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, Reply(endless=event("."), drip=asyncio.Semaphore(5)))
    asking = asyncio.create_task(place.measurer.measure(MODEL, REQUEST, WHAT))
    await wire.until(lambda: wire.requests)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await wire.until(lambda: not wire.open_connections)


async def test_eight_calls_at_once_are_all_sent_at_once(place: MeasuringPlace, wire: WireServer) -> None:
    drip = asyncio.Semaphore(0)
    wire.route("POST", PATH, Reply(chunks=[event("one "), END], drip=drip))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(place.measurer.measure(MODEL, REQUEST, WHAT)) for _ in range(8)]
        await wire.until(lambda: len(wire.requests) == 8)
        for _ in range(16):
            drip.release()
    assert {task.result().measurement.state for task in tasks} == {CallState.DONE}


def test_no_two_prompts_begin_alike() -> None:
    beginnings = {begun_differently(REQUEST).messages[0].text.split()[0] for _ in range(50)}
    assert len(beginnings) == 50
    assert begun_differently(REQUEST).messages[0].text.endswith(REQUEST.messages[0].text)
