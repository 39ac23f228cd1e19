"""Kills processes that restore, at named steps or at any moment, and looks at what the next start finds.

It runs as a process of its own, without threads, so that each victim can be a cheap fork of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from harness.facts import DAY, complete
from harness.killing import at_step
from harness.restores import around
from modelward.backups import verify
from modelward.backups.intent import FILE
from modelward.backups.model import Backup, Kind, State
from modelward.catalog.store import CatalogStore
from modelward.core.errors import KnownError
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.desk import Desk
from modelward.store import sqlite, tables
from modelward.store.tables import upsert

STEPS = (
    "restore-intended",
    "restore-unpacked",
    "restore-protected",
    "restore-sealed",
    "restore-pages",
    "restore-put",
    "restore-settled",
)
"""Every step of a restore into a sound store, in the words of the log."""

STEPS_OF_DAMAGED = ("restore-sealed", "restore-set-aside", "restore-put", "restore-settled")
"""The steps at which a damaged store is replaced."""

MODELS = 100
ROWS = 300


class Household:
    """A store, and two copies of it that differ in nearly every row."""

    def __init__(self, home: Path) -> None:
        self.paths = Paths.locate({"MODELWARD_HOME": str(home)})
        self.copies: dict[str, str] = {}
        """The id of each copy, by the hash of its content."""
        self.proven: set[str] = set()
        self.now = ""
        self.duration = 0.0

    def fill(self) -> None:
        asyncio.run(self._fill())

    async def _fill(self) -> None:
        desk = await self.opened()
        store = CatalogStore(desk.database)
        await store.merge([fact for number in range(MODELS) for fact in complete(f"p/{number}")], now=DAY)
        for version in ("yesterday", "today"):
            rows = [{"key": f"k{number}", "value": f"{version} {number} " * 300} for number in range(ROWS)]
            await desk.database.write(lambda live, rows=rows: upsert(live, tables.state, rows))  # type: ignore[misc]
            backup, _ = await desk.backups.create(Kind.MANUAL, reason="asked for", progress=Progress())
            self.now = await content_hash(desk)
            self.copies[self.now] = backup.id
        await desk.close()

    async def opened(self) -> Desk:
        return await Desk.open(self.paths, load(self.paths, {}))

    @property
    def other(self) -> str:
        """The id of the copy that the store is not."""
        return next(backup for content, backup in self.copies.items() if content != self.now)

    def live(self, *, damaged: bool) -> None:
        """What a victim does until it is killed, or to its end."""
        sqlite.OVERWRITE_PAGES = 40
        asyncio.run(self._live(damaged=damaged))

    async def _live(self, *, damaged: bool) -> None:
        desk = await self.opened()
        if damaged:
            with closing(sqlite3.connect(self.paths.database, timeout=5)) as fold:
                fold.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            # Never closed: that would drop the locks of this process on the store.
            file = os.open(self.paths.database, os.O_RDWR)
            size = os.fstat(file).st_size
            os.pwrite(file, bytes(size - 40 * 4096), 20 * 4096)
        await desk.restore(self.other, Progress())
        await desk.close()

    def judge(self, *, damaged: bool = False) -> list[str]:
        """What is wrong at the next start, in words; nothing where all is as promised."""
        return asyncio.run(self._judge(damaged=damaged))

    async def _judge(self, *, damaged: bool) -> list[str]:
        wrong = []
        desk = await self.opened()
        found = await content_hash(desk)
        if found not in self.copies:
            wrong.append(f"the store is neither yesterday's nor today's: {[str(each) for each in desk.notices]}")
        kept = {name.partition("-wal")[0].partition("-shm")[0] for name in around(self.paths.database)}
        if not damaged and kept:
            wrong.append(f"left beside the store: {kept}")
        if damaged and (len(kept) != 1 or any(".damaged-" not in name for name in kept)):
            wrong.append(f"left beside the damaged store: {kept}")
        if (self.paths.data / FILE).exists():
            wrong.append("the intent is left")
        wrong += await self._judge_copies(desk)
        self.now = found
        wanted = self.other
        await desk.restore(wanted, Progress())
        if self.copies.get(await content_hash(desk)) != wanted:
            wrong.append("the next restore brought something else")
        self.now = await content_hash(desk)
        damage = await desk.database.find_damage()
        await desk.close()
        self._forget_aside()
        return [*wrong, damage] if damage else wrong

    async def _judge_copies(self, desk: Desk) -> list[str]:
        wrong = []
        backups = await desk.backups.list()
        if not set(self.copies.values()) <= {backup.id for backup in backups}:
            wrong.append("copies are lost")
        for backup in backups:
            if backup.state is not State.GOOD or backup.meta is None:
                if not backup.path.with_name(backup.path.name + ".part").exists():
                    wrong.append(f"{backup.id} is {backup.state}: {backup.trouble}")
            elif backup.id not in self.proven:
                verify.prove(backup.path, backup.meta, self.paths.data / "scratch", Progress())
                self.proven.add(backup.id)
        await self._thin_out(desk, backups)
        return wrong

    async def _thin_out(self, desk: Desk, backups: list[Backup]) -> None:
        """Hundreds of copies before operations would only make each look at them slower."""
        operations = [backup for backup in backups if backup.kind is Kind.PRE_OPERATION]
        for backup in operations[5:]:
            await desk.backups.delete(backup.id)

    def _forget_aside(self) -> None:
        for path in self.paths.data.glob("*.damaged-*"):
            path.unlink()


async def content_hash(desk: Desk) -> str:
    """A hash of every row but those of the log."""
    names = sorted(set(tables.metadata.tables) - {"event_log"})
    digest = hashlib.sha256()
    for name in names:
        rows = await desk.database.read(lambda live, name=name: live.exec_driver_sql(f"SELECT * FROM {name}").all())
        shown = sorted(repr(tuple(row)) for row in rows if not str(row[0]).startswith("restore."))
        digest.update("\n".join([name, *shown]).encode())
    return digest.hexdigest()


def _nothing(_victim: int) -> None:
    """A victim that nothing is prepared for."""


def fork(household: Household, *, damaged: bool, prepare: Callable[[int], None]) -> int:
    """A victim's process id."""
    victim = os.fork()
    if victim == 0:
        try:
            prepare(0)
            household.live(damaged=damaged)
        finally:
            os._exit(9)
    return victim


