"""Providers that a person adds, whether they answer, what is new, and what calls cost."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PRICE = sa.Text().with_variant(sa.Numeric(), "postgresql")
TIME = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the columns and tables."""
    for column in (
        sa.Column("title", sa.Text(), comment="what the person calls it; null where its usual name will do"),
        sa.Column("added_at", TIME, comment="when the person added it; null: known from catalogues alone"),
        sa.Column("listed_models", sa.Integer(), comment="models in its last list"),
    ):
        op.add_column("provider", column)
    _comment("provider", "last_discovery_at", "when its models were last listed", TIME)
    _comment("provider", "last_error", "why the last list could not be had, in words; null where it could", sa.Text())
    note = "when it appeared at a provider or in a catalogue that was known before"
    op.add_column("model", sa.Column("new_at", TIME, comment=note))
    _availability()
    _spending()


def _comment(table: str, column: str, words: str, kind: sa.types.TypeEngine[Any]) -> None:
    # SQLite keeps no comments: there is nothing to change.
    if op.get_context().dialect.name == "postgresql":
        op.alter_column(table, column, comment=words, existing_type=kind, existing_nullable=True)


def _availability() -> None:
    op.create_table(
        "availability",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False, comment="when it was asked"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("latency_ms", sa.Float(), comment="milliseconds until its answer began; null without one"),
        sa.Column("detail", sa.Text(), nullable=False, comment="what was wrong, in words; empty where nothing was"),
        sa.PrimaryKeyConstraint("provider", "at", name="pk_availability"),
        sa.ForeignKeyConstraint(["provider"], ["provider.id"], name="fk_availability_provider"),
        sqlite_with_rowid=False,
    )


def _spending() -> None:
    op.create_table(
        "spending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False, comment="when the call was reserved"),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reserved", PRICE, comment="USD that the call could cost at most; null is unknown"),
        sa.Column("cost", PRICE, comment="USD; null is unknown, 0 is known to be free"),
        sa.Column("input_tokens", sa.BigInteger(), comment="tokens, those from and for a cache included"),
        sa.Column("cache_read_tokens", sa.BigInteger(), comment="tokens"),
        sa.Column("cache_write_tokens", sa.BigInteger(), comment="tokens"),
        sa.Column("output_tokens", sa.BigInteger(), comment="tokens, those of reasoning included"),
        sa.Column("reasoning_tokens", sa.BigInteger(), comment="tokens"),
        sa.Column("seconds", sa.Float(), comment="from sending to the end"),
        sa.Column("error", sa.Text(), comment="what went wrong, in words; null where nothing did"),
        sa.PrimaryKeyConstraint("id", name="pk_spending"),
    )
    op.create_index("ix_spending_at", "spending", ["at"])
    op.create_index("ix_spending_model_id", "spending", ["model_id"])
