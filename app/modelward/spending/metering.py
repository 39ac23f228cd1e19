"""One call under way: what was seen of it, and what it came to."""

from __future__ import annotations

import logging
import time
from datetime import datetime
from decimal import Decimal

from modelward.catalog.fields import clip
from modelward.core.errors import KnownError, NetworkError, RefusedError, UnreachableError
from modelward.providers.model import Began, Ended, Event, Limit, Usage
from modelward.spending.limits import LimitWatch
from modelward.spending.model import EntryState
from modelward.spending.pricing import FREE, Tariff, cost_of, plausible
from modelward.spending.service import SpendingService
from modelward.spending.store import Settlement

log = logging.getLogger(__name__)

_LONGEST_ERROR = 500
_REFUSED_UNSEEN = frozenset({503, 529})
"""Statuses of a server that is too busy to begin; other failures of a server may come after its work."""


class Meter:
    """Counts one call from its reservation on. Until it is told otherwise the call is cancelled.

    ``was_sent``: the provider may have begun to work on it. ``is_settled``: it is entered, or being entered.
    """

    def __init__(self, entry: int, model_id: str, tariff: Tariff, at: datetime) -> None:
        self._entry = entry
        self._model_id = model_id
        self._tariff = tariff
        self._at = at
        self._begun = time.monotonic()
        self._state = EntryState.CANCELLED
        self._error: str | None = None
        self._usage = Usage()
        self._limits: tuple[Limit, ...] = ()
        self._has_begun = False
        self.was_sent = True
        self.is_settled = False

    def note(self, event: Event) -> None:
        """Something came."""
        if isinstance(event, Usage):
            self._usage = event
        elif isinstance(event, Began):
            self._limits = event.limits
            self._has_begun = True
        elif isinstance(event, Ended):
            self._state = EntryState.DONE

    def failed(self, error: NetworkError) -> None:
        """The call was refused, or its answer broke off."""
        self._state = EntryState.FAILED
        self._error = clip(error, _LONGEST_ERROR)
        self.was_sent = self._has_begun or not _is_before_work(error)

    async def settle(self, spending: SpendingService, limits: LimitWatch) -> None:
        """Enter what the call came to.

        A store that cannot be written now is only logged: what was reserved goes on counting, and an answer that was
        paid for must not be lost over it.
        """
        self.is_settled = True
        seconds = time.monotonic() - self._begun
        settled = Settlement(self._state, self._cost(), plausible(self._usage), seconds, self._error)
        try:
            await spending.settle(self._entry, settled)
            await limits.saw(self._model_id, self._limits)
        except KnownError as error:
            log.warning("What a call of %s came to could not be entered whole: %s", clip(self._model_id), error)

    def _cost(self) -> Decimal | None:
        if not self.was_sent:
            return FREE
        # What an answer said before it broke off need not be all that is billed.
        is_known = self._state is EntryState.DONE or self._tariff.is_free
        return cost_of(self._tariff, self._usage, self._at) if is_known else None


def _is_before_work(error: NetworkError) -> bool:
    if isinstance(error, RefusedError):
        return error.status is not None and (400 <= error.status < 500 or error.status in _REFUSED_UNSEEN)
    return isinstance(error, UnreachableError) and not error.was_sent
