"""The metered gateway: every call of a model is allowed, reserved, made, and settled here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock, utc_now
from modelward.core.preferences import Preferences
from modelward.providers.model import ChatRequest, Embeddings, Event, Failed, Message
from modelward.providers.service import ProviderService
from modelward.spending.model import Purpose
from modelward.store.engine import Database


class Gateway:
    """Asks models. What a call may cost is reserved before it is sent and settled when it has ended, however it ends."""

    def __init__(
        self,
        database: Database,
        catalog: CatalogStore,
        providers: ProviderService,
        preferences: Preferences,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._catalog = catalog

    def chat(self, model_id: str, request: ChatRequest, purpose: Purpose) -> AsyncIterator[Event | Failed]:
        """Ask a model; ``request.model`` is left to the gateway. Exactly one of Ended or Failed comes last.

        Raises, before anything is sent: UnknownModelError, BudgetError, KeyRefusedError, KeyStoreError. Closing the
        iterator ends the call.
        """
        raise NotImplementedError

    async def embed(self, model_id: str, texts: Sequence[str], purpose: Purpose) -> Embeddings:
        """The embeddings of texts. Raises as :meth:`chat` does, and NetworkError."""
        raise NotImplementedError

    async def most(self, model_id: str, messages: Sequence[Message], max_output_tokens: int) -> Decimal | None:
        """What a call can cost at most, in USD; None where a price is unknown."""
        raise NotImplementedError
