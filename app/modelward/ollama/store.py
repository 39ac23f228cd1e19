"""What the guard of local models keeps in the database."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from modelward.core.errors import KnownError
from modelward.ollama.model import BlobState
from modelward.ollama.proofs import Mark, Proof
from modelward.store import tables
from modelward.store.engine import Database
from modelward.store.tables import upsert

log = logging.getLogger(__name__)

_blob_check = tables.blob_check


class CheckStore:
    """The last full hash of each blob, one for each model folder in which it lies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, folder: Path) -> dict[str, Proof]:
        """What is known of the blobs in a folder, by digest."""
        query = select(_blob_check).where(_blob_check.c.library == str(folder))
        return await self._database.read(lambda connection: _proofs(connection.execute(query)))

    async def keep(self, folder: Path, proofs: Sequence[Proof]) -> None:
        """Keep these in place of the former ones. A reader keeps nothing.

        A store that cannot be written now costs another hashing later, and no proof: the log tells of it.
        """
        if self._database.is_reader or not proofs:
            return

        def work(connection: Connection) -> None:
            upsert(connection, _blob_check, [_row(str(folder), proof) for proof in proofs])

        try:
            await self._database.write(work)
        except KnownError as error:
            log.warning("The checks of %d blobs were not kept: %s", len(proofs), error)


def _row(library: str, proof: Proof) -> dict[str, object]:
    return {
        "library": library,
        "digest": proof.digest,
        "state": proof.state.value,
        "actual": proof.actual,
        "size": proof.mark.size,
        "mtime_ns": proof.mark.mtime_ns,
        "ctime_ns": proof.mark.ctime_ns,
        "inode": proof.mark.inode,
        "checked_at": proof.at,
        "detail": proof.detail,
    }


def _proofs(rows: Any) -> dict[str, Proof]:
    return {
        row.digest: Proof(
            row.digest,
            BlobState(row.state),
            row.actual,
            Mark(row.size, row.mtime_ns, row.ctime_ns, row.inode),
            row.checked_at,
            row.detail,
        )
        for row in rows
    }
