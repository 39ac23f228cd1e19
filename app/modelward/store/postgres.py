"""PostgreSQL: how its connections are made, who may write, and what to say when there is no server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.pool import NullPool

from modelward.core.errors import KnownError, StoreError
from modelward.store.faults import busy

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 10
"""How long a server may take to answer, unless the address says otherwise (connect_timeout)."""

LOCK_WAIT_MS = 2000
"""How long a writer waits for the one before it to be gone, in milliseconds."""

_WRITER_LOCK = 0x6D6F64656C776172  # "modelwar": one advisory lock per database says who may write


def engine(url: URL, *, writer: bool) -> Engine:
    """Connections to the store at ``url``: the one that writes, or those that only read (each a steady snapshot).

    The writer's connection holds an advisory lock, taken again when it has to reconnect; the server frees it when
    the connection ends. Raises StoreError where the driver is not installed.
    """
    try:
        import psycopg
    except ImportError as error:
        todo = "Install it with: pip install 'modelward[postgres]'."
        raise StoreError("The PostgreSQL driver is not installed.", why=f"{error}.", todo=todo) from error
    where = display(url)
    given = options(url)

    def connect() -> psycopg.Connection[Any]:
        try:
            raw = psycopg.connect(**given)
        except psycopg.Error as error:
            raise _unreachable(url, error) from None
        try:
            _prepare(raw, where, writer=writer)
        except (psycopg.Error, KnownError):
            raw.close()
            raise
        return raw

    made = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    if not writer:
        made = made.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return made


def display(url: URL) -> str:
    """The address as messages may show it: without the password and without the options."""
    user = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{user}{url.host or url.query.get('host', '')}{port}/{url.database or ''}"


def options(url: URL) -> dict[str, Any]:
    """What the driver is told, by libpq's names: the password among it."""
    named = {"host": url.host, "port": url.port, "user": url.username, "password": url.password, "dbname": url.database}
    given = {name: value for name, value in named.items() if value is not None}
    return {"connect_timeout": CONNECT_SECONDS, **given, **url.query}


def _prepare(raw: psycopg.Connection[Any], where: str, *, writer: bool) -> None:
    import psycopg

    raw.execute("SET TIME ZONE 'UTC'")
    if writer:
        # The server notices the end of the last writer a moment after it: waiting a little spares a false refusal.
        raw.execute(f"SET lock_timeout = {LOCK_WAIT_MS}")
        try:
            raw.execute("SELECT pg_advisory_lock(%s)", (_WRITER_LOCK,))
        except psycopg.errors.LockNotAvailable:
            raise busy(where) from None
        raw.execute("RESET lock_timeout")
    raw.commit()


def _unreachable(url: URL, error: psycopg.Error) -> StoreError:
    # The driver's words may quote the address, so that the password is taken out of them.
    why = " ".join(str(error).split())
    if url.password:
        why = why.replace(str(url.password), "***")
    todo = "Check that the server runs there, and that user, password and database in DATABASE_URL are right."
    return StoreError(f"The PostgreSQL store {display(url)} cannot be opened.", why=why, todo=todo)