def killed_at_step(household: Household, step: str, *, damaged: bool) -> None:
    _, status = os.waitpid(fork(household, damaged=damaged, prepare=at_step("modelward.backups", step)), 0)
    if not os.WIFSIGNALED(status):
        raise AssertionError(f"the victim did not come to the step {step}")


def killed_at_any_moment(household: Household, dice: random.Random) -> None:
    victim = fork(household, damaged=False, prepare=_nothing)
    time.sleep(dice.uniform(0, household.duration))
    with suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    os.waitpid(victim, 0)


def measure(household: Household) -> None:
    """How long a whole restore takes: the moments of the kills lie within."""
    began = time.monotonic()
    os.waitpid(fork(household, damaged=False, prepare=_nothing), 0)
    household.duration = time.monotonic() - began


def main() -> None:
    """Arguments: a home, how many kills at random moments, and a seed. Writes a JSON line for each kill."""
    home, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    household = Household(home)
    household.fill()
    measure(household)
    tell("none", household.judge())
    for step in STEPS:
        killed_at_step(household, step, damaged=False)
        tell(step, household.judge())
    for step in STEPS_OF_DAMAGED:
        killed_at_step(household, step, damaged=True)
        tell(f"damaged, {step}", household.judge(damaged=True))
    dice = random.Random(seed)
    for number in range(count):
        killed_at_any_moment(household, dice)
        tell(f"moment {number}", household.judge())


def tell(at: str, wrong: list[str]) -> None:
    sys.stdout.write(json.dumps({"at": at, "wrong": wrong}) + "\n")
    sys.stdout.flush()


def attempt() -> None:
    """Arguments: a home and a copy. Restores it; ends with 0, or with 3 where that was refused in words."""
    home, backup_id = Path(sys.argv[1]), sys.argv[2]
    household = Household(home)

    async def once() -> None:
        desk = await household.opened()
        try:
            await desk.restore(backup_id, Progress())
        finally:
            await desk.close()

    try:
        asyncio.run(once())
    except KnownError:
        os._exit(3)  # nothing can be written any more, it may be
