"""The folder of copies: what lies in it, who may change it, how a copy leaves it, and what a crash left behind."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from modelward.backups import archive, metadata
from modelward.backups.model import Backup, Engine, Kind, Meta, State
from modelward.backups.naming import LOCK_FILE, META_ENDING, Name, is_part
from modelward.core import durable
from modelward.core.clock import Clock, utc_now
from modelward.core.durable import PART_ENDING
from modelward.core.errors import FolderError, InputError, StoreBusyError
from modelward.core.instance import InstanceLock
from modelward.core.progress import Progress

log = logging.getLogger(__name__)

STALE = timedelta(hours=1)
"""An unfinished file that nobody touched for so long is nobody's."""

_REBUILD = "Rebuild its metadata: the copy is read and checked for that."


class BackupFolder:
    """The copies in one folder. Files with other names, and links, are not ours and are never touched."""

    def __init__(self, path: Path, *, clock: Clock = utc_now) -> None:
        self.path = path
        self._clock = clock

    def prepare(self) -> None:
        """Make the folder where it is missing, for this person alone. Raises FolderError."""
        with durable.told(self.path):
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """The right to change the folder, against other processes too. Raises StoreBusyError or FolderError."""
        if not self.path.is_dir():
            raise FolderError(
                f"The backup folder {self.path} is not there.",
                todo="Connect its disk, or choose another folder with BACKUP_DIR.",
            )
        held = InstanceLock(self.path, name=LOCK_FILE, clock=self._clock)
        try:
            held.acquire()
        except StoreBusyError as error:
            todo = "Wait until it is done, then try again."
            raise StoreBusyError("Another Modelward is at work on the backups.", why=error.why, todo=todo) from error
        try:
            yield
        finally:
            held.release()

    def is_writable(self) -> bool:
        """Whether anything can be changed there; copies on a disk that is read-only can still be read."""
        return os.access(self.path, os.W_OK)

    def backups(self) -> list[Backup]:
        """Every copy, newest first, with what is wrong with it. Raises FolderError where the folder is unreadable."""
        files, metas = self._ours()
        found = [self._look(name, has_file=name in files) for name in files | metas]
        return sorted(found, key=lambda backup: (backup.created_at, backup.id), reverse=True)

    def find(self, backup_id: str) -> Backup | None:
        """The copy of that id (never a path)."""
        return next((backup for backup in self.backups() if backup.id == backup_id), None)

    def free_name(self, kind: Kind, made_at: datetime, engine: Engine) -> Name:
        """A name that no copy has, nor any unfinished one; ids are unique over all engines."""
        taken = {name.partition(".")[0] for name in self._listed()}
        names = (Name(kind, made_at.replace(microsecond=0), engine, number) for number in range(1, 1_000_000))
        return next(name for name in names if name.id not in taken)

    def write_meta(self, backup: Backup, meta: Meta) -> None:
        """Put metadata beside a copy, in one step."""
        with durable.told(backup.meta_path):
            durable.replace(backup.meta_path, metadata.encode(meta))

    def publish(self, final: Path, meta: Meta) -> None:
        """Give a proven copy its name: metadata first, so that no copy is ever there without."""
        durable.replace(final.with_name(final.name + META_ENDING), metadata.encode(meta))
        log.debug("step metadata-renamed")
        final.with_name(final.name + PART_ENDING).replace(final)
        log.debug("step copy-renamed")
        durable.flush_folder(self.path)
        log.debug("step folder-flushed")

    @staticmethod
    def forget(final: Path) -> None:
        """Take away what was written of a copy that did not come to its name."""
        final.with_name(final.name + PART_ENDING).unlink(missing_ok=True)
        if not final.exists():
            final.with_name(final.name + META_ENDING).unlink(missing_ok=True)

    def remove(self, backup: Backup) -> None:
        """Take a copy away: its writing in reverse, so that a power cut leaves it whole, or to the next sweep."""
        part = backup.path.with_name(backup.path.name + PART_ENDING)
        with durable.told(backup.path):
            if backup.path.exists() and not backup.path.is_symlink():
                backup.path.replace(part)
            log.debug("step removal-begun")
            backup.meta_path.unlink(missing_ok=True)
            log.debug("step removal-meta-gone")
            part.unlink(missing_ok=True)
            durable.flush_folder(self.path)

    def sweep(self, progress: Progress) -> None:
        """Finish copies that lacked only their last rename, and remove other unfinished files that are an hour old.

        To be called with the lock held.
        """
        for name in self._listed():
            if is_part(name):
                with suppress(FileNotFoundError), durable.told(self.path / name):
                    self._tidy(self.path / name, progress)

    def _tidy(self, part: Path, progress: Progress) -> None:
        final = part.with_name(part.name.removesuffix(PART_ENDING))
        name = Name.read(final.name)
        if name is not None and not final.exists() and self._is_whole(part, name, progress):
            part.replace(final)
            durable.flush_folder(self.path)
            log.info("Finished the copy %s, which had been cut off before its last step.", name.id)
            return
        age = self._clock().timestamp() - part.lstat().st_mtime
        if age > STALE.total_seconds():
            part.unlink()
            log.info("Removed %s, left by a copy that was cut off.", part.name)

    def _is_whole(self, part: Path, name: Name, progress: Progress) -> bool:
        try:
            meta = self._meta(name)
            with durable.open_regular(part) as file:
                found = archive.summed(file, progress, "Looking at a copy that was cut off")
        except (InputError, OSError):
            return False
        return (found.size, found.sha256) == (meta.size_bytes, meta.sha256)

    def _ours(self) -> tuple[set[Name], set[Name]]:
        """The names of which a copy is there, and those of which metadata is."""
        files: set[Name] = set()
        metas: set[Name] = set()
        for listed in self._listed():
            name = Name.read(listed.removesuffix(META_ENDING))
            if name is not None:
                (metas if listed.endswith(META_ENDING) else files).add(name)
        return files, metas

    def _listed(self) -> list[str]:
        with durable.told(self.path):
            try:
                with os.scandir(self.path) as entries:
                    return [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
            except FileNotFoundError:
                return []

    def _meta(self, name: Name) -> Meta:
        """The metadata of a copy. Raises InputError, also where it belongs to another one."""
        path = self.path / (name.file + META_ENDING)
        try:
            with durable.open_regular(path) as file:
                meta = metadata.decode(file.read(metadata.MAX_BYTES + 1))
        except FileNotFoundError as error:
            raise InputError("Its metadata is missing.", todo=_REBUILD) from error
        except OSError as error:
            raise InputError("Its metadata cannot be read.", why=f"{error.strerror}.") from error
        named = (name.file, name.kind, name.engine, name.made_at)
        if (meta.file, meta.kind, meta.engine, meta.created_at.replace(microsecond=0)) != named:
            raise InputError("Its metadata belongs to another copy.", todo=_REBUILD)
        return meta

    def _look(self, name: Name, *, has_file: bool) -> Backup:
        path = self.path / name.file
        backup = Backup(name.id, path, name.kind, name.made_at, State.ORPHAN, None, 0)
        size = 0
        try:
            size = path.lstat().st_size if has_file else 0
            meta = self._meta(name)
        except InputError as error:
            words = " ".join(part for part in (error.what, error.why) if part)
            return _with(backup, State.ORPHAN, words, error.todo or _REBUILD, size_bytes=size)
        except FileNotFoundError:
            return _with(backup, State.ORPHAN, "The copy is gone.", "List the backups again.")
        if not has_file:
            return _with(backup, State.ORPHAN, "The copy is missing: only its metadata is left.", _LOST, meta=meta)
        return judged(backup, meta, size)


_LOST = "Put the file back where it was, or delete the entry."
_SPOILT = "Use another copy, and delete this one; if the disk was to blame, look after the disk."


def _with(
    backup: Backup, state: State, trouble: str, todo: str, *, meta: Meta | None = None, size_bytes: int = 0
) -> Backup:
    made_at = meta.made_at if meta else backup.created_at
    return Backup(backup.id, backup.path, backup.kind, made_at, state, meta, size_bytes, trouble, todo)


def judged(backup: Backup, meta: Meta, size: int) -> Backup:
    """What its metadata and its size alone say of a copy that is there."""
    if size != meta.size_bytes:
        trouble = f"It has {size:,} bytes and should have {meta.size_bytes:,}."
        return _with(backup, State.DAMAGED, trouble, _SPOILT, meta=meta, size_bytes=size)
    if meta.trouble:
        return _with(backup, State.DAMAGED, meta.trouble, _SPOILT, meta=meta, size_bytes=size)
    if meta.verified_at is None:
        return _with(backup, State.UNVERIFIED, "Nothing proved it yet.", "Verify it.", meta=meta, size_bytes=size)
    return _with(backup, State.GOOD, "", "", meta=meta, size_bytes=size)
