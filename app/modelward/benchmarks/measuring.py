"""One call of a model, measured: asked through the gateway, timed on the stage, counted, priced."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import aclosing
from dataclasses import dataclass, replace

from modelward.benchmarks.model import CallKind, CallState, Exchange, Measurement
from modelward.benchmarks.stage import Place, Stopwatch
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import KnownError, RateLimitedError, UnreachableError
from modelward.providers.model import (
    Began,
    ChatRequest,
    Ended,
    EndReason,
    Event,
    Failed,
    ReasoningPart,
    ServerTimes,
    TextPart,
    ToolCall,
    ToolCallDone,
    Usage,
)
from modelward.spending.gateway import Gateway
from modelward.spending.model import Purpose
from modelward.spending.pricing import FREE, cost_of, tariff_of

LONGEST_SECONDS = 900
"""For one answer."""

LONGEST_KEPT = 200_000
"""Characters of an answer that are kept for looking at."""

_CHARACTERS_PER_TOKEN = 4  # of English in the tokenizers in use; only where the provider states no usage
_MOST_PER_TOKEN = 16  # characters; who sends more does not keep to the limit, or counts wrongly


@dataclass(frozen=True, slots=True)
class What:
    """What a call is made for; see :class:`.model.Measurement`."""

    workload: str
    kind: CallKind
    concurrency: int = 1
    batch: int | None = None
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A call and what was said in it: how the answer ended, or the error that ended the call."""

    measurement: Measurement
    exchange: Exchange
    tool_calls: tuple[ToolCall, ...] = ()
    ended: EndReason | None = None
    error: KnownError | None = None


class Measurer:
    """Measures calls. Used on one loop; any number of calls at once."""

    def __init__(self, gateway: Gateway, catalog: CatalogStore, stage: Place, *, clock: Clock = utc_now) -> None:
        self._gateway = gateway
        self._catalog = catalog
        self._stage = stage
        self._clock = clock

    async def measure(self, model_id: str, request: ChatRequest, what: What) -> Measured:
        """Ask a model and tell what came, also where it failed on the way.

        Raises what the gateway raises before it sends: BudgetError, KeyRefusedError, UnknownModelError and others.
        """
        at = self._clock()
        listening = _Listening(request.max_output_tokens * _MOST_PER_TOKEN)
        stopwatch = Stopwatch(self._stage)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await listening.hear(self._gateway, model_id, request, stopwatch)
        except TimeoutError:
            minutes = LONGEST_SECONDS // 60
            listening.error = UnreachableError(f"The answer took longer than {minutes} minutes.", was_sent=True)
        usage, is_estimated = listening.usage(request)
        model = await self._catalog.model(model_id)
        tariff = tariff_of(model, await self._catalog.facts(model_id)) if model is not None else None
        is_known = tariff is not None and (listening.has_ended or tariff.is_free)
        # An estimate of tokens prices nothing.
        stated = Usage(cost=usage.cost) if is_estimated else usage
        cost = cost_of(tariff, stated, at) if tariff is not None and is_known else None
        measurement = Measurement(
            at=at,
            model_id=model_id,
            workload=what.workload,
            kind=what.kind,
            state=listening.state,
            timing=stopwatch.timing,
            usage=usage,
            tokens_estimated=is_estimated,
            concurrency=what.concurrency,
            cost=FREE if tariff is not None and tariff.is_free else cost,
            server=listening.server,
            batch=what.batch,
            cell=what.cell,
            detail=str(listening.error or ""),
        )
        prompt = "\n\n".join(message.text for message in request.messages)
        exchange = Exchange(prompt[:LONGEST_KEPT], listening.text[:LONGEST_KEPT], listening.reasoning[:LONGEST_KEPT])
        return Measured(measurement, exchange, tuple(listening.tool_calls), listening.reason, listening.error)


def begun_differently(request: ChatRequest) -> ChatRequest:
    """The request with a beginning that no request had before, so that no cache of prompts flatters its TTFT."""
    first, *rest = request.messages
    marked = replace(first, text=f"[{secrets.token_hex(4)}]\n{first.text}")
    return replace(request, messages=(marked, *rest))


class _Listening:
    """What was heard so far, up to ``most`` characters."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._usage = Usage()
        self.reason: EndReason | None = None
        self.tool_calls: list[ToolCall] = []
        self.server = ServerTimes()
        self.error: KnownError | None = None

    @property
    def text(self) -> str:
        return "".join(self._texts)

    @property
    def reasoning(self) -> str:
        return "".join(self._thoughts)

    @property
    def has_ended(self) -> bool:
        return self.reason is not None

    @property
    def state(self) -> CallState:
        if self.error is not None:
            return CallState.LIMITED if isinstance(self.error, RateLimitedError) else CallState.FAILED
        if self.reason is EndReason.REFUSAL:
            return CallState.REFUSED
        return CallState.DONE if self._texts or self._thoughts or self.tool_calls else CallState.EMPTY

    def usage(self, request: ChatRequest) -> tuple[Usage, bool]:
        """The usage, and whether it is an estimate: stated tokens that cannot be are as good as none."""
        said = sum(map(len, self._texts)) + sum(map(len, self._thoughts))
        stated = self._usage.output_tokens
        if stated is not None and said <= max(stated, 0) * _MOST_PER_TOKEN * 4:
            return self._usage, False
        if not said:
            return self._usage, False
        asked = sum(len(message.text) for message in request.messages)
        estimated = replace(
            self._usage,
            input_tokens=self._usage.input_tokens or _tokens(asked),
            output_tokens=_tokens(said),
        )
        return estimated, True

    async def hear(self, gateway: Gateway, model_id: str, request: ChatRequest, stopwatch: Stopwatch) -> None:
        heard = 0
        chat = gateway.chat(model_id, request, Purpose.BENCHMARK, carrier=stopwatch)
        async with aclosing(chat) as events:
            async for event in events:
                heard += self._take(event)
                if heard > self._most:
                    why = "It is far longer than it was allowed to be."
                    self.error = KnownError("The answer was cut off.", why=why)
                    return

    def _take(self, event: Event | Failed) -> int:
        """Note what came; the characters in it."""
        match event:
            case TextPart(text):
                self._texts.append(text)
                return len(text)
            case ReasoningPart(text):
                self._thoughts.append(text)
                return len(text)
            case ToolCallDone(call):
                self.tool_calls.append(call)
                return len(call.arguments)
            case Usage():
                self._usage = event
            case ServerTimes():
                self.server = event
            case Ended(reason):
                self.reason = reason
            case Failed(error):
                self.error = error
            case Began():
                pass
        return 0


def _tokens(characters: int) -> int:
    return max(1, round(characters / _CHARACTERS_PER_TOKEN))
