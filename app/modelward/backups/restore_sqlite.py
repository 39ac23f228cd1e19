"""SQLite: a copy made ready beside the store, and brought into it through SQLite itself."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from modelward.backups import archive, verify
from modelward.backups.intent import Intent
from modelward.backups.model import Backup
from modelward.backups.threads import in_thread
from modelward.core import durable
from modelward.core.errors import FolderError
from modelward.core.progress import Progress
from modelward.store import sqlite
from modelward.store.engine import Database

log = logging.getLogger(__name__)

ROOM = 2.2
"""Times the copy's content that must be free: for the copy made ready, and for the write-ahead log that takes all of it
in (each page with a head of its own) until it is folded into the store."""

_SIDECARS = ("-wal", "-shm", "-journal")


class SqliteWay:
    """How one restore of a store in an SQLite file goes.

    The copy is unpacked into a file beside the store and brought to today's shape there. Then it is copied into the
    live store as one transaction of its one writer: who reads the store elsewhere sees the old or the new, a program
    that writes it is respected, and SQLite itself undoes what a power cut leaves half done. A store that is damaged
    cannot be written: it is set aside as files, and the one made ready is renamed into its place.
    """

    def __init__(self, place: Path, ready: Path) -> None:
        """``ready`` is a new file: in the store's folder, where it is to be put into the store."""
        self._place = place
        self._ready = ready

    async def unpack(self, backup: Backup, progress: Progress) -> Path:
        """The proven copy as a database of its own. Raises InputError, or FolderError where there is no room."""
        await in_thread(lambda: self._unpack(backup, progress), progress)
        return self._ready

    async def seal(self) -> str:
        """The SHA-256 of the copy as it is to be brought in, once it is closed and on the disk."""
        return await in_thread(self._sealed)

    async def put(self, database: Database, intent: Intent, progress: Progress) -> None:
        """Make the copy the store. What is raised leaves the store as it was."""
        if intent.aside:
            await database.while_closed(lambda: self.swap(intent))
            return
        size = self._ready.stat().st_size
        progress.update(done=0, total=size, unit="bytes", text="Putting the copy in place")

        def watch(done: int, total: int) -> None:
            progress.checkpoint()
            progress.update(done=size * done // max(1, total))
            log.debug("step restore-pages")

        await database.overwrite(self._ready, watch)

    def swap(self, intent: Intent) -> None:
        """Set the damaged store aside and rename the copy into its place, while nobody has either open.

        Cut off anywhere, it can be done again. The write-ahead log goes before anything comes: left beside the copy,
        SQLite would replay it into that, and find nothing wrong.
        """
        aside = self._place.with_name(intent.aside)
        if not aside.exists():
            sqlite.move_aside(self._place, aside)
        log.debug("step restore-set-aside")
        self._refuse_remains()
        with durable.told(self._place):
            durable.flush_folder(self._place.parent)
            try:
                self._ready.rename(self._place)
            except OSError:
                sqlite.move_aside(aside, self._place)
                raise
            durable.flush_folder(self._place.parent)

    def finish(self, intent: Intent) -> bool:
        """Go on with a swap that was cut off, before the store is opened; whether the copy is in its place then.

        Raises StoreBusyError or FolderError.
        """
        aside = self._place.with_name(intent.aside)
        if not intent.sha256 or not self._ready.exists() or (aside.exists() and self._place.exists()):
            return False
        if self._sealed() != intent.sha256:
            log.error("The copy made ready for the restore of %s is damaged.", intent.backup)
            return False
        with closing(sqlite.take(self._place)):
            self.swap(intent)
        return True

    async def tidy(self, *, is_done: bool) -> None:  # noqa: ARG002 - as of any way
        """Remove the copy, whether or not it became the store."""
        await in_thread(self._tidy)

    def _tidy(self) -> None:
        with durable.told(self._ready):
            for ending in (*_SIDECARS, ".lock", ".lock-journal", ""):
                self._ready.with_name(self._ready.name + ending).unlink(missing_ok=True)

    def _refuse_remains(self) -> None:
        for ending in ("", *_SIDECARS):
            if (part := self._place.with_name(self._place.name + ending)).exists():
                raise FolderError(f"{part} is in the way of the restore.", todo="Close what uses it, then try again.")

    def _unpack(self, backup: Backup, progress: Progress) -> None:
        assert backup.meta is not None
        with durable.told(self._ready):
            self._ready.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._require_room(backup.meta.content_bytes or 0)
        verify.extract(backup.path, backup.meta, self._ready, progress)
        self._fit_pages()

    def _require_room(self, content: int) -> None:
        """Refuse before anything is written what would fail in the middle."""
        live = self._place.stat().st_size if self._place.exists() else 0
        needed = int(ROOM * content) + max(0, content - live)
        free = shutil.disk_usage(self._ready.parent).free
        if free < needed:
            raise FolderError(
                f"There is not enough room in {self._ready.parent} for a restore.",
                why=f"It needs {needed / 2**20:,.1f} MiB, and {free / 2**20:,.1f} MiB are free.",
                todo="Free some space on that disk, then try again.",
            )

    def _fit_pages(self) -> None:
        """Give the copy the store's page size: SQLite copies page by page, and refuses others."""
        try:
            wanted = self._live_page_size()
        except sqlite3.DatabaseError:
            return  # a damaged store is not written into
        with closing(_opened(self._ready, "")) as ready:
            if wanted and int(ready.execute("PRAGMA page_size").fetchone()[0]) != wanted:
                ready.execute("PRAGMA journal_mode=DELETE")
                ready.execute(f"PRAGMA page_size={wanted}")
                ready.execute("VACUUM")

    def _live_page_size(self) -> int:
        if not self._place.exists():
            return 0
        with closing(_opened(self._place, "?mode=ro")) as live:
            return int(live.execute("PRAGMA page_size").fetchone()[0])

    def _sealed(self) -> str:
        with durable.told(self._ready), self._ready.open("r+b") as file:
            durable.flush(file)
            return archive.summed(file, Progress(), "Looking at the copy").sha256


def _opened(path: Path, query: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}{query}", uri=True, isolation_level=None)
