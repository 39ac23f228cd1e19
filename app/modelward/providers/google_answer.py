"""What the pieces of Gemini's answers tell."""

from __future__ import annotations

from modelward.providers.calls import made_up_id
from modelward.providers.endings import broke_off, ended
from modelward.providers.jsonparts import Body, items, obj, text, written
from modelward.providers.model import (
    ChatRequest,
    EndReason,
    Event,
    ReasoningPart,
    TextPart,
    ToolCall,
    ToolCallDone,
    Usage,
)
from modelward.providers.usage import count, part, total

_ENDS = {
    "stop": EndReason.STOP,
    "max_tokens": EndReason.LENGTH,
    "safety": EndReason.REFUSAL,
    "recitation": EndReason.REFUSAL,
    "blocklist": EndReason.REFUSAL,
    "prohibited_content": EndReason.REFUSAL,
    "spii": EndReason.REFUSAL,
    "image_safety": EndReason.REFUSAL,
    "image_prohibited_content": EndReason.REFUSAL,
    "image_recitation": EndReason.REFUSAL,
}


class GoogleAnswer:
    """One answer, piece by piece; see :class:`.answering.Reading`."""

    def __init__(self, server: str, request: ChatRequest) -> None:
        self.model = ""
        self.is_over = False  # figures may come behind the reason of the end
        self._server = server
        self._request = request
        self._calls = 0
        self._said = ""
        self._blocked = ""
        self._usage: Usage | None = None

    def read(self, body: Body) -> list[Event]:
        """See :meth:`.answering.Reading.read`."""
        self.model = self.model or text(body.get("modelVersion"))
        self._blocked = text(obj(body.get("promptFeedback")).get("blockReason")) or self._blocked
        candidates = (obj(candidate) for candidate in items(body.get("candidates")))
        candidate = next((each for each in candidates if each.get("index") in (0, None)), {})
        events = [event for raw in items(obj(candidate.get("content")).get("parts")) for event in self._part(obj(raw))]
        self._said = text(candidate.get("finishReason")) or self._said
        usage = usage_of(body.get("usageMetadata"))
        if usage is not None and usage != self._usage:
            self._usage = usage
            events.append(usage)
        return events

    def end(self) -> list[Event]:
        """See :meth:`.answering.Reading.end`."""
        if self._said:
            return [ended(self._said, _ENDS, has_calls=self._calls > 0)]
        if self._blocked:
            return [ended(self._blocked, {self._blocked.lower(): EndReason.REFUSAL})]
        raise broke_off(self._server)

    def _part(self, body: Body) -> list[Event]:
        if called := obj(body.get("functionCall")):
            return self._call(called, text(body.get("thoughtSignature")))
        said = text(body.get("text"))
        if not said:
            return []
        return [ReasoningPart(said)] if body.get("thought") is True else [TextPart(said)]

    def _call(self, called: Body, signature: str) -> list[Event]:
        if not (name := text(called.get("name"))):
            return []
        call_id = text(called.get("id")) or made_up_id(self._request, self._calls)
        self._calls += 1
        return [ToolCallDone(ToolCall(call_id, name, written(called.get("args")) or "{}", signature))]


def usage_of(raw: object) -> Usage | None:
    """Figures of usage in our words: what tools brought in is input, thoughts are output. None where there are none."""
    figures = obj(raw)
    given = total(count(figures.get("promptTokenCount")), count(figures.get("toolUsePromptTokenCount")))
    thought = count(figures.get("thoughtsTokenCount"))
    made = total(count(figures.get("candidatesTokenCount")), thought)
    all_of_it = count(figures.get("totalTokenCount"))
    if made is None and given is not None and all_of_it is not None:
        made = count(all_of_it - given)  # the wire leaves out what is zero
    cached = part(count(figures.get("cachedContentTokenCount")), given)
    usage = Usage(input_tokens=given, cache_read_tokens=cached, output_tokens=made, reasoning_tokens=thought)
    return usage if usage != Usage() else None
