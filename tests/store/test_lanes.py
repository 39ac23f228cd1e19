"""The lanes: one thing after the other, each whole or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from modelward.core.errors import StoreBusyError, StoreError
from modelward.store import tables
from modelward.store.engine import Database

COUNT = select(func.count()).select_from(tables.state)


def put(key: str):
    """Work that remembers a key."""
    return lambda connection: tables.upsert(connection, tables.state, [{"key": key, "value": ""}])


async def keys(database: Database) -> list[str]:
    query = select(tables.state.c.key).order_by(tables.state.c.key)
    return await database.read(lambda connection: list(connection.scalars(query)))


async def test_writes_happen_one_after_the_other_in_the_order_asked_for(database: Database):
    seen: list[int] = []

    def work(number: int, connection: Connection) -> int:
        seen.append(number)
        put(str(number))(connection)
        return connection.scalar(COUNT) or 0

    counts = await asyncio.gather(
        *(database.write(lambda connection, number=number: work(number, connection)) for number in range(20))
    )
    assert seen == list(range(20))
    assert counts == list(range(1, 21))


async def test_work_that_raises_is_rolled_back_and_the_next_goes_on(database: Database):
    def fail(connection: Connection) -> None:
        put("lost")(connection)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(fail)
    await database.write(put("kept"))
    assert await keys(database) == ["kept"]


async def test_a_caller_that_stops_waiting_does_not_harm_what_runs(database: Database):
    started, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        put("running")(connection)
        started.set()
        go_on.wait()

    running = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(started.wait)
    queued = asyncio.create_task(database.write(put("queued")))
    await asyncio.sleep(0)
    for task in (running, queued):
        task.cancel()
    results = await asyncio.gather(running, queued, return_exceptions=True)
    go_on.set()
    await database.write(put("after"))
    assert [type(result) for result in results] == [asyncio.CancelledError] * 2
    assert await keys(database) == ["after", "running"]


async def test_closing_waits_for_what_is_queued_and_may_be_repeated(store_address: Path | str):
    database = await Database.open(store_address)
    writes = [asyncio.create_task(database.write(put(str(number)))) for number in range(5)]
    await asyncio.sleep(0)
    await database.close()
    await database.close()
    assert all(task.done() for task in writes)
    again = await Database.open(store_address)
    assert await keys(again) == list("01234")
    await again.close()


async def test_a_read_sees_one_steady_state_while_others_write(database: Database):
    begun, go_on = threading.Event(), threading.Event()

    def twice(connection: Connection) -> tuple[int | None, int | None]:
        before = connection.scalar(COUNT)
        begun.set()
        go_on.wait()
        return before, connection.scalar(COUNT)

    reading = asyncio.create_task(database.read(twice))
    await asyncio.to_thread(begun.wait)
    await database.write(put("new"))
    go_on.set()
    assert await reading == (0, 0)
    assert await keys(database) == ["new"]


async def test_a_foreign_lock_is_told_and_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("modelward.store.sqlite.BUSY_SECONDS", 0)
    path = tmp_path / "modelward.db"
    database = await Database.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError, match="holds the store"):
        await database.write(put("refused"))
    other.execute("ROLLBACK")
    other.close()
    await database.write(put("done"))
    assert await keys(database) == ["done"]
    await database.close()


async def test_a_lost_connection_is_told_and_made_again_with_its_lock(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("modelward.store.postgres.LOCK_WAIT_MS", 10)
    database = await Database.open(postgres_url)
    end_others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    assert await keys(database) == []
    await database.write(lambda connection: connection.exec_driver_sql(end_others).close())
    with pytest.raises(StoreError, match="was lost"):
        await keys(database)
    assert await keys(database) == []
    await database.read(lambda connection: connection.exec_driver_sql(end_others).close())
    with pytest.raises(StoreError, match="was lost"):
        await database.write(put("lost"))
    await database.write(put("again"))
    with pytest.raises(StoreBusyError):
        await Database.open(postgres_url)
    assert await keys(database) == ["again"]
    await database.read(lambda connection: connection.exec_driver_sql(end_others).close())
    await database.close()
    again = await Database.open(postgres_url)
    assert await keys(again) == ["again"]
    await again.close()
