"""The metered gateway: every call of a model is allowed, reserved, made, and settled here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from modelward.catalog.fields import clip
from modelward.catalog.model import Model
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import BadValueError, NetworkError, UnknownModelError
from modelward.providers.dialect import Dialect, Line
from modelward.providers.model import Began, ChatRequest, Embeddings, Ended, EndReason, Event, Failed, Message
from modelward.providers.registry import dialect_of
from modelward.providers.service import ProviderService
from modelward.spending.estimate import most_input_tokens, most_tokens_of
from modelward.spending.limits import LimitWatch
from modelward.spending.metering import Meter
from modelward.spending.model import Purpose
from modelward.spending.pricing import Tariff, most, tariff_of
from modelward.spending.service import SpendingService

_MOST_OUTPUT = 10**9  # tokens; as much as the catalogue believes of any model


@dataclass(frozen=True, slots=True)
class _Target:
    """Who is asked: the model with its tariff, the connection to its provider, and the wire that it speaks."""

    model: Model
    tariff: Tariff
    line: Line
    dialect: Dialect


class Carrier(Protocol):
    """Carries a chat out elsewhere than here, as the measuring does on a thread of its own."""

    def chat(self, dialect: Dialect, line: Line, request: ChatRequest) -> AsyncGenerator[Event]:
        """As :meth:`.dialect.Dialect.chat`, for the caller's loop."""
        ...


class Gateway:
    """Asks models. What a call can cost is reserved before it is sent and settled when it ended, however it ended."""

    def __init__(
        self, spending: SpendingService, catalog: CatalogStore, providers: ProviderService, *, clock: Clock = utc_now
    ) -> None:
        self._spending = spending
        self._catalog = catalog
        self._providers = providers
        self._clock = clock
        self._limits = LimitWatch(catalog, clock)

    async def chat(
        self, model_id: str, request: ChatRequest, purpose: Purpose, *, carrier: Carrier | None = None
    ) -> AsyncGenerator[Event | Failed]:
        """Ask a model; ``request.model`` is left to the gateway. Exactly one of Ended or Failed comes last.

        Raises, before anything is sent: UnknownModelError, BudgetError, KeyRefusedError, KeyStoreError, BadValueError
        (no ``max_output_tokens``), StoreError. Closing the generator ends the call. When the last event comes, the call
        is settled.
        """
        tokens = most_input_tokens(request), _checked(request.max_output_tokens)
        target = await self._target(model_id)
        meter = await self._meter(target, purpose, most(target.tariff, *tokens))
        failure: Failed | None = None
        try:
            async with aclosing(_carried(target, replace(request, model=target.model.name), carrier)) as events:
                async for event in events:
                    meter.note(event)
                    if isinstance(event, Ended):
                        await self._settled(meter)
                    yield event
        except NetworkError as error:
            meter.failed(error)
            failure = Failed(error)
        finally:
            await self._settled(meter)
        if failure is not None:
            yield failure

    async def embed(self, model_id: str, texts: Sequence[str], purpose: Purpose) -> Embeddings:
        """The embeddings of texts. Raises as :meth:`chat` does, and NetworkError."""
        target = await self._target(model_id)
        meter = await self._meter(target, purpose, most(target.tariff, most_tokens_of(texts), 0))
        try:
            found = await target.dialect.embed(target.line, target.model.name, texts)
            # An embedding puts out no tokens, and few providers say so.
            meter.note(replace(found.usage, output_tokens=found.usage.output_tokens or 0))
            meter.note(Began(limits=found.limits))
            meter.note(Ended(EndReason.STOP))
        except NetworkError as error:
            meter.failed(error)
            raise
        finally:
            await self._settled(meter)
        return found

    async def most(self, model_id: str, messages: Sequence[Message], max_output_tokens: int) -> Decimal | None:
        """What a call can cost at most, in USD; None where a price is unknown. Raises UnknownModelError."""
        model, tariff = await self._priced(model_id)
        request = ChatRequest(model.name, tuple(messages), _checked(max_output_tokens))
        return most(tariff, most_input_tokens(request), request.max_output_tokens)

    async def _priced(self, model_id: str) -> tuple[Model, Tariff]:
        model = await self._catalog.model(model_id)
        if model is None:
            todo = "An id is provider/name; see: modelward catalog list."
            raise UnknownModelError(f"There is no model {clip(model_id)!r} in the catalogue.", todo=todo)
        return model, tariff_of(model, await self._catalog.facts(model_id))

    async def _target(self, model_id: str) -> _Target:
        model, tariff = await self._priced(model_id)
        line = await self._providers.line(model.provider)
        return _Target(model, tariff, line, dialect_of(line.provider.known))

    async def _meter(self, target: _Target, purpose: Purpose, most_usd: Decimal | None) -> Meter:
        """Reserve a call. One that is cancelled meanwhile is settled at once: nothing was sent."""
        model = target.model
        reserving = asyncio.create_task(self._spending.reserve(model.provider, model.id, purpose, most_usd))
        try:
            entry = await asyncio.shield(reserving)
        except asyncio.CancelledError:
            await asyncio.wait([reserving])
            if not reserving.cancelled() and reserving.exception() is None:
                meter = Meter(reserving.result(), model.id, target.tariff, self._clock())
                meter.was_sent = False
                await self._settled(meter)
            raise
        return Meter(entry, model.id, target.tariff, self._clock())

    async def _settled(self, meter: Meter) -> None:
        """Enter what came of a call, to its end also where the caller is cancelled."""
        if meter.is_settled:
            return
        settling = asyncio.create_task(meter.settle(self._spending, self._limits))
        try:
            await asyncio.shield(settling)
        except asyncio.CancelledError:
            await asyncio.wait([settling])
            raise


def _carried(target: _Target, request: ChatRequest, carrier: Carrier | None) -> AsyncGenerator[Event]:
    if carrier is None:
        return target.dialect.chat(target.line, request)
    return carrier.chat(target.dialect, target.line, request)


def _checked(max_output_tokens: int) -> int:
    if 0 < max_output_tokens <= _MOST_OUTPUT:
        return max_output_tokens
    raise BadValueError(
        f"{clip(max_output_tokens)} output tokens cannot be asked for.",
        why="Without a true bound nobody could say what the call can cost.",
        todo=f"Ask for 1 to {_MOST_OUTPUT:,}.",
    )
