"""PostgreSQL: a copy restored into a fresh database, and that one given the name of the store."""

from __future__ import annotations

import hashlib
import logging
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelward.backups import postgres, store, verify
from modelward.backups.intent import Intent
from modelward.backups.model import Backup
from modelward.backups.threads import in_thread
from modelward.core.errors import StoreError
from modelward.core.progress import Progress
from modelward.store import postgres as server
from modelward.store.engine import Database

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)

_MAINTENANCE = ("postgres", "template1")
"""Databases that every server has: one's own cannot be renamed while one is connected to it."""

_SWAP_TRIES = 5

RESTORE, PREVIEW = "restore_", "preview_"


class PostgresWay:
    """How one restore of a store on a PostgreSQL server goes.

    The dump goes into a fresh database in one transaction that ends at the first error, is brought to today's shape
    there, and then takes the store's name: both renames are one transaction. The database from before goes when the
    new one has been opened; its content is in the copy that was made before.
    """

    def __init__(self, address: store.Address, scratch: Path, purpose: str) -> None:
        """``purpose`` begins with "restore" or "preview" and names the fresh database."""
        self._address = address
        self._scratch = scratch
        self._live = str(address.database or address.username or "")
        # Told apart by a hash: a name may have 63 bytes, and two stores may begin alike.
        plain = re.sub(r"[^a-z0-9_]", "_", self._live.lower())[:28]
        self._prefix = f"{plain}_{hashlib.sha256(self._live.encode()).hexdigest()[:6]}_"
        self._fresh = f"{self._prefix}{purpose}"[:63]
        self._old = f"{self._prefix}before_{purpose}"[:63]

    async def unpack(self, backup: Backup, progress: Progress) -> str:
        """The proven copy as a database of its own; its address, with the password. Raises KnownErrors."""
        await in_thread(lambda: self._unpack(backup, progress), progress)
        return self._address.set(database=self._fresh).render_as_string(hide_password=False)

    async def seal(self) -> str:
        """Nothing: the server keeps what it has committed."""
        return ""

    async def put(self, database: Database, intent: Intent, progress: Progress) -> None:  # noqa: ARG002 - as of any way
        """Make the copy the store. What is raised leaves the store as it was."""
        progress.update(text="Putting the copy in place")
        await database.while_closed(self._swap)

    async def tidy(self, *, is_done: bool) -> None:
        """Remove the database that is not the store: the one from before, or the fresh one."""
        await in_thread(lambda: self._drop(self._old if is_done else self._fresh))

    def _unpack(self, backup: Backup, progress: Progress) -> None:
        assert backup.meta is not None
        verify.prove(backup.path, backup.meta, self._scratch, progress)
        tool = postgres.find_tool("pg_restore")
        with self._admin() as admin:
            if self._fresh.startswith(f"{self._prefix}{RESTORE}"):
                self._forget_fresh(admin)
            self._create(admin)
        progress.update(text="Restoring the copy into a fresh database")
        dbname, environment = store.reached_by(self._address.set(database=self._fresh))
        options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-password", f"--dbname={dbname}"]
        what = "The copy could not be restored into a fresh database."
        command = [tool.path, *options, str(backup.path)]
        postgres.run(command, environment, progress, output=subprocess.DEVNULL, what=what)

    def _create(self, admin: psycopg.Connection[Any]) -> None:
        from psycopg import sql

        query = "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = %s"
        row = admin.execute(query, (self._live,)).fetchone()
        assert row is not None
        statement = "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}"
        admin.execute(sql.SQL(statement).format(sql.Identifier(self._fresh), *map(sql.Literal, row)))

    def _forget_fresh(self, admin: psycopg.Connection[Any]) -> None:
        """Drop what restores and previews that were cut off left: only who may write the store restores."""
        from psycopg import sql

        left = admin.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (self._prefix + "restore_",)
        )
        for (name,) in left.fetchall():
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _swap(self) -> None:
        import psycopg

        with self._admin() as admin:
            for left in reversed(range(_SWAP_TRIES)):
                try:
                    self._rename(admin)
                except psycopg.errors.ObjectInUse:
                    if not left:
                        raise
                else:
                    log.debug("step restore-renamed")
                    return

    def _rename(self, admin: psycopg.Connection[Any]) -> None:
        from psycopg import sql

        end = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY(%s) AND pid <> pg_backend_pid()"
        )
        admin.execute(end, ([self._live, self._fresh],))
        with admin.transaction():
            for name, new in ((self._live, self._old), (self._fresh, self._live)):
                rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                admin.execute(rename.format(sql.Identifier(name), sql.Identifier(new)))

    def _drop(self, name: str) -> None:
        from psycopg import sql

        with self._admin() as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def _admin(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection beside the store, each statement by itself. Raises StoreError saying what is missing."""
        import psycopg

        try:
            with self._connected() as admin:
                yield admin
        except psycopg.Error as error:
            why = " ".join(str(error).split())
            if self._address.password:
                why = why.replace(str(self._address.password), "***")
            todo = "Look after the server, then try again."
            if isinstance(error, psycopg.errors.InsufficientPrivilege):
                todo = "Let this user own the database and give it the right CREATEDB, or restore as another user."
            what = f"The PostgreSQL server refused a step of the restore of {server.display(self._address)}."
            raise StoreError(what, why=why, todo=todo) from error

    def _connected(self) -> psycopg.Connection[Any]:
        import psycopg

        options = server.options(self._address)
        names = [name for name in _MAINTENANCE if name != self._live]
        try:
            return psycopg.connect(**{**options, "dbname": names[0]}, autocommit=True)
        except psycopg.OperationalError:
            return psycopg.connect(**{**options, "dbname": names[-1]}, autocommit=True)
