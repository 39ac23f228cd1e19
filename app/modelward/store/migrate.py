"""Brings a store's tables to the shape that this Modelward knows, or says why it cannot."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from modelward.core.errors import NewerStoreError, StoreError

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
"""All revisions, oldest first: known here so that an up-to-date store opens without importing Alembic."""

HEAD = REVISIONS[-1]


def revision(connection: Connection, where: str) -> str | None:
    """The revision of the store; None for an empty one.

    Raises NewerStoreError for one that this Modelward does not know, StoreError for a database of another program.
    """
    inspector = inspect(connection)
    if not inspector.has_table("alembic_version"):
        if tables := inspector.get_table_names():
            why = f"It holds the table {min(tables)!r} and no mark of Modelward's."
            raise StoreError(f"The database {where} belongs to another program.", why=why, todo="Choose another one.")
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found is not None and found not in REVISIONS:
        raise NewerStoreError(
            f"The store {where} was written by a newer Modelward.",
            why=f"Its revision is {found}; this Modelward knows up to {HEAD}.",
            todo="Update Modelward, or choose another store. The store was not touched.",
        )
    return None if found is None else str(found)


def upgrade(connection: Connection) -> None:
    """Create or change the tables up to the newest revision, within the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "modelward.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def refuse_older(found: str | None, where: str) -> None:
    """A reader changes no tables, so that it can only read a store of today's shape."""
    if found is None:
        raise StoreError(f"The store {where} is still empty.", todo="Open Modelward once: it fills it.")
    if found != HEAD:
        todo = "Open Modelward once: it brings it up to date."
        raise StoreError(f"The store {where} is of an older Modelward.", todo=todo)
