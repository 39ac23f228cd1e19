"""Which models failed as they were asked: they are passed over for the rest of a healing, and come last for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from modelward.core.clock import Clock
from modelward.core.errors import BudgetError, KeyRefusedError, KnownError, NoCreditError, UnreachableError
from modelward.healing.means import Asked

_LATELY = timedelta(hours=1)
_MOST_UNREADABLE = 2  # in a row

_OF_PROVIDER = (UnreachableError, KeyRefusedError, NoCreditError)
"""What another model of the same provider would meet too."""


class Failures:
    """Remembers who failed, over all healings; and whom to pass over in the one that runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed: dict[str, datetime] = {}
        self._unreadable: dict[str, int] = {}
        self._passed_over: set[str] = set()

    def begin(self) -> None:
        """Another healing begins: everybody is asked again."""
        self._passed_over.clear()
        self._unreadable.clear()

    def is_passed_over(self, asked: Asked) -> bool:
        """Whether it is not to be asked again in this healing."""
        return asked.id in self._passed_over or asked.provider.id in self._passed_over

    def lately(self) -> frozenset[str]:
        """The ids of those that failed within the last hour."""
        since = self._clock() - _LATELY
        self._failed = {id_: at for id_, at in self._failed.items() if at > since}
        return frozenset(self._failed)

    def failed(self, asked: Asked, error: KnownError) -> None:
        """It could not be asked, or broke off."""
        self._passed_over.add(asked.id)
        if isinstance(error, _OF_PROVIDER):
            self._passed_over.add(asked.provider.id)
        if not isinstance(error, BudgetError):
            self._failed[asked.id] = self._clock()

    def answered(self, asked: Asked, *, is_readable: bool) -> None:
        """It answered. Who twice in a row says nothing that can be read is asked no more."""
        if is_readable:
            self._unreadable.pop(asked.id, None)
            return
        self._failed[asked.id] = self._clock()
        self._unreadable[asked.id] = self._unreadable.get(asked.id, 0) + 1
        if self._unreadable[asked.id] >= _MOST_UNREADABLE:
            self._passed_over.add(asked.id)
