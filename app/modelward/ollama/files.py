"""Small files of a model folder, read so that nothing in their place harms: pipes, devices, endless files."""

from __future__ import annotations

import errno
import os
import stat
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from modelward.core.errors import InputError

# Opening a pipe would wait for a writer for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_START = datetime(1970, 1, 1, tzinfo=UTC)


def opened(path: str | Path) -> FileIO:
    """A file to read, without a buffer; a link is followed. Raises OSError, also where it is no plain file."""
    file = FileIO(os.open(path, _FLAGS), "r")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "It is no file", str(path))
    return file


def read(path: str | Path, most: int) -> tuple[bytes, os.stat_result]:
    """All bytes of a file, and what the system says of it.

    Raises InputError where it is no plain file or has more than ``most`` bytes, OSError where it cannot be read.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise InputError("It is not a file.", why="A folder, pipe or device lies in its place.")
        if found.st_size > most:
            raise InputError(
                "It is too large.", why=f"It has {found.st_size:,} bytes; more than {most:,} are not read."
            )
        # In one piece where the size is told truly, else until the end; one byte more shows a file that grew.
        pieces, left = [], most + 1
        while left and (piece := os.read(descriptor, min(left, found.st_size + 1))):
            pieces.append(piece)
            left -= len(piece)
    finally:
        os.close(descriptor)
    if not left:
        raise InputError("It is too large.", why=f"It has more than {most:,} bytes.")
    return b"".join(pieces), found


def time_of(found: os.stat_result) -> datetime:
    """When the file was last changed (UTC); 1970 where the file system says what no calendar has."""
    try:
        return datetime.fromtimestamp(found.st_mtime, UTC)
    except (OverflowError, ValueError, OSError):
        return _START
