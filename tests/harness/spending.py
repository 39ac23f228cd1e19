"""Calls entered in the ledger by hand, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from modelward.providers.model import Usage
from modelward.spending.model import BudgetState, EntryState, Purpose
from modelward.spending.service import SpendingService
from modelward.spending.store import Settlement

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

Spending = Callable[..., SpendingService]
"""Makes the service with limits of its own: ``zero_burn``, ``day``, ``month``."""


class StandingClock:
    """Says what it is set to: at first noon of 20 November 2026."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


async def reserve(service: SpendingService, most: str | None, model: str = "acme/large") -> int:
    """A call that may cost so much goes out."""
    return await service.reserve("acme", model, Purpose.WORK, None if most is None else Decimal(most))


def done(cost: str | None, input_: int | None = None, output: int | None = None) -> Settlement:
    """What came of a call that ended well."""
    return Settlement(
        EntryState.DONE, None if cost is None else Decimal(cost), Usage(input_, output_tokens=output), 1.5
    )


async def spend(service: SpendingService, cost: str | None, most: str | None = None) -> None:
    """A call goes out and ends well."""
    await service.settle(await reserve(service, most or cost), done(cost))


def listening(service: SpendingService) -> list[BudgetState]:
    """A list to which everything is added that the window is told from now on."""
    told: list[BudgetState] = []
    service.subscribe(told.append)
    return told
