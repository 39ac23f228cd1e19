"""A damaged store is told, kept byte for byte, and set aside on request."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from modelward.core.errors import DamagedStoreError, FolderError, StoreBusyError, StoreError
from modelward.store import sqlite, tables
from modelward.store.engine import Database

NOW = datetime(2026, 11, 20, 13, 5, 9, tzinfo=UTC)
PAGE = 4096


async def filled(path: Path) -> None:
    """A closed store with enough rows to fill many pages."""
    rows = [{"key": f"key {number}", "value": "x" * 500} for number in range(400)]
    database = await Database.open(path)
    await database.write(lambda connection: tables.upsert(connection, tables.state, rows))
    await database.close()


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(20_000))


def text_file(path: Path) -> None:
    path.write_text("Dear diary, today I was renamed to a database. " * 100, encoding="utf-8")


def wrong_header(path: Path) -> None:
    path.write_bytes(b"X" + path.read_bytes()[1:])


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_within_the_first_page(path: Path) -> None:
    os.truncate(path, 1000)


def zeroed_first_pages(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100] + bytes(3 * PAGE - 100) + path.read_bytes()[3 * PAGE :])


def all_zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


HARM = [garbage, text_file, wrong_header, cut_short, cut_within_the_first_page, zeroed_first_pages, all_zero]


@pytest.mark.parametrize("harm", HARM)
async def test_a_damaged_store_is_refused_and_kept_byte_for_byte(tmp_path: Path, harm: Callable[[Path], None]):
    path = tmp_path / "modelward.db"
    await filled(path)
    harm(path)
    bytes_before = path.read_bytes()
    for reader in (False, True):
        with pytest.raises(DamagedStoreError, match=r"modelward\.db"):
            await Database.open(path, reader=reader)
    assert path.read_bytes() == bytes_before


async def test_damage_that_opening_does_not_meet_is_told_where_it_is_read(tmp_path: Path):
    path = tmp_path / "modelward.db"
    await filled(path)
    with path.open("r+b") as file:
        for page in range(80, path.stat().st_size // PAGE - 1):
            file.seek(page * PAGE)
            file.write(bytes(PAGE))
    database = await Database.open(path)
    query = select(func.sum(func.length(tables.state.c.value)))
    with pytest.raises(DamagedStoreError):
        await database.read(lambda connection: connection.scalar(query))
    await database.close()


async def test_a_folder_in_the_place_of_the_store_is_refused(tmp_path: Path):
    path = tmp_path / "modelward.db"
    (path / "inside").mkdir(parents=True)
    with pytest.raises(DamagedStoreError, match="folder"):
        await Database.open(path)
    assert sqlite.set_aside(path, NOW).joinpath("inside").is_dir()


async def test_setting_aside_keeps_all_parts_and_makes_room_for_a_new_store(tmp_path: Path):
    path = tmp_path / "modelward.db"
    parts = {suffix: os.urandom(5000) for suffix in ("", "-wal", "-shm")}
    for suffix, content in parts.items():
        path.with_name(path.name + suffix).write_bytes(content)
    aside = sqlite.set_aside(path, NOW)
    await filled(path)
    assert aside.name == "modelward.db.damaged-20261120T130509Z"
    assert {suffix: aside.with_name(aside.name + suffix).read_bytes() for suffix in parts} == parts


def test_two_damaged_stores_of_one_second_get_names_of_their_own(tmp_path: Path):
    path = tmp_path / "modelward.db"
    kept = []
    for content in (b"one", b"two"):
        path.write_bytes(content)
        kept.append(sqlite.set_aside(path, NOW).read_bytes())
    assert kept == [b"one", b"two"]
    assert len(list(tmp_path.glob("*.damaged-*"))) == 2


async def test_a_store_in_use_is_not_set_aside(tmp_path: Path):
    path = tmp_path / "modelward.db"
    database = await Database.open(path)
    with pytest.raises(StoreBusyError):
        sqlite.set_aside(path, NOW)
    await database.close()
    assert path.exists()


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match="file"):
        await Database.open(tmp_path / "file" / "modelward.db")


async def test_a_folder_that_cannot_be_written_is_told():
    with pytest.raises(FolderError, match=r"modelward\.db"):
        await Database.open(Path("/sys/modelward.db"))  # nobody may write there, not even root


@pytest.mark.parametrize("reader", [False, True])
async def test_an_interrupted_write_leaves_the_log_and_the_next_opening_reads_it(tmp_path: Path, *, reader: bool):
    path, copy = tmp_path / "modelward.db", tmp_path / "copy.db"
    database = await Database.open(path)
    await database.write(lambda it: tables.upsert(it, tables.state, [{"key": "late", "value": "kept"}]))
    # As a power cut would leave it: the log beside a file into which it was never folded.
    for suffix in ("", "-wal"):
        copy.with_name(copy.name + suffix).write_bytes(path.with_name(path.name + suffix).read_bytes())
    await database.close()
    again = await Database.open(copy, reader=reader)
    found = await again.read(lambda connection: connection.scalar(select(tables.state.c.value)))
    await again.close()
    assert found == "kept"


async def test_the_linked_sqlite_is_named(tmp_path: Path):
    database = await Database.open(tmp_path / "modelward.db")
    assert database.engine_version == f"SQLite {sqlite3.sqlite_version}"
    await database.close()


async def test_only_the_writer_checkpoints(tmp_path: Path):
    path = tmp_path / "modelward.db"
    writer = await Database.open(path)
    reader = await Database.open(path, reader=True)

    def pragmas(connection):
        names = ("wal_autocheckpoint", "query_only", "journal_mode", "foreign_keys")
        return tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names)

    assert await writer.write(pragmas) == (1000, 0, "wal", 1)
    assert await writer.read(pragmas) == (0, 1, "wal", 1)
    assert await reader.read(pragmas) == (0, 1, "wal", 1)
    with pytest.raises(StoreError):
        await reader.read(lambda connection: connection.exec_driver_sql("PRAGMA wal_checkpoint").close())
    await reader.close()
    await writer.close()


async def test_a_reader_that_leaves_last_leaves_the_log_alone(tmp_path: Path):
    path = tmp_path / "modelward.db"
    writer = await Database.open(path)
    reader = await Database.open(path, reader=True)
    await writer.write(lambda it: tables.upsert(it, tables.state, [{"key": "a", "value": "b"}]))
    await reader.read(lambda connection: connection.execute(select(tables.state)).all())
    log = path.with_name(path.name + "-wal")
    await writer.close()
    before = log.read_bytes() if log.exists() else None
    await reader.close()
    assert (log.read_bytes() if log.exists() else None) == before
