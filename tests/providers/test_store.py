"""Rows of providers on both engines."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from harness.stores import database, store_address
from modelward.providers.store import ProviderStore
from modelward.store import tables
from modelward.store.engine import Database

__all__ = ["database", "store_address"]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def test_a_change_makes_the_row_or_touches_what_it_names_alone(database: Database) -> None:
    store = ProviderStore(database)
    assert await store.row("mine") is None
    await store.change("mine", {"kind": "vllm", "added_at": NOW}, event=(NOW, "add provider"))
    await store.change("mine", {"enabled": False})
    await store.change("other", {"last_error": "no"})
    row = await store.row("mine")
    assert row is not None
    assert (row.kind, row.added_at, row.enabled, row.base_url) == ("vllm", NOW, False, None)
    assert {id_: each.enabled for id_, each in (await store.rows()).items()} == {"mine": False, "other": True}
    log = tables.event_log.c
    said = await database.read(lambda each: each.execute(select(log.at, log.verb, log.subject, log.detail)).all())
    assert [tuple(line) for line in said] == [(NOW, "add provider", "mine", "{}")]
