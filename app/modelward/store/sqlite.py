"""SQLite: how its connections are made, who may write, and where a damaged file goes."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from modelward.core.errors import FolderError, StoreError
from modelward.store.faults import busy, damaged

log = logging.getLogger(__name__)

BUSY_SECONDS = 5.0
"""How long a statement waits for another program's lock."""

OVERWRITE_PAGES = 2000
"""So many pages are brought in between two looks at whether the person cancelled."""


def engine(path: Path, *, writer: bool) -> Engine:
    """Connections to the store at ``path``: the one that writes and checkpoints, or those that only read.

    SQLite before 3.51.3 can lose committed pages when two connections write and checkpoint at the same instant,
    so that only the writer ever checkpoints: a reader cannot even write (``mode=ro``) and never checkpoints, not
    at its end either.
    """

    def connect() -> sqlite3.Connection:
        address = path.absolute().as_uri() + ("" if writer else "?mode=ro")
        # Transactions are begun by hand below: Python's own rules leave reads and DDL outside of them.
        raw = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _prepare(raw, writer=writer)
        except sqlite3.Error:
            raw.close()
            raise
        return raw

    made = create_engine("sqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return made


def _prepare(raw: sqlite3.Connection, *, writer: bool) -> None:
    raw.execute("PRAGMA foreign_keys=ON")
    if writer:
        raw.execute("PRAGMA journal_mode=WAL")
        # FULL: what a person was told is saved outlives a power cut; writes are few, so that the fsync is not felt.
        raw.execute("PRAGMA synchronous=FULL")
    else:
        raw.execute("PRAGMA wal_autocheckpoint=0")
        raw.execute("PRAGMA query_only=ON")


def make_room(path: Path) -> None:
    """Make the store's folder, and refuse what can never become a store there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_wrong = path.exists() and not path.is_file()
    except OSError as error:
        todo = "Choose another folder with MODELWARD_HOME, or give yourself the right to write there."
        raise FolderError(
            f"The folder {path.parent} cannot be made or used.", why=f"{error.strerror}.", todo=todo
        ) from error
    if is_wrong:
        raise damaged(str(path), "It is a folder or a device where a file should be.")


def require(path: Path) -> None:
    """Refuse to read a store that is not there (a reader makes none)."""
    if not path.is_file():
        raise StoreError(f"There is no store at {path} yet.", todo="Open Modelward once: it makes one.")


def take(path: Path) -> sqlite3.Connection:
    """The right to write the store at ``path``; it lasts until the returned connection is closed or the process dies.

    It is an exclusive lock that SQLite holds on an empty file beside the store: alike on every system, and never left
    behind by a crash. Raises StoreBusyError where another Modelward has it.
    """
    lock = sqlite3.connect(
        path.with_name(path.name + ".lock"), timeout=0, isolation_level=None, check_same_thread=False
    )
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise busy(str(path)) from None
        raise
    return lock


def set_aside(path: Path, now: datetime) -> Path:
    """Rename a damaged store, with its write-ahead log, to ``<name>.damaged-<UTC time>``; the new path.

    Nothing is deleted. The log goes first: left beside a new store it would be replayed into it. Raises StoreBusyError
    where another Modelward has the store open, FolderError where the folder refuses.
    """
    with closing(take(path)):
        aside = free_aside(path, now)
        move_aside(path, aside)
    return aside


def free_aside(path: Path, now: datetime) -> Path:
    """A name under which a damaged store can be kept that no other one has."""
    name = f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}"
    tries = (path.with_name(name if count == 1 else f"{name}-{count}") for count in range(1, 1000))
    return next(free for free in tries if not free.exists())


def move_aside(path: Path, aside: Path) -> None:
    """Rename a store that nobody has open, the file itself last: cut off in the middle, it can be done again."""
    try:
        for suffix in ("-wal", "-shm", "-journal", ""):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
    except OSError as error:
        raise FolderError(f"The damaged store {path} cannot be renamed.", why=f"{error.strerror}.") from error


def data_version(live: sqlite3.Connection) -> int:
    """A number that changes when another connection has written the store."""
    return int(live.execute("PRAGMA data_version").fetchone()[0])


def damage(path: Path) -> str:
    """What SQLite finds wrong in the whole store first; empty where it finds nothing.

    Read by a connection of its own: one that is in use would see what it remembers, not what is on the disk.
    """
    address = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)) as reader:
        _prepare(reader, writer=False)
        found = str(reader.execute("PRAGMA integrity_check(1)").fetchone()[0])
    return "" if found == "ok" else found


def overwrite(live: sqlite3.Connection, source: Path, watch: Callable[[int, int], None]) -> None:
    """Make the content of the database file ``source`` that of the store that ``live`` writes, in one transaction.

    Both must have the same page size. Renaming a file over a store would leave every other connection writing to the
    old one unseen, and a write-ahead log beside the new one to be replayed into it: SQLite itself knows of neither.
    """
    deadline = time.monotonic() + BUSY_SECONDS

    def after_step(status: int, remaining: int, total: int) -> None:
        if status == sqlite3.SQLITE_DONE:
            return  # it is committed: nothing may be raised any more
        if status == sqlite3.SQLITE_OK:
            watch(total - remaining, total)
        elif time.monotonic() > deadline:
            # SQLite's own copy waits for ever where another program holds the lock.
            raise busy(str(live.execute("PRAGMA database_list").fetchone()[2]))

    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as given:
        given.backup(live, pages=OVERWRITE_PAGES, progress=after_step, sleep=0.05)
    _fold(live)


def _fold(live: sqlite3.Connection) -> None:
    """Give back the room of the write-ahead log, where no reader needs it; the data is safe either way."""
    try:
        live.execute("PRAGMA busy_timeout=0")
        live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        log.warning("The write-ahead log could not be folded in after a restore: %s", error)
    finally:
        live.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
