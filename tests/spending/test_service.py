"""Which calls may go out, when the window is told, and what calls came to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from harness.spending import Spending, StandingClock, done, listening, reserve, spend
from modelward.core.errors import BudgetError
from modelward.spending.model import BudgetState, Level, Purpose
from modelward.store.engine import Database

D = Decimal
Zone = Callable[[str], None]


@pytest.fixture
def store_address(tmp_path: Path) -> Path:
    """SQLite alone: what is asked of the store itself is tested on both kinds."""
    return tmp_path / "data" / "modelward.db"


async def test_a_call_that_was_open_when_the_program_ended_goes_on_counting(
    spending: Spending, clock: StandingClock
) -> None:
    await reserve(spending(day="1"), "0.7")
    again = spending(day="1")
    clock.now += timedelta(hours=1)
    assert (await again.state()).day.reserved == D("0.7")
    with pytest.raises(BudgetError):
        await reserve(again, "0.4")


# ---------------------------------------------------------------- periods


async def test_a_new_day_begins_at_nothing_and_the_month_goes_on(
    spending: Spending, clock: StandingClock, zone: Zone
) -> None:
    zone("Europe/Berlin")
    service = spending(day="1", month="10")
    await spend(service, "0.9")
    clock.now = clock.now.replace(hour=23)  # midnight in Berlin
    state = await service.state()
    assert (state.day.spent, state.month.spent) == (D(0), D("0.9"))
    assert state.day.until - state.day.since == timedelta(days=1)
    clock.now = clock.now.replace(month=12)
    assert (await service.state()).month.spent == 0


# ---------------------------------------------------------------- what may go out


async def test_the_last_cent_may_be_spent_and_none_beyond(spending: Spending) -> None:
    service = spending(day="1")
    await spend(service, "0.99")
    await spend(service, "0.01")
    assert (await service.state()).level is Level.SPENT
    with pytest.raises(BudgetError):
        await reserve(service, "0.000000000001")


async def test_a_refused_call_leaves_no_trace(spending: Spending, clock: StandingClock) -> None:
    service = spending(day="1")
    with pytest.raises(BudgetError):
        await reserve(service, "1.01")
    assert await service.entries(clock.now) == ()


@pytest.mark.parametrize(("day", "month"), [("1", "null"), ("null", "1"), ("1", "1"), ("100", "1")])
async def test_each_limit_holds_by_itself(spending: Spending, day: str, month: str) -> None:
    service = spending(day=day, month=month)
    await spend(service, "0.6")
    with pytest.raises(BudgetError) as refused:
        await reserve(service, "0.5")
    assert "$0.40 left" in refused.value.what
    assert "$0.60 of $1.00 is spent" in refused.value.why
    period = (await service.state()).day if day == "1" else (await service.state()).month
    assert f"{period.until.astimezone():%Y-%m-%d %H:%M}" in refused.value.todo


async def test_a_free_call_may_go_out_when_nothing_is_left(spending: Spending) -> None:
    service = spending(zero_burn=True, day="0", month="0")
    await spend(service, "0")
    assert (await service.state()).day.spent == 0


@pytest.mark.parametrize(("most", "word"), [("0.0042", "$0.0042"), (None, "unknown")])
async def test_zero_burn_lets_only_free_calls_out(spending: Spending, most: str | None, word: str) -> None:
    service = spending(zero_burn=True)
    with pytest.raises(BudgetError) as refused:
        await reserve(service, most)
    assert "Zero-Burn is on" in refused.value.what
    assert word in refused.value.why
    assert "switch Zero-Burn off" in refused.value.todo
    assert refused.value.exit_code == 3


async def test_a_call_of_unknown_price_is_refused_where_a_limit_is_to_be_kept(spending: Spending) -> None:
    for limits in ({"day": "1"}, {"month": "1"}):
        with pytest.raises(BudgetError, match="is unknown"):
            await reserve(spending(**limits), None)
    assert await reserve(spending(), None)


# ---------------------------------------------------------------- what the window is told


async def test_the_window_is_told_once_at_80_percent_and_once_when_all_is_spent(spending: Spending) -> None:
    service = spending(day="1")
    told = listening(service)
    await spend(service, "0.79")
    assert told == []
    for cost in ("0.01", "0.05", "0.15", "0"):
        await spend(service, cost)
    assert [(state.day.spent, state.level) for state in told] == [(D("0.80"), Level.WARNING), (D(1), Level.SPENT)]


async def test_what_is_only_reserved_is_no_news(spending: Spending) -> None:
    service = spending(day="1")
    told = listening(service)
    await reserve(service, "0.9")
    await spend(service, "0.01")
    assert told == []


async def test_a_raised_limit_is_warned_of_anew(spending: Spending) -> None:
    await spend(spending(day="1"), "0.85")
    service = spending(day="2")
    told = listening(service)
    await spend(service, "0.80")
    assert [state.day.spent for state in told] == [D("1.65")]


async def test_calls_that_end_together_tell_a_level_once(spending: Spending) -> None:
    service = spending(day="1")
    told = listening(service)
    entries = [await reserve(service, "0.09") for _ in range(10)]
    await asyncio.gather(*(service.settle(entry, done("0.09")) for entry in entries))
    assert [state.day.spent for state in told] == [D("0.81")]


async def test_who_no_longer_listens_is_not_told(spending: Spending) -> None:
    service = spending(day="1")
    told: list[BudgetState] = []
    service.subscribe(told.append)()
    await spend(service, "0.9")
    assert told == []


async def test_a_damaged_memory_of_warnings_costs_one_more_warning(spending: Spending, database: Database) -> None:
    from modelward.catalog.store import CatalogStore

    for text in ("nonsense", "[]", '{"day": 7}', '{"day": ["x", "1", "no level"]}'):
        await CatalogStore(database).set_state("spending.told", text)
        service = spending(day="0.1")
        told = listening(service)
        await service.settle(await reserve(service, "0"), done("0.2"))
        assert len(told) == 1


# ---------------------------------------------------------------- totals


async def test_totals_tell_apart_days_providers_models_and_purposes(
    spending: Spending, clock: StandingClock, zone: Zone
) -> None:
    zone("Europe/Berlin")
    service = spending()
    start = clock.now
    calls = [
        ("acme", "acme/a", Purpose.TEST, "0.5"),
        ("acme", "acme/b", Purpose.WORK, "0"),
        ("zeta", "zeta/a", Purpose.WORK, None),
    ]
    for provider, model, purpose, cost in calls:
        entry = await service.reserve(provider, model, purpose, D("0.75"))
        await service.settle(entry, done(cost, 100, 10))
        clock.now += timedelta(hours=6)  # Berlin: 13:00, 19:00, 01:00
    totals = await service.totals(start)
    everything = totals.everything
    assert (everything.calls, everything.input_tokens, everything.output_tokens) == (3, 300, 30)
    assert (everything.cost, everything.unknown_calls, everything.reserved) == (D("0.5"), 1, D("0.75"))
    assert {day: total.calls for day, total in totals.by_day.items()} == {date(2026, 11, 20): 2, date(2026, 11, 21): 1}
    assert {name: total.calls for name, total in totals.by_provider.items()} == {"acme": 2, "zeta": 1}
    assert {name: total.cost for name, total in totals.by_model.items()} == {
        "acme/a": D("0.5"),
        "acme/b": 0,
        "zeta/a": 0,
    }
    assert {name: total.calls for name, total in totals.by_purpose.items()} == {Purpose.TEST: 1, Purpose.WORK: 2}
