"""The model folder that Ollama's own desktop app is set to: read from its database, which is never written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

_LONGEST = 4096
_PATIENCE = 0.5  # seconds, where the app is writing just now


def models_folder(database: Path) -> str:
    """The text of the setting ``models``; empty where there is no such app, no such setting, or no readable database.

    The name of the table and its column are those of Ollama's ``app/store``.
    """
    try:
        if not database.is_file():
            return ""
        with closing(_opened(database)) as opened:
            row = opened.execute("SELECT models FROM settings LIMIT 1").fetchone()
    except (sqlite3.Error, OSError, ValueError):
        return ""
    told = row[0] if row else None
    return told if isinstance(told, str) and len(told) <= _LONGEST and told.isprintable() else ""


def _opened(database: Path) -> sqlite3.Connection:
    # Without "immutable", SQLite may put two files beside a database with a write-ahead log, even to read it; with it,
    # it would not see what stands in that log alone.
    log = Path(f"{database}-wal")
    how = "mode=ro" if log.is_file() and log.stat().st_size else "mode=ro&immutable=1"
    path = quote(database.absolute().as_posix())
    return sqlite3.connect(f"file:{'' if path.startswith('/') else '/'}{path}?{how}", uri=True, timeout=_PATIENCE)
