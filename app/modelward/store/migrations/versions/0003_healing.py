"""Healing: cycles, what they filled, and what was tried."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PRICE = sa.Text().with_variant(sa.Numeric(), "postgresql")
TIME = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Create them."""
    _cycle()
    _fill()
    _attempt()


def _cycle() -> None:
    op.create_table(
        "healing_cycle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False, comment="models that are not retired"),
        sa.Column("complete_before", sa.Integer(), nullable=False),
        sa.Column("complete_after", sa.Integer(), nullable=False),
        sa.Column("filled", sa.Text(), nullable=False, comment="JSON object: facts by means"),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("usd", PRICE, comment="USD; null is unknown"),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_healing_cycle"),
    )
    op.create_index("ix_healing_cycle_started_at", "healing_cycle", ["started_at"])


def _fill() -> None:
    op.create_table(
        "healing_fill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False, comment="canonical JSON, as in fact"),
        sa.Column("observed_at", TIME, nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False, comment="0 to 1"),
        sa.Column("evidence", sa.Text(), comment="address"),
        sa.Column("quote", sa.Text(), comment="the words that say so"),
        sa.PrimaryKeyConstraint("id", name="pk_healing_fill"),
        sa.ForeignKeyConstraint(["cycle_id"], ["healing_cycle.id"], name="fk_healing_fill_cycle_id"),
    )
    op.create_index("ix_healing_fill_cycle_id", "healing_fill", ["cycle_id"])
    op.create_index("ix_healing_fill_model_id", "healing_fill", ["model_id"])


def _attempt() -> None:
    op.create_table(
        "healing_attempt",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False, comment="why, in words"),
        sa.Column("tries", sa.Integer(), nullable=False, comment="in a row without success"),
        sa.Column("next_at", TIME, nullable=False, comment="not tried again before"),
        sa.Column(
            "basis", sa.Text(), nullable=False, comment="what there was to try with; another basis allows it at once"
        ),
        sa.PrimaryKeyConstraint("model_id", "field", "means", name="pk_healing_attempt"),
        sqlite_with_rowid=False,
    )
