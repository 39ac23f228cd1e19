"""One call of a job, through the gateway: the answer, what it cost, and what its failure means for the job."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal

from modelward.advice.windows import is_overflow
from modelward.core.clock import Clock
from modelward.core.errors import (
    AnswerError,
    BudgetError,
    KeyRefusedError,
    KeyStoreError,
    KnownError,
    NoCreditError,
    NotOfferedError,
    RefusedError,
    StoreError,
    UnreachableError,
    UsageError,
)
from modelward.providers.model import ChatRequest, Ended, EndReason, Failed, TextPart, Usage
from modelward.spending.gateway import Gateway
from modelward.spending.model import Purpose
from modelward.spending.pricing import FREE, Tariff, cost_of

LONGEST_SECONDS = 1_800
"""For one answer: a model of this machine reads long cells for many minutes."""

_MOST_PER_TOKEN = 32  # characters; who sends more does not keep to the limit


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that ended. ``cost`` in USD; None is unknown. ``is_cut_off``: it ended at its limit."""

    text: str
    usage: Usage
    cost: Decimal | None
    is_cut_off: bool = False


class Caller:
    """Asks one model."""

    def __init__(self, gateway: Gateway, model_id: str, tariff: Tariff, clock: Clock) -> None:
        self._gateway = gateway
        self._model_id = model_id
        self._tariff = tariff
        self._clock = clock

    async def ask(self, request: ChatRequest) -> Answered:
        """The answer of the model. Raises what the gateway raises, NetworkError, AnswerError (nothing, or refused)."""
        at = self._clock()
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                text, usage, reason = await self._heard(request)
        except TimeoutError:
            minutes = LONGEST_SECONDS // 60
            raise UnreachableError(f"The answer took longer than {minutes} minutes.", was_sent=True) from None
        if reason is EndReason.REFUSAL:
            raise AnswerError("The model refused to answer.")
        if not text.strip():
            cut_off = " before it had begun, at its limit" if reason is EndReason.LENGTH else " without a word"
            raise AnswerError(f"The answer ended{cut_off}.")
        cost = FREE if self._tariff.is_free else cost_of(self._tariff, usage, at)
        return Answered(text, usage, cost, reason is EndReason.LENGTH)

    async def _heard(self, request: ChatRequest) -> tuple[str, Usage, EndReason]:
        parts: list[str] = []
        usage, reason, heard = Usage(), EndReason.OTHER, 0
        async with aclosing(self._gateway.chat(self._model_id, request, Purpose.WORK)) as events:
            async for event in events:
                match event:
                    case TextPart(text):
                        parts.append(text)
                        heard += len(text)
                    case Usage():
                        usage = event
                    case Ended(why):
                        reason = why
                    case Failed(error):
                        raise error
                if heard > request.max_output_tokens * _MOST_PER_TOKEN:
                    raise AnswerError("The answer was far longer than it was allowed to be.")
        return "".join(parts), usage, reason


def says_too_long(error: KnownError) -> bool:
    """Whether a failure says that the question did not fit into the model's window."""
    return isinstance(error, RefusedError) and is_overflow(f"{error.what} {error.why}", error.status)


def ends_the_run(error: KnownError) -> bool:
    """Whether every other call would meet the same: the budget, the key, the model, the store."""
    lasting = (BudgetError, KeyRefusedError, KeyStoreError, NoCreditError, NotOfferedError, UsageError, StoreError)
    return isinstance(error, lasting)
