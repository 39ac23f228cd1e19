"""The ``.meta.json`` beside a copy: written, and read as something that anybody may have written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from modelward.backups.model import Engine, Kind, Meta
from modelward.backups.naming import YEARS
from modelward.core.errors import InputError

T = TypeVar("T")

FORMAT = 1
MAX_BYTES = 1024 * 1024
"""A larger file is no metadata."""

_MAX_TEXT = 4000
_MAX_TABLES = 1000
_MAX_NUMBER = 2**62
_HASH = frozenset("0123456789abcdef")


class NewerFormatError(InputError):
    """The metadata was written by a newer Modelward."""


def encode(meta: Meta) -> bytes:
    """The metadata as it is kept: JSON that a person can read."""
    shown = {
        "formatVersion": FORMAT,
        "file": meta.file,
        "kind": meta.kind,
        "createdAt": _time_text(meta.created_at),
        "utcOffsetMinutes": int(meta.utc_offset.total_seconds() // 60),
        "reason": meta.reason[:_MAX_TEXT],
        "note": meta.note[:_MAX_TEXT],
        "appVersion": meta.app_version,
        "schemaRevision": meta.schema_revision,
        "engine": meta.engine,
        "engineVersion": meta.engine_version,
        "source": meta.source[:_MAX_TEXT],
        "sizeBytes": meta.size_bytes,
        "sha256": meta.sha256,
        "contentBytes": meta.content_bytes,
        "contentSha256": meta.content_sha256,
        "fingerprint": meta.fingerprint,
        "rowCounts": dict(meta.row_counts),
        "verifiedAt": _time_text(meta.verified_at),
        "coveredUntil": _time_text(meta.covered_until),
        "trouble": meta.trouble[:_MAX_TEXT],
    }
    return json.dumps(shown, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace") + b"\n"


def decode(content: bytes) -> Meta:
    """The metadata in a file. Raises InputError naming what is wrong, NewerFormatError for one from the future."""
    if len(content) > MAX_BYTES:
        raise InputError("The metadata is larger than 1 MiB.")
    try:
        read = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError("The metadata is not readable as JSON.", why=f"{error}.") from error
    if not isinstance(read, dict):
        raise InputError("The metadata is not a JSON object.")
    version = _take(read, "formatVersion", _number)
    if version > FORMAT:
        raise NewerFormatError(
            "The metadata was written by a newer Modelward.",
            why=f"Its format is {version}; this Modelward knows up to {FORMAT}.",
            todo="Update Modelward.",
        )
    return Meta(
        file=_take(read, "file", _text),
        kind=_take(read, "kind", Kind),
        created_at=_take(read, "createdAt", _time),
        utc_offset=_take(read, "utcOffsetMinutes", _offset),
        reason=_take(read, "reason", _text),
        note=_take(read, "note", _text),
        app_version=_take(read, "appVersion", _text),
        schema_revision=_take(read, "schemaRevision", _text),
        engine=_take(read, "engine", Engine),
        engine_version=_take(read, "engineVersion", _text),
        source=_take(read, "source", _text),
        size_bytes=_take(read, "sizeBytes", _number),
        sha256=_take(read, "sha256", _digest),
        content_bytes=_take(read, "contentBytes", _optional(_number)),
        content_sha256=_take(read, "contentSha256", _optional(_digest)),
        fingerprint=_take(read, "fingerprint", _text),
        row_counts=_take(read, "rowCounts", _counts),
        verified_at=_take(read, "verifiedAt", _optional(_time)),
        covered_until=_take(read, "coveredUntil", _optional(_time)),
        trouble=_take(read, "trouble", _text),
    )


def _take(read: Mapping[str, Any], key: str, kind: Callable[[Any], T]) -> T:
    if key not in read:
        raise InputError(f"The metadata lacks {key}.")
    try:
        return kind(read[key])
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"The metadata's {key} is not allowed.", why=f"It is {str(read[key])[:80]!r}.") from error


def _optional(kind: Callable[[Any], T]) -> Callable[[Any], T | None]:
    return lambda value: None if value is None else kind(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise ValueError("no text, or too long")
    return value


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _MAX_NUMBER:
        raise ValueError("no number of things")
    return value


def _digest(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 64 or not _HASH.issuperset(value):
        raise ValueError("no SHA-256")
    return value


def _offset(value: Any) -> timedelta:
    if type(value) is not int or not -24 * 60 < value < 24 * 60:
        raise ValueError("no offset of a clock")
    return timedelta(minutes=value)


def _time(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    utc = moment.astimezone(UTC)
    if utc.year not in YEARS:
        raise ValueError("a time of another age")
    return utc


def _counts(value: Any) -> dict[str, int]:
    if not isinstance(value, dict) or len(value) > _MAX_TABLES:
        raise ValueError("no table of counts")
    return {_text(table): _number(count) for table, count in value.items()}


def _time_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
