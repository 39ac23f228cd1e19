"""Metadata: written and read without loss, and refused with words when somebody else wrote it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelward.backups import metadata
from modelward.backups.model import Engine, Kind, Meta
from modelward.backups.naming import Name, is_part
from modelward.core.errors import InputError

NOW = datetime(2026, 11, 20, 14, 0, 5, 1234, tzinfo=UTC)
META = Meta(
    file="modelward_db_manual_20261120T140005Z.sqlite3.zst",
    kind=Kind.MANUAL,
    created_at=NOW,
    utc_offset=timedelta(hours=1),
    reason="asked for",
    note="before the move",
    app_version="1.0",
    schema_revision="0001",
    engine=Engine.SQLITE,
    engine_version="3.40.1",
    source="/data/modelward.db",
    size_bytes=100,
    sha256="a" * 64,
    content_bytes=1000,
    content_sha256="b" * 64,
    fingerprint="b" * 64,
    row_counts={"model": 3},
    verified_at=NOW,
    covered_until=None,
)

moments = st.datetimes(datetime(1970, 1, 2), datetime(9989, 1, 1), timezones=st.just(UTC))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
metas = st.builds(
    replace,
    st.just(META),
    kind=st.sampled_from(Kind),
    created_at=moments,
    utc_offset=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    reason=texts,
    note=texts,
    engine=st.sampled_from(Engine),
    size_bytes=st.integers(0, 2**50),
    content_bytes=st.none() | st.integers(0, 2**50),
    content_sha256=st.none() | st.just("c" * 64),
    row_counts=st.dictionaries(texts, st.integers(0, 2**40), max_size=5),
    verified_at=st.none() | moments,
    covered_until=st.none() | moments,
    trouble=texts,
)


@given(metas)
def test_what_was_written_is_read_back(meta: Meta) -> None:
    assert metadata.decode(metadata.encode(meta)) == meta


def changed(**values: Any) -> bytes:
    return json.dumps(json.loads(metadata.encode(META)) | values).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not readable as JSON"),
        (b"\xff\xfe{}", "not readable as JSON"),
        (b"[" * 100_000, "not readable as JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "lacks formatVersion"),
        (b" " * (metadata.MAX_BYTES + 1), "larger than 1 MiB"),
        (metadata.encode(META)[:-40], "not readable as JSON"),
        (changed(formatVersion=2), "written by a newer Modelward"),
        (changed(formatVersion="1"), "formatVersion is not allowed"),
        (changed(sizeBytes=-1), "sizeBytes is not allowed"),
        (changed(sizeBytes=True), "sizeBytes is not allowed"),
        (changed(sizeBytes=1e300), "sizeBytes is not allowed"),
        (changed(sizeBytes=2**80), "sizeBytes is not allowed"),
        (changed(sha256="../../etc/passwd"), "sha256 is not allowed"),
        (changed(sha256="A" * 64), "sha256 is not allowed"),
        (changed(createdAt="2026-11-20T14:00:00"), "createdAt is not allowed"),
        (changed(createdAt=5), "createdAt is not allowed"),
        (changed(createdAt="0001-01-01T00:00:00+23:00"), "createdAt is not allowed"),
        (changed(verifiedAt="9999-12-31T23:59:59+00:00"), "verifiedAt is not allowed"),
        (changed(utcOffsetMinutes=10**9), "utcOffsetMinutes is not allowed"),
        (changed(kind="weekly"), "kind is not allowed"),
        (changed(kind=["manual"]), "kind is not allowed"),
        (changed(engine="oracle"), "engine is not allowed"),
        (changed(note="x" * 5000), "note is not allowed"),
        (changed(rowCounts=[1]), "rowCounts is not allowed"),
        (changed(rowCounts={"model": "many"}), "rowCounts is not allowed"),
        (changed(rowCounts={str(number): 1 for number in range(1001)}), "rowCounts is not allowed"),
    ],
)
def test_metadata_that_cannot_be_used_say_what_is_wrong(content: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        metadata.decode(content)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300)
@given(st.sampled_from(sorted(json.loads(metadata.encode(META)))), values)
def test_no_value_of_any_key_ends_in_anything_but_metadata_or_words(key: str, value: Any) -> None:
    try:
        metadata.decode(changed(**{key: value}))
    except InputError as error:
        assert error.what  # noqa: PT017 - either outcome is right


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_no_bytes_end_in_anything_but_words(content: bytes) -> None:
    with pytest.raises(InputError):
        metadata.decode(content)


class TestNames:
    @given(st.sampled_from(Kind), moments, st.sampled_from(Engine), st.integers(1, 999_999))
    def test_a_name_is_read_as_it_was_made(self, kind: Kind, at: datetime, engine: Engine, number: int) -> None:
        name = Name(kind, at.replace(microsecond=0), engine, number)
        assert Name.read(name.file) == name
        assert name.file.startswith(name.id + ".")
        assert is_part(name.file + ".part")
        assert is_part(name.file + ".meta.json.part")

    @pytest.mark.parametrize(
        "file",
        [
            "",
            "notes.txt",
            "modelward.db",
            "modelward_db_manual_20261120T140005Z.sqlite3",
            "modelward_db_manual_20261320T140005Z.sqlite3.zst",
            "modelward_db_manual_99991231T235959Z.dump",
            "modelward_db_manual_20261120T140005Z-0.sqlite3.zst",
            "modelward_db_manual_20261120T140005Z-1.sqlite3.zst",
            "modelward_db_manual_20261120T140005Z-02.sqlite3.zst",
            "modelward_db_weekly_20261120T140005Z.dump",
            "../modelward_db_manual_20261120T140005Z.dump",
            "modelward_db_manual_20261120T140005Z.dump/../../x",
            "modelward_db_manual_20261120T140005Z.dump\n",
            "modelward_db_manual_٢0261120T140005Z.dump",
            "MODELWARD_DB_manual_20261120T140005Z.dump",
        ],
    )
    def test_a_file_with_another_name_is_not_ours(self, file: str) -> None:
        assert Name.read(file) is None
        assert not is_part(file)
        assert not is_part(file + ".part")
