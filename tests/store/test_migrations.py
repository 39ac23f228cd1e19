"""The migrations and the tables say the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select

from modelward.store import migrate, tables
from modelward.store.engine import Database


def test_the_known_revisions_are_those_in_the_package_oldest_first():
    config = Config()
    config.set_main_option("script_location", "modelward.store:migrations")
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(found)) == migrate.REVISIONS


async def test_the_migrations_make_the_tables_that_the_code_describes(database: Database):
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), tables.metadata)

    assert await database.read(differences) == []


async def test_a_column_that_no_migration_makes_is_noticed(database: Database):
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), tables.metadata)

    await database.write(
        lambda connection: connection.exec_driver_sql("ALTER TABLE state ADD COLUMN extra TEXT").close()
    )
    assert [change[0] for change in await database.read(differences)] == ["remove_column"]


FIRST_SEEN = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)

OLD_ROWS: dict[str, dict[str, object]] = {
    "provider": {"id": "openai", "base_url": "https://api.openai.com/v1", "enabled": False, "last_error": "offline"},
    "model": {
        "id": "openai/gpt-5",
        "provider": "openai",
        "name": "gpt-5",
        "status": "listed",
        "not_capabilities": "[]",
        "price_input": Decimal("1.250000"),
        "is_complete": False,
        "has_user_value": True,
        "has_dissent": False,
        "first_seen": FIRST_SEEN,
    },
    "fact": {
        "model_id": "openai/gpt-5",
        "field": "price_input",
        "source": "user",
        "origin": "you",
        "value": '"1.25"',
        "observed_at": FIRST_SEEN,
        "confidence": 1.0,
    },
    "event_log": {"id": 7, "at": FIRST_SEEN, "verb": "import", "subject": "models.json", "detail": "{}"},
    "raw_file": {
        "path": "/raw/models.json",
        "size": 1,
        "mtime_ns": 2,
        "sha256": "a" * 64,
        "imported_at": FIRST_SEEN,
        "outcome": "1 model",
    },
    "state": {"key": "reference.loaded", "value": "models-dev 1"},
}
"""A row in each table of the first revision."""


def up_to(revision: str) -> Callable[[Connection], None]:
    def upgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", "modelward.store:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    return upgrade


def fill(connection: Connection) -> None:
    for name, row in OLD_ROWS.items():
        connection.execute(tables.metadata.tables[name].insert().values(row))


def read_back(connection: Connection) -> dict[str, dict[str, object]]:
    found = {}
    for name, row in OLD_ROWS.items():
        columns = tables.metadata.tables[name].c
        found[name] = dict(connection.execute(select(*(columns[key] for key in row))).mappings().one())
    return found


async def test_a_store_of_the_first_revision_is_brought_up_to_date_without_loss(
    store_address: Path | str, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "HEAD", "0001")
        patch.setattr(migrate, "upgrade", up_to("0001"))
        old = await Database.open(store_address)
        await old.write(fill)
        columns = await old.read(lambda connection: inspect(connection).get_columns("model"))
        assert "new_at" not in {column["name"] for column in columns}
        await old.close()
    asked: list[str] = []
    opened = await Database.open(store_address, before_migration=lambda: asked.append("copy"))
    try:
        assert asked == ["copy"]
        assert await opened.read(read_back) == OLD_ROWS
        row = await opened.read(lambda connection: connection.execute(select(tables.provider)).mappings().one())
        assert (row["title"], row["added_at"], row["listed_models"]) == (None, None, None)
        assert await opened.read(lambda connection: connection.scalar(select(tables.model.c.new_at))) is None
        assert await opened.read(lambda connection: migrate.revision(connection, "here")) == migrate.HEAD
    finally:
        await opened.close()
