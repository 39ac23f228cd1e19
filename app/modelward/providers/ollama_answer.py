"""What the lines of Ollama's chat tell."""

from __future__ import annotations

from modelward.providers.calls import made_up_id
from modelward.providers.endings import broke_off, ended
from modelward.providers.jsonparts import Body, items, obj, text, written
from modelward.providers.model import (
    ChatRequest,
    EndReason,
    Event,
    ReasoningPart,
    ServerTimes,
    TextPart,
    ToolCall,
    ToolCallDone,
    Usage,
)
from modelward.providers.usage import count, nanoseconds

_ENDS = {"stop": EndReason.STOP, "length": EndReason.LENGTH}


class OllamaAnswer:
    """One answer, line by line; see :class:`.answering.Reading`."""

    def __init__(self, server: str, request: ChatRequest) -> None:
        self.model = ""
        self.is_over = False
        self._server = server
        self._request = request
        self._calls = 0
        self._said = ""

    def read(self, body: Body) -> list[Event]:
        """See :meth:`.answering.Reading.read`."""
        self.model = self.model or text(body.get("model"))
        message = obj(body.get("message"))
        thought, said = text(message.get("thinking")), text(message.get("content"))
        events: list[Event] = [ReasoningPart(thought)] if thought else []
        events += [TextPart(said)] if said else []
        for call in map(obj, items(message.get("tool_calls"))):
            events += self._call(call)
        if body.get("done") is True:
            self.is_over = True
            self._said = text(body.get("done_reason")) or "stop"  # older servers give no reason
            usage = usage_of(body)
            events += [] if usage == Usage() else [usage]
            times = _times_of(body)
            events += [] if times == ServerTimes() else [times]
        return events

    def end(self) -> list[Event]:
        """See :meth:`.answering.Reading.end`."""
        if not self.is_over:
            raise broke_off(self._server)
        return [ended(self._said, _ENDS, has_calls=self._calls > 0)]

    def _call(self, call: Body) -> list[Event]:
        function = obj(call.get("function"))
        if not (name := text(function.get("name"))):
            return []
        call_id = text(call.get("id")) or made_up_id(self._request, self._calls)
        self._calls += 1
        return [ToolCallDone(ToolCall(call_id, name, written(function.get("arguments")) or "{}"))]


def usage_of(body: Body) -> Usage:
    """Figures of usage in our words; the wire has no more than these."""
    return Usage(input_tokens=count(body.get("prompt_eval_count")), output_tokens=count(body.get("eval_count")))


def _times_of(body: Body) -> ServerTimes:
    return ServerTimes(
        total_ns=nanoseconds(body.get("total_duration")),
        load_ns=nanoseconds(body.get("load_duration")),
        prompt_eval_ns=nanoseconds(body.get("prompt_eval_duration")),
        eval_ns=nanoseconds(body.get("eval_duration")),
    )
