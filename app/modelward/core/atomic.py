"""Replacing a file so that a power cut leaves the old or the new, never neither."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

_PRIVATE = 0o600


def replace_file(file: Path, content: bytes) -> None:
    """Put ``content`` in place of ``file``, or make it (mode 0600); a link is followed, an existing mode kept.

    Raises OSError, and then the file is as it was.
    """
    target = file.resolve()
    mode = target.stat().st_mode & 0o777 if target.exists() else _PRIVATE
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent)
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        new.chmod(mode)
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system can open a folder (Windows can't)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
