"""Damage at random over a library of models: all of it is found by hashing, and mended from the vault, byte for byte.

The long version: sh packaging/test.sh tests/faults -m faults
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.ollama_library import Shelf
from harness.ollama_repairs import no_wait
from modelward.core.progress import Progress
from modelward.ollama import library
from modelward.ollama.integrity import Integrity
from modelward.ollama.model import BlobState, RepairState, VerifyReport
from modelward.ollama.recovery import Recovery
from modelward.ollama.store import CheckStore
from modelward.ollama.vault import Vault
from modelward.store.engine import Database

SEED = 20261121
FEW = 24
MANY = 1000
BAD = (BlobState.DAMAGED, BlobState.MISSING)


class Ward:
    """A dozen models, some of which share blobs; a vault that has them; what verifies and what mends."""

    def __init__(self, home: Path, database: Database) -> None:
        self.shelf = Shelf(home / "models")
        for number in range(6):
            base = f"base{number}:latest"
            self.shelf.add(base, 3000 * 3**number, params={"num_ctx": number}, license="MIT")
            self.shelf.add(f"me/tuned{number}:q4", self.shelf.digest(base), system=f"Be {number}.", v2=number % 2 == 1)
        self.whole = self.shelf.snapshot()
        self.blobs = sorted(path.name.replace("-", ":") for path in self.shelf.blobs.iterdir())
        self.vault = Vault(home / "vault", keep=5, compress=False)
        self.vault.back_up(library.read(self.shelf.folder), Progress())
        self.integrity = Integrity(CheckStore(database))
        self.recovery = Recovery(self.vault, None, home / "scratch", wait=no_wait)

    def damage(self, digest: str, dice: random.Random) -> None:
        """One byte, the end, or the whole blob; often without a trace in the file's time."""
        size = self.shelf.blob(digest).stat().st_size
        silently = dice.random() < 0.5
        match dice.choice(["flip", "truncate", "delete"]):
            case "flip":
                self.shelf.flip(digest, dice.randrange(size), silently=silently)
            case "truncate":
                self.shelf.truncate(digest, dice.randrange(size), silently=silently)
            case _:
                self.shelf.delete(digest)

    async def verify(self) -> VerifyReport:
        """Hash everything."""
        return await self.integrity.verify(library.read(self.shelf.folder), Progress())

    async def mend(self, report: VerifyReport) -> set[RepairState]:
        """Repair what was found."""
        read = library.read(self.shelf.folder)
        return {(await self.recovery.repair(read, check, Progress())).state for check in report.bad}


@pytest.fixture
async def ward(home: Path) -> AsyncIterator[Ward]:
    database = await Database.open(home / "store.db")
    yield Ward(home, database)
    await database.close()


async def survive(ward: Ward, count: int) -> None:
    """Damage so many blobs, a few at a time: all of it is found, and nothing else is; then all is mended."""
    dice = random.Random(SEED)
    while count > 0:
        hit = dice.sample(ward.blobs, min(dice.randint(1, 8), count))
        count -= len(hit)
        for digest in hit:
            ward.damage(digest, dice)
        report = await ward.verify()
        found = {each.layer.digest for check in report.checks for each in check.layers if each.check.state in BAD}
        # In the newer layout a manifest is a blob too: what is wrong with it is wrong with its model.
        unread = {check.model.path.resolve().name.replace("-", ":") for check in report.checks if not check.layers}
        assert found | unread <= set(hit)
        assert unread or found == set(hit)  # what a manifest names that cannot be read is found when it is mended
        assert await ward.mend(report) <= {RepairState.REPAIRED, RepairState.NOTHING}
        assert {path: c for path, c in ward.shelf.snapshot().items() if ".modelward" not in path} == ward.whole
    assert not (await ward.verify()).bad
    assert ward.vault.verify(Progress()).bad == ()


async def test_some_damage_is_found_and_mended_byte_for_byte(ward: Ward) -> None:
    await survive(ward, FEW)


@pytest.mark.faults
@pytest.mark.timeout(1800)
async def test_a_thousand_damages_are_found_and_mended_byte_for_byte(ward: Ward) -> None:
    await survive(ward, MANY)
