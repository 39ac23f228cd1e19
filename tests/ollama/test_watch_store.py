"""What the guard keeps: models, looks that thin with age, alerts with one row a cause, events."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from modelward.ollama.alerts import Finding
from modelward.ollama.guarding import Guarded
from modelward.ollama.model import AlertKind, GuardEvent, Sample
from modelward.ollama.names import parse
from modelward.ollama.store import WatchStore
from modelward.store.engine import Database

NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
URL = "http://127.0.0.1:11434"
MINUTES = timedelta(minutes=5)
DAY = timedelta(days=1)
DAMAGED = Finding(AlertKind.CHECKSUM, "a", "a is damaged.", "why", "todo")
DOWN = Finding(AlertKind.SERVICE_DOWN, "", "It is down.")


on_sqlite = pytest.mark.parametrize("store_address", ["sqlite"], indirect=True)
"""For what the other engine does alike."""


@pytest.fixture
def store(database: Database) -> WatchStore:
    return WatchStore(database)


async def kept(store: WatchStore) -> tuple[Sample, ...]:
    return await store.samples(URL, "", NOW - timedelta(days=900))


def every_five_minutes(first: timedelta, last: timedelta) -> list[Sample]:
    """Looks from so long ago until so long ago, one in sixty without an answer, later ones slower."""
    count = int((first - last) / MINUTES)
    samples = [Sample(NOW - first + MINUTES * number, "", True, float(number % 12)) for number in range(count)]
    return [Sample(each.at, "", False, None, "down") if each.at.minute == 0 and each.at.hour % 5 == 0 else each
            for each in samples]  # fmt: skip


@on_sqlite
async def test_two_days_of_looks_are_kept_whole_and_older_ones_two_an_hour(store: WatchStore) -> None:
    await store.add(URL, every_five_minutes(timedelta(days=5), timedelta()))
    await store.thin(NOW)
    found = await kept(store)
    recent = [each for each in found if each.at >= NOW - 2 * DAY]
    assert len(recent) == 2 * 24 * 12
    hours = Counter(each.at.replace(minute=0) for each in found if each.at < NOW - 3 * DAY)
    assert set(hours.values()) <= {1, 2}
    assert len(hours) >= 47


async def test_the_worst_and_the_median_look_of_an_hour_stand_for_it(store: WatchStore) -> None:
    start = (NOW - 10 * DAY).replace(minute=0)
    hour = [Sample(start + MINUTES * number, "", True, float(number)) for number in range(11)]
    await store.add(URL, [*hour, Sample(start + MINUTES * 11, "", False, None, "down")])
    await store.thin(NOW)
    assert [(each.ok, each.latency_ms) for each in await kept(store)] == [(True, 5.0), (False, None)]


@on_sqlite
async def test_after_a_month_a_day_has_two_looks_and_after_a_year_none(store: WatchStore) -> None:
    await store.add(URL, every_five_minutes(timedelta(days=40), timedelta(days=38)))
    await store.add(URL, [Sample(NOW - timedelta(days=366), "", True, 1.0)])
    await store.thin(NOW)
    found = await kept(store)
    assert Counter(each.at.date() for each in found).most_common(1)[0][1] == 2
    assert all(each.at > NOW - timedelta(days=41) for each in found)


@on_sqlite
async def test_thinning_twice_takes_nothing_more(store: WatchStore) -> None:
    await store.add(URL, every_five_minutes(timedelta(days=4), timedelta(days=3)))
    await store.thin(NOW)
    once = await kept(store)
    await store.thin(NOW + timedelta(hours=1))
    assert await kept(store) == once


@on_sqlite
async def test_looks_at_models_and_servers_are_kept_apart(store: WatchStore) -> None:
    await store.add(
        URL, [Sample(NOW, "", True, 1.0), Sample(NOW, "a", True, 2.0), Sample(NOW + MINUTES, "a", True, 3.0)]
    )
    await store.add("http://other", [Sample(NOW, "a", False, None, "down")])
    assert {name: each.latency_ms for name, each in (await store.last(URL)).items()} == {"": 1.0, "a": 3.0}
    assert [each.ok for each in await store.samples("http://other", "a", NOW)] == [False]
    assert (await store.has_answered(URL), await store.has_answered("http://other")) == (True, False)


async def test_one_cause_is_one_row_from_its_first_look_to_its_end(store: WatchStore) -> None:
    first = await store.follow([DAMAGED, DOWN], dict.fromkeys(AlertKind), NOW)
    assert [(each.kind, each.id > 0) for each in first.opened] == [(AlertKind.CHECKSUM, True)]
    second = await store.follow([DAMAGED, DOWN], dict.fromkeys(AlertKind), NOW + MINUTES)
    assert [each.kind for each in second.opened] == [AlertKind.SERVICE_DOWN]
    damaged = next(each for each in await store.open_alerts() if each.kind is AlertKind.CHECKSUM)
    assert (damaged.id, damaged.seen, damaged.opened_at, damaged.last_seen_at) == (
        first.opened[0].id, 2, NOW, NOW + MINUTES,
    )  # fmt: skip
    over = await store.follow([DOWN], dict.fromkeys(AlertKind), NOW + 2 * MINUTES)
    assert [each.id for each in over.resolved] == [damaged.id]
    assert [each.kind for each in await store.open_alerts()] == [AlertKind.SERVICE_DOWN]


@on_sqlite
async def test_a_look_that_was_missed_once_leaves_no_row(store: WatchStore) -> None:
    await store.follow([DOWN], dict.fromkeys(AlertKind), NOW)
    outcome = await store.follow([], dict.fromkeys(AlertKind), NOW + MINUTES)
    assert len(outcome.dropped) == 1
    assert (await store.follow([DOWN], dict.fromkeys(AlertKind), NOW + 2 * MINUTES)).opened == ()


async def test_guarded_models_are_remembered_by_folder_and_can_be_forgotten(store: WatchStore) -> None:
    models = [
        Guarded("/a", parse("llama3.2:3b"), None, "sha256:1", NOW, NOW),
        Guarded("/b", parse("host:5000/me/x"), False, "", NOW, NOW, NOW),
    ]
    await store.guard(models)
    await store.guard([Guarded("/a", parse("llama3.2:3b"), True, "sha256:2", NOW, NOW + DAY)])
    assert {(each.library, str(each.name), each.is_protected) for each in await store.guarded()} == {
        ("/a", "llama3.2:3b", True),
        ("/b", "host:5000/me/x:latest", False),
    }
    await store.guard([], [models[0]])
    assert await store.guarded() == (models[1],)


async def test_events_come_back_newest_first_and_without_those_of_others(store: WatchStore, database: Database) -> None:
    await store.log([GuardEvent(NOW, "alert", "a", "a is <b>damaged</b>.", is_bad=True)])
    await store.log([GuardEvent(NOW, "repair", "a", "Repaired.")])
    await database.write(
        lambda connection: connection.exec_driver_sql(
            "INSERT INTO event_log (at, verb, subject, detail) SELECT at, 'import', 'x', '{}' FROM event_log"
        ).close()
    )
    found = await store.events(50)
    assert [(each.verb, each.text, each.is_bad) for each in found] == [
        ("repair", "Repaired.", False),
        ("alert", "a is <b>damaged</b>.", True),
    ]
    assert len(await store.events(1)) == 1


@on_sqlite
async def test_since_when_a_version_runs_is_remembered_until_it_changes(store: WatchStore) -> None:
    assert await store.version_since(URL, "0.33.0", NOW) == NOW
    assert await store.version_since(URL, "0.33.0", NOW + DAY) == NOW
    assert await store.version_since(URL, "0.34.0", NOW + DAY) == NOW + DAY
