"""Stand-ins of chat providers for :class:`harness.wire.WireServer`: what a model tells, on each dialect's true wire.

By hand: ``wire.route("POST", double.path, double.reply(Told()))``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.wire import Reply
from modelward.providers.model import EndReason, KnownProvider, Limit, Per, Provider, ToolCall, Usage
from modelward.providers.registry import KNOWN

MODEL = "planted-model-1"
"""What is asked for; :attr:`Told.model` is who answers."""

LOOK_UP = ToolCall("call_a", "look_up", '{"city": "Zürich"}')
COUNT = ToolCall("call_b", "count", '{"to": 3}')


USAGE = Usage(input_tokens=21, cache_read_tokens=8, output_tokens=9, reasoning_tokens=3)


@dataclass(frozen=True, slots=True)
class Told:
    """What a model tells: pieces of thought, pieces of text, calls of tools, figures, and how it ends."""

    text: tuple[str, ...] = ("Grüezi, ", "world", " 🦊.")
    reasoning: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = USAGE
    end: EndReason = EndReason.STOP
    model: str = "planted-model-1-2026"


@dataclass(frozen=True, slots=True)
class ChatDouble:
    """One dialect's wire. ``pieces``: an answer in the portions that its server sends. ``failure``: the portion that
    tells of a failure of a kind ("overloaded", "rate", "key", "credit"). ``unknown``: portions that nobody knows yet.
    ``silent``: figures of usage that the wire does not carry. ``words``: its words for the ends."""

    dialect: str
    known: KnownProvider
    path: str
    pieces: Callable[[Told], list[bytes]]
    failure: Callable[[str], bytes]
    unknown: tuple[bytes, ...]
    words: Mapping[EndReason, str]
    content_type: str = "text/event-stream"
    silent: frozenset[str] = frozenset()
    says_model: bool = True
    has_call_ids: bool = True
    limit_headers: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()

    def provider(self, url: str) -> Provider:
        """The provider as a person has it whose server stands at an address."""
        return Provider(self.known.id, self.known.title, replace(self.known, base_url=url), is_added=True)

    def usage(self, told: Told) -> Usage:
        """The figures that arrive: those that the wire carries."""
        return replace(told.usage, **dict.fromkeys(self.silent))

    def reply(self, told: Told, *, drip: asyncio.Semaphore | None = None) -> Reply:
        """The whole answer, portion by portion."""
        return self.sent(self.pieces(told), drip=drip)

    def sent(self, chunks: Sequence[bytes], *, drip: asyncio.Semaphore | None = None) -> Reply:
        """An answer of any portions."""
        return Reply(headers={"content-type": self.content_type, **self.limit_headers}, chunks=chunks, drip=drip)


def _line(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _data(body: object) -> bytes:
    return b"data: " + _line(body) + b"\n\n"


def _event(body: Mapping[str, object]) -> bytes:
    return b"event: " + str(body["type"]).encode() + b"\n" + _data(body)


def _less(whole: int | None, *parts: int | None) -> int:
    return (whole or 0) - sum(part or 0 for part in parts)


# ---------------------------------------------------------------- OpenAI

_OPENAI_WORDS = {
    EndReason.STOP: "stop",
    EndReason.LENGTH: "length",
    EndReason.TOOL_CALLS: "tool_calls",
    EndReason.REFUSAL: "content_filter",
    EndReason.OTHER: "something_new",
}


def _openai(told: Told) -> list[bytes]:
    deltas: list[dict[str, object]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": piece} for piece in told.reasoning]
    deltas += [{"content": piece} for piece in told.text]
    for index, call in enumerate(told.calls):
        function: dict[str, object] = {"name": call.name, "arguments": ""}
        deltas.append({"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": function}]})
        for half in _halves(call.arguments):
            deltas.append({"tool_calls": [{"index": index, "function": {"arguments": half}}]})
    chunks = [_openai_chunk(told, [{"index": 0, "delta": delta, "finish_reason": None}]) for delta in deltas]
    chunks.append(_openai_chunk(told, [{"index": 0, "delta": {}, "finish_reason": _OPENAI_WORDS[told.end]}]))
    chunks.append(_openai_chunk(told, [], openai_usage(told.usage)))
    return [b": waiting\n\n", *map(_data, chunks), b"data: [DONE]\n\n"]


def _openai_chunk(told: Told, choices: list[object], usage: object = None) -> dict[str, object]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_780_000_000,
        "model": told.model,
        "service_tier": "default",
        "system_fingerprint": None,
        "choices": choices,
        "usage": usage,
        "obfuscation": "xYz",
    }


def openai_usage(usage: Usage) -> dict[str, object]:
    """Figures as OpenAI states them."""
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": (usage.input_tokens or 0) + (usage.output_tokens or 0),
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens, "audio_tokens": 0},
    }


def openai_document(told: Told) -> dict[str, object]:
    """The answer of a server that does not stream."""
    message = {
        "role": "assistant",
        "content": "".join(told.text),
        "tool_calls": [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in told.calls
        ],
    }
    choice = {"index": 0, "message": message, "finish_reason": _OPENAI_WORDS[told.end]}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": told.model,
        "choices": [choice],
        "usage": openai_usage(told.usage),
    }


def _openai_failure(kind: str) -> bytes:
    said: dict[str, dict[str, object]] = {
        "overloaded": {"message": "The engine is overloaded", "type": "server_error", "code": "overloaded"},
        "rate": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"},
        "key": {"message": "Incorrect API key provided", "type": "invalid_request_error", "code": "invalid_api_key"},
        "credit": {"message": "You exceeded your quota", "type": "insufficient_quota", "code": "insufficient_quota"},
    }
    return _data({"error": {"param": None, **said[kind]}})


OPENAI = ChatDouble(
    dialect="openai",
    known=KNOWN["openai"],
    path="/chat/completions",
    pieces=_openai,
    failure=_openai_failure,
    unknown=(
        _data({"object": "chat.completion.hint", "choices": [{"index": 0, "delta": {"mood": ["fine"]}}]}),
        _data({"choices": [{"index": 1, "delta": {"content": "another choice's"}}, None, 5]}),
        _data({"choices": [{"index": [], "delta": "?", "finish_reason": 7}], "usage": [], "model": 3}),
        _data({"choices": [{"delta": {"content": 5, "tool_calls": [None, {"function": 3}], "reasoning": {}}}]}),
        _data({}),
        b"event: news\nid: 7\nretry: 5\ndata: {}\n\n",
        b": a comment\n\n",
    ),
    words=_OPENAI_WORDS,
    limit_headers={
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
    },
    limits=(Limit(Per.REQUESTS_PER_MINUTE, 500, 499, 0.12),),
)

# ---------------------------------------------------------------- Anthropic

_ANTHROPIC_WORDS = {
    EndReason.STOP: "end_turn",
    EndReason.LENGTH: "max_tokens",
    EndReason.TOOL_CALLS: "tool_use",
    EndReason.REFUSAL: "refusal",
    EndReason.OTHER: "pause_turn",
}


def _anthropic(told: Told) -> list[bytes]:
    usage = told.usage
    given = {
        "input_tokens": _less(usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens),
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "output_tokens": 1,
        "service_tier": "standard",
    }
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": told.model, "content": []}
    events: list[dict[str, object]] = [
        {"type": "message_start", "message": {**message, "stop_reason": None, "usage": given}},
        {"type": "ping"},
    ]
    blocks = _anthropic_blocks(told)
    for index, (block, deltas) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    made = {
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"thinking_tokens": usage.reasoning_tokens},
    }
    end = {"stop_reason": _ANTHROPIC_WORDS[told.end], "stop_sequence": None}
    events += [{"type": "message_delta", "delta": end, "usage": made}, {"type": "message_stop"}]
    return [_event(event) for event in events]


def _anthropic_blocks(told: Told) -> list[tuple[dict[str, object], list[dict[str, object]]]]:
    blocks: list[tuple[dict[str, object], list[dict[str, object]]]] = []
    if told.reasoning:
        thoughts: list[dict[str, object]] = [{"type": "thinking_delta", "thinking": piece} for piece in told.reasoning]
        thoughts.append({"type": "signature_delta", "signature": "c2lnbmVk"})
        blocks.append(({"type": "thinking", "thinking": "", "signature": ""}, thoughts))
    if told.text:
        blocks.append(({"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in told.text]))
    for call in told.calls:
        halves: list[dict[str, object]] = [
            {"type": "input_json_delta", "partial_json": half} for half in ("", *_halves(call.arguments))
        ]
        blocks.append(({"type": "tool_use", "id": call.id, "name": call.name, "input": {}}, halves))
    return blocks


def _anthropic_failure(kind: str) -> bytes:
    types = {
        "overloaded": "overloaded_error",
        "rate": "rate_limit_error",
        "key": "authentication_error",
        "credit": "billing_error",
    }
    return _event({"type": "error", "error": {"type": types[kind], "message": "It cannot go on"}, "request_id": None})


ANTHROPIC = ChatDouble(
    dialect="anthropic",
    known=KNOWN["anthropic"],
    path="/messages",
    pieces=_anthropic,
    failure=_anthropic_failure,
    unknown=(
        _event({"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": {}}}),
        _event({"type": "content_block_start", "index": 9, "content_block": {"type": "server_tool_use", "id": "s"}}),
        _event({"type": "content_block_delta"}),
        _event({"type": "message_delta", "delta": None, "usage": "many"}),
        _event({"type": "mood", "mood": "fine"}),
        _data({"type": ["odd"]}),
        b"event: ping\ndata: {}\n\n",
    ),
    words=_ANTHROPIC_WORDS,
    limit_headers={
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
    },
    limits=(Limit(Per.REQUESTS_PER_MINUTE, 50, 49),),
)

# ---------------------------------------------------------------- Google

_GOOGLE_WORDS = {
    EndReason.STOP: "STOP",
    EndReason.LENGTH: "MAX_TOKENS",
    EndReason.TOOL_CALLS: "STOP",
    EndReason.REFUSAL: "SAFETY",
    EndReason.OTHER: "MALFORMED_FUNCTION_CALL",
}


def _google(told: Told) -> list[bytes]:
    parts: list[dict[str, object]] = [{"text": piece, "thought": True} for piece in told.reasoning]
    parts += [{"text": piece} for piece in told.text]
    parts += [
        {"functionCall": {"name": call.name, "args": json.loads(call.arguments)}, "thoughtSignature": call.signature}
        for call in told.calls
    ]
    usage = told.usage
    figures = {
        "promptTokenCount": usage.input_tokens,
        "candidatesTokenCount": _less(usage.output_tokens, usage.reasoning_tokens),
        "thoughtsTokenCount": usage.reasoning_tokens,
        "cachedContentTokenCount": usage.cache_read_tokens,
        "totalTokenCount": (usage.input_tokens or 0) + (usage.output_tokens or 0),
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": usage.input_tokens}],
    }
    rest = {"usageMetadata": figures, "modelVersion": told.model, "responseId": "r1"}
    bodies = [{"candidates": [{"content": {"role": "model", "parts": [part]}, "index": 0}], **rest} for part in parts]
    bodies.append({"candidates": [{"finishReason": _GOOGLE_WORDS[told.end], "index": 0}], **rest})
    return [b"data: " + _line(body) + b"\r\n\r\n" for body in bodies]


def _google_failure(kind: str) -> bytes:
    said = {
        "overloaded": (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
        "rate": (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted."),
        "key": (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
        "credit": (402, "FAILED_PRECONDITION", "Billing is not enabled."),
    }
    code, status, message = said[kind]
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    error = {"code": code, "message": message, "status": status, "details": details if kind == "key" else []}
    return _data({"error": error})


GOOGLE = ChatDouble(
    dialect="google",
    known=KNOWN["google"],
    path=f"/models/{MODEL}:streamGenerateContent",
    pieces=_google,
    failure=_google_failure,
    unknown=(
        _data({"candidates": [{"content": {"parts": [{"executableCode": {"code": "1"}}, None, {"text": 4}]}}]}),
        _data({"candidates": [{"content": [], "finishReason": 5, "index": "0"}], "usageMetadata": 9}),
        _data({"candidates": "none", "promptFeedback": {"safetyRatings": []}}),
        _data({"candidates": [{"content": {"parts": [{"functionCall": {"args": {}}}]}}]}),
        _data({}),
    ),
    words=_GOOGLE_WORDS,
    has_call_ids=False,
)

# ---------------------------------------------------------------- Cohere

_COHERE_WORDS = {
    EndReason.STOP: "COMPLETE",
    EndReason.LENGTH: "MAX_TOKENS",
    EndReason.TOOL_CALLS: "TOOL_CALL",
    EndReason.OTHER: "SOMETHING_NEW",
}


def _cohere(told: Told) -> list[bytes]:
    start = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    events: list[dict[str, object]] = [{"type": "message-start", "id": "1", "delta": {"message": start}}]
    contents = [("thinking", told.reasoning), ("text", told.text)]
    for index, (kind, pieces) in enumerate((kind, pieces) for kind, pieces in contents if pieces):
        content: dict[str, object] = {"type": kind, kind: ""}
        events.append(_cohere_event("content-start", index, {"content": content}))
        events += [_cohere_event("content-delta", index, {"content": {kind: piece}}) for piece in pieces]
        events.append({"type": "content-end", "index": index})
    for index, call in enumerate(told.calls):
        function = {"name": call.name, "arguments": ""}
        begun = {"id": call.id, "type": "function", "function": function}
        events.append(_cohere_event("tool-call-start", index, {"tool_calls": begun}))
        for half in _halves(call.arguments):
            events.append(_cohere_event("tool-call-delta", index, {"tool_calls": {"function": {"arguments": half}}}))
        events.append({"type": "tool-call-end", "index": index})
    usage = {
        "billed_units": {"input_tokens": _float(told.usage.input_tokens), "output_tokens": told.usage.output_tokens},
        "tokens": {"input_tokens": 999.0, "output_tokens": 99.0},
        "cached_tokens": _float(told.usage.cache_read_tokens),
    }
    events.append({"type": "message-end", "delta": {"finish_reason": _COHERE_WORDS[told.end], "usage": usage}})
    return [_event(event) for event in events]


def _cohere_event(kind: str, index: int, message: Mapping[str, object]) -> dict[str, object]:
    return {"type": kind, "index": index, "delta": {"message": message}}


def _cohere_failure(kind: str) -> bytes:
    messages = {"overloaded": "overloaded", "rate": "rate limit", "key": "invalid api token", "credit": "no credit"}
    codes = {"overloaded": 503, "rate": 429, "key": 401, "credit": 402}
    return _data({"error": {"message": messages[kind], "code": codes[kind]}})


COHERE = ChatDouble(
    dialect="cohere",
    known=KNOWN["cohere"],
    path="/v2/chat",
    pieces=_cohere,
    failure=_cohere_failure,
    unknown=(
        _event({"type": "citation-start", "index": 0, "delta": {"message": {"citations": {"start": 1}}}}),
        _event({"type": "content-delta", "index": 0, "delta": {"message": {"content": ["odd"]}}}),
        _event({"type": "tool-call-delta", "delta": {"message": {"tool_calls": None}}}),
        _event({"type": "content-delta"}),
        _event({"type": "debug", "prompt": "…"}),
        _data({"type": {"odd": 1}}),
    ),
    words=_COHERE_WORDS,
    silent=frozenset({"reasoning_tokens"}),
    says_model=False,
)

# ---------------------------------------------------------------- Ollama

_OLLAMA_WORDS = {
    EndReason.STOP: "stop",
    EndReason.LENGTH: "length",
    EndReason.TOOL_CALLS: "stop",
    EndReason.OTHER: "unload",
}


def _ollama(told: Told) -> list[bytes]:
    messages: list[dict[str, object]] = [{"content": "", "thinking": piece} for piece in told.reasoning]
    messages += [{"content": piece} for piece in told.text]
    messages += [
        {"content": "", "tool_calls": [{"function": {"name": call.name, "arguments": json.loads(call.arguments)}}]}
        for call in told.calls
    ]
    rest = {"model": told.model, "created_at": "2026-11-20T10:00:00.123456Z"}
    rows = [{**rest, "message": {"role": "assistant", **message}, "done": False} for message in messages]
    last = {
        **rest,
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": _OLLAMA_WORDS[told.end],
        "total_duration": 4_883_583_458,
        "prompt_eval_count": told.usage.input_tokens,
        "eval_count": told.usage.output_tokens,
    }
    return [_line(row) + b"\n" for row in (*rows, last)]


def _ollama_failure(kind: str) -> bytes:
    said = {
        "overloaded": {"error": "server overloaded, please try again"},
        "rate": {"error": "too many requests, rate limit reached"},
        "key": {"error": "unauthorized", "signin_url": "https://ollama.com/connect"},
        "credit": {"error": "insufficient credit, payment required"},
    }
    return _line(said[kind]) + b"\n"


OLLAMA = ChatDouble(
    dialect="ollama",
    known=KNOWN["ollama"],
    path="/api/chat",
    pieces=_ollama,
    failure=_ollama_failure,
    unknown=(
        _line({"message": {"content": 3, "tool_calls": [None, {"function": {"arguments": {}}}]}}) + b"\n",
        _line({"message": "none", "done": "no", "model": 5}) + b"\n",
        _line({"mood": "fine"}) + b"\n",
        b"\n",
    ),
    words=_OLLAMA_WORDS,
    content_type="application/x-ndjson",
    silent=frozenset({"cache_read_tokens", "reasoning_tokens"}),
    has_call_ids=False,
)

DOUBLES = (OPENAI, ANTHROPIC, GOOGLE, COHERE, OLLAMA)


def _halves(text: str) -> tuple[str, str]:
    middle = len(text) // 2
    return text[:middle], text[middle:]


def _float(figure: int | None) -> float | None:
    return None if figure is None else float(figure)
