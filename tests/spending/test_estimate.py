"""The upper bound of a request's input tokens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modelward.providers.model import ChatRequest, Image, Message, Role, Tool, ToolCall
from modelward.spending.estimate import most_input_tokens, most_tokens_of


def request(*texts: str, tools: tuple[Tool, ...] = ()) -> ChatRequest:
    return ChatRequest("m", tuple(Message(Role.USER, text) for text in texts), 10, tools=tools)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=50), min_size=1, max_size=5))
def test_every_byte_of_every_text_may_be_a_token(texts: list[str]) -> None:
    size = sum(len(text.encode()) for text in texts)
    assert most_input_tokens(request(*texts)) >= size + 4 * len(texts)
    assert most_tokens_of(texts) >= size + len(texts)


def test_a_text_counts_as_long_as_a_tokenizer_may_write_it_out() -> None:
    ligature = "\ufdfa"  # 3 bytes; 33 where compatibility characters are written out
    assert most_tokens_of([ligature * 100]) >= 3300


def test_half_a_character_is_no_error() -> None:
    assert most_input_tokens(request("\ud800")) > 3


def test_tools_their_calls_and_schemas_count_whole() -> None:
    plain = request("hi")
    tool = Tool("look", "Looks.", {"type": "object", "properties": {"x" * 5000: {"type": "string"}}})
    call = Message(Role.ASSISTANT, "", (ToolCall("c1", "look", "y" * 3000),))
    called = ChatRequest("m", (*plain.messages, call), 10)
    bound = ChatRequest("m", plain.messages, 10, schema=tool.parameters)
    base = most_input_tokens(plain)
    assert most_input_tokens(request("hi", tools=(tool,))) > base + 5000
    assert most_input_tokens(called) > base + 3000
    assert most_input_tokens(bound) > base + 5000


def test_a_picture_counts_by_its_size_and_as_large_where_that_is_unknown() -> None:
    def with_picture(data: bytes) -> int:
        message = Message(Role.USER, "", images=(Image("image/png", data),))
        return most_input_tokens(ChatRequest("m", (message,), 10)) - most_input_tokens(request(""))

    def head(width: int, height: int) -> bytes:
        return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + width.to_bytes(4) + height.to_bytes(4)

    assert with_picture(head(512, 512)) == 8_500
    assert with_picture(head(512, 513)) == with_picture(b"") == with_picture(b"\x89PNG\r\n\x1a\n") == 48_169
