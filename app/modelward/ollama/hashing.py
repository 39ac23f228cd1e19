"""One file hashed at the speed of disk and core, with a gate between its blocks at which it can be held or ended."""

from __future__ import annotations

import hashlib
import mmap
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from modelward.core.progress import Progress
from modelward.ollama import files
from modelward.ollama.proofs import Mark

BLOCK = 512 * 1024
"""Bytes read at once: measured fastest, as what was read still lies in the core's own cache when it is hashed."""

Buffer: TypeAlias = bytearray | mmap.mmap

_RANGE = 64 * BLOCK
"""After so many bytes the system is told which of them it need not keep in memory."""

_LOOK_SECONDS = 0.1


class ChangedError(Exception):
    """The file was written, replaced or removed while it was read: what was hashed proves nothing."""


class ClosedError(Exception):
    """Hashing was ended at its gate."""


class Gate:
    """Where hashing waits between two blocks while anybody holds it. Used from any thread."""

    def __init__(self, progress: Progress) -> None:
        """``progress`` can be asked to stop at any time, and is told why hashing waits."""
        self._progress = progress
        self._lock = threading.Lock()
        self._reasons: list[str] = []
        self._is_free = threading.Event()
        self._is_free.set()
        self.is_closed = False

    @property
    def is_held(self) -> bool:
        """Whether anybody holds it."""
        return not self._is_free.is_set()

    def hold(self, reason: str) -> None:
        """Let nothing pass until this reason is released; ``reason`` in words that end a sentence."""
        with self._lock:
            if reason not in self._reasons:
                self._reasons.append(reason)
            self._is_free.clear()

    def release(self, reason: str) -> None:
        """Take this reason back; others may remain."""
        with self._lock:
            if reason in self._reasons:
                self._reasons.remove(reason)
            if not self._reasons:
                self._is_free.set()

    def close(self) -> None:
        """End hashing at the next block."""
        self.is_closed = True

    def wait(self) -> bool:
        """Go on as soon as nobody holds it; whether that took a while. Raises ClosedError or JobCancelled."""
        self._check()
        if self._is_free.is_set():
            return False
        self._progress.update(text=f"Hashing waits: {(self._reasons or [''])[0]}")
        while not self._is_free.wait(_LOOK_SECONDS):
            self._check()
        return True

    def _check(self) -> None:
        self._progress.checkpoint()
        if self.is_closed:
            raise ClosedError


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file's digest, and the mark that it had before, while and after it was read."""

    digest: str
    mark: Mark


def hash_file(path: Path, buffer: Buffer, passed: Callable[[int], None]) -> Hashed:
    """Read a file whole into ``buffer``, again and again, and hash it.

    ``passed`` is told of each block's bytes; what it raises ends the reading. Raises ChangedError where the file did
    not stay the same, OSError where it cannot be read or is no plain file.
    """
    hasher = hashlib.sha256()
    view = memoryview(buffer)
    with files.opened(path) as file:
        mark = Mark.of(os.fstat(file.fileno()))
        cache = _Cache(file.fileno(), mark.size)
        while count := file.readinto(buffer):
            hasher.update(view[:count])
            cache.passed(count)
            passed(count)
        after = Mark.of(os.fstat(file.fileno()))
    if after != mark or _mark_at(path) != mark:
        raise ChangedError
    return Hashed(f"sha256:{hasher.hexdigest()}", mark)


def _mark_at(path: Path) -> Mark | None:
    try:
        return Mark.of(path.stat())
    except OSError:
        return None


class _Cache:
    """Keeps a file that the system had not in memory from driving out what it has; one that it had stays there."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._is_kept = not hasattr(os, "posix_fadvise") or _is_in_memory(descriptor, size)
        self._read = self._forgotten = 0
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)

    def passed(self, count: int) -> None:
        """So many more bytes were read."""
        self._read += count
        if not self._is_kept and self._read - self._forgotten >= _RANGE:
            os.posix_fadvise(self._descriptor, self._forgotten, self._read - self._forgotten, os.POSIX_FADV_DONTNEED)
            self._forgotten = self._read


def _is_in_memory(descriptor: int, size: int) -> bool:
    """Whether a byte in the middle could be read without asking the disk; yes where the system cannot say."""
    if not hasattr(os, "RWF_NOWAIT"):
        return True
    try:
        os.preadv(descriptor, [bytearray(1)], size // 2, os.RWF_NOWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
