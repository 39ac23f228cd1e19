"""The written rule of retention, proven over made-up lives of machines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelward.backups.retention import Copy, Kind, plan

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def hourly(*times: datetime) -> list[Copy]:
    return [Copy(f"{number:05}", Kind.HOURLY, at) for number, at in enumerate(times)]


def every_hour(count: int, until: datetime = NOON) -> list[Copy]:
    return hourly(*(until - HOUR * back for back in range(count)))


def kept(copies: Iterable[Copy], now: datetime = NOON, *, keep_pre_operation: int | None = None) -> set[str]:
    decided = plan(copies, now, keep_pre_operation=keep_pre_operation)
    return {decision.copy.id for decision in decided.decisions if decision.is_kept}


def lived(copies: list[Copy], now: datetime) -> set[str]:
    """What is left where the rule runs after every single copy, as it does in a life."""
    there: list[Copy] = []
    for copy in sorted(copies, key=lambda each: each.made_at):
        there.append(copy)
        gone = set(plan(there, copy.made_at).removed)
        there = [each for each in there if each not in gone]
    return kept(there, now)


_moments = st.integers(0, 60 * 24 * 60).map(lambda minutes: NOON - timedelta(minutes=minutes))
_offsets = st.sampled_from([-11, -5, 0, 1, 2, 5.5, 14]).map(lambda hours: timezone(timedelta(hours=hours)))


@st.composite
def histories(draw: st.DrawFn) -> list[Copy]:
    times = draw(st.lists(_moments, max_size=60))
    return [
        Copy(
            f"{number:03}",
            draw(st.sampled_from([Kind.HOURLY, Kind.HOURLY, Kind.HOURLY, Kind.MANUAL, Kind.PRE_OPERATION])),
            at.astimezone(draw(_offsets)),
            is_good=draw(st.booleans()),
        )
        for number, at in enumerate(times)
    ]


def test_two_months_of_hours_leave_a_day_of_hours_a_week_of_days_and_a_month_of_weeks() -> None:
    copies = every_hour(60 * 24)
    decided = plan(copies, NOON)
    by_tier = {
        tier: [decision.copy.made_at for decision in decided.decisions if tier in decision.reasons]
        for tier in ("hourly", "daily", "weekly")
    }
    assert by_tier["hourly"] == [NOON - HOUR * back for back in range(24)]
    days = {NOON.date() - DAY * back: NOON.replace(hour=23) - DAY * back for back in range(7)}
    days[NOON.date()] = NOON
    assert by_tier["daily"] == list(days.values())
    # Weeks end on Sunday: 17, 10 and 3 May 2026; the week of the 20th has its newest at noon.
    sundays = [datetime(2026, 5, day, 23, tzinfo=UTC) for day in (17, 10, 3)]
    assert by_tier["weekly"] == [NOON, *sundays]
    # Today and yesterday are among the 24 hours, and one Sunday among the 7 days.
    assert len(kept(copies)) == 24 + 5 + 2


@settings(max_examples=60)
@given(histories())
def test_one_run_over_a_whole_life_keeps_what_many_runs_kept(copies: list[Copy]) -> None:
    assert lived(copies, NOON) == kept(copies)


@given(histories())
def test_a_second_run_removes_nothing(copies: list[Copy]) -> None:
    gone = set(plan(copies, NOON).removed)
    left = [copy for copy in copies if copy not in gone]
    assert plan(left, NOON).removed == ()


@given(histories(), st.integers(-60 * 24 * 3650, 60 * 24 * 3650).map(lambda minutes: timedelta(minutes=minutes)))
def test_what_must_never_go_stays_however_the_clock_jumps(copies: list[Copy], jump: timedelta) -> None:
    left = kept(copies, NOON + jump)
    newest_first = sorted(copies, key=lambda copy: (copy.made_at, copy.id), reverse=True)
    assert {copy.id for copy in newest_first[:3]} <= left
    assert {copy.id for copy in [each for each in newest_first if each.is_good][:1]} <= left
    assert {copy.id for copy in copies if copy.kind is not Kind.HOURLY} <= left
    assert {copy.id for copy in copies if copy.made_at > NOON + jump - HOUR} <= left


def test_thirty_restarts_in_one_hour_cost_no_history() -> None:
    before = every_hour(40 * 24, until=NOON - 21 * DAY)
    restarts = [Copy(f"r{minute:02}", Kind.HOURLY, NOON - timedelta(minutes=2 * minute)) for minute in range(30)]
    later = NOON + 2 * HOUR
    left = kept([*before, *restarts], later)
    oldest = min(copy.made_at for copy in before if copy.id in left)
    assert oldest <= NOON - 21 * DAY - 7 * DAY
    assert {"r00", "r01", "r02"} <= left
    # The newest of the two hours into which they fell, and the last three, which two of these are.
    assert len([id_ for id_ in left if id_.startswith("r")]) == 3


def test_a_copy_dated_ten_years_ahead_pushes_no_other_out() -> None:
    copies = every_hour(60 * 24)
    ahead = Copy("ahead", Kind.HOURLY, NOON + 3650 * DAY)
    left = kept([*copies, ahead])
    assert left == kept(copies) | {"ahead"}


def test_a_clock_that_is_set_ten_years_back_removes_nothing() -> None:
    copies = every_hour(100)
    assert plan(copies, NOON - 3650 * DAY).removed == ()


def test_the_hour_that_comes_twice_in_autumn_keeps_a_copy_of_each() -> None:
    summer, winter = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))
    first = datetime(2026, 10, 25, 2, 30, tzinfo=summer)
    second = datetime(2026, 10, 25, 2, 30, tzinfo=winter)
    later = [second + HOUR * count for count in range(1, 6)]
    copies = hourly(first, second, *later)
    assert {"00000", "00001"} <= kept(copies, later[-1] + 2 * HOUR)


def test_days_are_those_that_the_person_lived() -> None:
    tokyo = timezone(timedelta(hours=9))
    # 23:30 and 00:30 in Tokyo are one day in UTC, but two days of a person there.
    evening, night = datetime(2026, 5, 1, 23, 30, tzinfo=tokyo), datetime(2026, 5, 2, 0, 30, tzinfo=tokyo)
    later = [NOON - HOUR * back for back in range(24)]
    left = kept(hourly(evening, night, *later))
    assert {"00000", "00001"} <= left


def test_two_copies_of_one_second_are_told_apart() -> None:
    early = NOON - 3 * HOUR
    copies = [*hourly(early, early, early, early, NOON - 2 * HOUR), *every_hour(0)]
    left = kept(copies)
    assert "00003" in left
    assert "00000" not in left


def test_a_damaged_copy_never_stands_for_a_good_one_and_waits_for_a_person() -> None:
    good = Copy("good", Kind.HOURLY, NOON - 5 * DAY)
    damaged = Copy("damaged", Kind.HOURLY, NOON - 5 * DAY + timedelta(minutes=5), is_good=False, is_damaged=True)
    left = kept([good, damaged, *every_hour(30)])
    assert {"good", "damaged"} <= left


def test_what_a_restore_holds_is_kept() -> None:
    copies = every_hour(60 * 24)
    doomed = plan(copies, NOON).removed[0]
    held = Copy(doomed.id, doomed.kind, doomed.made_at, in_use=True)
    assert doomed.id in kept([held if copy is doomed else copy for copy in copies])


def test_copies_before_operations_are_kept_for_ever_unless_bounded() -> None:
    copies = [Copy(f"{day:03}", Kind.PRE_OPERATION, NOON - (day + 1) * DAY) for day in range(100)]
    assert len(kept(copies)) == 100
    assert kept(copies, keep_pre_operation=5) == {"000", "001", "002", "003", "004"}


def test_a_run_that_would_remove_most_of_a_kind_asks_first() -> None:
    crowd = hourly(*(NOON - 3 * DAY - timedelta(seconds=second) for second in range(50)))
    assert plan(crowd, NOON).asks_first == (Kind.HOURLY,)
    assert plan(every_hour(31), NOON).asks_first == ()


@given(histories())
def test_every_decision_is_explained(copies: list[Copy]) -> None:
    decided = plan(copies, NOON)
    assert [decision.copy for decision in decided.decisions] == sorted(
        copies, key=lambda copy: (copy.made_at, copy.id), reverse=True
    )
    assert all(decision.reasons and all(decision.reasons) for decision in decided.decisions)


def test_two_copies_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        plan([Copy("a", Kind.HOURLY, NOON), Copy("a", Kind.HOURLY, NOON)], NOON)
