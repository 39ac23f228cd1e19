"""Anthropic's messages."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from modelward.net.model import Method
from modelward.providers.answering import told
from modelward.providers.anthropic_answer import ANSWER_TOOL, AnthropicAnswer
from modelward.providers.dialect import Line
from modelward.providers.embedding import not_offered
from modelward.providers.jsonparts import Body, arguments
from modelward.providers.model import ChatRequest, Embeddings, Event, Message, Role
from modelward.providers.pieces import of_events


class Anthropic:
    """Speaks ``/messages``."""

    def chat(self, line: Line, request: ChatRequest) -> AsyncGenerator[Event]:
        """See :meth:`.dialect.Dialect.chat`."""
        call = line.call(line.provider.known.chat_path, method=Method.POST, body=_body(request))
        return told(line, call, AnthropicAnswer(line.provider.title, request), of_events)

    async def embed(self, line: Line, model: str, texts: Sequence[str]) -> Embeddings:  # noqa: ARG002 - the wire has none
        """Raises NotOfferedError: the wire has no embeddings."""
        raise not_offered(line)


def _body(request: ChatRequest) -> Body:
    body: dict[str, object] = {
        "model": request.model,
        "messages": _messages(request.messages),
        "max_tokens": request.max_output_tokens,
        "stream": True,
    }
    if system := "\n\n".join(message.text for message in request.messages if message.role is Role.SYSTEM):
        body["system"] = system
    if request.temperature is not None:
        body["temperature"] = request.temperature
    tools: list[Body] = [
        {"name": tool.name, "description": tool.description, "input_schema": tool.parameters} for tool in request.tools
    ]
    if request.schema is not None:
        # An answer of a given shape is one that can only be told by calling a tool.
        tools.append({"name": ANSWER_TOOL, "description": "Gives the answer.", "input_schema": request.schema})
        body["tool_choice"] = {"type": "tool", "name": ANSWER_TOOL}
    if tools:
        body["tools"] = tools
    return body


def _messages(messages: Sequence[Message]) -> list[Body]:
    """The messages but the system's; the answers of several tools stand in one message, as the wire demands."""
    bodies: list[Body] = []
    results: list[Body] = []
    for message in messages:
        if message.role is Role.TOOL:
            if not results:
                bodies.append({"role": "user", "content": results})
            results.append({"type": "tool_result", "tool_use_id": message.tool_call_id, "content": message.text})
        elif message.role is not Role.SYSTEM:
            results = []
            bodies.append({"role": message.role.value, "content": _content(message)})
    return bodies


def _content(message: Message) -> object:
    if not message.tool_calls and not message.images:
        return message.text
    blocks: list[Body] = [
        {"type": "image", "source": {"type": "base64", "media_type": image.media_type, "data": image.base64}}
        for image in message.images
    ]
    # The wire refuses a text that is empty.
    blocks += [{"type": "text", "text": message.text}] if message.text else []
    blocks += [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": arguments(call.arguments)}
        for call in message.tool_calls
    ]
    return blocks
