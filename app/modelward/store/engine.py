"""The database: opened, brought up to date, read and written on two lanes, closed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from modelward.core.errors import DamagedStoreError, SettingsError, StoreBusyError
from modelward.store import migrate, postgres, sqlite
from modelward.store.faults import busy
from modelward.store.lanes import Lane

T = TypeVar("T")


class Database:
    """One store, SQLite or PostgreSQL.

    ``place`` is where it lies: a file's path, or an address that may hold a password. ``where`` names it in messages
    (never with a password). ``engine_version`` is what it runs on, such as "SQLite 3.40.1". ``is_reader`` says that
    another Modelward owns it and this one only looks; ``is_new`` that it was missing or empty and was made at opening.
    """

    def __init__(self, place: Path | URL, *, reader: bool) -> None:
        """Not for callers: use :meth:`open`."""
        self.place = place
        self.where = str(place) if isinstance(place, Path) else postgres.display(place)
        self.is_reader = reader
        self.is_new = False
        self.engine_version = ""
        self._quiet_because = ""
        self._version = 0
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
        database = cls(target(address), reader=reader)
        try:
            await database._start(before_migration)
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

        Raises StoreBusyError in a reader and while the store is :meth:`quiet`. A caller that is cancelled while its
        work runs does not undo it.
        """
        if self._quiet_because:
            raise StoreBusyError(self._quiet_because, todo="Wait until that is done, then do it again.")
        return await self._writer().run(work)

    @asynccontextmanager
    async def quiet(self, because: str) -> AsyncIterator[None]:
        """Nothing is written meanwhile: what is queued is done first, what comes later is refused ``because``.

        Raises StoreBusyError where it is quiet already.
        """
        if self._quiet_because:
            raise StoreBusyError(self._quiet_because, todo="Wait until that is done, then do it again.")
        self._quiet_because = because
        try:
            self._version = await self._writer().run_bare(self._data_version)
            yield
        finally:
            self._quiet_because = ""

    async def overwrite(self, source: Path, watch: Callable[[int, int], None]) -> None:
        """Make the content of the SQLite file ``source`` that of this store, in one transaction of its one writer.

        To be called while it is :meth:`quiet`. ``watch`` is told pages done and pages in all, on the writer's thread;
        what it raises leaves the store as it was. Raises StoreBusyError where another program writes the store, or has
        written it since it became quiet, and whatever else a write raises.
        """

        def work(live: sqlite3.Connection) -> None:
            if self._data_version(live) != self._version:
                raise busy(self.where)
            sqlite.overwrite(live, source, watch)

        await self._writer().run_bare(work)

    async def find_damage(self) -> str:
        """What SQLite finds wrong when it reads the whole store anew, in its words; empty where all is sound."""
        place = self.place
        if not isinstance(place, Path) or self._reading is None:
            return ""
        try:
            return await self._reading.call(lambda: sqlite.damage(place))
        except DamagedStoreError as error:
            return error.why

    async def while_closed(self, work: Callable[[], T]) -> T:
        """What ``work`` does, in a thread, while nothing here has the store open; then it is opened again.

        The right to write an SQLite store is kept all the while. A store that is missing afterwards is made anew.
        """
        await self._close_lanes()
        try:
            return await asyncio.to_thread(work)
        finally:
            await self._start(None)
            self._version = await self._writer().run_bare(self._data_version)

    async def close(self) -> None:
        """Finish what is queued and let go of the store. May be called twice."""
        await self._close_lanes()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def _close_lanes(self) -> None:
        # The writer goes last: as the last connection to leave, it alone folds the write-ahead log into the file.
        for lane in (self._reading, self._writing):
            if lane is not None:
                await lane.close()

    def _writer(self) -> Lane:
        if self._writing is None:
            raise busy(self.where)
        return self._writing

    @staticmethod
    def _data_version(live: object) -> int:
        """A number that changes when another program has written; 0 on PostgreSQL, whose store is never overwritten."""
        return sqlite.data_version(live) if isinstance(live, sqlite3.Connection) else 0

    async def _start(self, before_migration: Callable[[], None] | None) -> None:
        place = self.place
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
        self.is_new = found is None
        if found != migrate.HEAD:
            if found is not None and before_migration is not None:
                await self._writing.call(before_migration)
            await self._writing.run(migrate.upgrade)

    def _claim(self, path: Path) -> None:
        sqlite.make_room(path)
        if self._lock is None:
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
