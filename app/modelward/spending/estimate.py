"""The most input tokens that a request can have, without the tokenizer of its model.

A token is never shorter than a byte: the tokenizers in use start from the 256 bytes, or from characters with a byte
for each that they do not know, and only join what they start from (byte-level BPE as in GPT-2, Radford et al. 2019,
section 2.2; SentencePiece with byte fallback, Kudo and Richardson 2018). Some first write compatibility characters out
(NFKC), so that a text counts as the longer of both forms. On top comes what a provider writes around the texts:

- per message its role and the marks around it, 3 or 4 tokens at OpenAI (its cookbook, "How to count tokens with
  tiktoken"), the longest header of an open model's template about 10;
- per request the system text that a template adds of itself (gpt-oss, Llama 3 and Qwen: up to about 100 tokens);
- per picture what it is cut into: nobody counts more than OpenAI's small models (its page on images and vision), 2,833
  tokens and 5,667 for each of up to 8 tiles of 512 pixels;
- per request with tools the instructions for their use, up to 735 tokens at Anthropic (its page on tool use), and
  each tool as JSON, which some templates indent.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from struct import unpack

from modelward.providers.model import ChatRequest, Image, Message, Tool

_PER_REQUEST = 256
_PER_MESSAGE = 32
_WITH_TOOLS = 1024
_PER_TOOL = 64
_PER_TILE = 5_667
_PER_PICTURE = 2_833
_TILES = 8
_TILE = 512  # pixels


def most_input_tokens(request: ChatRequest) -> int:
    """No tokenizer makes more tokens of this request."""
    tools = _WITH_TOOLS + sum(map(_tool, request.tools)) if request.tools else 0
    schema = 0 if request.schema is None else _WITH_TOOLS + _json(request.schema)
    return _PER_REQUEST + sum(map(_message, request.messages)) + tools + schema


def most_tokens_of(texts: Sequence[str]) -> int:
    """No tokenizer makes more tokens of these texts, each one by itself."""
    return sum(_PER_MESSAGE + _text(text) for text in texts)


def _message(message: Message) -> int:
    calls = sum(_PER_TOOL + _text(call.id) + _text(call.name) + _json(call.arguments) for call in message.tool_calls)
    pictures = sum(map(_image, message.images))
    return _PER_MESSAGE + _text(message.text) + _text(message.tool_call_id) + calls + pictures


def _image(image: Image) -> int:
    return _PER_PICTURE + _PER_TILE * (1 if _is_small(image.data) else _TILES)


def _is_small(picture: bytes) -> bool:
    """Whether a file is known to be a PNG of one tile; its size stands behind the first 16 bytes."""
    if not picture.startswith(b"\x89PNG\r\n\x1a\n") or len(picture) < 24:
        return False
    width, height = (int(side) for side in unpack(">II", picture[16:24]))
    return width <= _TILE and height <= _TILE


def _tool(tool: Tool) -> int:
    return _PER_TOOL + _text(tool.name) + _json(tool.description) + _json(tool.parameters)


def _json(value: object) -> int:
    # The longest way to write it: indented, each character beyond ASCII as an escape.
    return len(json.dumps(value, indent=4, default=str))


def _text(text: str) -> int:
    """Bytes of a text, in the longer of the forms in which a tokenizer may see it."""
    if text.isascii():
        return len(text)
    return max(_bytes(text), _bytes(unicodedata.normalize("NFKC", text)))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
