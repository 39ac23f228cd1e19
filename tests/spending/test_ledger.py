"""Calls reserved, settled and summed up, on both kinds of store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from harness.spending import Spending, StandingClock, done, listening, reserve, spend
from modelward.core.errors import BudgetError
from modelward.providers.model import Usage
from modelward.spending.model import EntryState, Purpose
from modelward.spending.store import Settlement

D = Decimal
Zone = Callable[[str], None]


async def test_a_call_is_open_with_what_it_can_cost_until_it_is_settled(
    spending: Spending, clock: StandingClock
) -> None:
    service = spending()
    entry = await reserve(service, "0.5")
    (found,) = await service.entries(clock.now)
    assert (found.state, found.reserved, found.cost, found.at) == (EntryState.OPEN, D("0.5"), None, clock.now)
    await service.settle(entry, done("0.125", 10, 20))
    (found,) = await service.entries(clock.now)
    assert (found.state, found.cost, found.seconds, found.error) == (EntryState.DONE, D("0.125"), 1.5, None)
    assert (found.usage.input_tokens, found.usage.output_tokens) == (10, 20)
    assert (found.provider, found.model_id, found.purpose) == ("acme", "acme/large", Purpose.WORK)


async def test_a_call_is_settled_once(spending: Spending, clock: StandingClock) -> None:
    service = spending()
    entry = await reserve(service, "0.5")
    await service.settle(entry, done("0.125"))
    await service.settle(entry, Settlement(EntryState.CANCELLED, None, Usage(), 0.1))
    (found,) = await service.entries(clock.now)
    assert (found.state, found.cost) == (EntryState.DONE, D("0.125"))


async def test_entries_come_newest_first_and_so_many_at_most(spending: Spending, clock: StandingClock) -> None:
    service = spending()
    start = clock.now
    for name in ("a", "b", "c"):
        await reserve(service, "0", f"acme/{name}")
        clock.now += timedelta(minutes=1)
    assert [entry.model_id for entry in await service.entries(start)] == ["acme/c", "acme/b", "acme/a"]
    assert [entry.model_id for entry in await service.entries(start, most=1)] == ["acme/c"]
    assert [entry.model_id for entry in await service.entries(start + timedelta(seconds=1))] == ["acme/c", "acme/b"]


async def test_sums_are_exact_to_the_last_place(spending: Spending) -> None:
    service = spending()
    amounts = ["0.000000000001", "0.1", "0.2", "123456789.000000000003", "0.0000000000004"]
    for amount in amounts:
        await spend(service, amount)
    # What has more places than a price times a token can have is rounded up, never away.
    assert (await service.state()).day.spent == D("123456789.300000000005")


async def test_calls_of_unknown_cost_count_with_what_was_reserved_else_as_unknown(spending: Spending) -> None:
    service = spending()
    await spend(service, "0.1")
    await spend(service, None, "0.5")
    await spend(service, None)
    await reserve(service, "2")
    state = await service.state()
    for period in (state.day, state.month):
        assert (period.spent, period.reserved, period.unknown_calls) == (D("0.6"), D(2), 1)


async def test_what_was_spent_counts_when_the_clock_is_set_back(spending: Spending, clock: StandingClock) -> None:
    service = spending(day="1")
    await spend(service, "0.9")
    clock.now -= timedelta(days=40)
    state = await service.state()
    assert (state.day.spent, state.month.spent) == (D("0.9"), D("0.9"))
    with pytest.raises(BudgetError):
        await reserve(service, "0.2")


async def test_of_many_calls_at_once_none_takes_what_another_took(spending: Spending) -> None:
    service = spending(day="1", month="10")
    outcomes = await asyncio.gather(*(reserve(service, "0.03") for _ in range(60)), return_exceptions=True)
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 33
    assert sum(isinstance(outcome, BudgetError) for outcome in outcomes) == 27
    assert (await service.state()).day.reserved == D("0.99")


async def test_a_warning_is_not_told_again_after_a_restart_but_on_the_next_day(
    spending: Spending, clock: StandingClock
) -> None:
    await spend(spending(day="1"), "0.85")
    service = spending(day="1")
    told = listening(service)
    await spend(service, "0.01")
    assert told == []
    clock.now += timedelta(days=1)
    await spend(service, "0.9")
    assert [state.day.spent for state in told] == [D("0.9")]
