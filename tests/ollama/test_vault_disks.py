"""The vault's disk: full, read-only, gone; and file systems on which files can share their bytes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.vaults import Kit, damage, run, small_disk
from modelward.core.errors import FolderError, KnownError, StoreBusyError
from modelward.core.progress import Progress
from modelward.ollama import names, parcel, vault_lock
from modelward.ollama.model import CopyMeans
from modelward.ollama.vault_lock import VaultLock

MIB = 1 << 20
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="disks are made with Linux's own means")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Kit]:
    """A vault on a disk of 16 MiB of which another one fills a part."""
    with small_disk(tmp_path / "disk", 16 * MIB) as disk:
        yield Kit(tmp_path, vault=disk / "vault")


def test_a_disk_that_fills_up_in_the_middle_is_told_and_nothing_is_left(small: Kit) -> None:
    small.shelf.add("small", 3 * MIB)
    small.back_up()
    small.shelf.add("large", 11 * MIB)

    class Filling(Progress):
        """Somebody else fills the disk as soon as the copy has begun."""

        def update(self, **said: object) -> None:  # type: ignore[override]
            super().update(**said)  # type: ignore[arg-type]
            other = small.folder.parent / "other"
            if self.state.done and not other.exists():
                other.write_bytes(bytes(4 * MIB))

    with pytest.raises(FolderError, match="No space left") as refused:
        small.back_up(progress=Filling())
    assert "Free some space" in refused.value.todo
    assert small.debris() == []
    assert small.vault.verify(Progress()).bad == ()
    (small.folder.parent / "other").unlink()
    assert len(small.back_up().made) == 1


def test_a_full_disk_refuses_an_export_and_an_import_and_nothing_is_left(small: Kit) -> None:
    small.shelf.add("a", 9 * MIB)
    small.back_up()
    out = small.folder.parent / "a.tar"
    with pytest.raises(FolderError, match="No space left"):
        parcel.export_version(small.vault, small.version("a"), out, Progress())
    assert [path.name for path in small.folder.parent.iterdir()] == ["vault"]
    small.shelf.add("b", 9 * MIB)
    file = small.home / "b.tar"
    parcel.export_model(small.shelf.folder, names.parse("b"), small.read("b"), file, Progress())
    with pytest.raises(FolderError, match="no room"):
        parcel.take_in(small.vault, file, Progress())
    assert small.debris() == []


def test_a_vault_that_can_only_be_read_gives_its_copies_and_says_why_it_takes_none(small: Kit) -> None:
    small.shelf.add("a", 100_000)
    small.back_up()
    digest = small.shelf.digest("a")
    assert run("mount", "-o", "remount,ro", small.folder.parent) == 0
    small.vault.fetch(digest, small.home / "back", Progress())
    assert (small.home / "back").read_bytes() == small.shelf.blob(digest).read_bytes()
    assert small.vault.verify(Progress()).bad == ()
    assert small.vault.state(small.shelf.folder).problem == ""
    small.shelf.add("b", 100)
    for change in (small.back_up, small.vault.sweep, lambda: small.vault.delete(small.version("a").id)):
        with pytest.raises(FolderError, match="Read-only"):
            change()


def test_another_disk_is_told_from_the_same_one(small: Kit) -> None:
    assert not small.vault.state(small.shelf.folder).is_same_disk
    assert small.opened().folder.is_on_disk_of(small.folder.parent)


def test_a_disk_that_is_taken_away_in_the_middle_is_told(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.shelf.add("a", 9 * MIB)
    kit.back_up()
    kit.shelf.add("b", 9 * MIB)

    class Pulling(Progress):
        def update(self, **said: object) -> None:  # type: ignore[override]
            super().update(**said)  # type: ignore[arg-type]
            if self.state.done and kit.folder.exists():
                shutil.move(kit.folder, tmp_path / "elsewhere")

    with pytest.raises(FolderError):
        kit.back_up(progress=Pulling())
    assert not kit.folder.exists()
    shutil.move(tmp_path / "elsewhere", kit.folder)
    assert len(kit.back_up().made) == 1
    assert kit.vault.verify(Progress()).bad == ()
    assert kit.debris() == []


def test_a_vault_without_the_right_to_write_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("missing rights are NOT tested: this person may do anything")
    kit = Kit(tmp_path)
    kit.shelf.add("a", 100)
    kit.back_up()
    kit.shelf.add("b", 100)
    (kit.folder / "parts").chmod(0o500)
    with pytest.raises(KnownError):
        kit.back_up()


def test_who_waits_too_long_for_another_program_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kit = Kit(tmp_path)
    kit.shelf.add("a", 100)
    kit.back_up()
    monkeypatch.setattr(vault_lock, "PATIENCE_SECONDS", 0.0)
    with VaultLock(kit.vault.folder, lambda: kit.now).held(), pytest.raises(StoreBusyError, match="vault"):
        kit.vault.sweep()


@pytest.fixture
def sharing(tmp_path: Path) -> Iterator[Kit]:
    """Models and vault on one disk whose files can share their bytes."""
    make = shutil.which("mkfs.btrfs")
    image, disk = tmp_path / "image", tmp_path / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(128 * MIB)
    if make is None or run(make, "-q", image) or run("mount", "-o", "loop", image, disk):
        pytest.skip("shared bytes are NOT tested: no btrfs can be made and mounted here")
    yield Kit(disk)
    run("umount", "-l", disk)


def test_files_share_their_bytes_where_they_can_and_the_version_says_so(sharing: Kit) -> None:
    sharing.shelf.add("a", 9 * MIB)
    made = sharing.back_up(by_itself=True).made[0]
    assert made.means is CopyMeans.REFLINK
    assert sharing.version("a").means is CopyMeans.REFLINK
    digest = sharing.shelf.digest("a")
    assert sharing.shelf.blob(digest).stat().st_nlink == 1
    damage(sharing.shelf.blob(digest))
    assert sharing.vault.verify(Progress()).bad == ()


def test_a_damaged_source_is_refused_where_bytes_are_shared_too(sharing: Kit) -> None:
    sharing.shelf.add("a", 9 * MIB)
    sharing.shelf.flip(sharing.shelf.digest("a"))
    assert "Source corrupt" in sharing.back_up().refused[names.parse("a")]
    assert sharing.debris() == []
