"""Repairs on real disks: one that fills up, one that may only be read, blobs that are a disk of their own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.ollama_library import Shelf
from harness.ollama_repairs import OURS, Clinic, clinic
from harness.vaults import run, small_disk
from modelward.core.progress import Progress
from modelward.ollama import library, names
from modelward.ollama.model import RepairState, Verdict

NAME = "llama3.2:3b"
MIB = 1 << 20


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Clinic]:
    """Models on a disk of 64 MiB; the vault is elsewhere."""
    with small_disk(tmp_path / "models", 64 * MIB):
        async with clinic(tmp_path, lambda shelf: shelf.add(NAME, 12 * MIB)) as opened:
            yield opened


async def test_a_disk_that_fills_up_in_the_middle_loses_nothing(small: Clinic) -> None:
    small.back_up()
    small.shelf.flip(small.shelf.digest(NAME))
    before = small.snapshot()
    filler = small.shelf.folder / "filler"

    class Filling(Progress):
        """Fills the disk as soon as the first piece of the copy has come."""

        def checkpoint(self) -> None:
            if "vault" in self.state.text and not filler.exists():
                free = shutil.disk_usage(small.shelf.folder).free
                filler.write_bytes(bytes(free - 5 * MIB))

    report = await small.recovery.repair(small.read(), small.check(NAME), Filling())
    assert filler.exists()
    filler.unlink()
    assert report.state is RepairState.FAILED
    assert "The models' disk filled up" in report.detail
    assert "Free some space on that disk." in report.detail
    assert small.snapshot() == before
    assert small.left() == []
    assert (await small.repair(NAME)).state is RepairState.REPAIRED


async def test_a_disk_without_room_is_told_before_anything_is_moved(small: Clinic) -> None:
    small.back_up()
    small.shelf.flip(small.shelf.digest(NAME))
    filler = small.shelf.folder / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(small.shelf.folder).free - 20 * MIB))
    before = small.snapshot()
    report = await small.repair(NAME)
    assert report.state is RepairState.FAILED
    assert "no room" in report.detail
    assert small.snapshot() == before


async def test_a_disk_that_may_only_be_read_is_left_to_the_persons_hands(small: Clinic) -> None:
    small.back_up()
    small.shelf.flip(small.shelf.digest(NAME))
    if run("mount", "-o", "remount,ro", small.shelf.folder):
        pytest.skip("a disk that may only be read is NOT tested: mounting is not allowed here")
    report = await small.repair(NAME)
    assert report.state is RepairState.BY_HAND
    assert str(small.shelf.blob(small.shelf.digest(NAME))) in report.detail
    assert small.check(NAME).verdict is Verdict.DAMAGED


async def test_blobs_that_are_a_disk_of_their_own_are_mended_in_it(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    with small_disk(tmp_path / "models" / "blobs", 64 * MIB) as blobs:
        async with clinic(tmp_path, _moved_in) as kit:
            whole = kit.snapshot()
            kit.back_up()
            kit.shelf.flip(kit.shelf.digest(NAME))
            assert (await kit.repair(NAME)).state is RepairState.REPAIRED
            assert (blobs / OURS).is_dir()
            now = {path: content for path, content in kit.snapshot().items() if OURS not in path}
            assert now == whole
            assert {str(model.name) for model in library.read(kit.shelf.folder).models} == {NAME}
            assert names.parse(NAME) in library.read(kit.shelf.folder).users_of(kit.shelf.digest(NAME))
            kit.ollama.restart()
            await kit.server.look()


def _moved_in(shelf: Shelf) -> None:
    """A model laid down on one disk, its blobs moved to theirs."""
    other = Shelf(shelf.folder.parent / "other")
    other.add(NAME, 1 * MIB)
    for blob in other.blobs.iterdir():
        shutil.copy(blob, shelf.blobs / blob.name)
    shutil.copytree(other.manifests, shelf.manifests, dirs_exist_ok=True)
