"""What is Anthropic's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from harness.chat_doubles import ANTHROPIC, COUNT, LOOK_UP, Told
from harness.chats import ASK, Chat, open_client, read_out
from harness.wire import WireServer
from modelward.providers.anthropic_answer import AnthropicAnswer
from modelward.providers.model import (
    ChatRequest,
    Ended,
    EndReason,
    Event,
    Message,
    Role,
    TextPart,
    ToolCall,
    ToolCallDone,
    Usage,
)

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}


@pytest.fixture
async def chat(wire: WireServer) -> AsyncIterator[Chat]:
    async with open_client() as client:
        yield Chat(ANTHROPIC, wire, client)


def read(*bodies: object, request: ChatRequest = ASK) -> list[Event]:
    return read_out(AnthropicAnswer("Anthropic", request), *bodies)


def end(reason: str = "end_turn", **usage: object) -> dict[str, object]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


async def test_the_systems_words_stand_apart_and_results_of_tools_stand_together(chat: Chat) -> None:
    messages = (
        Message(Role.SYSTEM, "Be brief."),
        *ASK.messages,
        Message(Role.ASSISTANT, "", (LOOK_UP, replace(COUNT, arguments="broken"))),
        Message(Role.TOOL, "8001", tool_call_id=LOOK_UP.id),
        Message(Role.TOOL, "three", tool_call_id=COUNT.id),
        Message(Role.SYSTEM, "Be kind."),
        Message(Role.USER, "And?"),
    )
    await chat.hear(Told(), replace(ASK, messages=messages))
    seen = chat.wire.requests[0]
    assert seen.headers["anthropic-version"] == "2023-06-01"
    assert seen.json["system"] == "Be brief.\n\nBe kind."
    assert seen.json["messages"] == [
        {"role": "user", "content": "Who is there?"},
        {
            "role": "assistant",
            "content": [
                {"type": "tool_use", "id": "call_a", "name": "look_up", "input": {"city": "Zürich"}},
                {"type": "tool_use", "id": "call_b", "name": "count", "input": {"arguments": "broken"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "call_a", "content": "8001"},
                {"type": "tool_result", "tool_use_id": "call_b", "content": "three"},
            ],
        },
        {"role": "user", "content": "And?"},
    ]


async def test_an_answer_of_a_given_shape_is_asked_for_as_a_tool_and_told_as_text(chat: Chat) -> None:
    call = ToolCall("toolu_1", "answer", '{"city": "Zürich"}')
    events = await chat.hear(Told(text=(), calls=(call,), end=EndReason.TOOL_CALLS), replace(ASK, schema=SCHEMA))
    body = chat.wire.requests[0].json
    assert body["tool_choice"] == {"type": "tool", "name": "answer"}
    assert body["tools"][-1]["input_schema"] == SCHEMA
    assert "".join(event.text for event in events if isinstance(event, TextPart)) == '{"city": "Zürich"}'
    assert not any(isinstance(event, ToolCallDone) for event in events)
    assert events[-1] == Ended(EndReason.STOP, "tool_use")


def test_a_tool_of_that_name_is_a_tool_where_no_shape_is_wanted() -> None:
    block = {"type": "tool_use", "id": "t", "name": "answer", "input": {}}
    begun = {"type": "content_block_start", "index": 0, "content_block": block}
    assert read(begun, end("tool_use")) == [
        ToolCallDone(ToolCall("t", "answer", "{}")),
        Ended(EndReason.TOOL_CALLS, "tool_use"),
    ]


def test_an_input_that_comes_whole_is_taken() -> None:
    block = {"type": "tool_use", "id": "t", "name": "look_up", "input": {"city": "Zug"}}
    begun = {"type": "content_block_start", "index": 0, "content_block": block}
    assert read(begun, end("tool_use"))[0] == ToolCallDone(ToolCall("t", "look_up", '{"city": "Zug"}'))
    shaped = read({**begun, "content_block": {**block, "name": "answer"}}, end(), request=replace(ASK, schema=SCHEMA))
    assert shaped[0] == TextPart('{"city": "Zug"}')


def test_all_of_the_input_is_what_was_sent_read_from_the_cache_and_written_to_it() -> None:
    given = {"input_tokens": 3, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 100, "output_tokens": 1}
    start = {"type": "message_start", "message": {"model": "m", "usage": given}}
    usage = Usage(input_tokens=123, cache_read_tokens=100, cache_write_tokens=20, output_tokens=40)
    assert read(start, end(output_tokens=40)) == [usage, Ended(EndReason.STOP, "end_turn")]


def test_the_input_is_known_before_the_answer_ends() -> None:
    """A call that breaks off has cost its input all the same."""
    answer = AnthropicAnswer("Anthropic", ASK)
    events = answer.read({"type": "message_start", "message": {"usage": {"input_tokens": 3, "output_tokens": 1}}})
    assert events == [Usage(input_tokens=3, output_tokens=1)]


def test_later_figures_replace_earlier_ones_unless_they_say_nothing() -> None:
    start = {"type": "message_start", "message": {"usage": {"input_tokens": 3, "output_tokens": 1}}}
    assert read(start, end(input_tokens=None, output_tokens=5))[0] == Usage(input_tokens=3, output_tokens=5)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("stop_sequence", EndReason.STOP),
        ("model_context_window_exceeded", EndReason.LENGTH),
        ("something_new", EndReason.OTHER),
    ],
)
def test_ends_have_their_reasons(said: str, reason: EndReason) -> None:
    assert read(end(said)) == [Ended(reason, said)]
