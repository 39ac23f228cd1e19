"""What the chunks of OpenAI's chat completions tell, in the ways of those who speak it."""

from __future__ import annotations

from decimal import Decimal

from modelward.providers.calls import GrowingCalls
from modelward.providers.endings import broke_off, ended, gave_up
from modelward.providers.jsonparts import Body, items, obj, place, text, written
from modelward.providers.model import ChatRequest, Counting, EndReason, Event, ReasoningPart, TextPart, Usage
from modelward.providers.refusals import refuse_failure
from modelward.providers.usage import count, part, total, usd

_ENDS = {
    "stop": EndReason.STOP,
    "eos": EndReason.STOP,  # Together
    "end_turn": EndReason.STOP,
    "length": EndReason.LENGTH,
    "model_length": EndReason.LENGTH,  # Mistral
    "tool_calls": EndReason.TOOL_CALLS,
    "function_call": EndReason.TOOL_CALLS,
    "content_filter": EndReason.REFUSAL,
}
_GIVEN_UP = frozenset({"error", "abort", "insufficient_system_resource"})
"""Mistral and OpenRouter, vLLM, DeepSeek."""

_TICKS_PER_USD = Decimal(10_000_000_000)


class OpenAIAnswer:
    """One answer, in chunks or as one document; see :class:`.answering.Reading`."""

    def __init__(self, server: str, request: ChatRequest, counting: Counting) -> None:
        self.model = ""
        self.is_over = False  # usage comes behind the reason of the end
        self._server = server
        self._counting = counting
        self._calls = GrowingCalls(request)
        self._has_told = False
        self._has_refused = False
        self._said = ""
        self._usage: Usage | None = None

    def read(self, body: Body) -> list[Event]:
        """See :meth:`.answering.Reading.read`."""
        self.model = self.model or text(body.get("model"))
        choices = (obj(choice) for choice in items(body.get("choices")))
        choice = next((choice for choice in choices if choice.get("index") in (0, None)), {})
        refuse_failure(self._server, choice)
        events = self._message(self._new_message(choice))
        self._has_told = self._has_told or bool(events)
        self._said = text(choice.get("finish_reason")) or self._said
        usage = usage_of(body.get("usage") or obj(body.get("x_groq")).get("usage"), self._counting)
        if usage is not None and usage != self._usage:
            self._usage = usage
            events.append(usage)
        return events

    def end(self) -> list[Event]:
        """See :meth:`.answering.Reading.end`."""
        if not self._said:
            raise broke_off(self._server)
        if self._said in _GIVEN_UP:
            raise gave_up(self._server, self._said)
        calls = self._calls.done()
        words = _ENDS | {"stop": EndReason.REFUSAL} if self._has_refused else _ENDS
        return [*calls, ended(self._said, words, has_calls=bool(calls))]

    def _new_message(self, choice: Body) -> Body:
        """What a choice adds. Perplexity repeats all that was told beside it, in ``message``."""
        if isinstance(delta := choice.get("delta"), dict):
            return delta
        return {} if self._has_told else obj(choice.get("message"))

    def _message(self, message: Body) -> list[Event]:
        thought = text(message.get("reasoning_content")) or text(message.get("reasoning"))
        events: list[Event] = [ReasoningPart(thought)] if thought else []
        events += _content(message.get("content"))
        if refusal := text(message.get("refusal")):
            self._has_refused = True
            events.append(TextPart(refusal))
        for call in map(obj, items(message.get("tool_calls"))):
            self._call(call)
        return events

    def _call(self, call: Body) -> None:
        function = obj(call.get("function"))
        self._calls.add(
            place(call.get("index")),
            call_id=text(call.get("id")),
            name=text(function.get("name")),
            arguments=written(function.get("arguments")),
        )


def _content(raw: object) -> list[Event]:
    """A text; or Mistral's list of parts, of which some are thoughts."""
    if isinstance(raw, str):
        return [TextPart(text(raw))] if raw else []
    events: list[Event] = []
    for piece in map(obj, items(raw)):
        if said := text(piece.get("text")):
            events.append(TextPart(said))
        thoughts = piece.get("thinking")
        said = text(thoughts) or "".join(text(obj(thought).get("text")) for thought in items(thoughts))
        if said:
            events.append(ReasoningPart(said))
    return events


def usage_of(raw: object, counting: Counting) -> Usage | None:
    """Figures of usage in our words; None where there are none."""
    figures = obj(raw)
    if not figures:
        return None
    into, out = obj(figures.get("prompt_tokens_details")), obj(figures.get("completion_tokens_details"))
    given, made = count(figures.get("prompt_tokens")), count(figures.get("completion_tokens"))
    thought = count(out.get("reasoning_tokens"))
    # More thoughts than output can only be counted beside it.
    if made is not None and (counting is Counting.REASONING_OUTSIDE or part(thought, made) != thought):
        made = total(made, thought)
    cached = count(into.get("cached_tokens"))
    if cached is None:
        cached = count(figures.get("prompt_cache_hit_tokens"))  # DeepSeek
    usage = Usage(
        input_tokens=given,
        cache_read_tokens=part(cached, given),
        cache_write_tokens=part(count(into.get("cache_write_tokens")), given),
        output_tokens=made,
        reasoning_tokens=thought,
        cost=_cost(figures),
    )
    return usage if usage != Usage() else None


def _cost(figures: Body) -> Decimal | None:
    """What the provider says that the call cost: OpenRouter and Perplexity in USD, xAI in ticks."""
    if (cost_of_ticks := usd(figures.get("cost_in_usd_ticks"), units_per_usd=_TICKS_PER_USD)) is not None:
        return cost_of_ticks
    if isinstance(cost := figures.get("cost"), dict):
        return usd(cost.get("total_cost"))
    said = usd(cost)
    if figures.get("is_byok") is not True or said is None:
        return said
    # With a key of the person's own at the upstream provider, OpenRouter's cost is its fee alone.
    upstream = usd(obj(figures.get("cost_details")).get("upstream_inference_cost"))
    return None if upstream is None else said + upstream
