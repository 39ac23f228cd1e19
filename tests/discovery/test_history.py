"""Who answered when: kept for 30 days, thinned after two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from modelward.discovery.model import WORST_FIRST, Look, State
from modelward.discovery.store import LookStore
from modelward.store import tables
from modelward.store.engine import Database

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


def look(ago: timedelta, state: State = State.OK, latency_ms: float | None = 80.0, provider: str = "groq") -> Look:
    return Look(provider, NOW - ago, state, latency_ms, "" if state is State.OK else "It was so.")


async def test_looks_come_back_as_they_were_oldest_first(database: Database) -> None:
    looks = LookStore(database)
    kept = [look(timedelta(hours=1)), look(timedelta(minutes=1), State.FAILED, None)]
    await looks.add([kept[1], kept[0], look(timedelta(minutes=5), provider="openai")])
    assert await looks.of("groq", None) == tuple(kept)
    assert await looks.of("groq", NOW - timedelta(minutes=2)) == (kept[1],)
    assert await looks.of("nobody", None) == ()


async def test_the_last_look_at_each_provider_is_found(database: Database) -> None:
    looks = LookStore(database)
    newest = look(timedelta(minutes=1), State.REFUSED, None)
    other = look(timedelta(days=3), provider="openai")
    await looks.add([look(timedelta(hours=1)), newest, other])
    assert await looks.latest() == {"groq": newest, "openai": other}


async def test_nothing_to_keep_writes_nothing(database: Database) -> None:
    await LookStore(database).add([])
    assert await LookStore(database).latest() == {}


async def test_a_look_at_a_provider_that_the_store_does_not_know_makes_it(database: Database) -> None:
    await LookStore(database).add([look(HALF_HOUR, provider="found-here")])
    row = select(tables.provider.c.enabled, tables.provider.c.added_at).where(tables.provider.c.id == "found-here")
    assert (await database.read(lambda connection: connection.execute(row).one())) == (True, None)


async def test_two_days_are_kept_whole(database: Database) -> None:
    looks = LookStore(database)
    kept = [look(HALF_HOUR * count) for count in range(95, -1, -1)]
    await looks.add(kept)
    await looks.thin(NOW)
    assert await looks.of("groq", None) == tuple(kept)


async def test_of_an_older_hour_the_worst_look_stays_with_its_latency(database: Database) -> None:
    looks = LookStore(database)
    hour = timedelta(days=3)
    slow = look(hour, State.LIMITED, 900.0)
    await looks.add([look(hour - timedelta(minutes=10)), slow, look(hour - timedelta(minutes=20), State.LIMITED, 90.0)])
    other = look(hour, provider="openai")
    await looks.add([other])
    await looks.thin(NOW)
    assert await looks.of("groq", None) == (slow,)
    assert await looks.of("openai", None) == (other,)


async def test_what_is_older_than_30_days_is_forgotten(database: Database) -> None:
    looks = LookStore(database)
    last = look(timedelta(days=29, hours=23))
    await looks.add([look(timedelta(days=30, minutes=1)), last])
    await looks.thin(NOW)
    assert await looks.of("groq", None) == (last,)


async def test_thinning_goes_on_where_it_was_and_leaves_thinned_hours_alone(database: Database) -> None:
    looks = LookStore(database)
    await looks.add([look(HALF_HOUR * count) for count in range(48 * 3)])
    await looks.thin(NOW)
    first = await looks.of("groq", None)
    await looks.thin(NOW)
    assert await looks.of("groq", None) == first
    await looks.thin(NOW + timedelta(hours=1))
    assert len(await looks.of("groq", None)) == len(first) - 1


async def test_a_whole_month_of_looks_becomes_one_an_hour(database: Database) -> None:
    looks = LookStore(database)
    await looks.add([look(timedelta(minutes=15) * count) for count in range(4 * 24 * 29)])
    await looks.thin(NOW)
    whole = 4 * 48 + 3  # from the full hour two days ago, both ends included
    assert len(await looks.of("groq", None)) == 24 * 27 + whole
    count = select(func.count()).select_from(tables.availability)
    assert await database.read(lambda connection: connection.scalar(count)) == len(await looks.of("groq", None))


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 600), st.sampled_from(WORST_FIRST)), max_size=40, unique_by=lambda pair: pair[0])
)
async def test_no_hour_ever_looks_better_than_it_was(database: Database, pairs: list[tuple[int, State]]) -> None:
    looks = LookStore(database)
    await database.write(lambda connection: connection.execute(tables.availability.delete()).close())
    await database.write(lambda connection: connection.execute(tables.state.delete()).close())
    await looks.add([look(timedelta(days=3, minutes=minutes), state) for minutes, state in pairs])
    before = _worst_by_hour(await looks.of("groq", None))
    await looks.thin(NOW)
    after = await looks.of("groq", None)
    assert _worst_by_hour(after) == before
    assert len(after) == len(before)


def _worst_by_hour(looks: tuple[Look, ...]) -> dict[datetime, State]:
    worst: dict[datetime, State] = {}
    for each in looks:
        hour = each.at.replace(minute=0)
        worst[hour] = min(worst.get(hour, State.OK), each.state, key=WORST_FIRST.index)
    return worst
