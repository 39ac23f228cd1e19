"""The two kinds of store, each with its way to take a copy: pinned at one moment, compared, written and proven."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from modelward.backups import archive, sqlite_copy, verify
from modelward.backups.archive import Written
from modelward.backups.model import Engine, Meta
from modelward.backups.sqlite_copy import Contents
from modelward.core import durable
from modelward.core.errors import InputError
from modelward.core.progress import Progress

_LOOK_SECONDS = 0.1
"""How often a person's wish to cancel is looked for while SQLite checks."""


class Taken(Protocol):
    """A store as it was at one moment, ready to be compared and written down."""

    @property
    def contents(self) -> Contents: ...

    def is_in(self, meta: Meta, progress: Progress) -> bool:
        """Whether the copy of that metadata holds exactly this."""

    def write(self, target: BinaryIO, progress: Progress) -> Written:
        """Write the copy into an empty file."""

    def prove(self, path: Path, written: Written, progress: Progress) -> None:
        """Read the written copy back. Raises InputError where it is not what was written."""


class Source(Protocol):
    """A store that copies can be taken of."""

    @property
    def engine(self) -> Engine: ...

    @property
    def engine_version(self) -> str: ...

    @property
    def where(self) -> str: ...

    def taken(self, scratch: Path, progress: Progress) -> AbstractContextManager[Taken]: ...


class _Check:
    """SQLite's check of a database, which costs as much as all the rest, on a core of its own."""

    def __init__(self, raw: Path) -> None:
        self._raw = raw
        self._progress = Progress()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="backup-check")
        self._found: Future[Contents] | None = None

    def start(self) -> None:
        self._found = self._thread.submit(sqlite_copy.check, self._raw, self._progress)

    def found(self, progress: Progress) -> Contents:
        """What it found, once it is there. Raises InputError where that is damage."""
        assert self._found is not None
        while not wait([self._found], _LOOK_SECONDS).done:
            progress.checkpoint()
        return self._found.result()

    def stop(self) -> None:
        self._progress.cancel()
        self._thread.shutdown()


@dataclass(frozen=True, slots=True)
class _TakenSqlite:
    raw: Path
    contents: Contents
    check: _Check

    def is_in(self, meta: Meta, progress: Progress) -> bool:
        if (meta.content_bytes, dict(meta.row_counts)) != (self.raw.stat().st_size, self.contents.row_counts):
            return False
        with durable.told(self.raw), self.raw.open("rb") as raw:
            return archive.summed(raw, progress, "Comparing with the copy that is there").sha256 == meta.fingerprint

    def write(self, target: BinaryIO, progress: Progress) -> Written:
        self.check.start()
        with self.raw.open("rb") as raw:
            packed, content = archive.pack(raw, target, progress)
        return Written(packed, content, content.sha256)

    def prove(self, path: Path, written: Written, progress: Progress) -> None:
        """What is read back must be, byte for byte, the database at hand, so that checking that one is enough."""
        with durable.open_regular(path) as file, self.raw.open("rb") as raw:
            durable.forget_cached(file)
            packed = archive.compare(file, raw, progress)
        if packed != written.packed:
            raise InputError("What was read back is not what was written.")
        progress.update(text="Checking the database in the copy")
        if self.check.found(progress) != self.contents:
            raise InputError("The copy does not hold the rows that the store held.")


class SqliteSource:
    """The store in an SQLite file."""

    engine = Engine.SQLITE

    def __init__(self, path: Path) -> None:
        import sqlite3

        self.where = str(path)
        self.engine_version = sqlite3.sqlite_version
        self._path = path

    @contextmanager
    def taken(self, scratch: Path, progress: Progress) -> Iterator[Taken]:
        """The store as it is now, in a scratch file that goes at the end."""
        with verify.scratch_file(scratch) as raw:
            contents = sqlite_copy.copy(self._path, raw, progress)
            check = _Check(raw)
            try:
                yield _TakenSqlite(raw, contents, check)
            finally:
                check.stop()
