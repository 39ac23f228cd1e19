"""The two kinds of store, each with its way to take a copy: pinned at one moment, compared, written and proven."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from modelward.backups import archive, durable, sqlite_copy, verify
from modelward.backups.model import Engine, Meta
from modelward.backups.sqlite_copy import Contents
from modelward.core.errors import InputError
from modelward.core.progress import Progress


class Taken(Protocol):
    """A store as it was at one moment, ready to be written down. ``fingerprint`` is equal for equal data."""

    @property
    def contents(self) -> Contents: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def content_bytes(self) -> int | None: ...

    @property
    def content_sha256(self) -> str | None: ...

    def write(self, target: BinaryIO, progress: Progress) -> archive.Sum:
        """Write the copy into an empty file; the size and hash of it."""

    def prove(self, path: Path, meta: Meta, progress: Progress) -> None:
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


@dataclass(frozen=True, slots=True)
class _TakenSqlite:
    raw: Path
    contents: Contents
    content: archive.Sum

    @property
    def fingerprint(self) -> str:
        return self.content.sha256

    @property
    def content_bytes(self) -> int | None:
        return self.content.size

    @property
    def content_sha256(self) -> str | None:
        return self.content.sha256

    def write(self, target: BinaryIO, progress: Progress) -> archive.Sum:
        with self.raw.open("rb") as raw:
            return archive.pack(raw, target, progress)

    def prove(self, path: Path, meta: Meta, progress: Progress) -> None:
        """What is read back must be, byte for byte, the database at hand, so that checking that one is enough."""
        with durable.told(path), durable.open_regular(path) as file:
            durable.forget_cached(file)
            packed, content = archive.unpack(file, None, progress, most=self.content.size)
        progress.update(text="Checking the database in the copy")
        found = sqlite_copy.check(self.raw, progress)
        if found != self.contents:
            raise InputError("The copy does not hold the rows that the store held.")
        verify.compare(verify.Proof(packed.size, packed.sha256, content.size, content.sha256, found), meta)


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
            with durable.told(raw), raw.open("rb") as file:
                content = archive.summed(file, progress, "Comparing with the copies that are there")
            yield _TakenSqlite(raw, contents, content)
