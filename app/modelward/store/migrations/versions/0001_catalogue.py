"""The first tables: providers, models, facts, raw files, the audit log and what is remembered of the store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out here, not taken from tables.py: a migration must go on doing what it did on its day.
PRICE = sa.Text().with_variant(sa.Numeric(), "postgresql")
TIME = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")
PRICE_UNIT = "USD per 1,000,000 tokens"
DATE_FORM = "YYYY, YYYY-MM or YYYY-MM-DD"


def upgrade() -> None:
    """Create them."""
    _provider()
    _model()
    _fact()
    _records()


def _provider() -> None:
    op.create_table(
        "provider",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("dialect", sa.Text(), comment="wire dialect; null where nobody has said"),
        sa.Column("base_url", sa.Text()),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("last_discovery_at", TIME),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_provider"),
    )


def _model() -> None:
    op.create_table(
        "model",
        sa.Column("id", sa.Text(), nullable=False, comment="provider/name"),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text()),
        sa.Column("display_name", sa.Text()),
        sa.Column("family", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("context_window", sa.BigInteger(), comment="tokens"),
        sa.Column("max_input_tokens", sa.BigInteger(), comment="tokens"),
        sa.Column("max_output_tokens", sa.BigInteger(), comment="tokens"),
        sa.Column("served_context", sa.BigInteger(), comment="tokens"),
        sa.Column("capabilities", sa.Text(), comment="JSON list of words it has; null is unknown"),
        sa.Column("not_capabilities", sa.Text(), nullable=False, comment="JSON list of words it lacks"),
        sa.Column("price_input", PRICE, comment=PRICE_UNIT),
        sa.Column("price_output", PRICE, comment=PRICE_UNIT),
        sa.Column("price_cache_read", PRICE, comment=PRICE_UNIT),
        sa.Column("price_cache_write", PRICE, comment=PRICE_UNIT),
        sa.Column("rpm", sa.BigInteger(), comment="requests per minute"),
        sa.Column("tpm", sa.BigInteger(), comment="tokens per minute"),
        sa.Column("rpd", sa.BigInteger(), comment="requests per day"),
        sa.Column("parameter_count", sa.BigInteger(), comment="parameters"),
        sa.Column("quantization", sa.Text()),
        sa.Column("architecture", sa.Text()),
        sa.Column("knowledge_cutoff", sa.Text(), comment=DATE_FORM),
        sa.Column("release_date", sa.Text(), comment=DATE_FORM),
        sa.Column("size_bytes", sa.BigInteger(), comment="bytes"),
        sa.Column("digest", sa.Text()),
        sa.Column("open_weights", sa.Boolean()),
        sa.Column("lifecycle", sa.Text()),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("has_user_value", sa.Boolean(), nullable=False),
        sa.Column("has_dissent", sa.Boolean(), nullable=False),
        sa.Column("first_seen", TIME, nullable=False, comment="when this store first heard of it"),
        sa.Column("last_seen", TIME, comment="when its provider last named it"),
        sa.PrimaryKeyConstraint("id", name="pk_model"),
        sa.ForeignKeyConstraint(["provider"], ["provider.id"], name="fk_model_provider"),
    )


def _fact() -> None:
    op.create_table(
        "fact",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False, comment="who speaks within the source"),
        sa.Column("value", sa.Text(), nullable=False, comment="canonical JSON, units as the field says"),
        sa.Column("observed_at", TIME, nullable=False, comment="when it was true at its origin"),
        sa.Column("confidence", sa.Float(), nullable=False, comment="0 to 1"),
        sa.Column("evidence", sa.Text(), comment="address"),
        sa.Column("quote", sa.Text(), comment="the words that say so"),
        sa.PrimaryKeyConstraint("model_id", "field", "source", "origin", name="pk_fact"),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name="fk_fact_model_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_fact_origin", "fact", ["source", "origin"])


def _records() -> None:
    op.create_table(
        "event_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False, comment="JSON object"),
        sa.PrimaryKeyConstraint("id", name="pk_event_log"),
    )
    op.create_index("ix_event_log_at", "event_log", ["at"])
    op.create_table(
        "raw_file",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="bytes"),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False, comment="nanoseconds since 1970"),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("imported_at", TIME, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False, comment="what came of it, in words"),
        sa.PrimaryKeyConstraint("path", name="pk_raw_file"),
    )
    op.create_table(
        "state",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_state"),
    )
