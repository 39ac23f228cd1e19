"""The database: opened, brought up to date, read and written on two lanes, closed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from modelward.core.errors import SettingsError
from modelward.store import migrate, postgres, sqlite
from modelward.store.faults import busy
from modelward.store.lanes import Lane

T = TypeVar("T")


class Database:
    """One store, SQLite or PostgreSQL.

    ``place`` is where it lies: a file's path, or an address that may hold a password. ``where`` names it in messages
    (never with a password). ``engine_version`` is what it runs on, such as "SQLite 3.40.1". ``is_reader`` says that
    another Modelward owns it and this one only looks.
    """

    def __init__(self, place: Path | URL, *, reader: bool) -> None:
        """Not for callers: use :meth:`open`."""
        self.place = place
        self.where = str(place) if isinstance(place, Path) else postgres.display(place)
        self.is_reader = reader
        self.engine_version = ""
        self._lock: sqlite3.Connection | None = None
        self._writing: Lane | None = None
        self._reading: Lane | None = None

    @classmethod
    async def open(
        cls, address: Path | str, *, reader: bool = False, before_migration: Callable[[], None] | None = None
    ) -> Database:
        """The store at ``address``: the path of an SQLite file, or a ``postgresql://`` or ``sqlite://`` URL.

        An empty or missing store is made, an older one brought up to date after ``before_migration`` was called (on
        the writing thread, before anything changes). A ``reader`` looks at the store of a running Modelward: it makes,
        changes and locks nothing.

        Raises StoreBusyError (another Modelward writes it), DamagedStoreError, NewerStoreError, FolderError,
        SettingsError (no such kind of address) or StoreError.
        """
        place = target(address)
        database = cls(place, reader=reader)
        try:
            await database._start(place, before_migration)
        except BaseException:
            await database.close()
            raise
        return database

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` reads, from one steady snapshot."""
        assert self._reading is not None
        return await self._reading.run(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` returns, done in one transaction; writes happen one after the other, in the order asked for.

        Raises StoreBusyError in a reader. A caller that is cancelled while its work runs does not undo it.
        """
        if self._writing is None:
            raise busy(self.where)
        return await self._writing.run(work)

    async def close(self) -> None:
        """Finish what is queued and let go of the store. May be called twice."""
        # The writer goes last: as the last connection to leave, it alone folds the write-ahead log into the file.
        for lane in (self._reading, self._writing):
            if lane is not None:
                await lane.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def _start(self, place: Path | URL, before_migration: Callable[[], None] | None) -> None:
        self._reading = Lane("store-reader", _engine(place, writer=False), self.where)
        if self.is_reader:
            if isinstance(place, Path):
                await self._reading.call(lambda: sqlite.require(place))
            migrate.refuse_older(await self._reading.run(self._look), self.where)
            return
        self._writing = Lane("store-writer", _engine(place, writer=True), self.where)
        if isinstance(place, Path):
            await self._writing.call(lambda: self._claim(place))
        found = await self._writing.run(self._look)
        if found != migrate.HEAD:
            if found is not None and before_migration is not None:
                await self._writing.call(before_migration)
            await self._writing.run(migrate.upgrade)

    def _claim(self, path: Path) -> None:
        sqlite.make_room(path)
        self._lock = sqlite.take(path)

    def _look(self, connection: Connection) -> str | None:
        dialect = connection.dialect
        version = ".".join(str(part) for part in dialect.server_version_info or ())
        self.engine_version = f"{'SQLite' if dialect.name == 'sqlite' else 'PostgreSQL'} {version}"
        return migrate.revision(connection, self.where)


def target(address: Path | str) -> Path | URL:
    """A file's path for SQLite, a URL for PostgreSQL. Raises SettingsError for anything else."""
    if isinstance(address, Path):
        return address
    todo = "Write postgresql://user:password@host/database, or sqlite:////path/to/file."
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        # Neither the address nor the parser's words are shown: they may hold the password.
        raise SettingsError("DATABASE_URL is not an address.", todo=todo) from None
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite" and url.database:
        return Path(url.database)
    if kind in ("postgresql", "postgres"):
        return url
    raise SettingsError(f"DATABASE_URL: {kind!r} is not a kind of store that Modelward can use.", todo=todo)


def _engine(place: Path | URL, *, writer: bool) -> Engine:
    if isinstance(place, Path):
        return sqlite.engine(place, writer=writer)
    return postgres.engine(place, writer=writer)
