"""What the database keeps of blobs, on both engines."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from modelward.ollama.model import BlobState
from modelward.ollama.proofs import Mark, Proof
from modelward.ollama.store import CheckStore
from modelward.store.engine import Database

FOLDER = Path("/models")
PROOF = Proof(
    "sha256:" + "a" * 64,
    BlobState.DAMAGED,
    "sha256:" + "b" * 64,
    Mark(2**63 - 1, 2**63 - 1, -(2**63) + 1, f"{2**64 - 1}:{2**64 - 1}"),
    datetime(2026, 11, 20, 14, 5, 9, 123456, tzinfo=UTC),
    "Its bytes are not those of its name.",
)


async def test_what_was_kept_comes_back_as_it_was(database: Database) -> None:
    checks = CheckStore(database)
    await checks.keep(FOLDER, [PROOF])
    assert await checks.of(FOLDER) == {PROOF.digest: PROOF}


async def test_the_last_proof_of_a_blob_counts(database: Database) -> None:
    checks = CheckStore(database)
    newer = replace(PROOF, state=BlobState.INTACT, actual=PROOF.digest, detail="")
    await checks.keep(FOLDER, [PROOF])
    await checks.keep(FOLDER, [newer])
    assert await checks.of(FOLDER) == {PROOF.digest: newer}


async def test_the_same_blob_in_another_folder_is_another_file(database: Database) -> None:
    checks = CheckStore(database)
    await checks.keep(FOLDER, [PROOF])
    assert await checks.of(Path("/elsewhere")) == {}


async def test_a_folder_whose_name_is_no_text_is_kept_too(database: Database) -> None:
    checks = CheckStore(database)
    odd = Path(os.fsdecode(b"/mod\xffels"))
    await checks.keep(odd, [PROOF])
    assert await checks.of(odd) == {PROOF.digest: PROOF}
    assert await checks.of(Path("/mod\ufffdels")) == {}


async def test_a_reader_keeps_nothing_and_reads_everything(database: Database) -> None:
    await CheckStore(database).keep(FOLDER, [PROOF])
    reader = await Database.open(database.place if isinstance(database.place, Path) else str_of(database), reader=True)
    try:
        checks = CheckStore(reader)
        await checks.keep(FOLDER, [replace(PROOF, detail="other")])
        assert await checks.of(FOLDER) == {PROOF.digest: PROOF}
    finally:
        await reader.close()


async def test_a_store_that_cannot_be_written_costs_no_verification(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    checks = CheckStore(database)
    with caplog.at_level(logging.WARNING):
        async with database.quiet("A backup is being put back."):
            await checks.keep(FOLDER, [PROOF])
    assert "What was found of blobs (1) was not kept: A backup is being put back." in caplog.text
    assert await checks.of(FOLDER) == {}


def str_of(database: Database) -> str:
    assert not isinstance(database.place, Path)
    return database.place.render_as_string(hide_password=False)
