"""Backups over a small real store: a service whose clock the test turns, and hands that damage files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.facts import DAY, complete
from modelward.backups.model import Backup, Kind
from modelward.backups.naming import LOCK_FILE
from modelward.backups.service import BackupService
from modelward.catalog.store import CatalogStore
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.setting_groups import BackupSettings
from modelward.store.engine import Database

Change = Callable[[], Awaitable[None]]


class TurnedClock:
    """A clock that stands until the test turns it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, by: timedelta) -> None:
        """Let so much time pass, or go back."""
        self.now += by


@pytest.fixture
def clock() -> TurnedClock:
    """The present until a test turns it: ages of real files are compared with it."""
    return TurnedClock(datetime.now(UTC))


@pytest.fixture
def paths(home: Path) -> Paths:
    """This test's folders, made."""
    found = Paths.locate({"MODELWARD_HOME": str(home)})
    found.prepare()
    return found


@pytest.fixture
async def database(paths: Paths) -> AsyncIterator[Database]:
    """An open SQLite store of twenty models."""
    opened = await Database.open(paths.database)
    await CatalogStore(opened).merge([fact for number in range(20) for fact in complete(f"p/{number}")], now=DAY)
    yield opened
    await opened.close()


@pytest.fixture
def service(database: Database, paths: Paths, clock: TurnedClock) -> BackupService:
    """The backups of that store."""
    return BackupService(database, paths, BackupSettings(), clock=clock)


@pytest.fixture
def change(database: Database) -> Change:
    """Changes the store, so that it differs from every copy."""
    count = 0

    async def changed() -> None:
        nonlocal count
        count += 1
        await CatalogStore(database).set_state("changed", str(count))

    return changed


async def backed_up(service: BackupService, kind: Kind = Kind.MANUAL) -> Backup:
    """A new copy."""
    backup, _changes = await service.create(kind, reason="asked for", progress=Progress())
    return backup


def flip(path: Path, offset: int, bit: int = 0) -> None:
    """Turn one bit over."""
    content = bytearray(path.read_bytes())
    content[offset] ^= 1 << bit
    path.write_bytes(content)


def lying_in(folder: Path) -> set[str]:
    """The names of what lies in a backup folder, without the lock."""
    return {path.name for path in folder.iterdir()} - {LOCK_FILE}
