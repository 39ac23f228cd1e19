"""Replacing a file so that a power cut leaves the old or the new, never neither."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from modelward.core import durable

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
            durable.flush(out)
        new.chmod(mode)
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    with contextlib.suppress(OSError):  # the new is in its place; a folder that cannot be flushed costs no more
        durable.flush_folder(target.parent)
