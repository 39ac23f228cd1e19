"""Measures the making of a copy beside SQLite's own, in a process of its own: times, the loop's lag, and memory.

The store is grown as a long life grows it: by audited events with the words of real facts, each with something unique.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

from modelward.backups import sqlite_copy
from modelward.backups.model import Kind
from modelward.backups.service import BackupService
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.setting_groups import BackupSettings
from modelward.store.engine import Database

ROUNDS = 3
PAIRS = 5
COMMITS_A_SECOND = 50
_TICK_SECONDS = 0.002

_GROW = """
    INSERT INTO event_log (at, verb, subject, detail)
    SELECT observed_at, 'observed', model_id, json_object('field', field, 'value', value, 'source', source,
        'origin', origin, 'evidence', evidence, 'quote', quote, 'run', lower(hex(randomblob(16))))
    FROM fact
"""


def grow(store: Path, size: int) -> None:
    """Make a filled store this large, in bytes."""
    with closing(sqlite3.connect(store, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=OFF")
        while store.stat().st_size < size:
            database.execute(_GROW)
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class Writer(threading.Thread):
    """Commits fifty times a second until it is told to stop."""

    def __init__(self, store: Path) -> None:
        super().__init__()
        self._store = store
        self._enough = threading.Event()
        self.commits = 0

    def run(self) -> None:
        with closing(sqlite3.connect(self._store, isolation_level=None, timeout=30)) as database:
            while not self._enough.wait(1 / COMMITS_A_SECOND):
                database.execute("INSERT OR REPLACE INTO state VALUES (?, 'x')", (f"busy {self.commits}",))
                self.commits += 1

    def stop(self) -> None:
        self._enough.set()
        self.join()


def theirs(store: Path, target: Path) -> float:
    """The seconds that SQLite's own copy takes, which is on the disk at its end."""
    target.unlink(missing_ok=True)
    start = time.perf_counter()
    with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(target)) as made:
        source.backup(made)
    taken = time.perf_counter() - start
    target.unlink()
    return taken


def ours(store: Path, target: Path) -> float:
    """The seconds in which a consistent copy is made that a compressed one is then made of."""
    start = time.perf_counter()
    sqlite_copy.copy(store, target, Progress())
    taken = time.perf_counter() - start
    target.unlink()
    return taken


async def whole(service: BackupService) -> tuple[float, float]:
    """The seconds for a copy that is compressed, on the disk, read back and proven; and the loop's lag at the 99 %."""
    lags: list[float] = []

    async def tick() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_TICK_SECONDS)
            lags.append(time.perf_counter() - before - _TICK_SECONDS)

    ticking = asyncio.ensure_future(tick())
    start = time.perf_counter()
    backup, _changes = await service.create(Kind.MANUAL, reason="measured", progress=Progress())
    taken = time.perf_counter() - start
    ticking.cancel()
    await service.delete(backup.id)
    return taken, sorted(lags)[int(len(lags) * 0.99)]


def memory(key: str) -> int:
    """Bytes of this process by a name of the kernel's: VmRSS now, or VmHWM at its highest."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key + ":"))


async def measure(home: Path) -> dict[str, float]:
    """All figures: seconds, and bytes of memory above those of the open store."""
    paths = Paths.locate({"MODELWARD_HOME": str(home)})
    database = await Database.open(paths.database)
    service = BackupService(database, paths, BackupSettings())
    spare = paths.data / "spare.db"
    idle = memory("VmRSS")
    wholes = [await whole(service) for _ in range(ROUNDS)]
    above = memory("VmHWM") - idle
    pairs = [(theirs(paths.database, spare), ours(paths.database, spare)) for _ in range(PAIRS)]
    writer = Writer(paths.database)
    writer.start()
    busy = ours(paths.database, spare)
    writer.stop()
    await database.close()
    return {
        "theirs": min(pair[0] for pair in pairs),
        "ours": min(pair[1] for pair in pairs),
        "busy": busy,
        "commits": writer.commits,
        "whole": min(taken for taken, _lag in wholes),
        "lag": min(lag for _taken, lag in wholes),
        "memory": above,
    }


def main() -> None:
    """Arguments: a home with a filled store, and how large to make it. Writes the figures as JSON."""
    home, size = Path(sys.argv[1]), int(sys.argv[2])
    grow(home / "data" / "modelward.db", size)
    sys.stdout.write(json.dumps(asyncio.run(measure(home))))
