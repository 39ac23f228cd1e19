"""What a restore reads of a store, and what it writes into the one that it brings."""

from __future__ import annotations

import json
from datetime import datetime

from modelward.catalog.store import CatalogStore
from modelward.store import tables
from modelward.store.engine import Database

_RESTORED = "restore"
_OFFERED = "restore.offered"
_READ_AT_START = (("model", "digest"), ("provider", "last_error"), ("state", "value"), ("event_log", "detail"))
"""Tables, each with a column near the end of its rows: comparing it walks over all of them."""


async def row_counts(database: Database) -> dict[str, int]:
    """The rows of each of the program's tables, by name."""
    queries = {name: f"SELECT count(*) FROM {name}" for name in sorted(tables.metadata.tables)}  # noqa: S608 - our names
    return await database.read(
        lambda live: {name: int(live.exec_driver_sql(query).scalar() or 0) for name, query in queries.items()}
    )


async def require_readable(database: Database) -> None:
    """Read what every start reads anyway, but its values. Raises DamagedStoreError where that fails.

    Opening a store meets its first pages alone; a check of all of it would cost each start too much.
    """
    queries = [f"SELECT count(*) FROM {table} WHERE {column} = ''" for table, column in _READ_AT_START]  # noqa: S608
    await database.read(lambda live: [live.exec_driver_sql(query).scalar() for query in queries])


async def mark_restored(database: Database, token: str, backup_id: str, kept_as: str, at: datetime) -> None:
    """Write into a copy that is to become the store which restore brought it there."""
    await CatalogStore(database).log_event(at, _RESTORED, backup_id, {"keptAs": kept_as, "token": token})


async def was_restored(database: Database, token: str) -> bool:
    """Whether the store is the one that this restore was to bring."""
    query = f"SELECT detail FROM event_log WHERE verb = '{_RESTORED}' ORDER BY id DESC"  # noqa: S608 - our word
    found = await database.read(lambda live: [str(row[0]) for row in live.exec_driver_sql(query)])
    return any(json.loads(detail).get("token") == token for detail in found)


async def offered(database: Database) -> str:
    """The id of the backup that is offered until the person decides; empty where none is."""
    return await CatalogStore(database).state(_OFFERED) or ""


async def offer(database: Database, backup_id: str) -> None:
    """Remember what is offered; an empty id withdraws it. A restored store knows of no offer."""
    await CatalogStore(database).set_state(_OFFERED, backup_id)
