"""What the events of Cohere's chat tell."""

from __future__ import annotations

from modelward.providers.calls import GrowingCalls
from modelward.providers.endings import broke_off, ended, gave_up
from modelward.providers.jsonparts import Body, obj, place, text, written
from modelward.providers.model import ChatRequest, EndReason, Event, ReasoningPart, TextPart, Usage
from modelward.providers.usage import count, part

_ENDS = {
    "complete": EndReason.STOP,
    "stop_sequence": EndReason.STOP,
    "max_tokens": EndReason.LENGTH,
    "tool_call": EndReason.TOOL_CALLS,
}
_GIVEN_UP = frozenset({"error", "timeout"})


class CohereAnswer:
    """One answer, event by event; see :class:`.answering.Reading`."""

    def __init__(self, server: str, request: ChatRequest) -> None:
        self.model = ""  # the wire never says it
        self.is_over = False
        self._server = server
        self._calls = GrowingCalls(request)
        self._said = ""

    def read(self, body: Body) -> list[Event]:
        """See :meth:`.answering.Reading.read`."""
        delta = obj(body.get("delta"))
        message = obj(delta.get("message"))
        match body.get("type"):
            case "content-start" | "content-delta":
                return _content(obj(message.get("content")))
            case "tool-plan-delta":
                plan = text(message.get("tool_plan"))
                return [ReasoningPart(plan)] if plan else []
            case "tool-call-start" | "tool-call-delta":
                self._call(body.get("index"), obj(message.get("tool_calls")))
            case "message-end":
                return self._end(delta)
        return []

    def end(self) -> list[Event]:
        """See :meth:`.answering.Reading.end`."""
        if not self._said:
            raise broke_off(self._server)
        calls = self._calls.done()
        return [*calls, ended(self._said, _ENDS, has_calls=bool(calls))]

    def _call(self, index: object, call: Body) -> None:
        function = obj(call.get("function"))
        self._calls.add(
            place(index),
            call_id=text(call.get("id")),
            name=text(function.get("name")),
            arguments=written(function.get("arguments")),
        )

    def _end(self, delta: Body) -> list[Event]:
        self.is_over = True
        self._said = text(delta.get("finish_reason"))
        if self._said.lower() in _GIVEN_UP:
            raise gave_up(self._server, text(delta.get("error")) or self._said)
        usage = usage_of(delta.get("usage"))
        return [] if usage is None else [usage]


def _content(content: Body) -> list[Event]:
    thought, said = text(content.get("thinking")), text(content.get("text"))
    events: list[Event] = [ReasoningPart(thought)] if thought else []
    return events + ([TextPart(said)] if said else [])


def usage_of(raw: object) -> Usage | None:
    """Figures of usage in our words: what is billed, or what was counted where that is not said. None where none is."""
    figures = obj(raw)
    billed, counted = obj(figures.get("billed_units")), obj(figures.get("tokens"))
    given = count(billed.get("input_tokens"))
    made = count(billed.get("output_tokens"))
    given = count(counted.get("input_tokens")) if given is None else given
    made = count(counted.get("output_tokens")) if made is None else made
    cached = part(count(figures.get("cached_tokens")), given)
    usage = Usage(input_tokens=given, cache_read_tokens=cached, output_tokens=made)
    return usage if usage != Usage() else None
