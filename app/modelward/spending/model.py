"""The words of spending: purposes, ledger entries, budgets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from modelward.providers.model import Usage

_WARNING_FROM = Decimal("0.8")


class Purpose(StrEnum):
    """What a call was made for."""

    TEST = "test"
    HEALING = "healing"
    BENCHMARK = "benchmark"
    WORK = "work"


class EntryState(StrEnum):
    """How a call ended."""

    OPEN = "open"  # reserved and not settled: it runs, or the program ended in between
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Entry:
    """One call in the ledger. ``cost`` in USD: None is unknown, 0 is known to be free. ``seconds``: its whole time."""

    id: int
    at: datetime
    provider: str
    model_id: str
    purpose: Purpose
    state: EntryState
    reserved: Decimal | None
    cost: Decimal | None
    usage: Usage
    seconds: float | None
    error: str | None


class Level(StrEnum):
    """How far a budget is used."""

    WELL = "well"
    WARNING = "warning"  # 80 % and more
    SPENT = "spent"  # nothing is left


@dataclass(frozen=True, slots=True)
class Period:
    """A budget's period: a day or a month of local time, ``name`` "day" or "month". Amounts in USD.

    ``since`` and ``until``: when it began and when the next one begins, in UTC. ``spent``: what calls cost, and for
    calls whose cost is not known what was reserved for them. ``reserved``: for the calls that run now, and for those
    that ran when the program ended without a word. ``unknown_calls``: calls of which neither is known. ``limit``: None
    is no limit.
    """

    name: str
    since: datetime
    until: datetime
    spent: Decimal
    reserved: Decimal
    unknown_calls: int
    limit: Decimal | None

    @property
    def used(self) -> Decimal:
        """What counts against the limit."""
        return self.spent + self.reserved

    @property
    def level(self) -> Level:
        """How far it is used: a warning from 80 % on."""
        if self.limit is None:
            return Level.WELL
        if self.used >= self.limit:
            return Level.SPENT
        return Level.WARNING if self.used >= self.limit * _WARNING_FROM else Level.WELL


@dataclass(frozen=True, slots=True)
class BudgetState:
    """How the budgets stand. ``zero_burn``: only calls that are known to be free may go out."""

    zero_burn: bool
    day: Period
    month: Period

    @property
    def level(self) -> Level:
        """The worse of both."""
        levels = (self.day.level, self.month.level)
        return Level.SPENT if Level.SPENT in levels else Level.WARNING if Level.WARNING in levels else Level.WELL
