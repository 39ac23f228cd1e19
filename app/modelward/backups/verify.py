"""Proving copies: what lies in the folder is what was written, and opens as a whole store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from modelward.backups import archive, postgres, sqlite_copy
from modelward.backups.model import Engine, Meta
from modelward.backups.sqlite_copy import Contents
from modelward.core import durable
from modelward.core.errors import InputError
from modelward.core.progress import Progress

MOST_CONTENT = 1 << 40
"""No store of ours is larger than 1 TiB, whatever metadata says."""

_SCRATCH = "copy-"
STALE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a copy turned out to be."""

    size_bytes: int
    sha256: str
    content_bytes: int | None
    content_sha256: str | None
    contents: Contents


@contextmanager
def scratch_file(folder: Path) -> Iterator[Path]:
    """The path of a file to be made and used for a moment, with whatever SQLite puts beside it."""
    with durable.told(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{_SCRATCH}{os.urandom(8).hex()}"
    try:
        yield path
    finally:
        for ending in ("", "-wal", "-shm", "-journal", ".lock"):
            path.with_name(path.name + ending).unlink(missing_ok=True)


def forget_scratch(folder: Path, now: datetime) -> None:
    """Remove such files that a process which died left in the folder an hour ago or earlier."""
    for path in folder.glob(f"{_SCRATCH}*"):
        with suppress(FileNotFoundError):
            if now.timestamp() - path.lstat().st_mtime > STALE.total_seconds():
                path.unlink()


def prove(path: Path, meta: Meta, scratch: Path, progress: Progress) -> None:
    """Read a copy back whole and compare it with its metadata.

    Raises InputError saying what is wrong with it, FolderError where it cannot be read or there is no room to look,
    StoreError where PostgreSQL's own program is missing.
    """
    with scratch_file(scratch) as content:
        extract(path, meta, content, progress)


def extract(path: Path, meta: Meta, target: Path, progress: Progress) -> None:
    """Prove a copy as :func:`prove` does, and leave the SQLite database that is in it at ``target``, a new file."""
    proof = examine(path, meta.engine, target, progress, most=meta.content_bytes or 0, sha256=meta.sha256)
    compare(proof, meta)


def compare(proof: Proof, meta: Meta) -> None:
    """Raises InputError where a copy is not what its metadata says."""
    for what, found, told in (
        ("size", proof.size_bytes, meta.size_bytes),
        ("SHA-256", proof.sha256, meta.sha256),
        ("content's size", proof.content_bytes, meta.content_bytes),
        ("content's SHA-256", proof.content_sha256, meta.content_sha256),
    ):
        if found != told:
            raise InputError(f"The copy's {what} is not what was written.", why=f"It is {found} and was {told}.")
    if meta.engine is Engine.SQLITE and proof.contents != Contents(meta.schema_revision, dict(meta.row_counts)):
        raise InputError("The copy does not hold the tables and rows that its metadata names.")


def examine(
    path: Path, engine: Engine, target: Path, progress: Progress, *, most: int, sha256: str | None = None
) -> Proof:
    """What a copy is, from itself alone; an SQLite database is left at ``target``.

    With a ``sha256`` that does not fit, InputError is raised before anything opens what was read.
    """
    with durable.told(path), durable.open_regular(path) as file:
        durable.forget_cached(file)
        if engine is Engine.POSTGRESQL:
            found = archive.summed(file, progress, "Reading the copy back")
            _refuse_other(found.sha256, sha256)
            postgres.check(path, progress)
            return Proof(found.size, found.sha256, None, None, Contents("", {}))
        with durable.create(target) as made:
            found, content = archive.unpack(file, made, progress, most=min(most, MOST_CONTENT))
    _refuse_other(found.sha256, sha256)
    progress.update(text="Checking the database in the copy")
    return Proof(found.size, found.sha256, content.size, content.sha256, sqlite_copy.check(target, progress))


def _refuse_other(found: str, expected: str | None) -> None:
    if expected is not None and found != expected:
        raise InputError("The copy's SHA-256 is not what was written.", why=f"It is {found} and was {expected}.")
