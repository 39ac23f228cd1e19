"""Files that outlive a power cut: flushed to the disk, renamed into place, and the rename flushed too."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from modelward.core.errors import FolderError

PART_ENDING = ".part"
"""Behind the name of a file that is not whole yet."""

_UNABLE = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EACCES})
"""What systems say that cannot flush a folder; an error of the disk is not among them."""

_TODO = {
    errno.ENOSPC: "Free some space on that disk, or choose another folder for the copies.",
    errno.EDQUOT: "Free some of your quota on that disk, or choose another folder for the copies.",
    errno.EFBIG: "FAT disks take no file of 4 GiB: choose another disk for the copies, or another file system.",
    errno.ENOENT: "Connect the disk again, or choose another folder for the copies.",
    errno.EIO: "The disk fails: choose another folder for the copies, and copy what is on it away.",
}


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what the system says about a file of ours into a FolderError that names it."""
    try:
        yield
    except OSError as error:
        why = f"{os.strerror(error.errno)}." if error.errno else f"{error}."
        todo = _TODO.get(error.errno or 0, "Give yourself the right to write there, or choose another folder.")
        raise FolderError(f"{error.filename or path} cannot be read or written.", why=why, todo=todo) from error


def create(path: Path) -> BinaryIO:
    """A new file for this person alone; a link or a file in its way is never followed or overwritten."""
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.fdopen(os.open(path, flags, 0o600), "w+b")


def open_regular(path: Path) -> BinaryIO:
    """An existing file to read. Raises OSError, also where it is a link (it would lead out of the folder)."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    return os.fdopen(descriptor, "rb")


def flush(file: BinaryIO) -> None:
    """Bring what was written to the disk itself."""
    file.flush()
    os.fsync(file.fileno())


def replace(path: Path, content: bytes) -> None:
    """Put ``content`` in place of the file at ``path``, or make it: a power cut leaves the old or the new."""
    part = path.with_name(path.name + PART_ENDING)
    part.unlink(missing_ok=True)
    try:
        with create(part) as file:
            file.write(content)
            flush(file)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Bring renames and removals in a folder to the disk, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNABLE:
            raise
    finally:
        os.close(descriptor)


def forget_cached(file: BinaryIO) -> None:
    """Ask the system to drop its cached pages of a file that was flushed, so that reading it back asks the disk."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
