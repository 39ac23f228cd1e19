"""What the events of Anthropic's messages tell."""

from __future__ import annotations

from modelward.providers.calls import GrowingCalls
from modelward.providers.endings import broke_off, ended
from modelward.providers.jsonparts import Body, obj, place, text, written
from modelward.providers.model import ChatRequest, EndReason, Event, ReasoningPart, TextPart, Usage
from modelward.providers.usage import count, part, total

ANSWER_TOOL = "answer"
"""The tool that a model must call where an answer of a given shape is wanted: its input is the answer."""

_ENDS = {
    "end_turn": EndReason.STOP,
    "stop_sequence": EndReason.STOP,
    "max_tokens": EndReason.LENGTH,
    "model_context_window_exceeded": EndReason.LENGTH,
    "tool_use": EndReason.TOOL_CALLS,
    "refusal": EndReason.REFUSAL,
}


class AnthropicAnswer:
    """One answer, event by event; see :class:`.answering.Reading`."""

    def __init__(self, server: str, request: ChatRequest) -> None:
        self.model = ""
        self.is_over = False
        self._server = server
        self._calls = GrowingCalls(request)
        self._has_schema = request.schema is not None
        self._answer_place: object = None
        self._said = ""
        self._figures: dict[str, object] = {}

    def read(self, body: Body) -> list[Event]:
        """See :meth:`.answering.Reading.read`."""
        match body.get("type"):
            case "message_start":
                message = obj(body.get("message"))
                self.model = text(message.get("model"))
                return self._usage(message.get("usage"))
            case "content_block_start":
                return self._block(body.get("index"), obj(body.get("content_block")))
            case "content_block_delta":
                return self._delta(body.get("index"), obj(body.get("delta")))
            case "message_delta":
                self._said = text(obj(body.get("delta")).get("stop_reason")) or self._said
                return self._usage(body.get("usage"))
            case "message_stop":
                self.is_over = True
        return []

    def end(self) -> list[Event]:
        """See :meth:`.answering.Reading.end`."""
        if not self._said:
            raise broke_off(self._server)
        calls = self._calls.done()
        words = _ENDS | {"tool_use": EndReason.STOP} if self._has_schema else _ENDS
        return [*calls, ended(self._said, words, has_calls=bool(calls))]

    def _block(self, index: object, block: Body) -> list[Event]:
        if block.get("type") != "tool_use":
            return _parts(block)
        name = text(block.get("name"))
        # The input stands here only where it does not follow in pieces.
        given = written(block.get("input") or None)
        if self._has_schema and name == ANSWER_TOOL:
            self._answer_place = index
            return [TextPart(given)] if given else []
        self._calls.add(place(index), call_id=text(block.get("id")), name=name, arguments=given)
        return []

    def _delta(self, index: object, delta: Body) -> list[Event]:
        if delta.get("type") != "input_json_delta":
            return _parts(delta)
        piece = text(delta.get("partial_json"))
        if not piece:
            return []
        if self._answer_place is not None and index == self._answer_place:
            return [TextPart(piece)]
        self._calls.add(place(index), arguments=piece)
        return []

    def _usage(self, raw: object) -> list[Event]:
        """Figures come in two portions, of which the later ones replace the earlier."""
        self._figures |= {name: figure for name, figure in obj(raw).items() if figure is not None}
        usage = _usage_of(self._figures)
        return [] if usage == Usage() else [usage]


def _parts(body: Body) -> list[Event]:
    thought, said = text(body.get("thinking")), text(body.get("text"))
    events: list[Event] = [ReasoningPart(thought)] if thought else []
    return events + ([TextPart(said)] if said else [])


def _usage_of(figures: Body) -> Usage:
    """What was read from and written to the cache stands beside the input."""
    read, kept = count(figures.get("cache_read_input_tokens")), count(figures.get("cache_creation_input_tokens"))
    given, made = count(figures.get("input_tokens")), count(figures.get("output_tokens"))
    return Usage(
        input_tokens=None if given is None else total(given, read, kept),
        cache_read_tokens=read,
        cache_write_tokens=kept,
        output_tokens=made,
        reasoning_tokens=part(count(obj(figures.get("output_tokens_details")).get("thinking_tokens")), made),
    )
