"""Making a copy, in the one order of writing in which a power cut at any line leaves the old or the new."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import modelward
from modelward.backups import archive, verify
from modelward.backups.archive import Written
from modelward.backups.folder import BackupFolder
from modelward.backups.model import Backup, Kind, Meta, State
from modelward.backups.naming import Name
from modelward.backups.sources import Source, Taken
from modelward.core import durable
from modelward.core.clock import Clock
from modelward.core.durable import PART_ENDING
from modelward.core.errors import InputError, ProtectionError
from modelward.core.progress import Progress

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """The copy that holds the store as it is, and whether it had to be made for that."""

    backup: Backup
    is_new: bool


class Maker:
    """Makes copies of one store in one folder. Works in the thread that calls it; every step is told to the log."""

    def __init__(
        self, source: Source, folder: BackupFolder, scratch: Path, *, clock: Clock, keep_pre_operation: int | None
    ) -> None:
        """``scratch`` is a folder, best on the store's own disk, with room for a copy that is not compressed."""
        self._source = source
        self._folder = folder
        self._scratch = scratch
        self._clock = clock
        self._keep_pre_operation = keep_pre_operation

    def make(self, kind: Kind, *, reason: str, note: str, progress: Progress) -> Made:
        """A proven copy of the store as it is now; to be called with the folder's lock held.

        An hourly copy of an unchanged store is the newest proven one, and one before an operation is an earlier one
        of exactly this state: it is looked at again and counts as of now. Raises KnownErrors; nothing is left then.
        """
        self._folder.sweep(progress)
        verify.forget_scratch(self._scratch, self._clock())
        with self._source.taken(self._scratch, progress) as taken:
            log.debug("step taken")
            for same in self._candidates(kind):
                if same.meta and taken.is_in(same.meta, progress) and self._still_stands(same, progress):
                    return Made(self._confirmed(same), is_new=False)
            return Made(self._written(taken, kind, reason, note, progress), is_new=True)

    def _candidates(self, kind: Kind) -> list[Backup]:
        now = self._clock()
        backups = self._folder.backups()
        good = [backup for backup in backups if backup.state is State.GOOD and backup.created_at <= now]
        if kind is Kind.HOURLY:
            return good[:1]
        if kind is Kind.PRE_OPERATION:
            return [backup for backup in good if backup.kind is kind][: self._keep_pre_operation]
        return []

    def _still_stands(self, backup: Backup, progress: Progress) -> bool:
        """Whether a copy that was proven once is byte for byte what it was then."""
        assert backup.meta is not None
        with durable.told(backup.path), durable.open_regular(backup.path) as file:
            found = archive.summed(file, progress, "Looking at the copy that is there")
        if found.sha256 == backup.meta.sha256:
            return True
        trouble = "The copy's SHA-256 is not what was written."
        self._folder.write_meta(backup, replace(backup.meta, verified_at=None, trouble=trouble))
        log.warning("The copy %s is damaged.", backup.id)
        return False

    def _confirmed(self, backup: Backup) -> Backup:
        assert backup.meta is not None
        now = self._clock().astimezone(UTC)
        covered = max(now, backup.last_proven_state)
        meta = replace(backup.meta, verified_at=now, covered_until=covered)
        self._folder.write_meta(backup, meta)
        log.debug("step confirmed")
        return replace(backup, meta=meta)

    def _written(self, taken: Taken, kind: Kind, reason: str, note: str, progress: Progress) -> Backup:
        now = self._clock().astimezone(UTC)
        name = self._folder.free_name(kind, now, self._source.engine)
        final = self._folder.path / name.file
        part = final.with_name(final.name + PART_ENDING)
        with durable.told(final):
            try:
                written = self._part_written(taken, part, progress)
                self._proven(taken, part, written, progress)
                meta = self._meta(taken, written, name, now, reason, note)
                progress.checkpoint()
                self._folder.publish(final, meta)
            except BaseException:
                self._folder.forget(final)
                raise
        log.info("Made the copy %s of %s.", name.id, self._source.where)
        return Backup(name.id, final, kind, meta.made_at, State.GOOD, meta, meta.size_bytes)

    @staticmethod
    def _part_written(taken: Taken, part: Path, progress: Progress) -> Written:
        with durable.create(part) as file:
            log.debug("step part-created")
            written = taken.write(file, progress)
            log.debug("step part-written")
            durable.flush(file)
            log.debug("step part-flushed")
        return written

    def _meta(self, taken: Taken, written: Written, name: Name, now: datetime, reason: str, note: str) -> Meta:
        return Meta(
            file=name.file,
            kind=name.kind,
            created_at=now,
            utc_offset=_offset(now),
            reason=reason,
            note=note,
            app_version=modelward.__version__,
            schema_revision=taken.contents.revision,
            engine=self._source.engine,
            engine_version=self._source.engine_version,
            source=self._source.where,
            size_bytes=written.packed.size,
            sha256=written.packed.sha256,
            content_bytes=written.content.size if written.content else None,
            content_sha256=written.content.sha256 if written.content else None,
            fingerprint=written.fingerprint,
            row_counts=taken.contents.row_counts,
            verified_at=self._clock().astimezone(UTC),
        )

    def _proven(self, taken: Taken, part: Path, written: Written, progress: Progress) -> None:
        try:
            taken.prove(part, written, progress)
        except InputError as error:
            todo = "Look after the disk and the store: a copy that cannot be read back was not kept."
            raise ProtectionError(
                "No proven copy could be made.", why=f"{error.what} {error.why}", todo=todo
            ) from error
        log.debug("step proven")


def _offset(now: datetime) -> timedelta:
    """How far the person's clock is from UTC."""
    return now.astimezone().utcoffset() or timedelta()
