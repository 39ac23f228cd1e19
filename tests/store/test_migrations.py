"""The migrations and the tables say the same."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

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
