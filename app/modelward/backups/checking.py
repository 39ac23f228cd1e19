"""Looking at copies that are there: proving them anew, and giving back metadata that was lost."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from modelward.backups import archive, metadata, verify
from modelward.backups.folder import BackupFolder, judged
from modelward.backups.model import Backup, Engine, Meta, State
from modelward.backups.naming import Name
from modelward.core import durable
from modelward.core.errors import InputError, UsageError
from modelward.core.progress import Progress

_SPARE = 256 * 1024 * 1024
"""So much of the disk, in bytes, is left free where nobody said how large a copy's content is."""


def check(folder: BackupFolder, backup: Backup, scratch: Path, now: datetime, progress: Progress) -> Backup:
    """A copy as it stands after it was read whole, which its metadata then says too."""
    found = checked(backup, scratch, now, progress)
    if found.meta is not None and found.meta != backup.meta:
        folder.write_meta(found, found.meta)
    return found


def checked(backup: Backup, scratch: Path, now: datetime, progress: Progress) -> Backup:
    """A copy as it stands after it was read whole; an orphan stays as it is."""
    meta = backup.meta
    if meta is None or backup.state is State.ORPHAN:
        return backup
    try:
        verify.prove(backup.path, meta, scratch, progress)
        meta = replace(meta, verified_at=now.astimezone(UTC), trouble="")
    except InputError as error:
        meta = replace(meta, verified_at=None, trouble=f"{error.what} {error.why}".strip())
    return judged(backup, meta, backup.size_bytes)


def rebuild(
    folder: BackupFolder, backup: Backup, scratch: Path, now: datetime, progress: Progress, *, where: str
) -> Backup:
    """An orphaned copy with metadata made from what is in it. Raises UsageError, or InputError where it is damaged."""
    name = Name.read(backup.path.name)
    if name is None or backup.state is not State.ORPHAN or not backup.path.exists():
        raise UsageError(f"The backup {backup.id} needs no new metadata.", why=backup.trouble)
    _refuse_newer(backup)
    with verify.scratch_file(scratch) as content:
        proof = verify.examine(
            backup.path, name.engine, content, progress, most=_most(backup.path, name.engine, scratch)
        )
    offset = name.made_at.astimezone().utcoffset() or timedelta()
    meta = Meta(
        file=name.file,
        kind=name.kind,
        created_at=name.made_at,
        utc_offset=offset,
        reason="unknown: the metadata was lost and rebuilt from the copy",
        note="",
        app_version="",
        schema_revision=proof.contents.revision,
        engine=name.engine,
        engine_version="",
        source=where,
        size_bytes=proof.size_bytes,
        sha256=proof.sha256,
        content_bytes=proof.content_bytes,
        content_sha256=proof.content_sha256,
        fingerprint=proof.content_sha256 or proof.sha256,
        row_counts=proof.contents.row_counts,
        verified_at=now.astimezone(UTC),
    )
    folder.write_meta(backup, meta)
    return judged(backup, meta, proof.size_bytes)


def refuse_other_counts(found: Mapping[str, int], meta: Meta) -> None:
    """Raises InputError where the program's own queries found other numbers of rows than were copied."""
    for table, count in found.items():
        if meta.row_counts.get(table, count) != count:
            told = meta.row_counts[table]
            raise InputError(f"The table {table} gave {count:,} rows and should have given {told:,}.")


def _refuse_newer(backup: Backup) -> None:
    try:
        metadata.decode(backup.meta_path.read_bytes())
    except metadata.NewerFormatError:
        raise
    except (InputError, OSError):
        return


def _most(path: Path, engine: Engine, scratch: Path) -> int:
    """How many bytes the content may have: what it announces itself, and never more than there is room for."""
    if engine is Engine.POSTGRESQL:
        return 0
    with durable.told(path), durable.open_regular(path) as file:
        announced = archive.announced_size(file)
    place = next(folder for folder in (scratch, *scratch.parents) if folder.exists())
    room = max(0, shutil.disk_usage(place).free - _SPARE)
    return room if announced is None else min(room, announced)
