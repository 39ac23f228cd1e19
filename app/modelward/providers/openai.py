"""OpenAI's chat completions, which most providers and local servers speak too."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from modelward.core.errors import RefusedError
from modelward.net.model import Method
from modelward.providers.answering import told
from modelward.providers.dialect import Line
from modelward.providers.embedding import ask, checked, in_order
from modelward.providers.functions import message_body, tool_body
from modelward.providers.model import ChatRequest, Embeddings, Event, KnownProvider, Usage
from modelward.providers.openai_answer import OpenAIAnswer, usage_of
from modelward.providers.pieces import of_events

_WISH_FOR_USAGE = "stream_options"


class OpenAI:
    """Speaks ``/chat/completions`` and ``/embeddings``."""

    async def chat(self, line: Line, request: ChatRequest) -> AsyncGenerator[Event]:
        """See :meth:`.dialect.Dialect.chat`."""
        body = _body(line.provider.known, request)
        try:
            async with aclosing(_answer(line, request, body)) as events:
                async for event in events:
                    yield event
        except RefusedError as refusal:
            if not _is_about_usage(refusal):
                raise
        else:
            return
        # A server that cannot be asked for usage: it refused before it answered, so that nothing was billed.
        del body[_WISH_FOR_USAGE]
        async with aclosing(_answer(line, request, body)) as events:
            async for event in events:
                yield event

    async def embed(self, line: Line, model: str, texts: Sequence[str]) -> Embeddings:
        """See :meth:`.dialect.Dialect.embed`."""
        server, known = line.provider.title, line.provider.known
        body, limits = await ask(line, known.embed_path, {"model": model, "input": list(texts)})
        vectors = checked(server, in_order(server, body.get("data")), len(texts))
        return Embeddings(vectors, usage_of(body.get("usage"), known.counting) or Usage(), limits)


def _answer(line: Line, request: ChatRequest, body: dict[str, object]) -> AsyncGenerator[Event]:
    known = line.provider.known
    answer = OpenAIAnswer(line.provider.title, request, known.counting)
    return told(line, line.call(known.chat_path, method=Method.POST, body=body), answer, of_events)


def _is_about_usage(refusal: RefusedError) -> bool:
    return refusal.status in (400, 422) and _WISH_FOR_USAGE in str(refusal)


def _body(known: KnownProvider, request: ChatRequest) -> dict[str, object]:
    body: dict[str, object] = {
        "model": request.model,
        "messages": [message_body(message) for message in request.messages],
        known.most_output_field: request.max_output_tokens,
        "stream": True,
        _WISH_FOR_USAGE: {"include_usage": True},
    }
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.tools:
        body["tools"] = [tool_body(tool) for tool in request.tools]
    if request.schema is not None:
        wish = {"name": "answer", "schema": request.schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": wish}
    return body
