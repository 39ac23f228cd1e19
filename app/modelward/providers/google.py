"""Google's Gemini API."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from urllib.parse import quote

from modelward.net.model import Method
from modelward.providers.answering import told
from modelward.providers.calls import MADE_UP
from modelward.providers.dialect import Line
from modelward.providers.embedding import ask, checked
from modelward.providers.google_answer import GoogleAnswer, usage_of
from modelward.providers.jsonparts import Body, arguments, items, obj
from modelward.providers.model import ChatRequest, Embeddings, Event, Message, Role, ToolCall, Usage
from modelward.providers.pieces import of_events

_UNSIGNED = "skip_thought_signature_validator"
"""What Gemini accepts for a call that it did not make itself (ai.google.dev, "Thought signatures")."""


class Google:
    """Speaks ``:streamGenerateContent`` and ``:batchEmbedContents``."""

    def chat(self, line: Line, request: ChatRequest) -> AsyncGenerator[Event]:
        """See :meth:`.dialect.Dialect.chat`."""
        path = _path(line.provider.known.chat_path, request.model)
        call = line.call(path, method=Method.POST, params={"alt": "sse"}, body=_body(request))
        return told(line, call, GoogleAnswer(line.provider.title, request), of_events)

    async def embed(self, line: Line, model: str, texts: Sequence[str]) -> Embeddings:
        """See :meth:`.dialect.Dialect.embed`."""
        name = f"models/{model.removeprefix('models/')}"
        wishes = [{"model": name, "content": {"parts": [{"text": text}]}} for text in texts]
        body, limits = await ask(line, _path(line.provider.known.embed_path, model), {"requests": wishes})
        figures = [obj(each).get("values") for each in items(body.get("embeddings"))]
        vectors = checked(line.provider.title, figures, len(texts))
        return Embeddings(vectors, usage_of(body.get("usageMetadata")) or Usage(), limits)


def _path(pattern: str, model: str) -> str:
    return pattern.replace("{model}", quote(model.removeprefix("models/"), safe=""))


def _body(request: ChatRequest) -> Body:
    bounds: dict[str, object] = {"maxOutputTokens": request.max_output_tokens}
    if request.temperature is not None:
        bounds["temperature"] = request.temperature
    if request.schema is not None:
        bounds |= {"responseMimeType": "application/json", "responseJsonSchema": request.schema}
    body: dict[str, object] = {"contents": _contents(request.messages), "generationConfig": bounds}
    if system := [{"text": message.text} for message in request.messages if message.role is Role.SYSTEM]:
        body["systemInstruction"] = {"parts": system}
    if request.tools:
        declared = [
            {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters}
            for tool in request.tools
        ]
        body["tools"] = [{"functionDeclarations": declared}]
    return body


def _contents(messages: Sequence[Message]) -> list[Body]:
    """The messages but the system's; the answers of several tools stand in one message, as the wire demands."""
    contents: list[Body] = []
    called: dict[str, str] = {}
    results: list[Body] = []
    for message in messages:
        called |= {call.id: call.name for call in message.tool_calls}
        if message.role is Role.TOOL:
            if not results:
                contents.append({"role": "user", "parts": results})
            results.append(_result(message, called.get(message.tool_call_id, "")))
        elif message.role is not Role.SYSTEM:
            results = []
            contents.append({"role": "model" if message.role is Role.ASSISTANT else "user", "parts": _parts(message)})
    return contents


def _parts(message: Message) -> list[Body]:
    parts: list[Body] = [
        {"inlineData": {"mimeType": image.media_type, "data": image.base64}} for image in message.images
    ]
    parts += [{"text": message.text}] if message.text or not message.tool_calls else []
    return parts + [_call(call, is_first=place == 0) for place, call in enumerate(message.tool_calls)]


def _call(call: ToolCall, *, is_first: bool) -> Body:
    made = _named(call.id) | {"name": call.name, "args": arguments(call.arguments)}
    # Of several calls in one message the first alone is signed.
    signature = call.signature or (_UNSIGNED if is_first else "")
    return {"functionCall": made} | ({"thoughtSignature": signature} if signature else {})


def _result(message: Message, name: str) -> Body:
    told = {"name": name, "response": {"result": message.text}}
    return {"functionResponse": _named(message.tool_call_id) | told}


def _named(call_id: str) -> dict[str, object]:
    """The id of a call, where it is Google's."""
    return {} if not call_id or call_id.startswith(MADE_UP) else {"id": call_id}
