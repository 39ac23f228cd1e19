"""The verbs of spending: how the budgets stand, and what was spent on what."""

from __future__ import annotations

from datetime import datetime

from modelward.core.clock import Clock, utc_now
from modelward.core.preferences import Preferences
from modelward.spending.model import BudgetState, Entry
from modelward.store.engine import Database


class SpendingService:
    """The ledger and the budgets."""

    def __init__(self, database: Database, preferences: Preferences, *, clock: Clock = utc_now) -> None:
        self._preferences = preferences

    async def state(self) -> BudgetState:
        """How today's and this month's budgets stand."""
        raise NotImplementedError

    async def entries(self, since: datetime, *, most: int = 10_000) -> tuple[Entry, ...]:
        """Calls since a moment, newest first."""
        raise NotImplementedError
