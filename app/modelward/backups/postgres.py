"""PostgreSQL: copies by its own pg_dump, proven by its own pg_restore, with the password in no argument."""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from modelward.backups import archive, store
from modelward.backups.archive import Written
from modelward.backups.model import Engine, Meta
from modelward.backups.sqlite_copy import Contents
from modelward.core import durable
from modelward.core.errors import InputError, ProtectionError, StoreError
from modelward.core.progress import Progress
from modelward.store import postgres

log = logging.getLogger(__name__)

LOCK_WAIT = "30s"
"""How long pg_dump waits for a table that somebody changes."""

_DEBIAN = Path("/usr/lib/postgresql")
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Tool:
    """One of PostgreSQL's programs, and the major version that it is of."""

    path: str
    major: int


def find_tool(name: str, at_least: int = 0) -> Tool:
    """The newest program of that name. Raises StoreError, naming the package, where there is none that is new enough.

    Debian's own folders come first: what it puts on the path is a script that looks for a local server.
    """
    found = [str(path) for path in _DEBIAN.glob(f"*/bin/{name}")]
    found += [path] if (path := shutil.which(name)) else []
    tools = [Tool(path, major) for path in found if (major := _major(path))]
    package = f"postgresql-client-{at_least}" if at_least else "postgresql-client"
    if not tools:
        raise StoreError(
            f"PostgreSQL's program {name} is not installed.", todo=f"Install the package {package}, then try again."
        )
    newest = max(tools, key=lambda tool: tool.major)
    if newest.major < at_least:
        raise StoreError(
            f"PostgreSQL's program {name} is too old.",
            why=f"It is of version {newest.major} and the server of version {at_least}.",
            todo=f"Install the package {package}, then try again.",
        )
    return newest


class PostgresSource:
    """The store in a PostgreSQL database."""

    engine = Engine.POSTGRESQL

    def __init__(self, address: store.Address) -> None:
        self.where = postgres.display(address)
        self.engine_version = ""
        self._address = address

    @contextmanager
    def taken(self, scratch: Path, progress: Progress) -> Iterator[TakenPostgres]:  # noqa: ARG002 - as of any source
        """The store as it is now, pinned by a transaction that lasts until the end."""
        with store.pinned(self._address, progress) as pinned:
            self.engine_version = pinned.server_version
            tool = find_tool("pg_dump", pinned.server_major)
            yield TakenPostgres(self._address, tool, pinned)


@dataclass(frozen=True, slots=True)
class TakenPostgres:
    """A database as it was when its snapshot was exported."""

    address: store.Address
    tool: Tool
    pinned: store.Pinned

    @property
    def contents(self) -> Contents:
        return self.pinned.contents

    def is_in(self, meta: Meta, progress: Progress) -> bool:  # noqa: ARG002 - as of any store
        return meta.fingerprint == self.pinned.fingerprint

    def write(self, target: BinaryIO, progress: Progress) -> Written:
        progress.update(done=0, total=0, unit="bytes", text="Copying the store")
        options = ["--format=custom", "--no-password", f"--lock-wait-timeout={LOCK_WAIT}"]
        dbname, environment = store.reached_by(self.address)
        command = [self.tool.path, *options, f"--snapshot={self.pinned.snapshot}", f"--dbname={dbname}"]
        run(command, environment, progress, output=target, what="The PostgreSQL store could not be copied.")
        target.seek(0)
        return Written(archive.summed(target, progress, "Reading the copy back"), None, self.pinned.fingerprint)

    def prove(self, path: Path, written: Written, progress: Progress) -> None:
        with durable.open_regular(path) as file:
            durable.forget_cached(file)
            found = archive.summed(file, progress, "Reading the copy back")
        if found != written.packed:
            raise InputError("What was read back is not what was written.")
        check(path, progress)


def check(path: Path, progress: Progress) -> None:
    """Let PostgreSQL read a copy through. Raises InputError where it cannot.

    Its list of contents would say that half a file is well: only reading all of it tells.
    """
    command = [find_tool("pg_restore").path, f"--file={os.devnull}", str(path)]
    progress.update(text="Checking the database in the copy")
    try:
        run(command, {}, progress, output=subprocess.DEVNULL, what="The database in the copy is damaged.")
    except ProtectionError as error:
        raise InputError(error.what, why=error.why) from error


def run(
    command: Sequence[str], environment: Mapping[str, str], progress: Progress, *, output: IO[bytes] | int, what: str
) -> None:
    """Run one of PostgreSQL's programs to its end; a cancelled one is ended with everything it started.

    Raises ProtectionError, beginning with ``what``, where its exit code or what it says tells of an error.
    """
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - a program that find_tool found, and no shell
            command,
            env=os.environ | {"LC_MESSAGES": "C", "PGCLIENTENCODING": "UTF8", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=said,
            start_new_session=True,
        )
        try:
            while not _has_ended(process):
                progress.checkpoint()
        except BaseException:
            _kill(process)
            raise
        said.seek(0)
        words = said.read(100_000).decode("utf-8", "replace")
    if process.returncode or re.search(r"\b(error|fatal|panic):", words, re.IGNORECASE):
        todo = "Look after the server and the disk, then try again."
        raise ProtectionError(
            what, why=_first_words(words) or f"The program ended with {process.returncode}.", todo=todo
        )
    if words:
        log.warning("%s said: %s", Path(command[0]).name, _first_words(words))


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            log.debug("The program %s had ended by itself.", process.args)
    else:
        process.kill()
    process.wait()


def _major(path: str) -> int:
    """The major version of a program, 0 where it does not run."""
    try:
        said = subprocess.run(  # noqa: S603 - a path that find_tool found
            [path, "--version"], capture_output=True, timeout=10, check=True, text=True
        ).stdout
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return 0
    match = re.search(r"\b(\d+)(\.\d+|devel|beta|rc)", said)
    return int(match[1]) if match else 0


def _first_words(words: str) -> str:
    return " ".join(words.split())[:400]
