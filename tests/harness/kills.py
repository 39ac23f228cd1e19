"""Kills processes that make and thin out copies, at named steps or at any moment, and looks at what they leave.

It runs as a process of its own, without threads, so that each victim can be a cheap fork of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.facts import DAY, complete
from harness.killing import at_any_moment, at_step
from modelward.backups import verify
from modelward.backups.folder import BackupFolder
from modelward.backups.making import Maker
from modelward.backups.model import Kind, State
from modelward.backups.retention import HOURS
from modelward.backups.service import BackupService
from modelward.backups.sources import SqliteSource
from modelward.catalog.store import CatalogStore
from modelward.core.errors import KnownError
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.setting_groups import BackupSettings
from modelward.store.engine import Database

STEPS = (
    "taken",
    "part-created",
    "part-written",
    "part-flushed",
    "proven",
    "metadata-renamed",
    "copy-renamed",
    "folder-flushed",
    "confirmed",
    "removal-begun",
    "removal-meta-gone",
)
"""Every step of the order of writing, in the words of the log."""

COPIES = 30
"""So many are there from the beginning that each further one makes an old one go."""

MODELS = 200
_HOUR = timedelta(hours=1)
_LONGEST_SECONDS = 0.12


class Household:
    """A store, its copies, and a clock that goes on by an hour at every look."""

    def __init__(self, home: Path) -> None:
        self.paths = Paths.locate({"MODELWARD_HOME": str(home)})
        self.now = datetime.now(UTC)
        self.folder = BackupFolder(self.paths.backups, clock=lambda: self.now)
        self.proven: set[str] = set()
        self.acknowledged = 0

    def fill(self) -> None:
        self.paths.prepare()
        asyncio.run(self._fill())

    async def _fill(self) -> None:
        database = await Database.open(self.paths.database)
        store = CatalogStore(database)
        await store.merge([fact for number in range(MODELS) for fact in complete(f"p/{number}")], now=DAY)
        for number in range(COPIES):
            await store.set_state("number", str(number))
            await self.copy(self.service(database))
            self.acknowledged = number
        await database.close()

    def live(self, told: int) -> None:
        """What a victim does until it is killed: write, tell that it is written, copy, thin out, see no change."""
        asyncio.run(self._live(told))

    async def _live(self, told: int) -> None:
        database = await Database.open(self.paths.database)
        store, service = CatalogStore(database), self.service(database)
        number = self.acknowledged
        while True:
            number += 1
            await store.set_state("number", str(number))
            os.write(told, f"{number}\n".encode())
            await self.copy(service)
            await self.copy(service)

    async def copy(self, service: BackupService) -> None:
        self.now += _HOUR
        await service.create(Kind.HOURLY, reason="hourly", progress=Progress())

    def service(self, database: Database) -> BackupService:
        return BackupService(database, self.paths, BackupSettings(), clock=lambda: self.now)

    def judge(self) -> Iterator[str]:
        """What is wrong after a kill, in words; nothing where all is as promised."""
        yield from self._judge_store()
        yield from self._judge_copies(may_be_cut_off=True)
        self.now += timedelta(days=1)
        maker = Maker(
            SqliteSource(self.paths.database),
            self.folder,
            self.paths.data / "scratch",
            clock=lambda: self.now,
            keep_pre_operation=None,
        )
        # Opened to write: a store in use has its log beside it, which a reader alone may not make.
        with closing(sqlite3.connect(self.paths.database)) as user, self.folder.lock():
            user.execute("SELECT count(*) FROM model")
            made = maker.make(Kind.HOURLY, reason="next", note="", progress=Progress())
        if made.backup.state is not State.GOOD:
            yield "the next run gave no good copy"
        yield from self._judge_copies(may_be_cut_off=False)
        left = [path.name for path in (*self.paths.backups.iterdir(), *(self.paths.data / "scratch").iterdir())]
        yield from (f"{name} is left" for name in left if ".part" in name or name.startswith("copy-"))

    def _judge_store(self) -> Iterator[str]:
        with closing(sqlite3.connect(self.paths.database)) as store:
            if store.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                yield "the store is damaged"
            if store.execute("SELECT count(*) FROM model").fetchone() != (MODELS,):
                yield "models are lost"
            number = int(store.execute("SELECT value FROM state WHERE key = 'number'").fetchone()[0])
            if not self.acknowledged <= number <= self.acknowledged + 1:
                yield f"{self.acknowledged} was told to be written, and {number} is there"
            self.acknowledged = number

    def _judge_copies(self, *, may_be_cut_off: bool) -> Iterator[str]:
        backups = self.folder.backups()
        if sum(backup.state is State.GOOD for backup in backups) < HOURS:
            yield "copies are lost"
        for backup in backups:
            if backup.state is State.GOOD and backup.meta is not None:
                if backup.id not in self.proven:
                    verify.prove(backup.path, backup.meta, self.paths.data / "scratch", Progress())
                    self.proven.add(backup.id)
            elif not may_be_cut_off or not backup.path.with_name(backup.path.name + ".part").exists():
                yield f"{backup.id} is {backup.state}: {backup.trouble}"


def kill(household: Household, before: Callable[[int], None]) -> None:
    """Fork a victim; ``before`` waits, in this process, for the moment to kill it, or makes it kill itself."""
    reading, writing = os.pipe()
    victim = os.fork()
    if victim == 0:
        os.close(reading)
        try:
            before(0)
            household.live(writing)
        finally:
            os._exit(9)
    os.close(writing)
    with os.fdopen(reading) as told:
        before(victim)
        last = told.read().splitlines()
    _, status = os.waitpid(victim, 0)
    if not os.WIFSIGNALED(status):
        raise AssertionError("the victim failed by itself")
    if last:
        household.acknowledged = int(last[-1])


def main() -> None:
    """Arguments: a home, how many kills at random moments, and a seed. Writes a JSON line for each kill."""
    home, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    household = Household(home)
    household.fill()
    dice = random.Random(seed)
    moments = [(step, at_step("modelward.backups", step)) for step in STEPS]
    moments += [(f"moment {number}", at_any_moment(dice, _LONGEST_SECONDS)) for number in range(count)]
    for name, before in moments:
        kill(household, before)
        sys.stdout.write(json.dumps({"at": name, "wrong": list(household.judge())}) + "\n")
        sys.stdout.flush()


def attempt() -> None:
    """Argument: the home of a household. Makes one copy; ends with 0, or with 3 where that was refused in words."""
    household = Household(Path(sys.argv[1]))

    async def once() -> None:
        database = await Database.open(household.paths.database)
        try:
            await household.copy(household.service(database))
        finally:
            await database.close()

    try:
        asyncio.run(once())
    except KnownError:
        os._exit(3)  # nothing can be written any more, it may be
