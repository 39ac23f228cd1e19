"""What Alembic runs: the migrations, on the connection and in the transaction of whoever called it."""  # noqa: INP001

from __future__ import annotations

from alembic import context

from modelward.store.tables import metadata

# On SQLite Alembic would commit after each step; our connections begin transactions that hold DDL too.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
