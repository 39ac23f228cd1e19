"""OpenAI's wire in the ways of those who speak it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from harness.chat_doubles import COUNT, LOOK_UP, OPENAI, Told, openai_document, openai_usage
from harness.chats import ASK, Chat, open_client, read_out, settled, text_of
from harness.wire import Reply, WireServer
from modelward.core.errors import AnswerError, RefusedError, ServerFailedError
from modelward.providers.model import (
    Counting,
    Ended,
    EndReason,
    Event,
    ReasoningPart,
    TextPart,
    ToolCall,
    ToolCallDone,
    Usage,
)
from modelward.providers.openai_answer import OpenAIAnswer, usage_of
from modelward.providers.registry import KNOWN


@pytest.fixture
async def chat(wire: WireServer) -> AsyncIterator[Chat]:
    async with open_client() as client:
        yield Chat(OPENAI, wire, client)


def read(*bodies: object) -> list[Event]:
    return read_out(OpenAIAnswer("OpenAI", ASK, Counting.PLAIN), *bodies)


def delta(finish: str | None = None, **parts: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": parts, "finish_reason": finish}]}


def called(**fragment: object) -> dict[str, object]:
    return delta(tool_calls=[fragment])


def calls(*bodies: object) -> list[ToolCall]:
    return [event.call for event in read(*bodies, delta("tool_calls")) if isinstance(event, ToolCallDone)]


STOP = delta("stop")
STOPPED = Ended(EndReason.STOP, "stop")


async def test_a_server_that_cannot_be_asked_for_usage_is_asked_once_more_without(chat: Chat) -> None:
    for status in (400, 422):
        refusal = Reply(status, body={"detail": [{"loc": ["body", "stream_options"], "msg": "stream_options: extra"}]})
        events = await chat.hear([refusal, OPENAI.reply(Told())])
        assert text_of(events) == "".join(Told().text)
        first, second = (seen.json for seen in chat.wire.requests[-2:])
        assert first.pop("stream_options") == {"include_usage": True}
        assert first == second


async def test_other_refusals_are_not_asked_again(chat: Chat) -> None:
    await chat.hear(Reply(400, body={"error": {"message": "messages is too long"}}))
    await chat.hear(Reply(500, body={"error": {"message": "stream_options broke me"}}))
    await chat.hear(OPENAI.sent([b'data: {"error": {"message": "stream_options"}}\n\n']))
    assert isinstance(chat.error, RefusedError)
    assert len(chat.wire.requests) == 3


async def test_a_server_that_does_not_stream_is_understood(chat: Chat) -> None:
    told = Told(calls=(LOOK_UP, COUNT), end=EndReason.TOOL_CALLS)
    streamed = settled(await chat.hear(told))
    whole = await chat.hear(Reply(headers=OPENAI.limit_headers, body=openai_document(told)))
    others = [event for event in streamed if not isinstance(event, TextPart)]
    assert whole == [others[0], TextPart("".join(told.text)), others[3], *others[1:3], others[4]]


async def test_the_bound_stands_under_the_name_that_the_provider_knows(chat: Chat) -> None:
    await chat.hear(Told())
    assert chat.wire.requests[-1].json["max_completion_tokens"] == 100
    others = Chat(replace(OPENAI, known=KNOWN["mistral"]), chat.wire, chat.line.client)
    await others.hear(Told())
    assert chat.wire.requests[-1].json["max_tokens"] == 100
    assert "max_completion_tokens" not in chat.wire.requests[-1].json


async def test_a_stream_that_only_ends_is_whole_once_it_gave_its_reason(chat: Chat) -> None:
    pieces = OPENAI.pieces(Told())
    assert (await chat.hear(OPENAI.sent(pieces[:-1])))[-1] == STOPPED
    assert (await chat.hear(OPENAI.sent(pieces[:-2])))[-1] == STOPPED
    await chat.hear(OPENAI.sent(pieces[:-3]))
    assert isinstance(chat.error, AnswerError)


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_thoughts_have_two_names(name: str) -> None:
    assert read(delta(**{name: "Hm."}), STOP) == [ReasoningPart("Hm."), STOPPED]


def test_thoughts_that_stand_under_both_names_are_told_once() -> None:
    assert read(delta(reasoning="Hm.", reasoning_content="Hm."), STOP) == [ReasoningPart("Hm."), STOPPED]


def test_content_may_be_a_list_of_thoughts_and_texts() -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}, {"type": "text", "text": "…"}]},
        {"type": "thinking", "thinking": "so"},
        {"type": "text", "text": "A fox."},
        {"type": "reference", "reference_ids": [1]},
        "odd",
    ]
    assert read(delta(content=parts), STOP) == [ReasoningPart("Hm…"), ReasoningPart("so"), TextPart("A fox."), STOPPED]


def test_a_refusal_is_told_as_text_and_as_the_reason_of_the_end() -> None:
    assert read(delta(refusal="I will not."), STOP) == [TextPart("I will not."), Ended(EndReason.REFUSAL, "stop")]


def test_a_message_that_repeats_all_that_was_told_is_not_told_again() -> None:
    whole = {"choices": [{"index": 0, "message": {"content": "A fox."}, "delta": {"content": "fox."}}]}
    last = {"choices": [{"index": 0, "message": {"content": "A fox."}, "finish_reason": "stop"}]}
    assert read(delta(content="A "), whole, last) == [TextPart("A "), TextPart("fox."), STOPPED]


@pytest.mark.parametrize("reason", ["error", "abort", "insufficient_system_resource"])
def test_an_answer_that_the_server_gave_up_is_an_error(reason: str) -> None:
    with pytest.raises(ServerFailedError):
        read(delta(content="A "), delta(reason))


def test_a_failure_beside_a_choice_is_an_error() -> None:
    failed = {"choices": [{"index": 0, "delta": {}, "error": {"code": 502, "message": "upstream"}}]}
    with pytest.raises(ServerFailedError):
        read(failed, STOP)


def test_calls_of_tools_may_come_whole_and_without_a_place() -> None:
    first = {"id": "a", "function": {"name": "one", "arguments": "{}"}}
    second = {"id": "b", "function": {"name": "one", "arguments": {"x": 1}}}
    assert calls(delta(tool_calls=[first, second])) == [ToolCall("a", "one", "{}"), ToolCall("b", "one", '{"x": 1}')]


def test_fragments_without_a_place_belong_to_the_call_before_them() -> None:
    bodies = (
        called(id="a", function={"name": "one", "arguments": '{"x"'}),
        called(function={"arguments": ": 1}"}),
        called(function={"name": "two"}),
        called(id="a", function={"arguments": " "}),
    )
    assert calls(*bodies) == [ToolCall("a", "one", '{"x": 1} '), ToolCall("modelward-call-2", "two", "{}")]


def test_calls_that_all_claim_the_first_place_are_told_apart_by_their_ids() -> None:
    bodies = [called(index=0, id=word, function={"name": word, "arguments": "{}"}) for word in ("one", "two")]
    assert [call.name for call in calls(*bodies)] == ["one", "two"]


def test_an_id_or_a_name_that_comes_with_every_fragment_is_one() -> None:
    named = [called(index=0, id="a", function={"name": "one", "arguments": half}) for half in ('{"x":', "1}")]
    assert calls(*named) == [ToolCall("a", "one", '{"x":1}')]
    renewed = [
        called(index=0, id="a", function={"name": "one", "arguments": '{"x":'}),
        called(index=0, id="b", function={"arguments": "1}"}),
    ]
    assert calls(*renewed) == [ToolCall("a", "one", '{"x":1}')]


def test_a_call_without_a_name_is_left_out() -> None:
    assert calls(called(index=0, id="a", function={"arguments": "{}"})) == []


def test_a_model_that_was_made_to_call_a_tool_did_not_just_stop() -> None:
    events = read(called(index=0, id="a", function={"name": "one", "arguments": "{}"}), STOP)
    assert events[-1] == Ended(EndReason.TOOL_CALLS, "stop")


def test_usage_may_stand_in_a_corner_of_groqs() -> None:
    figures = {"prompt_tokens": 5, "completion_tokens": 2}
    events = read({**STOP, "x_groq": {"id": "r", "usage": figures}})
    assert events == [Usage(input_tokens=5, output_tokens=2), STOPPED]


def test_usage_that_grows_with_every_chunk_is_told_as_it_stands_at_the_end() -> None:
    chunks = [{**delta(content="x"), "usage": {"prompt_tokens": 5, "completion_tokens": made}} for made in (1, 2, 3)]
    assert read(*chunks, STOP)[-2] == Usage(input_tokens=5, output_tokens=3)


def test_thoughts_stand_inside_or_beside_the_output_as_the_provider_counts() -> None:
    figures = openai_usage(Usage(input_tokens=21, output_tokens=9, reasoning_tokens=4))
    inside, outside = usage_of(figures, Counting.PLAIN), usage_of(figures, Counting.REASONING_OUTSIDE)
    assert inside is not None
    assert outside is not None
    assert (inside.output_tokens, outside.output_tokens) == (9, 13)
    assert KNOWN["xai"].counting is Counting.REASONING_OUTSIDE


def test_more_thoughts_than_output_can_only_be_counted_beside_it() -> None:
    usage = usage_of(openai_usage(Usage(input_tokens=1, output_tokens=9, reasoning_tokens=40)), Counting.PLAIN)
    assert usage is not None
    assert (usage.output_tokens, usage.reasoning_tokens) == (49, 40)


def test_more_read_from_the_cache_than_there_was_is_unknown() -> None:
    usage = usage_of(openai_usage(Usage(input_tokens=5, cache_read_tokens=6, output_tokens=1)), Counting.PLAIN)
    assert usage == Usage(input_tokens=5, output_tokens=1)


def test_deepseek_tells_what_came_from_the_cache_in_its_own_way() -> None:
    usage = usage_of({"prompt_tokens": 9, "prompt_cache_hit_tokens": 4}, Counting.PLAIN)
    assert usage == Usage(input_tokens=9, cache_read_tokens=4)


@pytest.mark.parametrize(
    ("figures", "cost"),
    [
        ({"cost": 0.000123}, Decimal("0.000123")),
        ({"cost": "0.10"}, Decimal("0.10")),
        ({"cost": 0}, Decimal(0)),
        ({"cost_in_usd_ticks": 12_345}, Decimal("0.0000012345")),
        ({"cost_in_usd_ticks": 50_000_000_000, "cost": 9}, Decimal(5)),
        ({"cost": {"input_tokens_cost": 1, "total_cost": 0.006}}, Decimal("0.006")),
        ({"cost": 0.1, "is_byok": True, "cost_details": {"upstream_inference_cost": 2}}, Decimal("2.1")),
        ({"cost": 0.1, "is_byok": False, "cost_details": {"upstream_inference_cost": 2}}, Decimal("0.1")),
        ({"cost": 0.1, "is_byok": True}, None),
        ({"cost": -1}, None),
        ({"cost": True}, None),
        ({"cost": "free"}, None),
        ({"cost": "NaN"}, None),
        ({"cost": 1e300}, None),
        ({"cost": "1e999999999"}, None),
        ({"cost": 10**5000}, None),
        ({"cost_in_usd_ticks": "1_0"}, None),
        ({}, None),
    ],
)
def test_the_cost_is_what_the_provider_says_or_unknown(figures: dict[str, object], cost: Decimal | None) -> None:
    usage = usage_of({"prompt_tokens": 1, **figures}, Counting.PLAIN)
    assert usage is not None
    assert usage.cost == cost
