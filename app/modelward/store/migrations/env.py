"""What Alembic runs: the migrations, on the connection and in the transaction of whoever called it."""  # noqa: INP001

from __future__ import annotations

from alembic import context

from modelward.store.tables import metadata

# The caller's transaction holds all steps together, table definitions too: a migration is done whole or not at all.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
