"""A model that can what a test says, behind OpenAI's wire: calls tools, keeps to schemas, sees, thinks, caches, and
has a window of its own beyond which it refuses a text or silently cuts its beginning off."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.chat_doubles import OPENAI, Told
from harness.wire import Reply, Seen
from modelward.benchmarks.drawing import drawn
from modelward.providers.model import EndReason, ToolCall, Usage

CHARACTERS_PER_TOKEN = 5
"""Of this model; others have others."""

BOAT = {"name": "Ilvy", "metres": 11, "colour": "green", "crew": ["Tor", "Runa"]}

_ERRANDS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "Aldby": ("ferry_fare", {"start": "Aldby", "goal": "Norvik", "adults": 3}),
    "Sandhamn": ("book_berth", {"harbour": "sandhamn ", "metres": "9", "nights": 2}),
    "Hollum": ("ferry_fare", {"start": "Hollum", "goal": "Ystra", "adults": 2}),
}
_WORDS = {drawn(word).base64: word for word in ("TOVIK", "BANURE", "LUDOKI")}
_DEFAULT = frozenset({"tools", "structured_output", "vision", "reasoning", "prompt_caching", "told_schema"})


@dataclass
class AbleModel:
    """``skills``: words of capabilities, and "told_schema". ``cuts``: of a text that is too long, instead of refusing.

    ``counts``: it states its usage; ``counts_all``: of what it cut off too. ``first``: replies that
    come before its own. ``misread``: what it makes of a word.
    """

    skills: frozenset[str] = _DEFAULT
    window: int = 1_000_000
    cuts: bool = False
    counts: bool = True
    counts_all: bool = False
    takes_temperature: bool = True
    misread: Callable[[str], str] = str
    first: list[Reply] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    _seen: Counter[str] = field(default_factory=Counter)

    def __call__(self, seen: Seen) -> Reply:
        """The answer to a request, as a route of :class:`harness.wire.WireServer`."""
        body = seen.json
        self.asked.append(body)
        if self.first:
            return self.first.pop(0)
        if not self.takes_temperature and "temperature" in body:
            return _refusal("Unsupported value: 'temperature' does not support 0.0 with this model.")
        text = whole = _text(body["messages"])
        if len(text) // CHARACTERS_PER_TOKEN > self.window:
            if not self.cuts:
                return _refusal(f"This model's maximum context length is {self.window} tokens.")
            text = text[-self.window * CHARACTERS_PER_TOKEN :]
        return OPENAI.reply(self._told(body, text, whole if self.counts_all else text))

    def _told(self, body: dict[str, Any], text: str, counted: str) -> Told:
        calls = self._calls(body, text)
        answer = "" if calls else self._answer(body, text)
        tokens = len(counted) // CHARACTERS_PER_TOKEN
        cached = tokens - tokens % 128 if "prompt_caching" in self.skills and self._seen[text] else 0
        self._seen[text] += 1
        usage = Usage(tokens, cached, output_tokens=30, reasoning_tokens=9 if "reasoning" in self.skills else 0)
        end = EndReason.TOOL_CALLS if calls else EndReason.STOP
        return Told((answer,) if answer else (), calls=calls, usage=usage if self.counts else Usage(), end=end)

    def _calls(self, body: dict[str, Any], text: str) -> tuple[ToolCall, ...]:
        if "tools" not in body or "tools" not in self.skills:
            return ()
        name, arguments = next(errand for word, errand in _ERRANDS.items() if word in text)
        return (ToolCall("c1", name, json.dumps(arguments)),)

    def _answer(self, body: dict[str, Any], text: str) -> str:
        if "response_format" in body:
            return json.dumps(BOAT) if "structured_output" in self.skills else "She is a fine green boat."
        if "JSON" in text:
            return json.dumps(BOAT) if "told_schema" in self.skills else f"```json\n{json.dumps(BOAT)}\n```"
        if pictures := _pictures(body["messages"]):
            return self.misread(_WORDS[pictures[0]]) if "vision" in self.skills else "I see nothing but a grey field."
        if codes := re.findall(r"lock number of the \w+ is (\d+)", text):
            return f"They are {', '.join(codes)}."
        return "It is hard to say."


def _refusal(message: str) -> Reply:
    return Reply(400, body={"error": {"message": message, "type": "invalid_request_error", "code": None}})


def _text(messages: list[dict[str, Any]]) -> str:
    contents = [message["content"] for message in messages]
    return "\n".join(each if isinstance(each, str) else each[-1]["text"] for each in contents)


def _pictures(messages: list[dict[str, Any]]) -> list[str]:
    parts = [part for message in messages if isinstance(message["content"], list) for part in message["content"]]
    return [part["image_url"]["url"].partition(",")[2] for part in parts if part["type"] == "image_url"]
