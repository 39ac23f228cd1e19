"""Measuring: runs, calls with their times, grades, daily figures, proofs; and jobs cut into cells."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PRICE = sa.Text().with_variant(sa.Numeric(), "postgresql")
TIME = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Create them."""
    _bench_batch()
    _measurement()
    _measurement_text()
    _grade()
    _measurement_day()
    _capability_proof()
    _job_plan()
    _job_step()


def _bench_batch() -> None:
    op.create_table(
        "bench_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False, comment="JSON object: cells, calls, tokens, cost, time"),
        sa.Column("done", sa.Integer(), nullable=False, comment="calls that have ended"),
        sa.Column("total", sa.Integer(), nullable=False, comment="calls"),
        sa.Column("spent", PRICE, nullable=False, comment="USD"),
        sa.Column("detail", sa.Text(), nullable=False, comment="why it stands so, in words"),
        sa.PrimaryKeyConstraint("id", name="pk_bench_batch"),
    )
    op.create_index("ix_bench_batch_started_at", "bench_batch", ["started_at"])


def _measurement() -> None:
    op.create_table(
        "measurement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False, comment="when the call was sent"),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("workload", sa.Text(), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False, comment="streams at once, this one included"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Integer()),
        sa.Column("cell", sa.Integer(), comment="number of the cell within the batch's plan"),
        sa.Column(
            "headers_ms", sa.Float(), comment="milliseconds since the request began to be sent; so are the others"
        ),
        sa.Column("first_reasoning_ms", sa.Float()),
        sa.Column("first_content_ms", sa.Float()),
        sa.Column("end_ms", sa.Float()),
        sa.Column(
            "chunks", sa.Text(), nullable=False, comment="JSON array: milliseconds of each piece; empty once thinned"
        ),
        sa.Column("input_tokens", sa.BigInteger(), comment="tokens, those from and for a cache included"),
        sa.Column("cache_read_tokens", sa.BigInteger(), comment="tokens"),
        sa.Column("cache_write_tokens", sa.BigInteger(), comment="tokens"),
        sa.Column("output_tokens", sa.BigInteger(), comment="tokens, those of reasoning included"),
        sa.Column("reasoning_tokens", sa.BigInteger(), comment="tokens"),
        sa.Column("tokens_estimated", sa.Boolean(), nullable=False, comment="no usage was stated"),
        sa.Column("cost", PRICE, comment="USD; null is unknown, 0 is known to be free"),
        sa.Column("server_total_ns", sa.BigInteger(), comment="nanoseconds as Ollama measured; so are the others"),
        sa.Column("server_load_ns", sa.BigInteger()),
        sa.Column("server_prompt_eval_ns", sa.BigInteger()),
        sa.Column("server_eval_ns", sa.BigInteger()),
        sa.Column("ttft_ms", sa.Float(), comment="derived when it was filed, as are the others; for charts"),
        sa.Column("ttfo_ms", sa.Float()),
        sa.Column("latency_ms", sa.Float()),
        sa.Column("tpot_ms", sa.Float()),
        sa.Column("decode_tps", sa.Float()),
        sa.Column("e2e_tps", sa.Float()),
        sa.Column("prefill_tps", sa.Float()),
        sa.Column("detail", sa.Text(), nullable=False, comment="what went wrong, in words; empty where nothing did"),
        sa.PrimaryKeyConstraint("id", name="pk_measurement"),
        sa.ForeignKeyConstraint(["batch_id"], ["bench_batch.id"], name="fk_measurement_batch_id"),
    )
    op.create_index("ix_measurement_at", "measurement", ["at"])
    op.create_index("ix_measurement_batch_id", "measurement", ["batch_id"])
    op.create_index("ix_measurement_series", "measurement", ["model_id", "workload", "concurrency", "at"])


def _measurement_text() -> None:
    op.create_table(
        "measurement_text",
        sa.Column("measurement_id", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("reasoning", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("measurement_id", name="pk_measurement_text"),
        sa.ForeignKeyConstraint(["measurement_id"], ["measurement.id"], name="fk_measurement_text_measurement_id"),
    )


def _grade() -> None:
    op.create_table(
        "grade",
        sa.Column("measurement_id", sa.Integer(), nullable=False),
        sa.Column("suite", sa.Text(), nullable=False),
        sa.Column("suite_hash", sa.Text(), nullable=False, comment="SHA-256 of the suite that was asked"),
        sa.Column("probe", sa.Text(), nullable=False),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False, comment="0 to 1"),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False, comment="JSON array of words"),
        sa.Column("judge", sa.Text(), comment="the model that judged; null where none did"),
        sa.PrimaryKeyConstraint("measurement_id", name="pk_grade"),
        sa.ForeignKeyConstraint(["measurement_id"], ["measurement.id"], name="fk_grade_measurement_id"),
    )
    op.create_index("ix_grade_use_case", "grade", ["use_case"])


def _measurement_day() -> None:
    op.create_table(
        "measurement_day",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("workload", sa.Text(), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False, comment="YYYY-MM-DD, UTC"),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Float(), nullable=False),
        sa.Column("p5", sa.Float(), nullable=False),
        sa.Column("p50", sa.Float(), nullable=False),
        sa.Column("p95", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", "workload", "concurrency", "metric", "day", name="pk_measurement_day"),
        sqlite_with_rowid=False,
    )


def _capability_proof() -> None:
    op.create_table(
        "capability_proof",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="a capability, context_window, embedding_size"),
        sa.Column("claimed", sa.Text(), nullable=False, comment="JSON: true, false, a number or null"),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("found", sa.BigInteger(), comment="tokens, or dimensions"),
        sa.Column("at", TIME, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False, comment="how it was found, in words"),
        sa.PrimaryKeyConstraint("model_id", "subject", name="pk_capability_proof"),
        sqlite_with_rowid=False,
    )


def _job_plan() -> None:
    op.create_table(
        "job_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False, comment="JSON object: model, brief, cells, joins, output file"),
        sa.Column("detail", sa.Text(), nullable=False, comment="why it stands so, in words"),
        sa.PrimaryKeyConstraint("id", name="pk_job_plan"),
    )


def _job_step() -> None:
    op.create_table(
        "job_step",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False, comment="0 for cells, then each round of joining"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False, comment="sha256 of what the model was given"),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger()),
        sa.Column("output_tokens", sa.BigInteger()),
        sa.Column("cost", PRICE, comment="USD; null is unknown"),
        sa.PrimaryKeyConstraint("job_id", "level", "number", name="pk_job_step"),
        sa.ForeignKeyConstraint(["job_id"], ["job_plan.id"], name="fk_job_step_job_id"),
        sqlite_with_rowid=False,
    )
