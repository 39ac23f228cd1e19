"""Messages, and tools and their calls as functions, the way in which OpenAI and Cohere write them, in part Ollama."""

from __future__ import annotations

from modelward.providers.jsonparts import Body
from modelward.providers.model import Message, Role, Tool, ToolCall


def tool_body(tool: Tool) -> Body:
    """A tool that may be called."""
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def call_body(call: ToolCall) -> Body:
    """A call that the model made earlier in the conversation."""
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def message_body(message: Message) -> Body:
    """A message with the calls that it makes or answers."""
    if message.tool_calls:
        # A message that is nothing but calls has no content, which is not the same as an empty one.
        calls = [call_body(call) for call in message.tool_calls]
        return {"role": message.role.value, "content": message.text or None, "tool_calls": calls}
    if message.role is Role.TOOL:
        return {"role": message.role.value, "tool_call_id": message.tool_call_id, "content": message.text}
    if message.images:
        return {"role": message.role.value, "content": _parts(message)}
    return {"role": message.role.value, "content": message.text}


def _parts(message: Message) -> list[Body]:
    parts: list[Body] = [
        {"type": "image_url", "image_url": {"url": f"data:{image.media_type};base64,{image.base64}"}}
        for image in message.images
    ]
    return [*parts, {"type": "text", "text": message.text}]
