"""What is Ollama's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from harness.chat_doubles import LOOK_UP, OLLAMA, Told
from harness.chats import ASK, Chat, open_client, read_out
from harness.wire import WireServer
from modelward.providers.model import Ended, EndReason, Message, Role, TextPart, ToolCall, ToolCallDone, Usage
from modelward.providers.ollama_answer import OllamaAnswer


@pytest.fixture
async def chat(wire: WireServer) -> AsyncIterator[Chat]:
    async with open_client() as client:
        yield Chat(OLLAMA, wire, client)


def test_an_older_servers_end_without_a_reason_is_a_stop() -> None:
    events = read_out(OllamaAnswer("Ollama", ASK), {"message": {"content": "Hi"}}, {"done": True})
    assert events == [TextPart("Hi"), Ended(EndReason.STOP, "stop")]


def test_the_last_line_may_hold_text_too() -> None:
    line = {"message": {"content": "Hi"}, "done": True, "done_reason": "length", "eval_count": 1}
    events = read_out(OllamaAnswer("Ollama", ASK), line)
    assert events == [TextPart("Hi"), Usage(output_tokens=1), Ended(EndReason.LENGTH, "length")]


def test_the_word_for_the_end_is_short_and_can_be_shown() -> None:
    ended = read_out(OllamaAnswer("Ollama", ASK), {"done": True, "done_reason": "odd\x1b[31m\n" + "x" * 5000})[-1]
    assert isinstance(ended, Ended)
    assert ended.said.startswith("odd [31m xxx")
    assert len(ended.said) <= 60


def test_a_call_keeps_its_own_id() -> None:
    call = {"id": "c1", "function": {"name": "now", "arguments": {}}}
    events = read_out(OllamaAnswer("Ollama", ASK), {"message": {"tool_calls": [call]}, "done": True})
    assert events == [ToolCallDone(ToolCall("c1", "now", "{}")), Ended(EndReason.TOOL_CALLS, "stop")]


async def test_a_tools_result_names_the_tool_and_the_call(chat: Chat) -> None:
    messages = (Message(Role.ASSISTANT, "", (LOOK_UP,)), Message(Role.TOOL, "8001", tool_call_id=LOOK_UP.id))
    await chat.hear(Told(), replace(ASK, messages=messages))
    assert chat.wire.requests[0].json["messages"] == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "call_a", "function": {"name": "look_up", "arguments": {"city": "Zürich"}}}],
        },
        {"role": "tool", "content": "8001", "tool_name": "look_up", "tool_call_id": "call_a"},
    ]
