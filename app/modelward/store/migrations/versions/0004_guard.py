"""The guard of local models: what was proven, who is guarded, how the server answered, alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Create them."""
    _blob_check()
    _guarded_model()
    _sample()
    _alert()


def _blob_check() -> None:
    op.create_table(
        "blob_check",
        sa.Column("library", sa.Text(), nullable=False, comment="the model folder"),
        sa.Column("digest", sa.Text(), nullable=False, comment="the blob's name: sha256: and 64 hex digits"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actual", sa.Text(), nullable=False, comment="the digest that its bytes had"),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="bytes, when it was hashed"),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False, comment="nanoseconds since 1970, when it was hashed"),
        sa.Column("ctime_ns", sa.BigInteger(), nullable=False, comment="nanoseconds since 1970, when it was hashed"),
        sa.Column("inode", sa.Text(), nullable=False, comment="device and inode, when it was hashed"),
        sa.Column("checked_at", TIME, nullable=False, comment="when it was hashed whole"),
        sa.Column("detail", sa.Text(), nullable=False, comment="what is wrong, in words; empty where nothing is"),
        sa.PrimaryKeyConstraint("library", "digest", name="pk_blob_check"),
        sqlite_with_rowid=False,
    )


def _guarded_model() -> None:
    op.create_table(
        "guarded_model",
        sa.Column("library", sa.Text(), nullable=False, comment="the model folder"),
        sa.Column("name", sa.Text(), nullable=False, comment="host/namespace/model/tag"),
        sa.Column("is_protected", sa.Boolean(), comment="is brought back when it is gone; null: as the setting says"),
        sa.Column("manifest_digest", sa.Text(), nullable=False, comment="the version last seen"),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("last_seen_at", TIME, nullable=False),
        sa.Column("brought_back_at", TIME, comment="when it last was; null for never"),
        sa.PrimaryKeyConstraint("library", "name", name="pk_guarded_model"),
        sqlite_with_rowid=False,
    )


def _sample() -> None:
    op.create_table(
        "guard_sample",
        sa.Column("server", sa.Text(), nullable=False, comment="the server's address"),
        sa.Column("model", sa.Text(), nullable=False, comment="as Ollama shows it; empty for the server itself"),
        sa.Column("at", TIME, nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False, comment="it answered as it should"),
        sa.Column("latency_ms", sa.Float(), comment="milliseconds until the answer; null without one"),
        sa.Column("detail", sa.Text(), nullable=False, comment="what was wrong, in words; empty where nothing was"),
        sa.PrimaryKeyConstraint("server", "model", "at", name="pk_guard_sample"),
        sqlite_with_rowid=False,
    )


def _alert() -> None:
    op.create_table(
        "guard_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="which model or blob; empty for the server"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("last_seen_at", TIME, nullable=False),
        sa.Column("resolved_at", TIME),
        sa.Column("seen", sa.Integer(), nullable=False, comment="times in a row that its cause was found"),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("todo", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guard_alert"),
    )
    op.create_index("ix_guard_alert_state", "guard_alert", ["state"])
