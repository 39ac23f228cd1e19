"""The rehearsal of a restore: a copy is opened, brought to today's shape, and read by the program's own queries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from modelward.catalog.store import CatalogStore
from modelward.store.engine import Database


async def rehearse(path: Path) -> Mapping[str, int]:
    """How many rows of each table the queries found in the SQLite database at ``path``, which is migrated.

    Raises KnownErrors.
    """
    database = await Database.open(path)
    try:
        store = CatalogStore(database)
        models = await store.models()
        facts = await store.facts_of([model.id for model in models])
        return {"model": len(models), "fact": sum(map(len, facts.values()))}
    finally:
        await database.close()
