"""Copies of a store that is alive: steady, complete, and without harm to the store."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from modelward.backups import sqlite_copy
from modelward.core.errors import DamagedStoreError, InputError, StoreError
from modelward.core.progress import JobCancelled, Progress
from modelward.store.engine import Database

PAGE = 4096


class Watched(Progress):
    """Calls back at every step of the copy."""

    def __init__(self, on_step: Callable[[], None]) -> None:
        super().__init__()
        self._on_step = on_step

    def checkpoint(self) -> None:
        self._on_step()
        super().checkpoint()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A store with a write-ahead log and some two hundred pages, open in its writer."""
    with closing(sqlite3.connect(tmp_path / "live.db", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE alembic_version (version_num TEXT)")
        writer.execute("INSERT INTO alembic_version VALUES ('0001')")
        writer.execute("CREATE TABLE note (text TEXT)")
        writer.execute("BEGIN")
        writer.executemany("INSERT INTO note VALUES (?)", [("n" * 800,) for _ in range(1000)])
        writer.execute("COMMIT")
        yield writer


def write(live: sqlite3.Connection) -> None:
    live.execute("INSERT INTO note VALUES ('written meanwhile')")


def rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("SELECT count(*) FROM note").fetchone()[0])


def test_a_copy_ends_and_holds_one_moment_although_the_store_is_written_at_every_step(
    live: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_copy, "STEP_BYTES", 10 * PAGE)
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        assert steps < 100, "the copy begins anew at every write"
        write(live)

    contents = sqlite_copy.copy(tmp_path / "live.db", tmp_path / "copy.db", Watched(step))
    assert steps > 10
    assert rows(tmp_path / "live.db") > 1000
    assert rows(tmp_path / "copy.db") == contents.row_counts["note"] == 1000
    assert sqlite_copy.check(tmp_path / "copy.db", Progress()) == contents


def test_what_was_just_written_and_lies_in_the_log_alone_is_copied(live: sqlite3.Connection, tmp_path: Path) -> None:
    live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    live.execute("PRAGMA wal_autocheckpoint=0")
    write(live)
    sqlite_copy.copy(tmp_path / "live.db", tmp_path / "copy.db", Progress())
    assert rows(tmp_path / "copy.db") == 1001


def test_a_copy_leaves_the_write_ahead_log_to_the_writer(live: sqlite3.Connection, tmp_path: Path) -> None:
    log = tmp_path / "live.db-wal"
    before = log.stat().st_size
    sqlite_copy.copy(tmp_path / "live.db", tmp_path / "copy.db", Progress())
    assert log.stat().st_size == before > 0


def test_a_log_that_a_dead_writer_left_is_read_and_stays_as_it_is(live: sqlite3.Connection, tmp_path: Path) -> None:
    live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    live.execute("PRAGMA wal_autocheckpoint=0")
    write(live)
    for ending in ("", "-wal"):
        shutil.copy(tmp_path / f"live.db{ending}", tmp_path / f"dead.db{ending}")
    before = [(tmp_path / f"dead.db{ending}").read_bytes() for ending in ("", "-wal")]
    sqlite_copy.copy(tmp_path / "dead.db", tmp_path / "copy.db", Progress())
    assert [(tmp_path / f"dead.db{ending}").read_bytes() for ending in ("", "-wal")] == before
    assert rows(tmp_path / "copy.db") == 1001


def test_a_copy_is_one_file_that_stays_one_when_it_is_opened(live: sqlite3.Connection, tmp_path: Path) -> None:
    sqlite_copy.copy(tmp_path / "live.db", tmp_path / "copy.db", Progress())
    assert (tmp_path / "copy.db").read_bytes()[18:20] == b"\1\1"
    sqlite_copy.check(tmp_path / "copy.db", Progress())
    assert sorted(path.name for path in tmp_path.glob("copy.db*")) == ["copy.db"]


def test_two_copies_of_an_unchanged_store_are_byte_for_byte_equal(live: sqlite3.Connection, tmp_path: Path) -> None:
    sqlite_copy.copy(tmp_path / "live.db", tmp_path / "one.db", Progress())
    live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sqlite_copy.copy(tmp_path / "live.db", tmp_path / "two.db", Progress())
    write(live)
    sqlite_copy.copy(tmp_path / "live.db", tmp_path / "three.db", Progress())
    one, two, three = ((tmp_path / f"{name}.db").read_bytes() for name in ("one", "two", "three"))
    assert one == two != three


_opened: list[str] | None = None


def _on_audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is not None and event == "open":
        _opened.append(str(arguments[0]))


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """Every file that Python itself opens during the test; SQLite's own are not among them."""
    global _opened  # noqa: PLW0603 - an audit hook cannot be taken away again
    if not hasattr(sys, "_modelward_hook"):
        sys.addaudithook(_on_audit)
        sys._modelward_hook = True  # type: ignore[attr-defined]
    _opened = []
    yield _opened
    _opened = None


async def test_the_live_store_is_opened_by_nothing_but_sqlite(
    opened: list[str], service: Any, paths: Any, database: Database
) -> None:
    from harness.backups import backed_up
    from modelward.backups.model import Kind

    await backed_up(service, Kind.HOURLY)
    await backed_up(service, Kind.HOURLY)
    await service.verify(None, Progress())
    await service.drill(Progress())
    await service.health()
    assert any(name.startswith(str(paths.backups)) for name in opened)
    assert [name for name in opened if name.startswith(str(database.place))] == []


def test_a_cancelled_copy_stops_at_its_next_step(
    live: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_copy, "STEP_BYTES", 10 * PAGE)
    steps = 0

    class Impatient(Progress):
        def checkpoint(self) -> None:
            nonlocal steps
            steps += 1
            if steps == 3:
                self.cancel()
            super().checkpoint()

    progress = Impatient()
    with pytest.raises(JobCancelled):
        sqlite_copy.copy(tmp_path / "live.db", tmp_path / "copy.db", progress)
    assert steps == 3


def test_a_missing_store_is_said_to_be_missing_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store"):
        sqlite_copy.copy(tmp_path / "none.db", tmp_path / "copy.db", Progress())
    assert list(tmp_path.glob("*.db")) == []


def test_a_store_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "live.db").write_bytes(b"no database" * 1000)
    with pytest.raises(DamagedStoreError):
        sqlite_copy.copy(tmp_path / "live.db", tmp_path / "copy.db", Progress())


