"""The verbs of spending: how the budgets stand, what may go out, and what was spent on what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from modelward.core.clock import Clock, utc_now
from modelward.core.preferences import Preferences
from modelward.core.setting_groups import SpendingSettings
from modelward.spending import budget, telling
from modelward.spending.model import BudgetState, Entry, Period, Purpose
from modelward.spending.periods import day_at, month_at
from modelward.spending.pricing import FREE
from modelward.spending.store import AllSums, Ledger, Reservation, Settlement
from modelward.spending.totals import Totals, total_up
from modelward.store.engine import Database

Listener = Callable[[BudgetState], None]


class SpendingService:
    """The ledger and the budgets.

    What a call could cost counts from its reservation on, and goes on counting where its cost is never known: a call
    that broke off, one that was cancelled, and one that ran when the program ended.
    """

    def __init__(self, database: Database, preferences: Preferences, *, clock: Clock = utc_now) -> None:
        self._ledger = Ledger(database)
        self._preferences = preferences
        self._clock = clock
        self._listeners: list[Listener] = []

    async def state(self) -> BudgetState:
        """How today's and this month's budgets stand."""
        now, settings = self._clock(), self._settings
        return _state(await self._ledger.sums(_starts(now)), now, settings)

    async def entries(self, since: datetime, *, most: int = 10_000) -> tuple[Entry, ...]:
        """Calls since a moment, newest first."""
        return await self._ledger.entries(since, most)

    async def totals(self, since: datetime) -> Totals:
        """What the calls since a moment came to."""
        return total_up(await self._ledger.totals(since))

    async def reserve(self, provider: str, model_id: str, purpose: Purpose, most: Decimal | None) -> int:
        """Set aside what a call can cost at most, in USD (None: unknown), and enter it in the ledger; the entry's id.

        The check and the entry are one transaction: of calls at the same time none can take what another took. Raises
        BudgetError where the call may not go out, StoreError.
        """
        now, settings = self._clock(), self._settings
        budget.check_price(model_id, most, settings)

        def check(sums: AllSums) -> None:
            if sums:
                state = _state(sums, now, settings)
                for period in (state.day, state.month):
                    budget.check_period(model_id, most, period)

        # A free call takes nothing of a budget: adding up what others took would only cost time.
        since = _starts(now) if most else ()
        return await self._ledger.reserve(Reservation(now, provider, model_id, purpose, most), since, check)

    async def settle(self, entry: int, settled: Settlement) -> None:
        """Enter what came of a call, and tell where a budget reached a new level. Raises StoreError."""
        now, settings = self._clock(), self._settings

        def news(sums: AllSums, told: str | None) -> str | None:
            return telling.news(_state(sums, now, settings), told) if sums else None

        since = () if settled.cost == FREE else _starts(now)
        sums = await self._ledger.settle(entry, settled, since, news)
        if sums is not None:
            state = _state(sums, now, settings)
            for listener in tuple(self._listeners):
                listener(state)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call back when a budget is used to 80 % or whole, once per period and level; returns the way to end that.

        What was told before a restart is not told again.
        """
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    @property
    def _settings(self) -> SpendingSettings:
        return self._preferences.settings.spending


def _starts(now: datetime) -> tuple[datetime, datetime]:
    return day_at(now).since, month_at(now).since


def _state(sums: AllSums, now: datetime, settings: SpendingSettings) -> BudgetState:
    today, this_month = sums
    day = Period("day", *day_at(now), today.spent, today.reserved, today.unknown_calls, settings.day_limit)
    month = Period(
        "month", *month_at(now), this_month.spent, this_month.reserved, this_month.unknown_calls, settings.month_limit
    )
    return BudgetState(settings.zero_burn, day, month)
