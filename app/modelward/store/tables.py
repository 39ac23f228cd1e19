"""The tables of the store, and the types that keep money and times exact on both engines.

Plain Core tables: the window opens on thousands of rows at every start, and mapped objects (with the import of
``sqlalchemy.orm``) would cost more than the rest of that read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

_read_decimal = lru_cache(maxsize=10_000)(Decimal)
_read_time = lru_cache(maxsize=10_000)(datetime.fromisoformat)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal without any rounding: NUMERIC on PostgreSQL, text on SQLite (its own numbers are floats)."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | str | None:
        return format(value, "f") if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return _read_decimal(value) if isinstance(value, str) else value


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC: timestamptz on PostgreSQL, ISO 8601 text on SQLite, which sorts as time does.

    Refuses a time without an offset (ValueError): nobody could say later which moment it was.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without an offset: {value}")
        utc = value.astimezone(UTC)
        return utc.isoformat() if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return _read_time(value) if isinstance(value, str) else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(column_0_label)s",
    }
)

provider = Table(
    "provider",
    metadata,
    Column("id", Text, primary_key=True),
    Column("dialect", Text, comment="wire dialect; null where nobody has said"),
    Column("base_url", Text),
    Column("enabled", Boolean, nullable=False),
    Column("last_discovery_at", UtcTime, comment="when its models were last listed"),
    Column("last_error", Text, comment="why the last list could not be had, in words; null where it could"),
    Column("title", Text, comment="what the person calls it; null where its usual name will do"),
    Column("added_at", UtcTime, comment="when the person added it; null: known from catalogues alone"),
    Column("listed_models", Integer, comment="models in its last list"),
)

model = Table(
    "model",
    metadata,
    Column("id", Text, primary_key=True, comment="provider/name"),
    Column("provider", Text, ForeignKey("provider.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text),
    Column("display_name", Text),
    Column("family", Text),
    Column("status", Text, nullable=False),
    Column("context_window", BigInteger, comment="tokens"),
    Column("max_input_tokens", BigInteger, comment="tokens"),
    Column("max_output_tokens", BigInteger, comment="tokens"),
    Column("served_context", BigInteger, comment="tokens"),
    Column("capabilities", Text, comment="JSON list of words it has; null is unknown"),
    Column("not_capabilities", Text, nullable=False, comment="JSON list of words it lacks"),
    Column("price_input", ExactDecimal, comment="USD per 1,000,000 tokens"),
    Column("price_output", ExactDecimal, comment="USD per 1,000,000 tokens"),
    Column("price_cache_read", ExactDecimal, comment="USD per 1,000,000 tokens"),
    Column("price_cache_write", ExactDecimal, comment="USD per 1,000,000 tokens"),
    Column("rpm", BigInteger, comment="requests per minute"),
    Column("tpm", BigInteger, comment="tokens per minute"),
    Column("rpd", BigInteger, comment="requests per day"),
    Column("parameter_count", BigInteger, comment="parameters"),
    Column("quantization", Text),
    Column("architecture", Text),
    Column("knowledge_cutoff", Text, comment="YYYY, YYYY-MM or YYYY-MM-DD"),
    Column("release_date", Text, comment="YYYY, YYYY-MM or YYYY-MM-DD"),
    Column("size_bytes", BigInteger, comment="bytes"),
    Column("digest", Text),
    Column("open_weights", Boolean),
    Column("lifecycle", Text),
    Column("is_complete", Boolean, nullable=False),
    Column("has_user_value", Boolean, nullable=False),
    Column("has_dissent", Boolean, nullable=False),
    Column("first_seen", UtcTime, nullable=False, comment="when this store first heard of it"),
    Column("last_seen", UtcTime, comment="when its provider last named it"),
    Column("new_at", UtcTime, comment="when it appeared at a provider or in a catalogue that was known before"),
)

# Clustered on its key: all facts of a model lie side by side, and the long ids are stored once.
fact = Table(
    "fact",
    metadata,
    Column("model_id", Text, ForeignKey("model.id"), primary_key=True),
    Column("field", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("origin", Text, primary_key=True, comment="who speaks within the source"),
    Column("value", Text, nullable=False, comment="canonical JSON, units as the field says"),
    Column("observed_at", UtcTime, nullable=False, comment="when it was true at its origin"),
    Column("confidence", Float, nullable=False, comment="0 to 1"),
    Column("evidence", Text, comment="address"),
    Column("quote", Text, comment="the words that say so"),
    Index("ix_fact_origin", "source", "origin"),
    sqlite_with_rowid=False,
)

event_log = Table(
    "event_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("verb", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False, comment="JSON object"),
)

availability = Table(
    "availability",
    metadata,
    Column("provider", Text, ForeignKey("provider.id"), primary_key=True),
    Column("at", UtcTime, primary_key=True, comment="when it was asked"),
    Column("state", Text, nullable=False),
    Column("latency_ms", Float, comment="milliseconds until its answer began; null without one"),
    Column("detail", Text, nullable=False, comment="what was wrong, in words; empty where nothing was"),
    sqlite_with_rowid=False,
)

spending = Table(
    "spending",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True, comment="when the call was reserved"),
    Column("provider", Text, nullable=False),
    Column("model_id", Text, nullable=False, index=True),
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reserved", ExactDecimal, comment="USD that the call could cost at most; null is unknown"),
    Column("cost", ExactDecimal, comment="USD; null is unknown, 0 is known to be free"),
    Column("input_tokens", BigInteger, comment="tokens, those from and for a cache included"),
    Column("cache_read_tokens", BigInteger, comment="tokens"),
    Column("cache_write_tokens", BigInteger, comment="tokens"),
    Column("output_tokens", BigInteger, comment="tokens, those of reasoning included"),
    Column("reasoning_tokens", BigInteger, comment="tokens"),
    Column("seconds", Float, comment="from sending to the end"),
    Column("error", Text, comment="what went wrong, in words; null where nothing did"),
)

healing_cycle = Table(
    "healing_cycle",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("started_at", UtcTime, nullable=False, index=True),
    Column("ended_at", UtcTime),
    Column("state", Text, nullable=False),
    Column("total", Integer, nullable=False, comment="models that are not retired"),
    Column("complete_before", Integer, nullable=False),
    Column("complete_after", Integer, nullable=False),
    Column("filled", Text, nullable=False, comment="JSON object: facts by means"),
    Column("calls", Integer, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("usd", ExactDecimal, comment="USD; null is unknown"),
    Column("error", Text, nullable=False),
)

healing_fill = Table(
    "healing_fill",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("cycle_id", Integer, ForeignKey("healing_cycle.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("means", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("model_id", Text, nullable=False, index=True),
    Column("field", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("value", Text, nullable=False, comment="canonical JSON, as in fact"),
    Column("observed_at", UtcTime, nullable=False),
    Column("confidence", Float, nullable=False, comment="0 to 1"),
    Column("evidence", Text, comment="address"),
    Column("quote", Text, comment="the words that say so"),
)

healing_attempt = Table(
    "healing_attempt",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("means", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False, comment="why, in words"),
    Column("tries", Integer, nullable=False, comment="in a row without success"),
    Column("next_at", UtcTime, nullable=False, comment="not tried again before"),
    Column("basis", Text, nullable=False, comment="what there was to try with; another basis allows it at once"),
    sqlite_with_rowid=False,
)

blob_check = Table(
    "blob_check",
    metadata,
    Column("library", Text, primary_key=True, comment="the model folder"),
    Column("digest", Text, primary_key=True, comment="the blob's name: sha256: and 64 hex digits"),
    Column("state", Text, nullable=False),
    Column("actual", Text, nullable=False, comment="the digest that its bytes had"),
    Column("size", BigInteger, nullable=False, comment="bytes, when it was hashed"),
    Column("mtime_ns", BigInteger, nullable=False, comment="nanoseconds since 1970, when it was hashed"),
    Column("ctime_ns", BigInteger, nullable=False, comment="nanoseconds since 1970, when it was hashed"),
    Column("inode", Text, nullable=False, comment="device and inode, when it was hashed"),
    Column("checked_at", UtcTime, nullable=False, comment="when it was hashed whole"),
    Column("detail", Text, nullable=False, comment="what is wrong, in words; empty where nothing is"),
    sqlite_with_rowid=False,
)

guarded_model = Table(
    "guarded_model",
    metadata,
    Column("library", Text, primary_key=True, comment="the model folder"),
    Column("name", Text, primary_key=True, comment="host/namespace/model/tag"),
    Column("is_protected", Boolean, comment="is brought back when it is gone; null: as the setting says"),
    Column("manifest_digest", Text, nullable=False, comment="the version last seen"),
    Column("first_seen_at", UtcTime, nullable=False),
    Column("last_seen_at", UtcTime, nullable=False),
    Column("brought_back_at", UtcTime, comment="when it last was; null for never"),
    sqlite_with_rowid=False,
)

guard_sample = Table(
    "guard_sample",
    metadata,
    Column("server", Text, primary_key=True, comment="the server's address"),
    Column("model", Text, primary_key=True, comment="as Ollama shows it; empty for the server itself"),
    Column("at", UtcTime, primary_key=True),
    Column("ok", Boolean, nullable=False, comment="it answered as it should"),
    Column("latency_ms", Float, comment="milliseconds until the answer; null without one"),
    Column("detail", Text, nullable=False, comment="what was wrong, in words; empty where nothing was"),
    sqlite_with_rowid=False,
)

guard_alert = Table(
    "guard_alert",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="which model or blob; empty for the server"),
    Column("state", Text, nullable=False, index=True),
    Column("opened_at", UtcTime, nullable=False),
    Column("last_seen_at", UtcTime, nullable=False),
    Column("resolved_at", UtcTime),
    Column("seen", Integer, nullable=False, comment="times in a row that its cause was found"),
    Column("what", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("todo", Text, nullable=False),
)

bench_batch = Table(
    "bench_batch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("started_at", UtcTime, nullable=False, index=True),
    Column("ended_at", UtcTime),
    Column("state", Text, nullable=False),
    Column("plan", Text, nullable=False, comment="JSON object: cells, calls, tokens, cost, time"),
    Column("done", Integer, nullable=False, comment="calls that have ended"),
    Column("total", Integer, nullable=False, comment="calls"),
    Column("spent", ExactDecimal, nullable=False, comment="USD"),
    Column("detail", Text, nullable=False, comment="why it stands so, in words"),
)

measurement = Table(
    "measurement",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True, comment="when the call was sent"),
    Column("model_id", Text, nullable=False),
    Column("workload", Text, nullable=False),
    Column("concurrency", Integer, nullable=False, comment="streams at once, this one included"),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("batch_id", Integer, ForeignKey("bench_batch.id"), index=True),
    Column("cell", Integer, comment="number of the cell within the batch's plan"),
    Column("headers_ms", Float, comment="milliseconds since the request began to be sent; so are the others"),
    Column("first_reasoning_ms", Float),
    Column("first_content_ms", Float),
    Column("end_ms", Float),
    Column("chunks", Text, nullable=False, comment="JSON array: milliseconds of each piece; empty once thinned"),
    Column("input_tokens", BigInteger, comment="tokens, those from and for a cache included"),
    Column("cache_read_tokens", BigInteger, comment="tokens"),
    Column("cache_write_tokens", BigInteger, comment="tokens"),
    Column("output_tokens", BigInteger, comment="tokens, those of reasoning included"),
    Column("reasoning_tokens", BigInteger, comment="tokens"),
    Column("tokens_estimated", Boolean, nullable=False, comment="no usage was stated"),
    Column("cost", ExactDecimal, comment="USD; null is unknown, 0 is known to be free"),
    Column("server_total_ns", BigInteger, comment="nanoseconds as Ollama measured; so are the others"),
    Column("server_load_ns", BigInteger),
    Column("server_prompt_eval_ns", BigInteger),
    Column("server_eval_ns", BigInteger),
    Column("ttft_ms", Float, comment="derived when it was filed, as are the others; for charts"),
    Column("ttfo_ms", Float),
    Column("latency_ms", Float),
    Column("tpot_ms", Float),
    Column("decode_tps", Float),
    Column("e2e_tps", Float),
    Column("prefill_tps", Float),
    Column("detail", Text, nullable=False, comment="what went wrong, in words; empty where nothing did"),
    Index("ix_measurement_series", "model_id", "workload", "concurrency", "at"),
)

measurement_text = Table(
    "measurement_text",
    metadata,
    Column("measurement_id", Integer, ForeignKey("measurement.id"), primary_key=True),
    Column("prompt", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("reasoning", Text, nullable=False),
)

grade = Table(
    "grade",
    metadata,
    Column("measurement_id", Integer, ForeignKey("measurement.id"), primary_key=True),
    Column("suite", Text, nullable=False),
    Column("suite_hash", Text, nullable=False, comment="SHA-256 of the suite that was asked"),
    Column("probe", Text, nullable=False),
    Column("use_case", Text, nullable=False, index=True),
    Column("score", Float, nullable=False, comment="0 to 1"),
    Column("passed", Boolean, nullable=False),
    Column("reasons", Text, nullable=False, comment="JSON array of words"),
    Column("judge", Text, comment="the model that judged; null where none did"),
)

measurement_day = Table(
    "measurement_day",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("workload", Text, primary_key=True),
    Column("concurrency", Integer, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("day", Text, primary_key=True, comment="YYYY-MM-DD, UTC"),
    Column("n", Integer, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("mean", Float, nullable=False),
    Column("p5", Float, nullable=False),
    Column("p50", Float, nullable=False),
    Column("p95", Float, nullable=False),
    sqlite_with_rowid=False,
)

capability_proof = Table(
    "capability_proof",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("subject", Text, primary_key=True, comment="a capability, context_window, embedding_size"),
    Column("claimed", Text, nullable=False, comment="JSON: true, false, a number or null"),
    Column("proof", Text, nullable=False),
    Column("found", BigInteger, comment="tokens, or dimensions"),
    Column("at", UtcTime, nullable=False),
    Column("detail", Text, nullable=False, comment="how it was found, in words"),
    sqlite_with_rowid=False,
)

job_plan = Table(
    "job_plan",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("plan", Text, nullable=False, comment="JSON object: model, brief, cells, joins, output file"),
    Column("detail", Text, nullable=False, comment="why it stands so, in words"),
)

job_step = Table(
    "job_step",
    metadata,
    Column("job_id", Integer, ForeignKey("job_plan.id"), primary_key=True),
    Column("level", Integer, primary_key=True, comment="0 for cells, then each round of joining"),
    Column("number", Integer, primary_key=True),
    Column("basis", Text, nullable=False, comment="sha256 of what the model was given"),
    Column("answer", Text, nullable=False),
    Column("input_tokens", BigInteger),
    Column("output_tokens", BigInteger),
    Column("cost", ExactDecimal, comment="USD; null is unknown"),
    sqlite_with_rowid=False,
)

raw_file = Table(
    "raw_file",
    metadata,
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False, comment="bytes"),
    Column("mtime_ns", BigInteger, nullable=False, comment="nanoseconds since 1970"),
    Column("sha256", Text, nullable=False),
    Column("imported_at", UtcTime, nullable=False),
    Column("outcome", Text, nullable=False, comment="what came of it, in words"),
)

state = Table(
    "state",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert the rows; one whose primary key is there replaces the columns that it names."""
    if not rows:
        return
    # The two dialects spell the same clause alike, but each has a class of its own (and takes time to import).
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    values = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if values:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=values)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    connection.execute(statement, rows)
