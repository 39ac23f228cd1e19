"""One Modelward per store: a lock on the data folder that the system frees when its process ends, however it ends."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
from datetime import datetime
from pathlib import Path
from typing import IO

from modelward.core.clock import Clock, utc_now
from modelward.core.errors import StoreBusyError
from modelward.core.paths import folder_error

FILE_NAME = "modelward.lock"
_BYTE = 1 << 30
"""Windows keeps a locked byte from being read, so that the one locked lies far behind the text."""


class InstanceLock:
    """The right to work with the store in one data folder.

    It is a lock of the system on a file of its own (never on the database: closing that would drop SQLite's locks);
    the file's text only says who holds it, a file left by a crash is harmless, and it is never removed, as a second
    process may be waiting at it. A PostgreSQL store has an advisory lock besides, in the store itself.
    """

    def __init__(self, folder: Path, *, name: str = FILE_NAME, clock: Clock = utc_now) -> None:
        """``name`` is the lock file's: one folder may have several locks, each for work of its own."""
        self._file = folder / name
        self._clock = clock
        self._held: IO[bytes] | None = None

    def acquire(self) -> None:
        """Take the lock, without waiting.

        Raises StoreBusyError, saying who holds it, or FolderError where the file cannot be made or locked.
        """
        if self._held is not None:
            return
        try:
            stream = _opened(self._file)
        except OSError as error:
            raise folder_error(self._file, error) from error
        try:
            is_ours = _try_lock(stream)
            if is_ours:
                self._sign(stream)
        except OSError as error:
            stream.close()
            raise folder_error(self._file, error) from error
        if not is_ours:
            holder = _holder(stream)
            stream.close()
            raise self._busy(holder)
        self._held = stream

    def release(self) -> None:
        """Let go of the lock; harmless when it is not held."""
        if self._held is not None:
            with contextlib.suppress(OSError):  # the text is a courtesy
                self._held.truncate(0)
            # Closing alone may free it late: a child being started shares it until its own program runs.
            with contextlib.suppress(OSError):
                _unlock(self._held)
            self._held.close()
            self._held = None

    def _sign(self, stream: IO[bytes]) -> None:
        if not stream.writable():
            return
        signature = f"{os.getpid()} {self._clock().isoformat('T', 'seconds')} {socket.gethostname()}\n"
        stream.seek(0)
        stream.truncate()
        stream.write(signature.encode())
        stream.flush()

    def _busy(self, holder: str) -> StoreBusyError:
        return StoreBusyError(
            "Another Modelward is working with this store.",
            why=f"{holder} holds {self._file}.",
            todo="Use that one, or close it and try again.",
        )


def _opened(file: Path) -> IO[bytes]:
    """The lock file, made where it is missing; never inherited by a child process.

    Another user's file may be open to us for reading only, which is enough to lock it.
    """
    flags = os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.fdopen(os.open(file, flags | os.O_RDWR, 0o666), "r+b", buffering=0)
    except PermissionError:
        return os.fdopen(os.open(file, os.O_RDONLY), "rb", buffering=0)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(stream: IO[bytes]) -> bool:
        stream.seek(_BYTE)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in {errno.EACCES, errno.EDEADLK}:
                return False
            raise
        return True

    def _unlock(stream: IO[bytes]) -> None:
        stream.seek(_BYTE)
        msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(stream: IO[bytes]) -> bool:
        try:
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(stream: IO[bytes]) -> None:
        fcntl.flock(stream.fileno(), fcntl.LOCK_UN)


def _holder(stream: IO[bytes]) -> str:
    """Who holds the lock, in words, as far as the file says; it may be read while it is being written."""
    try:
        stream.seek(0)
        pid, since, host = stream.read(1000).decode().split()
        when = datetime.fromisoformat(since).astimezone()
        return f"Process {int(pid)} on {host[:100]} (since {when:%Y-%m-%d %H:%M})"
    except (OSError, ValueError, OverflowError):
        return "A process that has not signed"
