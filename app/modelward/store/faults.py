"""The one place where errors of the two database engines become errors of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from modelward.core.errors import DamagedStoreError, FolderError, KnownError, StoreBusyError, StoreError


@contextmanager
def told(where: str) -> Iterator[None]:
    """Turn what the world does to a database into KnownErrors that name the store ``where``.

    What is left (wrong SQL, a broken constraint) is a bug of ours and passes through unchanged.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        known = _known(error, where)
        if known is None:
            raise
        raise known from error


def _known(error: DBAPIError | sqlite3.Error, where: str) -> KnownError | None:
    driver_error = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(driver_error, sqlite3.Error):
        return _sqlite(driver_error, where)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return _postgres(getattr(driver_error, "sqlstate", None), driver_error, where, lost=lost)


def _sqlite(error: sqlite3.Error, where: str) -> KnownError | None:
    why = f"SQLite says: {error}."
    # Extended codes carry the primary code in their lowest byte.
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(where, why)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return busy(where)
        case sqlite3.SQLITE_FULL:
            return _full(where)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            todo = "Give yourself the right to write its folder, or choose another one with MODELWARD_HOME."
            return FolderError(f"The store {where} cannot be opened for writing.", why=why, todo=todo)
        case sqlite3.SQLITE_IOERR:
            todo = "Check that the disk has room and is healthy, then try again."
            return StoreError(f"The disk refused to read or write the store {where}.", why=why, todo=todo)
    return None


def _postgres(state: str | None, error: BaseException | None, where: str, *, lost: bool) -> KnownError | None:
    match state:
        case "53100":
            return _full(where)
        case "25006" | "42501":
            todo = "Grant this user the right to create tables and to write, or use another one."
            return StoreError(
                f"The PostgreSQL user may not write the store {where}.", why=_first_line(error), todo=todo
            )
        case "55P03" | "40001" | "40P01":
            return busy(where)
        case _ if lost or (state or "").startswith(("08", "57P", "53")):
            todo = "Check that the server runs; Modelward connects again by itself at the next step."
            return StoreError(f"The connection to the store {where} was lost.", why=_first_line(error), todo=todo)
    return None


def damaged(where: str, why: str) -> DamagedStoreError:
    """The file is there and is no readable store."""
    todo = "The file is kept. Set it aside to start with a new store, or put back a backup."
    return DamagedStoreError(f"The store {where} is damaged.", why=why, todo=todo)


def busy(where: str) -> StoreBusyError:
    """Somebody else writes this store."""
    todo = "Use the Modelward that is open, or close it first."
    return StoreBusyError(f"Another program holds the store {where}.", todo=todo)


def _full(where: str) -> StoreError:
    todo = "Free some room, then do it again."
    return StoreError(f"The disk is full: the store {where} was left as it was.", todo=todo)


def _first_line(error: BaseException | None) -> str:
    return next(iter(str(error).splitlines()), "")
