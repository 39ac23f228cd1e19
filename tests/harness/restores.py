"""Restores over a small real store: what a store holds, compared as a whole, and ways to harm it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from harness.stores import start_python
from modelward.backups.restore import RestoreService
from modelward.backups.service import BackupService
from modelward.core.paths import Paths
from modelward.store import tables
from modelward.store.engine import Database

Content = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def restores(database: Database, service: BackupService, paths: Paths) -> RestoreService:
    """The restores of the store of this test."""
    return RestoreService(database, service, paths)


async def content(database: Database) -> Content:
    """Every row of the store but those of the log, which a restore writes into."""
    names = sorted(set(tables.metadata.tables) - {"event_log"})
    return await database.read(
        lambda live: {
            name: sorted(map(tuple, live.exec_driver_sql(f"SELECT * FROM {name}").all()), key=repr) for name in names
        }
    )


def around(store: Path) -> set[str]:
    """The names of what lies beside a store and is not of its normal life."""
    normal = {store.name + ending for ending in ("", "-wal", "-shm", ".lock", ".lock-journal")}
    # What writes these does it again at its next turn, over what a kill left of them.
    others = {"backups.json", "backups.json.part", "modelward.lock"}
    found = {path.name for path in store.parent.iterdir() if path.is_file()}
    # One byte that tried whether the folder can be written; killed in between, it stays.
    return {name for name in found - normal - others if not name.startswith(".probe-")}


def foreign(store: Path, *, timeout: float = 0) -> closing[sqlite3.Connection]:
    """Another program's connection to the store."""
    return closing(sqlite3.connect(store, isolation_level=None, timeout=timeout))


def harm(store: Path) -> None:
    """Zero the pages in the middle of a store that is open, as a dying disk might.

    Done by a process of its own: closing the file here would drop this process's locks on it.
    """
    program = (
        "import os, sys\n"
        "file = os.open(sys.argv[1], os.O_RDWR)\n"
        "size = os.fstat(file).st_size\n"
        "os.pwrite(file, bytes(size - 8 * 4096), 8 * 4096)\n"
    )
    process = start_python(program, store)
    process.communicate()
    assert process.returncode == 0
