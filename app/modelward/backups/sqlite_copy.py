"""SQLite: a steady copy of a store that is being written, and the proof that a copy is a whole database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from modelward.backups.archive import Meter
from modelward.core.errors import InputError
from modelward.core.progress import Progress
from modelward.store import faults, sqlite

STEP_BYTES = 8 * 1024 * 1024
"""So much is copied between two looks at whether the person cancelled."""

_PATIENCE = 10_000
"""Instructions of SQLite between two such looks in a long check."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds, as far as two of them are compared: its revision and the rows of each table."""

    revision: str
    row_counts: dict[str, int]


def copy(source: Path, target: Path, progress: Progress) -> Contents:
    """Copy the live store at ``source`` into a new file; what it held at that one moment.

    The connection can neither write nor checkpoint, and holds one read transaction all along: a stepped copy without
    one starts anew at every write of somebody else, and may never end. The live file is opened by SQLite alone, since
    closing any other descriptor of it would drop SQLite's locks. Raises StoreError and its like.
    """
    with faults.told(str(source)):
        sqlite.require(source)
        with closing(_reader(source, "mode=ro")) as live, closing(_scratch(target)) as made:
            live.execute("BEGIN")
            contents = contents_of(live)
            step = max(1, STEP_BYTES // int(live.execute("PRAGMA page_size").fetchone()[0]))
            _copy_pages(live, made, step, progress)
            live.execute("ROLLBACK")
            # The copy of a store with a write-ahead log would open as one, and leave two more files beside itself.
            made.execute("PRAGMA journal_mode=DELETE")
    return contents


def check(path: Path, progress: Progress) -> Contents:
    """What a database holds that nobody writes, after SQLite found nothing wrong in it. Raises InputError otherwise."""
    try:
        with closing(_reader(path, "mode=ro&immutable=1")) as database:
            database.set_progress_handler(lambda: progress.is_cancelled, _PATIENCE)
            database.execute("PRAGMA trusted_schema=OFF")
            wrong = [str(row[0]) for row in database.execute("PRAGMA integrity_check(10)") if row[0] != "ok"]
            wrong += [f"{row[0]} refers to a missing {row[2]}" for row in database.execute("PRAGMA foreign_key_check")]
            if wrong:
                raise InputError("The database in the copy is damaged.", why=f"SQLite says: {wrong[0][:300]}.")
            return contents_of(database)
    except sqlite3.DatabaseError as error:
        progress.checkpoint()
        raise InputError("The database in the copy is damaged.", why=f"SQLite says: {error}.") from error


def contents_of(database: sqlite3.Connection) -> Contents:
    """What the database holds. Raises InputError where it is no store of ours."""
    find = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    )
    tables = [str(row[0]) for row in database.execute(find)]
    if "alembic_version" not in tables:
        raise InputError("The database in the copy is no store of Modelward's.", why="It lacks the mark of a revision.")
    revision = database.execute("SELECT version_num FROM alembic_version").fetchone()
    return Contents("" if revision is None else str(revision[0]), {table: _count(database, table) for table in tables})


def _count(database: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    return int(database.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])  # noqa: S608 - quoted above


def _copy_pages(live: sqlite3.Connection, made: sqlite3.Connection, step: int, progress: Progress) -> None:
    size = int(live.execute("PRAGMA page_size").fetchone()[0])
    pages = int(live.execute("PRAGMA page_count").fetchone()[0])
    meter = Meter(progress, "Copying the store", pages * size)
    left = pages

    def after_step(_status: int, remaining: int, _total: int) -> None:
        nonlocal left
        meter.add((left - remaining) * size)
        left = remaining

    live.backup(made, pages=step, progress=after_step)


def _reader(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=sqlite.BUSY_SECONDS, isolation_level=None
    )
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("PRAGMA query_only=ON")
    return connection


def _scratch(path: Path) -> sqlite3.Connection:
    """A database that needs to outlive nothing: what is kept is made of it afterwards, and proven."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    return connection
