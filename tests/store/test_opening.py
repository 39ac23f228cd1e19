"""Opening a store: new, known, older, newer, somebody else's, held by another."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text

from harness.stores import start_python
from modelward.core.errors import KnownError, NewerStoreError, SettingsError, StoreBusyError, StoreError
from modelward.store import migrate, sqlite, tables
from modelward.store.engine import Database


def run(statement: str):
    """Work that executes one statement."""
    return lambda connection: connection.execute(text(statement)).close()


def remember(connection: Connection, key: str = "greeting", value: str = "hello") -> None:
    tables.upsert(connection, tables.state, [{"key": key, "value": value}])


def recall(connection: Connection) -> dict[str, str]:
    return dict(connection.execute(tables.state.select()).all())


async def test_a_new_store_has_all_tables(database: Database):
    found = await database.read(lambda connection: set(inspect(connection).get_table_names()))
    assert found == {*tables.metadata.tables, "alembic_version"}


async def test_what_was_written_is_there_when_the_store_opens_again(store_address: Path | str):
    database = await Database.open(store_address)
    await database.write(remember)
    await database.close()
    again = await Database.open(store_address)
    found = await again.read(recall)
    await again.close()
    assert found == {"greeting": "hello"}


async def test_a_sqlite_url_names_the_same_store_as_its_path(tmp_path: Path):
    path = tmp_path / "a b" / "100 % #1?.db"
    database = await Database.open(path)
    await database.write(remember)
    await database.close()
    plain = tmp_path / "plain.db"
    path.rename(plain)
    again = await Database.open(f"sqlite:///{plain}")
    found = await again.read(recall)
    await again.close()
    assert found == {"greeting": "hello"}


async def test_an_empty_file_counts_as_a_new_store(tmp_path: Path):
    path = tmp_path / "modelward.db"
    path.touch()
    database = await Database.open(path)
    await database.write(remember)
    found = await database.read(recall)
    await database.close()
    assert found == {"greeting": "hello"}


def test_a_store_of_today_opens_without_alembic_and_without_mapped_objects(tmp_path: Path):
    program = (
        "import asyncio, sys, pathlib\n"
        "from modelward.store.engine import Database\n"
        "async def main():\n"
        "    await (await Database.open(pathlib.Path(sys.argv[1]))).close()\n"
        "asyncio.run(main())\n"
        "print(*sorted({'alembic', 'sqlalchemy.orm', 'psycopg'} & set(sys.modules)))\n"
    )
    path = tmp_path / "modelward.db"
    first, second = (start_python(program, path).communicate()[0].split() for _ in range(2))
    assert "alembic" in first
    assert second == []


async def test_a_store_from_the_future_is_refused_and_left_as_it_is(store_address: Path | str):
    database = await Database.open(store_address)
    await database.write(run("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    for reader in (False, True):
        with pytest.raises(NewerStoreError, match="9999"):
            await Database.open(store_address, reader=reader)
    if isinstance(store_address, Path):
        raw = sqlite.sqlite3.connect(store_address)
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
        raw.close()


async def test_the_database_of_another_program_is_refused(store_address: Path | str):
    database = await Database.open(store_address)
    await database.write(run("DROP TABLE alembic_version"))
    await database.close()
    with pytest.raises(StoreError, match="another program"):
        await Database.open(store_address)


async def test_an_older_store_is_upgraded_after_the_hook_was_called(
    store_address: Path | str, monkeypatch: pytest.MonkeyPatch
):
    await (await Database.open(store_address)).close()
    monkeypatch.setattr(migrate, "HEAD", "9999")
    upgraded: list[str] = []
    monkeypatch.setattr(migrate, "upgrade", lambda connection: upgraded.append("upgrade"))
    database = await Database.open(store_address, before_migration=lambda: upgraded.append("backup"))
    await database.close()
    assert upgraded == ["backup", "upgrade"]


async def test_no_hook_is_called_for_a_new_store_or_one_of_today(store_address: Path | str):
    called: list[str] = []
    for _ in range(2):
        await (await Database.open(store_address, before_migration=lambda: called.append("backup"))).close()
    assert called == []


async def test_a_migration_that_fails_leaves_the_store_as_it_was(
    store_address: Path | str, monkeypatch: pytest.MonkeyPatch
):
    def fail_late(connection: Connection) -> None:
        connection.execute(text("DROP TABLE event_log"))
        connection.execute(text("CREATE TABLE half (done INTEGER)"))
        raise ZeroDivisionError

    await (await Database.open(store_address)).close()
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "HEAD", "9999")
        patch.setattr(migrate, "upgrade", fail_late)
        with pytest.raises(ZeroDivisionError):
            await Database.open(store_address)
    database = await Database.open(store_address)
    names = await database.read(lambda connection: inspect(connection).get_table_names())
    await database.close()
    assert "event_log" in names
    assert "half" not in names


async def test_a_store_whose_making_was_cut_off_is_made_anew(
    store_address: Path | str, monkeypatch: pytest.MonkeyPatch
):
    make = migrate.upgrade

    def cut_off(connection: Connection) -> None:
        make(connection)
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(migrate, "upgrade", cut_off)
        with pytest.raises(ZeroDivisionError):
            await Database.open(store_address)
    database = await Database.open(store_address)
    await database.write(remember)
    assert await database.read(recall) == {"greeting": "hello"}
    await database.close()


async def test_a_second_writer_is_refused_while_the_first_has_the_store(
    store_address: Path | str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("modelward.store.postgres.LOCK_WAIT_MS", 10)
    first = await Database.open(store_address)
    with pytest.raises(StoreBusyError):
        await Database.open(store_address)
    await first.write(remember)
    await first.close()
    second = await Database.open(store_address)
    found = await second.read(recall)
    await second.close()
    assert found == {"greeting": "hello"}


async def test_a_reader_sees_what_the_writer_writes_and_writes_nothing(store_address: Path | str):
    writer = await Database.open(store_address)
    reader = await Database.open(store_address, reader=True)
    await writer.write(remember)
    assert await reader.read(recall) == {"greeting": "hello"}
    with pytest.raises(StoreBusyError):
        await reader.write(remember)
    with pytest.raises(KnownError):
        await reader.read(remember)
    await reader.close()
    await writer.close()


async def test_a_reader_makes_no_store(tmp_path: Path):
    with pytest.raises(StoreError, match="no store"):
        await Database.open(tmp_path / "data" / "modelward.db", reader=True)
    assert not (tmp_path / "data").exists()


async def test_a_reader_of_an_empty_database_is_told_so(postgres_url: str):
    with pytest.raises(StoreError, match="empty"):
        await Database.open(postgres_url, reader=True)


async def test_a_reader_changes_no_tables(store_address: Path | str, monkeypatch: pytest.MonkeyPatch):
    await (await Database.open(store_address)).close()
    monkeypatch.setattr(migrate, "HEAD", "9999")
    with pytest.raises(StoreError, match="older"):
        await Database.open(store_address, reader=True)


@pytest.mark.parametrize(
    "address", ["mysql://me:s3cret@host/db", "s3cret", "", "sqlite://", "postgresql://a:s3cret@h:x/d"]
)
async def test_an_address_that_is_none_is_refused_without_repeating_it(address: str):
    with pytest.raises(SettingsError) as caught:
        await Database.open(address)
    assert "s3cret" not in str(caught.value)
    assert "postgresql://" in caught.value.todo
