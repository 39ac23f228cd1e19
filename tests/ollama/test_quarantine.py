"""What a repair sets aside: finished or put back by whoever comes next, whatever state it was left in."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.gguf_writer import tiny_gguf
from harness.ollama_library import Shelf, digest_of
from harness.ollama_repairs import OURS, Clinic, clinic
from modelward.core.progress import Progress
from modelward.ollama import names, placing
from modelward.ollama.model import RepairState
from modelward.ollama.quarantine import Bench
from modelward.ollama.vault import Vault
from modelward.ollama.workshop import Workshop

NAME = "llama3.2:3b"


@pytest.fixture
async def kit(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(tmp_path) as opened:
        yield opened


@pytest.fixture
def bench(kit: Clinic) -> Bench:
    """A repair that is never settled by whoever began it."""
    workshop = Workshop(kit.shelf.folder, lambda: kit.now)
    with workshop.held():
        return workshop.begin()


async def finished(kit: Clinic) -> tuple[str, ...]:
    return await kit.recovery.finish_cut_off(kit.shelf.folder)


async def test_a_blob_that_was_set_aside_comes_back_with_its_unfinished_downloads(kit: Clinic, bench: Bench) -> None:
    digest = kit.shelf.digest(NAME)
    kit.shelf.flip(digest)
    kit.shelf.partial(digest)
    before = kit.snapshot()
    bench.set_aside_once(digest)
    assert len(kit.snapshot()) == len(before) - 3
    (told,) = await finished(kit)
    assert "as it was" in told
    assert kit.snapshot() == before
    assert kit.left() == []
    assert await finished(kit) == ()


async def test_what_was_proven_and_not_yet_placed_is_placed(kit: Clinic, bench: Bench) -> None:
    whole, digest = kit.snapshot(), kit.shelf.digest(NAME)
    shutil.copy(kit.shelf.blob(digest), bench.staged(digest))
    kit.shelf.age(bench.staged(digest), seconds=1e6)
    kit.shelf.flip(digest)
    bench.set_aside_once(digest)
    await finished(kit)
    assert kit.snapshot() == whole
    # Ollama removes blobs without a model an hour after their last change.
    assert kit.now.timestamp() - kit.shelf.blob(digest).stat().st_mtime < 2 * 3600
    assert kit.left() == []


async def test_what_was_half_written_is_not_placed(kit: Clinic, bench: Bench) -> None:
    digest = kit.shelf.digest(NAME)
    bench.staged(digest).write_bytes(kit.shelf.blob(digest).read_bytes()[:-1])
    kit.shelf.flip(digest)
    before = kit.snapshot()
    bench.set_aside_once(digest)
    await finished(kit)
    assert kit.snapshot() == before


async def test_a_wrong_download_gives_way_to_what_was_there_before(kit: Clinic, bench: Bench) -> None:
    digest = kit.shelf.digest(NAME)
    kit.shelf.flip(digest)
    before = kit.snapshot()
    bench.set_aside_once(digest)
    kit.shelf.blob(digest).write_bytes(b"an error's page")
    bench.set_aside_once(digest)
    kit.shelf.blob(digest).write_bytes(b"another one")
    await finished(kit)
    assert kit.snapshot() == before


async def test_a_good_download_stays_and_the_bad_blob_goes(kit: Clinic, bench: Bench) -> None:
    whole, digest = kit.snapshot(), kit.shelf.digest(NAME)
    content = kit.shelf.blob(digest).read_bytes()
    kit.shelf.flip(digest)
    bench.set_aside_once(digest)
    kit.shelf.blob(digest).write_bytes(content)
    await finished(kit)
    assert kit.snapshot() == whole
    assert kit.left() == []


@pytest.mark.parametrize("is_whole", [True, False])
async def test_a_manifest_is_placed_only_when_all_its_blobs_are_whole(
    kit: Clinic, bench: Bench, is_whole: bool
) -> None:
    place = kit.shelf.manifest(NAME)
    bench.stage_manifest(place, place.read_bytes())
    kit.shelf.delete_manifest(NAME)
    if not is_whole:
        kit.shelf.flip(next(iter(path.name.replace("-", ":") for path in sorted(kit.shelf.blobs.iterdir()))))
    await finished(kit)
    assert place.exists() is is_whole


async def test_odd_things_in_our_folder_do_no_harm(kit: Clinic, bench: Bench, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "bad" / "blobs").mkdir(parents=True)
    (elsewhere / "precious").write_text("precious")
    (bench.folder.parent / "link").symlink_to(elsewhere)
    (bench.folder.parent / "file").write_text("x")
    (bench.bad / "blobs" / "sha256-zz").write_text("x")
    bench.stage_manifest(kit.shelf.manifest("odd"), b'{"layers": "../"}')
    before = kit.snapshot()
    await finished(kit)
    assert kit.snapshot() == before
    assert (elsewhere / "precious").exists()


async def test_a_repair_of_another_that_still_runs_is_not_settled(kit: Clinic, bench: Bench) -> None:
    digest = kit.shelf.digest(NAME)
    with Workshop(kit.shelf.folder, lambda: kit.now).held():
        bench.set_aside_once(digest)
        (told,) = await finished(kit)
    assert "could not be finished" in told
    assert not kit.shelf.blob(digest).exists()
    await finished(kit)
    assert kit.shelf.damaged() == ()


async def test_the_next_repair_settles_what_was_cut_off_first(kit: Clinic, bench: Bench) -> None:
    whole = kit.snapshot()
    kit.back_up()
    bench.set_aside_once(kit.shelf.digest(NAME, "config"))
    kit.shelf.flip(kit.shelf.digest(NAME))
    report = await kit.repair(NAME)
    assert "cut off" in report.steps[0]
    assert kit.snapshot() == whole


async def test_temporary_names_of_a_test_that_was_cut_off_are_removed(kit: Clinic) -> None:
    await kit.server.copy(NAME, "modelward-proof:12ab")
    await finished(kit)
    assert (await kit.server.look()).listed == {NAME}


async def test_a_folder_that_is_not_there_has_nothing_to_settle(kit: Clinic, tmp_path: Path) -> None:
    assert await kit.recovery.finish_cut_off(tmp_path / "gone") == ()


def test_a_copy_that_is_not_what_its_name_says_is_not_made(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    digest = shelf.orphan()
    assert placing.copy_whole(shelf.blob(digest), digest, tmp_path / "good", Progress())
    shelf.flip(digest)
    assert not placing.copy_whole(shelf.blob(digest), digest, tmp_path / "bad", Progress())
    assert not (tmp_path / "bad").exists()
    assert not placing.copy_whole(tmp_path / "none", digest, tmp_path / "bad", Progress())


def test_what_is_no_file_is_never_whole(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    digest = digest_of(b"")
    assert not placing.is_whole(tmp_path / "pipe", digest, Progress())
    assert not placing.is_whole(tmp_path, digest, Progress())
    assert not placing.is_whole(tmp_path / "none", digest, Progress())
    (tmp_path / "empty").touch()
    assert placing.is_whole(tmp_path / "empty", digest, Progress())


async def test_blobs_on_another_disk_are_set_aside_there(kit: Clinic, tmp_path: Path) -> None:
    whole = kit.snapshot()
    kit.back_up()
    disk = tmp_path / "disk"
    disk.mkdir()
    kit.shelf.blobs.rename(disk / "blobs")
    kit.shelf.blobs.symlink_to(disk / "blobs")
    kit.shelf.flip(kit.shelf.digest(NAME))
    assert (await kit.repair(NAME)).state is RepairState.REPAIRED
    assert (disk / OURS).is_dir()
    assert {path.name for path in (disk / "blobs").iterdir()} == {Path(path).name for path in whole if "blobs" in path}
    assert kit.shelf.damaged() == ()


async def test_a_version_that_the_vault_cannot_take_is_kept_beside_the_models(
    kit: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.back_up()
    kit.shelf.add(NAME, tiny_gguf("second"))
    weights = kit.shelf.digest(NAME)
    content = kit.shelf.blob(weights).read_bytes()
    refusal = kit.vault.back_up(kit.read(), Progress(), ())
    monkeypatch.setattr(Vault, "back_up", lambda *_, **__: refusal)
    report = await kit.restore(NAME, -1)
    assert report.state is RepairState.REPAIRED
    (kept,) = kit.shelf.folder.glob(f"{OURS}/kept/*")
    assert Shelf(kept).read(NAME)["layers"][0]["digest"] == weights
    assert Shelf(kept).blob(weights).read_bytes() == content
    assert any(str(kept) in step for step in report.steps)
    assert {each.manifest.raw for each in kit.vault.versions(names.parse(NAME))} == {
        kit.shelf.manifest(NAME).read_bytes()
    }


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
async def test_what_root_puts_there_belongs_to_the_folders_owner(kit: Clinic) -> None:
    kit.back_up()
    digest = kit.shelf.digest(NAME)
    kit.shelf.delete(digest)
    for path in (kit.shelf.folder, kit.shelf.blobs, kit.shelf.manifests):
        os.chown(path, 12345, 12345)
    shutil.rmtree(kit.shelf.manifests / "registry.ollama.ai")
    assert (await kit.restore(NAME)).state is RepairState.REPAIRED
    place = kit.shelf.manifest(NAME)
    owners = {path.stat().st_uid for path in (kit.shelf.blob(digest), place, *list(place.parents)[:4])}
    assert owners == {12345}
    assert place.stat().st_mode & 0o777 == 0o644


async def test_what_is_kept_of_a_linked_blob_is_its_bytes(kit: Clinic, bench: Bench) -> None:
    blob = kit.shelf.blob(kit.shelf.digest(NAME))
    content = blob.read_bytes()
    blob.rename(blob.with_name("elsewhere"))
    blob.symlink_to("elsewhere")
    model = kit.model(NAME)
    assert model.manifest is not None
    bench.keep(model.path, model.manifest)
    assert (bench.kept / "blobs" / blob.name).read_bytes() == content