class TestCheck:
    def test_a_database_of_another_program_is_refused(self, tmp_path: Path) -> None:
        with closing(sqlite3.connect(tmp_path / "other.db")) as other:
            other.execute("CREATE TABLE alien (x)")
        with pytest.raises(InputError, match="no store of Modelward"):
            sqlite_copy.check(tmp_path / "other.db", Progress())

    def test_a_row_that_refers_to_nothing_is_found(self, live: sqlite3.Connection, tmp_path: Path) -> None:
        live.execute("CREATE TABLE child (note INTEGER REFERENCES note(rowid))")
        live.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        live.execute("CREATE TABLE kid (parent INTEGER REFERENCES parent(id))")
        live.execute("DROP TABLE child")
        live.execute("INSERT INTO kid VALUES (7)")
        sqlite_copy.copy(tmp_path / "live.db", tmp_path / "copy.db", Progress())
        with pytest.raises(InputError, match="kid refers to a missing parent"):
            sqlite_copy.check(tmp_path / "copy.db", Progress())

    def test_a_zeroed_page_is_found(self, live: sqlite3.Connection, tmp_path: Path) -> None:
        sqlite_copy.copy(tmp_path / "live.db", tmp_path / "copy.db", Progress())
        content = bytearray((tmp_path / "copy.db").read_bytes())
        content[20 * PAGE : 21 * PAGE] = bytes(PAGE)
        (tmp_path / "copy.db").write_bytes(content)
        with pytest.raises(InputError, match="SQLite says"):
            sqlite_copy.check(tmp_path / "copy.db", Progress())

    def test_a_table_with_a_strange_name_is_counted(self, live: sqlite3.Connection, tmp_path: Path) -> None:
        live.execute('CREATE TABLE "a""b; DROP TABLE note" (x)')
        live.execute('INSERT INTO "a""b; DROP TABLE note" VALUES (1)')
        contents = sqlite_copy.copy(tmp_path / "live.db", tmp_path / "copy.db", Progress())
        assert contents.row_counts == {'a"b; DROP TABLE note': 1, "alembic_version": 1, "note": 1000}

    def test_a_check_can_be_cancelled(
        self, live: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite_copy, "_PATIENCE", 100)
        sqlite_copy.copy(tmp_path / "live.db", tmp_path / "copy.db", Progress())
        progress = Progress()
        progress.cancel()
        with pytest.raises(JobCancelled):
            sqlite_copy.check(tmp_path / "copy.db", progress)
