"""Ollama's own chat, of which every line is a piece of the answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from modelward.net.model import Method
from modelward.providers.answering import told
from modelward.providers.dialect import Line
from modelward.providers.embedding import ask, checked
from modelward.providers.functions import tool_body
from modelward.providers.jsonparts import Body, arguments
from modelward.providers.model import ChatRequest, Embeddings, Event, Message, Role
from modelward.providers.ollama_answer import OllamaAnswer, usage_of
from modelward.providers.pieces import of_lines


class Ollama:
    """Speaks ``/api/chat`` and ``/api/embed``."""

    def chat(self, line: Line, request: ChatRequest) -> AsyncGenerator[Event]:
        """See :meth:`.dialect.Dialect.chat`."""
        call = line.call(line.provider.known.chat_path, method=Method.POST, body=_body(request))
        return told(line, call, OllamaAnswer(line.provider.title, request), of_lines)

    async def embed(self, line: Line, model: str, texts: Sequence[str]) -> Embeddings:
        """See :meth:`.dialect.Dialect.embed`."""
        body, limits = await ask(line, line.provider.known.embed_path, {"model": model, "input": list(texts)})
        return Embeddings(checked(line.provider.title, body.get("embeddings"), len(texts)), usage_of(body), limits)


def _body(request: ChatRequest) -> Body:
    options: dict[str, object] = {"num_predict": request.max_output_tokens}
    if request.temperature is not None:
        options["temperature"] = request.temperature
    body: dict[str, object] = {
        "model": request.model,
        "messages": _messages(request.messages),
        "options": options,
        "stream": True,
    }
    if request.tools:
        body["tools"] = [tool_body(tool) for tool in request.tools]
    if request.schema is not None:
        body["format"] = request.schema
    return body


def _messages(messages: Sequence[Message]) -> list[Body]:
    bodies: list[Body] = []
    called: dict[str, str] = {}
    for message in messages:
        called |= {call.id: call.name for call in message.tool_calls}
        body: dict[str, object] = {"role": message.role.value, "content": message.text}
        if message.tool_calls:
            body["tool_calls"] = [
                {"id": call.id, "function": {"name": call.name, "arguments": arguments(call.arguments)}}
                for call in message.tool_calls
            ]
        if message.role is Role.TOOL:
            # Older servers know the tool by its name alone, newer ones the call by its id as well.
            body |= {"tool_name": called.get(message.tool_call_id, ""), "tool_call_id": message.tool_call_id}
        if message.images:
            body["images"] = [image.base64 for image in message.images]
        bodies.append(body)
    return bodies
