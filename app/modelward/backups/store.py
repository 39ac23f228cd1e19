"""What a copy of a PostgreSQL store needs to ask the server: a moment pinned, what is in it, and how to reach it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import URL, Connection

from modelward.backups.sqlite_copy import Contents
from modelward.core.errors import StoreError
from modelward.core.progress import Progress
from modelward.store import faults, postgres

Address: TypeAlias = URL

_SECRETS = ("password", "secret")


@dataclass(frozen=True, slots=True)
class Pinned:
    """A database as it is at one moment, which other programs can see too by the name of the ``snapshot``."""

    server_version: str
    server_major: int
    snapshot: str
    contents: Contents
    fingerprint: str


@contextmanager
def pinned(address: Address, progress: Progress) -> Iterator[Pinned]:
    """Hold the moment for as long as the context lasts. Raises StoreError and its like."""
    with faults.told(postgres.display(address)):
        engine = postgres.engine(address, writer=False)
        try:
            with engine.connect() as connection:
                version = _one(connection, "SHOW server_version").partition(" ")[0]
                major = int(_one(connection, "SHOW server_version_num")) // 10_000
                snapshot = _one(connection, "SELECT pg_export_snapshot()")
                contents, fingerprint = _contents(connection, progress)
                yield Pinned(version, major, snapshot, contents, fingerprint)
        finally:
            engine.dispose()


def reached_by(address: Address) -> tuple[str, dict[str, str]]:
    """How PostgreSQL's programs reach the database: what may stand among their arguments, and what never may."""
    from psycopg.conninfo import make_conninfo

    options = {name: str(value) for name, value in postgres.options(address).items()}
    shown = {name: value for name, value in options.items() if not any(word in name for word in _SECRETS)}
    password = options.get("password")
    return make_conninfo("", **shown), {"PGPASSWORD": password} if password else {}


def _contents(connection: Connection, progress: Progress) -> tuple[Contents, str]:
    """What the database holds, and a fingerprint of it that does not depend on the order of rows."""
    find = (
        "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS place, tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY place"
    )
    counts: dict[str, int] = {}
    digest = hashlib.sha256()
    for place, table in connection.exec_driver_sql(find).all():
        progress.checkpoint()
        query = f"SELECT count(*), coalesce(sum(hashtextextended(row_.*::text, 0)), 0) FROM {place} AS row_"  # noqa: S608
        rows, total = connection.exec_driver_sql(query).one()
        counts[str(table)] = int(rows)
        digest.update(f"{place}\0{rows}\0{total}\n".encode())
    if "alembic_version" not in counts:
        raise StoreError("The database is no store of Modelward's.", why="It lacks the mark of a revision.")
    revision = _one(connection, "SELECT version_num FROM alembic_version") if counts["alembic_version"] else ""
    return Contents(revision, counts), digest.hexdigest()


def _one(connection: Connection, query: str) -> str:
    return str(connection.exec_driver_sql(query).scalar())
