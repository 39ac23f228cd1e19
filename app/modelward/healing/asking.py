"""One question to one model, through the gateway: the text that came, what it cost, and what went wrong."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from modelward.core.errors import KnownError, RefusedError, UnreachableError
from modelward.healing.means import Asked
from modelward.healing.model import Cost
from modelward.providers.model import Began, ChatRequest, Ended, EndReason, Failed, ReasoningPart, TextPart, Usage
from modelward.spending.gateway import Gateway
from modelward.spending.model import Purpose
from modelward.spending.pricing import FREE, cost_of

LONGEST_SECONDS = 900
"""For one answer: a model of this machine writes some thousand tokens at a few tokens a second."""

_CHARACTERS_PER_TOKEN = 8  # twice what they have on average: who sends more does not keep to the limit


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a question. ``error``: why there is no answer; what came before it counts as if it had ended."""

    text: str
    cost: Cost
    error: KnownError | None = None
    is_refusal: bool = False


async def ask(gateway: Gateway, asked: Asked, request: ChatRequest, now: datetime) -> Heard:
    """Ask a model, and listen until it has ended, said too much or taken too long. Raises no KnownError."""
    listening = _Listening(request.max_output_tokens * _CHARACTERS_PER_TOKEN)
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            await listening.hear(gateway, asked.id, request)
    except TimeoutError:
        pass  # what was said until then is looked at
    except KnownError as error:
        # The gateway raises only before it sends.
        return Heard("", Cost(), error)
    return Heard(listening.text, listening.cost(asked, now), listening.error, listening.is_refusal)


class _Listening:
    """What was heard so far, up to ``most`` characters."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: list[str] = []
        self._usage = Usage()
        self._has_begun = False
        self._has_ended = False
        self.error: KnownError | None = None
        self.is_refusal = False

    @property
    def text(self) -> str:
        return "".join(self._parts)

    async def hear(self, gateway: Gateway, model_id: str, request: ChatRequest) -> None:
        heard = 0
        async with aclosing(gateway.chat(model_id, request, Purpose.HEALING)) as events:
            async for event in events:
                match event:
                    case Began():
                        self._has_begun = True
                    case TextPart(text):
                        self._parts.append(text)
                        heard += len(text)
                    case ReasoningPart(text):
                        heard += len(text)
                    case Usage():
                        self._usage = event
                    case Ended(reason):
                        self._has_ended = True
                        self.is_refusal = reason is EndReason.REFUSAL
                    case Failed(error):
                        self.error = error
                if heard > self._most:
                    return

    def cost(self, asked: Asked, now: datetime) -> Cost:
        """As the ledger has it: what was refused before it was worked on cost nothing, what broke off is unknown."""
        usage = self._usage
        usd = cost_of(asked.tariff, usage, now) if self._has_ended or asked.tariff.is_free else None
        if self.error is not None and not self._has_begun and _is_before_work(self.error):
            usd = FREE
        return Cost(1, usage.input_tokens or 0, usage.output_tokens or 0, usd)


def _is_before_work(error: KnownError) -> bool:
    return isinstance(error, RefusedError) or (isinstance(error, UnreachableError) and not error.was_sent)
