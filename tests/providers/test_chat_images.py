"""Pictures in a message, on each dialect's wire."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace

import pytest

from harness.chat_doubles import ANTHROPIC, COHERE, GOOGLE, OLLAMA, OPENAI, ChatDouble, Told
from harness.chats import ASK, Chat, open_client
from harness.wire import WireServer
from modelward.providers.model import Image, Message, Role

PICTURE = Image("image/png", b"\x89PNG planted \x00\xff")
ENCODED = "iVBORyBwbGFudGVkIAD/"
URL = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{ENCODED}"}}
TEXT = {"type": "text", "text": "What is this?"}
SEEN = {
    "openai": [{"role": "user", "content": [URL, TEXT]}],
    "cohere": [{"role": "user", "content": [URL, TEXT]}],
    "anthropic": [
        {
            "role": "user",
            "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": ENCODED}},
                TEXT,
            ],
        }
    ],
    "google": [
        {
            "role": "user",
            "parts": [{"inlineData": {"mimeType": "image/png", "data": ENCODED}}, {"text": "What is this?"}],
        }
    ],
    "ollama": [{"role": "user", "content": "What is this?", "images": [ENCODED]}],
}


@pytest.mark.parametrize("double", [OPENAI, ANTHROPIC, GOOGLE, COHERE, OLLAMA], ids=lambda double: double.dialect)
async def test_a_picture_stands_before_the_text_that_asks_about_it(double: ChatDouble, wire: WireServer) -> None:
    message = Message(Role.USER, "What is this?", images=(PICTURE,))
    async with open_client() as client:
        await Chat(double, wire, client).hear(Told(), replace(ASK, messages=(message,)))
    body = wire.requests[0].json
    assert body["contents" if double is GOOGLE else "messages"] == SEEN[double.dialect]


def test_a_picture_is_sent_whole_and_shows_nothing_of_itself_in_words() -> None:
    assert b64decode(PICTURE.base64) == PICTURE.data
    assert repr(PICTURE) == "Image(media_type='image/png')"
