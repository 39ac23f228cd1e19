"""What is Google's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from harness.chat_doubles import COUNT, GOOGLE, LOOK_UP, Told
from harness.chats import ASK, Chat, open_client, read_out
from harness.wire import Reply, WireServer
from modelward.core.errors import KeyRefusedError
from modelward.providers.google_answer import GoogleAnswer, usage_of
from modelward.providers.model import (
    Ended,
    EndReason,
    Event,
    Message,
    Role,
    ToolCall,
    ToolCallDone,
    Usage,
)


@pytest.fixture
async def chat(wire: WireServer) -> AsyncIterator[Chat]:
    async with open_client() as client:
        yield Chat(GOOGLE, wire, client)


def read(*bodies: object) -> list[Event]:
    return read_out(GoogleAnswer("Google", ASK), *bodies)


async def test_the_wish_to_stream_and_the_systems_words_stand_where_google_wants_them(chat: Chat) -> None:
    await chat.hear(Told(), replace(ASK, messages=(Message(Role.SYSTEM, "Be brief."), *ASK.messages)))
    seen = chat.wire.requests[0]
    assert seen.query == {"alt": "sse"}
    assert seen.json["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert seen.json["contents"] == [{"role": "user", "parts": [{"text": "Who is there?"}]}]


async def test_calls_go_back_signed_and_results_stand_together_under_their_names(chat: Chat) -> None:
    calls = (replace(LOOK_UP, id="modelward-call-1", signature="c2ln"), replace(COUNT, id="theirs-2"))
    unsigned = replace(LOOK_UP, id="modelward-call-3")
    messages = (
        *ASK.messages,
        Message(Role.ASSISTANT, "", calls),
        Message(Role.TOOL, "8001", tool_call_id="modelward-call-1"),
        Message(Role.TOOL, "three", tool_call_id="theirs-2"),
        Message(Role.ASSISTANT, "", (unsigned,)),
    )
    await chat.hear(Told(), replace(ASK, messages=messages))
    assert chat.wire.requests[0].json["contents"][1:] == [
        {
            "role": "model",
            "parts": [
                {"functionCall": {"name": "look_up", "args": {"city": "Zürich"}}, "thoughtSignature": "c2ln"},
                {"functionCall": {"id": "theirs-2", "name": "count", "args": {"to": 3}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": "look_up", "response": {"result": "8001"}}},
                {"functionResponse": {"id": "theirs-2", "name": "count", "response": {"result": "three"}}},
            ],
        },
        {
            "role": "model",
            "parts": [
                {
                    "functionCall": {"name": "look_up", "args": {"city": "Zürich"}},
                    "thoughtSignature": "skip_thought_signature_validator",
                }
            ],
        },
    ]


async def test_a_name_cannot_lead_to_another_path(chat: Chat) -> None:
    for name in ("../../files?x=", "models/a/b:delete#", "a%2Fb"):
        await chat.hear(Told(), replace(ASK, model=name))
        seen = chat.wire.requests[-1]
        assert seen.path == f"/models/{name.removeprefix('models/')}:streamGenerateContent"
        assert seen.query == {"alt": "sse"}


async def test_a_bad_key_is_told_as_one_although_the_status_is_400(chat: Chat) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    error = {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT", "details": details}
    await chat.hear(Reply(400, body={"error": error}))
    assert type(chat.error) is KeyRefusedError


def test_a_question_that_is_blocked_ends_as_a_refusal() -> None:
    events = read({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "modelVersion": "m"})
    assert events == [Ended(EndReason.REFUSAL, "PROHIBITED_CONTENT")]


def test_a_call_keeps_its_own_id_and_its_signature() -> None:
    part = {"functionCall": {"id": "f1", "name": "now"}, "thoughtSignature": "c2ln"}
    events = read({"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}]})
    assert events == [ToolCallDone(ToolCall("f1", "now", "{}", "c2ln")), Ended(EndReason.TOOL_CALLS, "STOP")]


@pytest.mark.parametrize("word", ["SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"])
def test_what_google_holds_back_is_a_refusal(word: str) -> None:
    assert read({"candidates": [{"finishReason": word}]}) == [Ended(EndReason.REFUSAL, word)]


def test_thoughts_are_output_and_what_tools_brought_in_is_input() -> None:
    figures = {
        "promptTokenCount": 10,
        "toolUsePromptTokenCount": 5,
        "cachedContentTokenCount": 4,
        "candidatesTokenCount": 7,
        "thoughtsTokenCount": 30,
    }
    expected = Usage(input_tokens=15, cache_read_tokens=4, output_tokens=37, reasoning_tokens=30)
    assert usage_of(figures) == expected


def test_a_figure_that_is_left_out_because_it_is_zero_follows_from_the_total() -> None:
    assert usage_of({"promptTokenCount": 10, "totalTokenCount": 10}) == Usage(input_tokens=10, output_tokens=0)
    assert usage_of({"promptTokenCount": 10}) == Usage(input_tokens=10)
    assert usage_of({"promptTokenCount": 10, "totalTokenCount": 3}) == Usage(input_tokens=10)
