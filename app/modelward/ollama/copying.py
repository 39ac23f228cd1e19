"""Bytes moved and hashed at once, and files that share their bytes with another where the file system can."""

from __future__ import annotations

import hashlib
import os
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from modelward.core.progress import Progress

BLOCK = 4 * 1024 * 1024
_BUFFERS = 4
_FICLONE = 0x40049409
"""Linux's request that makes a file share another's extents (``linux/fs.h``)."""


class Reader(Protocol):
    """What bytes come from."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer, or less of it; 0 at the end."""


Write = Callable[[memoryview], object]


class Meter:
    """Counts bytes of several files into one progress, and stops the work where it was cancelled."""

    def __init__(self, progress: Progress, total: int | None, wait: Callable[[], object] | None = None) -> None:
        """``wait`` is called between two blocks: it may hold the work, or end it by what it raises."""
        self._progress = progress
        self._wait = wait or progress.checkpoint
        self._done = 0
        progress.checkpoint()
        progress.update(done=0, total=total, unit="bytes")

    def name(self, text: str) -> None:
        """What is being done now, in words."""
        self._wait()
        self._progress.update(text=text)

    def add(self, count: int) -> None:
        """So many bytes more."""
        self._wait()
        self._done += count
        self._progress.update(done=self._done)


@dataclass(frozen=True, slots=True)
class Moved:
    """The size and the digest of what went through."""

    size: int
    digest: str


def move(source: Reader, write: Write | None, meter: Meter, *, size: int) -> Moved:
    """Read all, hash it, and hand it on where there is somewhere to.

    It stops one block after ``size`` bytes, the size that is due: a longer source is a wrong one already. One thread
    reads and writes, another one hashes: each waits for the other only when all buffers are full.
    """
    if size <= BLOCK:
        return _move_small(source, write, meter, size)
    hasher = _Hasher(_BUFFERS)
    done = 0
    try:
        while done <= size:
            buffer = hasher.free.get()
            count = source.readinto(buffer) or 0
            if not count:
                break
            hasher.full.put(buffer[:count])
            if write is not None:
                write(buffer[:count])
            done += count
            meter.add(count)
    finally:
        hasher.full.put(None)
        hasher.join()
    return Moved(done, f"sha256:{hasher.sum.hexdigest()}")


class _Hasher(threading.Thread):
    """Hashes the buffers that are full and hands them back. hashlib lets other threads run meanwhile."""

    def __init__(self, count: int) -> None:
        super().__init__(name="vault-hashing", daemon=True)
        self.full: queue.SimpleQueue[memoryview | None] = queue.SimpleQueue()
        self.free: queue.SimpleQueue[memoryview] = queue.SimpleQueue()
        self.sum = hashlib.sha256()
        for _ in range(count):
            self.free.put(memoryview(bytearray(BLOCK)))
        self.start()

    def run(self) -> None:
        while (filled := self.full.get()) is not None:
            self.sum.update(filled)
            self.free.put(memoryview(filled.obj))


def _move_small(source: Reader, write: Write | None, meter: Meter, size: int) -> Moved:
    buffer = memoryview(bytearray(size + 1))
    hashed = hashlib.sha256()
    done = 0
    while done <= size and (count := source.readinto(buffer) or 0):
        hashed.update(buffer[:count])
        if write is not None:
            write(buffer[:count])
        done += count
        meter.add(count)
    return Moved(done, f"sha256:{hashed.hexdigest()}")


def writer(file: BinaryIO) -> Write:
    """Writes whole buffers, and lets the system begin to bring them to the disk.

    What was written is dropped from the system's cache as soon as it is on the disk: copies of models would push the
    models themselves out of it.
    """
    descriptor = file.fileno()

    def write(content: memoryview) -> None:
        start = os.lseek(descriptor, 0, os.SEEK_CUR)
        left = content
        while left:
            left = left[os.write(descriptor, left) :]
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, start, len(content), os.POSIX_FADV_DONTNEED)

    return write


def share(source: BinaryIO, target: BinaryIO) -> bool:
    """Make an empty file share the bytes of another one; False where the file system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    import fcntl

    try:
        fcntl.ioctl(target.fileno(), _FICLONE, source.fileno())
    except OSError:
        return False
    return True
