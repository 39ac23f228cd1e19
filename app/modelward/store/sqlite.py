"""SQLite: how its connections are made, who may write, and where a damaged file goes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from modelward.core.errors import FolderError, StoreError
from modelward.store.faults import busy, damaged

BUSY_SECONDS = 5.0
"""How long a statement waits for another program's lock."""


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
        aside = _free_name(path, f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}")
        try:
            for suffix in ("-wal", "-shm", "-journal", ""):
                part = path.with_name(path.name + suffix)
                if part.exists():
                    part.rename(aside.with_name(aside.name + suffix))
        except OSError as error:
            raise FolderError(f"The damaged store {path} cannot be renamed.", why=f"{error.strerror}.") from error
    return aside


def _free_name(path: Path, name: str) -> Path:
    tries = (path.with_name(name if count == 1 else f"{name}-{count}") for count in range(1, 1000))
    return next(free for free in tries if not free.exists())
