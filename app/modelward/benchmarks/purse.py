"""What measuring may still cost today: its own limit of a day, within the budget of all calls."""

from __future__ import annotations

import asyncio
from datetime import datetime
from decimal import Decimal

from modelward.core import units
from modelward.core.clock import Clock
from modelward.core.errors import BudgetError
from modelward.core.preferences import Preferences
from modelward.spending.model import Purpose
from modelward.spending.periods import day_at
from modelward.spending.pricing import FREE
from modelward.spending.service import SpendingService
from modelward.spending.totals import Total


class Purse:
    """Holds what calls can cost while they run.

    The ledger is asked where nothing of ours runs: of what runs it knows no more than what was reserved.
    """

    def __init__(self, spending: SpendingService, preferences: Preferences, clock: Clock) -> None:
        self._spending = spending
        self._preferences = preferences
        self._clock = clock
        self._spent = FREE
        self._held = FREE
        self._running = 0
        self._day: datetime | None = None
        self._turn = asyncio.Lock()

    @property
    def limit(self) -> Decimal:
        """USD that measuring may cost in a day."""
        return self._preferences.settings.benchmarks.day_limit

    async def left(self) -> Decimal:
        """USD that are left of today."""
        async with self._turn:
            today = day_at(self._clock()).since
            if not self._running or self._day != today:
                totals = await self._spending.totals(today)
                spent = totals.by_purpose.get(Purpose.BENCHMARK, Total())
                self._spent, self._day = spent.cost + spent.reserved, today
            return self.limit - self._spent - self._held

    async def take(self, most: Decimal | None) -> None:
        """Hold what a call can cost at most, in USD; None is unknown. Raises BudgetError where it is not left.

        What was held is given back by :meth:`give_back`.
        """
        if most == FREE:
            return
        if most is None:
            raise unknown_price()
        left = await self.left()
        if most > left:
            raise BudgetError(
                f"The next call could cost up to {units.money(most)}; of today's {units.money(self.limit)} for "
                f"measuring {units.money(max(FREE, left))} is left.",
                todo="Go on tomorrow, or raise the limit in Settings, Benchmarks.",
            )
        self._held += most
        self._running += 1

    def give_back(self, most: Decimal | None, cost: Decimal | None) -> None:
        """A call for which so much was held has ended and came to ``cost``; None is unknown and counts as the most."""
        if most is not None and most != FREE:
            self._held -= most
            self._running -= 1
            self._spent += most if cost is None else cost


def unknown_price() -> BudgetError:
    """What is said of a call whose price nobody knows."""
    return BudgetError(
        "Its price is unknown, so the limit of measuring could not be kept.",
        todo="Set its input and output price in the Catalogue.",
    )
