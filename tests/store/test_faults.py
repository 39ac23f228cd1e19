"""What the world does to a store becomes words, and nothing is half done."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sqlalchemy import func, make_url, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from harness.stores import start_python
from modelward.core.errors import KnownError, StoreError
from modelward.store import tables
from modelward.store.engine import Database

COUNT = select(func.count()).select_from(tables.state)
BIG = [{"key": f"key {number}", "value": "x" * 1000} for number in range(2000)]


async def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path):
    path = tmp_path / "modelward.db"
    database = await Database.open(path)
    await database.write(lambda it: it.exec_driver_sql("PRAGMA max_page_count = 100").close())
    with pytest.raises(StoreError, match="disk is full") as caught:
        await database.write(lambda it: tables.upsert(it, tables.state, BIG))
    assert str(path) in str(caught.value)
    assert await database.read(lambda it: it.scalar(COUNT)) == 0
    await database.write(lambda it: tables.upsert(it, tables.state, BIG[:10]))
    assert await database.read(lambda it: it.scalar(COUNT)) == 10
    await database.close()


def test_a_file_that_may_not_grow_is_told_and_the_store_stays_whole(tmp_path: Path):
    program = """
import asyncio, pathlib, resource, sys
from modelward.core.errors import KnownError
from modelward.store import tables
from modelward.store.engine import Database

async def main():
    database = await Database.open(pathlib.Path(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    rows = [{"key": str(number), "value": "x" * 1000} for number in range(2000)]
    try:
        await database.write(lambda it: tables.upsert(it, tables.state, rows))
    except KnownError as error:
        print(type(error).__name__, error.todo)
    await database.write(lambda it: tables.upsert(it, tables.state, rows[:5]))
    print(await database.read(lambda it: len(it.execute(tables.state.select()).all())))
    await database.close()

asyncio.run(main())
"""
    told, after = start_python(program, tmp_path / "modelward.db").communicate()[0].splitlines()
    assert told.startswith("StoreError Check that the disk has room")
    assert after == "5"


async def test_a_bug_of_ours_passes_through_unchanged(database: Database):
    with pytest.raises(IntegrityError):
        await database.write(
            lambda it: it.execute(tables.state.insert().values(key="key without a value", value=None)).close()
        )
    with pytest.raises(DBAPIError):
        await database.read(lambda it: it.exec_driver_sql("SELEC 1").close())
    assert await database.read(lambda it: it.scalar(COUNT)) == 0


async def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path):
    with pytest.raises(StoreError) as caught:
        await Database.open("postgresql://me:s3cret@127.0.0.1:1/mine")
    assert "postgresql://me@127.0.0.1:1/mine" in caught.value.what
    assert "s3cret" not in str(caught.value)
    assert "server runs" in caught.value.todo


async def test_an_option_that_the_driver_does_not_know_is_told():
    with pytest.raises(StoreError, match="frobnicate"):
        await Database.open("postgresql://127.0.0.1:1/mine?frobnicate=1")


async def test_a_database_that_the_server_does_not_have_is_told(postgres_url: str):
    with pytest.raises(StoreError, match="does not exist"):
        await Database.open(postgres_url.replace("/modelward_", "/no_such_"))


async def test_a_missing_driver_names_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"modelward\[postgres\]"):
        await Database.open("postgresql://127.0.0.1:1/mine")


async def test_a_user_who_may_not_write_is_told(postgres_url: str):
    database = await Database.open(postgres_url)
    await database.write(lambda it: it.exec_driver_sql("CREATE ROLE looker LOGIN").close())
    try:
        await database.close()
        looker = make_url(postgres_url).set(username="looker").render_as_string()
        with pytest.raises(KnownError) as caught:
            await Database.open(looker)
        assert "may not" in str(caught.value) or "denied" in str(caught.value)
    finally:
        again = await Database.open(postgres_url)
        await again.write(lambda it: it.exec_driver_sql("DROP ROLE looker").close())
        await again.close()
