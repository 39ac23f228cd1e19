"""Cohere's chat, second version."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from modelward.net.model import Method
from modelward.providers.answering import told
from modelward.providers.cohere_answer import CohereAnswer, usage_of
from modelward.providers.dialect import Line
from modelward.providers.embedding import ask, checked
from modelward.providers.functions import message_body, tool_body
from modelward.providers.jsonparts import Body, items, obj
from modelward.providers.model import ChatRequest, Embeddings, Event, Usage
from modelward.providers.pieces import of_events


class Cohere:
    """Speaks ``/v2/chat`` and ``/v2/embed``."""

    def chat(self, line: Line, request: ChatRequest) -> AsyncGenerator[Event]:
        """See :meth:`.dialect.Dialect.chat`."""
        call = line.call(line.provider.known.chat_path, method=Method.POST, body=_body(request))
        return told(line, call, CohereAnswer(line.provider.title, request), of_events)

    async def embed(self, line: Line, model: str, texts: Sequence[str]) -> Embeddings:
        """See :meth:`.dialect.Dialect.embed`."""
        wish = {"model": model, "texts": list(texts), "input_type": "search_document", "embedding_types": ["float"]}
        body, limits = await ask(line, line.provider.known.embed_path, wish)
        vectors = checked(line.provider.title, items(obj(body.get("embeddings")).get("float")), len(texts))
        return Embeddings(vectors, usage_of(body.get("meta")) or Usage(), limits)


def _body(request: ChatRequest) -> Body:
    body: dict[str, object] = {
        "model": request.model,
        "messages": [message_body(message) for message in request.messages],
        "max_tokens": request.max_output_tokens,
        "stream": True,
    }
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.tools:
        body["tools"] = [tool_body(tool) for tool in request.tools]
    if request.schema is not None:
        body["response_format"] = {"type": "json_object", "json_schema": request.schema}
    return body
