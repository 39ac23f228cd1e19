"""Bringing models back: where from, in which order, and that nothing is worse where it fails."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.gguf_writer import tiny_gguf
from harness.ollama_library import Shelf
from harness.ollama_repairs import OURS, Clinic, clinic
from harness.ollama_server import HANG, HTML, OllamaDouble
from harness.wire import Reply
from modelward.core.errors import FolderError
from modelward.core.progress import JobCancelled, Progress
from modelward.net.model import Patience
from modelward.ollama import busy, names, placing, server
from modelward.ollama.model import RepairMeans, RepairState, Verdict
from modelward.ollama.server import OllamaServer
from modelward.ollama.vault import Vault
from modelward.ollama.workshop import Workshop

NAME = "llama3.2:3b"
DAMAGES: dict[str, Callable[[Shelf, str], object]] = {
    "flipped": lambda shelf, digest: shelf.flip(digest),
    "truncated": lambda shelf, digest: shelf.truncate(digest),
    "emptied": lambda shelf, digest: shelf.empty(digest),
    "zeroed": lambda shelf, digest: shelf.zero(digest),
    "deleted": lambda shelf, digest: shelf.delete(digest),
}


@pytest.fixture
async def kit(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(tmp_path) as opened:
        yield opened


# ---------------------------------------------------------------- from the vault


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", ["model", "config"])
async def test_each_damage_to_each_blob_is_mended_from_the_vault(kit: Clinic, damage: str, kind: str) -> None:
    whole = kit.snapshot()
    kit.back_up()
    digest = kit.shelf.digest(NAME, kind)
    DAMAGES[damage](kit.shelf, digest)
    report = await kit.repair(NAME)
    assert (report.state, report.means) == (RepairState.REPAIRED, {digest: RepairMeans.VAULT})
    assert kit.snapshot() == whole
    assert kit.left() == []
    assert kit.registry.requests == []
    assert report.steps[-1] == "Ollama loads it."


async def test_a_blob_that_came_back_is_as_new_as_ollamas_cleaning_asks_for(kit: Clinic) -> None:
    kit.back_up()
    digest = kit.shelf.digest(NAME)
    kit.shelf.delete(digest)
    kit.shelf.age(kit.vault._objects.place(digest), seconds=1e6)
    await kit.repair(NAME)
    place = kit.shelf.blob(digest).stat()
    assert abs(place.st_mtime - place.st_ctime) < 60
    assert place.st_mode & 0o777 == 0o644


async def test_a_server_that_remembers_the_damage_wants_a_restart_and_then_loads(kit: Clinic) -> None:
    kit.back_up()
    kit.shelf.delete(kit.shelf.digest(NAME))
    with pytest.raises(Exception, match="refused"):
        await kit.server.generate(NAME)
    report = await kit.repair(NAME)
    assert report.state is RepairState.RESTART
    assert "restart Ollama" in report.detail
    assert not (await kit.server.look()).loaded
    assert (await kit.server.look()).listed == {NAME}
    kit.ollama.restart()
    await kit.server.generate(NAME)


async def test_a_model_in_memory_is_put_out_before_its_blob_is_replaced(kit: Clinic) -> None:
    kit.back_up()
    await kit.server.generate(NAME)
    kit.shelf.flip(kit.shelf.digest(NAME))
    report = await kit.repair(NAME)
    assert f"{NAME} was put out of memory." in report.steps
    assert not (await kit.server.look()).loaded


async def test_a_shared_blob_is_mended_once_for_all(kit: Clinic) -> None:
    kit.shelf.add("me/tuned", kit.shelf.digest(NAME), system="Be kind.")
    kit.back_up()
    kit.shelf.flip(kit.shelf.digest(NAME))
    library, checks = kit.read(), [kit.check(NAME), kit.check("me/tuned")]
    reports = [await kit.recovery.repair(library, check, Progress()) for check in checks]
    assert [report.state for report in reports] == [RepairState.REPAIRED, RepairState.NOTHING]


async def test_without_a_server_the_disk_alone_is_mended(kit: Clinic) -> None:
    kit.back_up()
    kit.shelf.flip(kit.shelf.digest(NAME))
    await kit.ollama.stop()
    report = await kit.repair(NAME)
    assert report.state is RepairState.REPAIRED
    assert "was not loaded" in report.detail


@pytest.mark.parametrize("reply", [HTML, Reply(500, body={"error": "llama-server process has terminated"})])
async def test_a_model_that_is_whole_and_does_not_load_is_told_so(kit: Clinic, reply: Reply) -> None:
    kit.back_up()
    kit.shelf.flip(kit.shelf.digest(NAME))
    kit.ollama.instead["/api/generate"] = reply
    report = await kit.repair(NAME)
    assert report.state is RepairState.REPAIRED
    assert "could not load it" in report.detail


async def test_a_damaged_copy_is_not_put_back(kit: Clinic) -> None:
    kit.back_up()
    digest = kit.shelf.digest(NAME)
    copy = kit.vault._objects.place(digest)
    copy.chmod(0o600)
    copy.write_bytes(b"x" * copy.stat().st_size)
    kit.shelf.flip(digest)
    before = kit.snapshot()
    report = await kit.repair(NAME)
    assert report.state is RepairState.FAILED
    assert "vault is damaged" in report.detail
    assert kit.snapshot() == before
    assert kit.left() == []


async def test_another_folder_of_models_helps_where_the_vault_does_not(kit: Clinic, tmp_path: Path) -> None:
    other = tmp_path / "service"
    shutil.copytree(kit.shelf.folder, other)
    digest = kit.shelf.digest(NAME)
    kit.shelf.flip(digest)
    report = await kit.repair(NAME, kit.opened(elsewhere=(tmp_path / "none", other)))
    assert (report.state, report.means) == (RepairState.REPAIRED, {digest: RepairMeans.SHARED})


async def test_another_folder_whose_disk_fails_gives_way_to_the_next(kit: Clinic, tmp_path: Path) -> None:
    digest = kit.shelf.digest(NAME)
    failing, good = Shelf(tmp_path / "failing"), Shelf(tmp_path / "good")
    good.put(kit.shelf.blob(digest).read_bytes())
    failing.blob(digest).parent.mkdir(parents=True, exist_ok=True)
    failing.blob(digest).symlink_to("/proc/self/mem")  # a file that cannot be read from its beginning
    kit.shelf.flip(digest)
    report = await kit.repair(NAME, kit.opened(elsewhere=(failing.folder, good.folder)))
    assert (report.state, report.means) == (RepairState.REPAIRED, {digest: RepairMeans.SHARED})
    assert kit.left() == []


async def test_a_server_over_another_folder_is_not_asked_to_download(kit: Clinic, tmp_path: Path) -> None:
    other = Shelf(tmp_path / "other")
    other.add("something:else", b"else")
    digest = kit.shelf.digest(NAME)
    kit.shelf.flip(digest)
    before = kit.snapshot()
    async with OllamaDouble(other.folder) as elsewhere:
        report = await kit.repair(NAME, kit.opened(server=OllamaServer(kit.server._client, elsewhere.url)))
        assert report.state is RepairState.FAILED
        assert "another folder" in report.detail
        assert "/api/pull" not in {seen.path for seen in elsewhere.requests}
    assert (kit.snapshot(), kit.left()) == (before, [])


async def test_another_folder_with_the_same_damage_does_not_help(kit: Clinic, tmp_path: Path) -> None:
    kit.shelf.flip(kit.shelf.digest(NAME))
    shutil.copytree(kit.shelf.folder, tmp_path / "service")
    before = kit.snapshot()
    report = await kit.repair(NAME, kit.opened(elsewhere=(tmp_path / "service",)))
    assert report.state is RepairState.FAILED
    assert kit.snapshot() == before


# ---------------------------------------------------------------- by download


@pytest.mark.parametrize("damage", DAMAGES)
async def test_without_a_copy_the_blob_is_downloaded_although_ollama_would_take_the_bad_one(
    kit: Clinic, damage: str
) -> None:
    kit.registry.publish(kit.shelf, NAME)
    whole = kit.snapshot()
    digest = kit.shelf.digest(NAME)
    DAMAGES[damage](kit.shelf, digest)
    progress = Progress()
    report = await kit.recovery.repair(kit.read(), kit.check(NAME), progress)
    assert (report.state, report.means) == (RepairState.REPAIRED, {digest: RepairMeans.DOWNLOAD})
    assert kit.snapshot() == whole
    assert kit.left() == []


async def test_the_download_is_told_live(kit: Clinic) -> None:
    kit.shelf.add("big", 400_000)
    kit.registry.publish(kit.shelf, "big")
    kit.ollama.source.every_line = True
    kit.shelf.delete(kit.shelf.digest("big"))
    told: list[tuple[int, int | None]] = []
    progress = Progress(lambda: told.append((progress.take().done, progress.state.total)))
    await kit.recovery.repair(kit.read(), kit.check("big"), progress)
    assert {done for done, total in told if total == 400_000 and 0 < done < 400_000}


async def test_unfinished_downloads_are_out_of_the_way_before_the_pull(kit: Clinic) -> None:
    kit.registry.publish(kit.shelf, NAME)
    digest = kit.shelf.digest(NAME)
    kit.shelf.delete(digest)
    kit.shelf.partial(digest)
    # With one of its parts gone, every pull fails for ever.
    kit.shelf.blobs.joinpath(f"{kit.shelf.blob(digest).name}-partial-0").unlink()
    assert (await kit.repair(NAME)).state is RepairState.REPAIRED
    assert not list(kit.shelf.blobs.glob("*-partial*"))


async def test_offline_all_stays_as_it_was_the_unfinished_downloads_too(kit: Clinic) -> None:
    digest = kit.shelf.digest(NAME)
    kit.shelf.flip(digest)
    kit.shelf.partial(digest)
    kit.ollama.source.is_offline = True
    before = kit.snapshot()
    report = await kit.repair(NAME)
    assert report.state is RepairState.FAILED
    assert "online" in report.detail
    assert kit.snapshot() == before
    assert kit.left() == []


@pytest.mark.parametrize("fault", ["corrupt", "page", "cut", "gone", "lying", "html", "down"])
async def test_a_download_that_fails_leaves_the_damaged_blob_where_it_was(kit: Clinic, fault: str) -> None:
    kit.registry.publish(kit.shelf, NAME)
    digest = kit.shelf.digest(NAME)
    kit.shelf.flip(digest)
    before = kit.snapshot()[f"blobs/{kit.shelf.blob(digest).name}"]
    match fault:
        case "corrupt":
            kit.registry.corrupt.add(digest)
        case "page":
            kit.registry.pages.add(digest)
        case "cut":
            kit.registry.cut[digest] = 100
        case "gone":
            kit.registry.withdraw(NAME)
        case "lying":
            kit.ollama.is_lying = True
        case "html":
            kit.ollama.instead["/api/pull"] = HTML
        case _:
            await kit.ollama.stop()
    report = await kit.repair(NAME)
    assert report.state is RepairState.FAILED
    assert report.detail
    assert kit.snapshot()[f"blobs/{kit.shelf.blob(digest).name}"] == before
    assert kit.check(NAME).verdict is Verdict.DAMAGED
    assert kit.left() == []


@pytest.mark.parametrize("fault", ["corrupt", "lying"])
async def test_a_missing_blob_is_never_replaced_by_a_wrong_one(kit: Clinic, fault: str) -> None:
    kit.registry.publish(kit.shelf, NAME)
    digest = kit.shelf.digest(NAME)
    kit.shelf.delete(digest)
    if fault == "corrupt":
        kit.registry.corrupt.add(digest)
    kit.ollama.is_lying = fault == "lying"
    report = await kit.repair(NAME)
    assert report.state is RepairState.FAILED
    assert kit.check(NAME).verdict is Verdict.MISSING
    assert not kit.shelf.blob(digest).exists()


async def test_a_wrong_file_under_a_good_word_is_not_left_in_the_next_pulls_way(kit: Clinic) -> None:
    digest = kit.shelf.digest(NAME)
    kit.shelf.delete(digest)

    async def lines() -> AsyncGenerator[bytes, None]:
        kit.shelf.blob(digest).write_bytes(b"an error's page")
        yield b'{"status":"success"}\n'

    kit.ollama.instead["/api/pull"] = Reply(stream=lines())
    report = await kit.repair(NAME)
    assert report.state is RepairState.FAILED
    assert kit.check(NAME).verdict is Verdict.MISSING


async def test_a_pull_that_never_answers_is_given_up(kit: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_PULLING", Patience(connect=1, first_byte=0.1, between=0.1, total=None))
    kit.shelf.flip(kit.shelf.digest(NAME))
    kit.ollama.instead["/api/pull"] = HANG
    before = kit.snapshot()
    report = await kit.repair(NAME)
    assert report.state is RepairState.FAILED
    assert "too slow" in report.detail
    assert kit.snapshot() == before


async def test_a_model_that_no_registry_has_is_mended_through_one_that_shares_the_blob(kit: Clinic) -> None:
    kit.registry.publish(kit.shelf, NAME)
    digest = kit.shelf.digest(NAME)
    kit.shelf.add("me/tuned", digest, system="Be kind.")
    kit.shelf.flip(digest)
    report = await kit.repair("me/tuned")
    assert (report.state, report.means) == (RepairState.REPAIRED, {digest: RepairMeans.DOWNLOAD})


async def test_blobs_come_from_the_vault_as_far_as_it_has_them_and_the_rest_by_download(kit: Clinic) -> None:
    kit.back_up()
    kit.registry.publish(kit.shelf, NAME)
    weights, config = kit.shelf.digest(NAME), kit.shelf.digest(NAME, "config")
    kit.vault._objects.place(config).unlink()
    kit.shelf.flip(weights)
    kit.shelf.flip(config)
    report = await kit.repair(NAME)
    assert report.state is RepairState.REPAIRED
    assert report.means == {weights: RepairMeans.VAULT, config: RepairMeans.DOWNLOAD}


async def test_what_the_vault_could_mend_stays_mended_where_the_download_fails(kit: Clinic) -> None:
    kit.back_up()
    weights, config = kit.shelf.digest(NAME), kit.shelf.digest(NAME, "config")
    kit.vault._objects.place(config).unlink()
    kit.shelf.flip(weights)
    kit.shelf.delete(config)
    assert (await kit.repair(NAME)).state is RepairState.FAILED
    assert kit.shelf.damaged() == ()
    assert kit.left() == []


async def test_a_tag_that_moved_does_not_take_the_old_versions_good_blobs_with_it(kit: Clinic) -> None:
    weights, config = kit.shelf.digest(NAME), kit.shelf.digest(NAME, "config")
    content = kit.shelf.blob(weights).read_bytes()
    newer = Shelf(kit.home / "newer")
    newer.add(NAME, tiny_gguf("newer"), config={"model_type": "4B"})
    kit.registry.publish(newer, NAME)
    kit.shelf.delete(config)
    report = await kit.repair(NAME)
    assert report.state is RepairState.REPAIRED
    assert any("newer version" in step for step in report.steps)
    assert not kit.shelf.blob(weights).exists()
    (kept,) = kit.shelf.folder.glob(f"{OURS}/kept/*/blobs/{kit.shelf.blob(weights).name}")
    assert kept.read_bytes() == content
    assert any(str(kept.parents[1]) in step for step in report.steps)


async def test_a_version_that_the_vault_has_is_not_kept_twice(kit: Clinic) -> None:
    kit.back_up()
    newer = Shelf(kit.home / "newer")
    newer.add(NAME, tiny_gguf("newer"))
    kit.registry.publish(newer, NAME)
    assert (await kit.redownload(NAME)).state is RepairState.REPAIRED
    assert kit.left() == []
    assert kit.check(NAME).model.manifest != kit.vault.versions(names.parse(NAME))[0].manifest


async def test_the_present_version_goes_into_the_vault_before_a_download_replaces_it(kit: Clinic) -> None:
    former = kit.model(NAME).manifest
    newer = Shelf(kit.home / "newer")
    newer.add(NAME, tiny_gguf("newer"))
    kit.registry.publish(newer, NAME)
    report = await kit.redownload(NAME)
    assert report.state is RepairState.REPAIRED
    assert former is not None
    assert [each.manifest.raw for each in kit.vault.versions(names.parse(NAME))] == [former.raw]


async def test_a_model_that_is_not_here_is_downloaded_and_bad_blobs_in_its_way_are_replaced(kit: Clinic) -> None:
    kit.registry.publish(kit.shelf, NAME)
    whole = kit.snapshot()
    kit.shelf.flip(kit.shelf.digest(NAME))
    kit.shelf.delete_manifest(NAME)
    report = await kit.redownload(NAME)
    assert report.state is RepairState.REPAIRED
    assert kit.snapshot() == whole


# ---------------------------------------------------------------- manifests


@pytest.mark.parametrize("size", [0, 40])
async def test_a_manifest_that_was_cut_off_comes_back_byte_for_byte(kit: Clinic, size: int) -> None:
    whole = kit.snapshot()
    kit.back_up()
    kit.shelf.cut_manifest(NAME, size)
    report = await kit.repair(NAME)
    assert report.state is RepairState.REPAIRED
    assert kit.snapshot() == whole


async def test_a_manifest_that_was_cut_off_is_downloaded_where_there_is_no_copy(kit: Clinic) -> None:
    kit.registry.publish(kit.shelf, NAME)
    whole = kit.snapshot()
    kit.shelf.cut_manifest(NAME)
    assert (await kit.repair(NAME)).state is RepairState.REPAIRED
    assert kit.snapshot() == whole


async def test_a_manifest_and_its_blobs_come_back_together(kit: Clinic) -> None:
    whole = kit.snapshot()
    kit.back_up()
    kit.shelf.delete(kit.shelf.digest(NAME))
    kit.shelf.flip(kit.shelf.digest(NAME, "config"))
    kit.shelf.cut_manifest(NAME)
    assert (await kit.repair(NAME)).state is RepairState.REPAIRED
    assert kit.snapshot() == whole


@pytest.mark.parametrize("link", ["symlink", "hardlink", "copy"])
async def test_the_newer_layout_is_mended_in_its_own_way(tmp_path: Path, link: str) -> None:
    def fill(shelf: Shelf) -> None:
        shelf.add(NAME, tiny_gguf(), v2=True, link=link)

    async with clinic(tmp_path, fill) as kit:
        whole, place = kit.snapshot(), kit.shelf.manifest(NAME, v2=True)
        kit.back_up()
        kit.shelf.flip(kit.shelf.digest(NAME))
        assert (await kit.repair(NAME)).state is RepairState.REPAIRED
        assert kit.snapshot() == whole
        os.truncate(place, 0)
        assert (await kit.repair(NAME)).state is RepairState.REPAIRED
        assert kit.snapshot() == whole
        assert place.resolve().name.startswith("sha256-")


async def test_a_dangling_link_in_the_newer_layout_is_replaced(tmp_path: Path) -> None:
    async with clinic(tmp_path, lambda shelf: shelf.add(NAME, tiny_gguf(), v2=True)) as kit:
        whole = kit.snapshot()
        kit.back_up()
        kit.shelf.manifest(NAME, v2=True).resolve().unlink()
        assert (await kit.repair(NAME)).state is RepairState.REPAIRED
        assert kit.snapshot() == whole


# ---------------------------------------------------------------- restoring versions


async def test_a_vanished_model_is_restored_whole(kit: Clinic) -> None:
    whole = kit.snapshot()
    kit.back_up()
    await kit.server.delete(NAME)
    assert not kit.shelf.names()
    report = await kit.restore(NAME)
    assert report.state is RepairState.REPAIRED
    assert kit.snapshot() == whole
    kit.ollama.restart()
    assert (await kit.server.look()).listed == {NAME}


async def test_an_old_blob_without_a_model_is_made_young_before_the_model_comes_back(kit: Clinic) -> None:
    kit.back_up()
    kit.shelf.delete_manifest(NAME)
    for blob in kit.shelf.blobs.iterdir():
        kit.shelf.age(blob, seconds=1e6)
    await kit.restore(NAME)
    assert all(kit.now.timestamp() - blob.stat().st_mtime < 2 * 3600 for blob in kit.shelf.blobs.iterdir())


async def test_an_older_version_is_restored_and_the_present_one_is_saved_first(kit: Clinic) -> None:
    first = kit.shelf.manifest(NAME).read_bytes()
    kit.back_up()
    kit.shelf.add(NAME, tiny_gguf("second"))
    second = kit.shelf.manifest(NAME).read_bytes()
    report = await kit.restore(NAME)
    assert report.state is RepairState.REPAIRED
    assert kit.shelf.manifest(NAME).read_bytes() == first
    assert {each.manifest.raw for each in kit.vault.versions(names.parse(NAME))} == {first, second}


async def test_restoring_what_is_there_and_whole_does_nothing(kit: Clinic) -> None:
    kit.back_up()
    before = kit.snapshot()
    assert (await kit.restore(NAME)).state is RepairState.NOTHING
    assert kit.snapshot() == before


async def test_a_version_of_which_the_vault_lacks_a_blob_changes_no_manifest(kit: Clinic) -> None:
    kit.back_up()
    kit.vault._objects.place(kit.shelf.digest(NAME)).unlink()
    kit.shelf.add(NAME, tiny_gguf("second"), system="Be kind.")
    before = kit.shelf.manifest(NAME).read_bytes()
    (kit.shelf.blob(kit.vault.versions()[0].manifest.layers[1].digest)).unlink(missing_ok=True)
    report = await kit.restore(NAME, -1)
    assert report.state is RepairState.FAILED
    assert "does not have all blobs" in report.detail
    assert kit.shelf.manifest(NAME).read_bytes() == before
    assert kit.left() == []


async def test_names_that_differ_in_case_alone_are_one_model(kit: Clinic) -> None:
    kit.back_up()
    kit.shelf.manifest(NAME).parent.rename(kit.shelf.manifest(NAME).parent.with_name("Llama3.2"))
    kit.shelf.manifest("Llama3.2:3b").write_bytes(b"")
    assert (await kit.restore(NAME)).state is RepairState.REPAIRED
    assert kit.shelf.names() == ("registry.ollama.ai/library/Llama3.2:3b",)


# ---------------------------------------------------------------- others at work


async def test_a_model_that_was_changed_since_it_was_verified_is_left_alone(kit: Clinic) -> None:
    kit.shelf.flip(kit.shelf.digest(NAME))
    library, check = kit.read(), kit.check(NAME)
    kit.shelf.add(NAME, tiny_gguf("second"))
    report = await kit.recovery.repair(library, check, Progress())
    assert report.state is RepairState.FAILED
    assert "changed or removed" in report.detail
    kit.shelf.delete_manifest(NAME)
    assert (await kit.recovery.repair(library, check, Progress())).state is RepairState.FAILED
    assert not (kit.shelf.folder / OURS).exists()


async def test_a_download_that_goes_on_is_left_alone(kit: Clinic) -> None:
    digest = kit.shelf.digest(NAME)
    kit.shelf.delete(digest)
    kit.shelf.partial(digest)
    kit.now -= ahead(kit)
    partial = Path(f"{kit.shelf.blob(digest)}-partial")

    async def goes_on(_: float) -> None:
        kit.shelf.age(partial, seconds=-1)

    report = await kit.repair(NAME, kit.opened(wait=goes_on))
    assert report.state is RepairState.FAILED
    assert "at work" in report.detail
    assert partial.name in {path.name for path in kit.shelf.blobs.iterdir()}


async def test_a_blob_that_is_being_copied_there_is_left_alone(kit: Clinic) -> None:
    kit.back_up()
    digest = kit.shelf.digest(NAME)
    kit.shelf.truncate(digest, 100)
    kit.now -= ahead(kit)

    async def grows(_: float) -> None:
        with kit.shelf.blob(digest).open("ab") as file:
            file.write(b"more")

    assert "at work" in (await kit.repair(NAME, kit.opened(wait=grows))).detail
    assert (await kit.repair(NAME)).state is RepairState.REPAIRED


def ahead(kit: Clinic) -> timedelta:
    """What brings the clinic's clock back to the files' own time."""
    return kit.now - datetime.fromtimestamp(kit.shelf.blobs.stat().st_mtime, UTC)


async def test_a_second_tool_on_the_folder_is_told_to_wait(kit: Clinic) -> None:
    kit.back_up()
    kit.shelf.flip(kit.shelf.digest(NAME))
    before = kit.snapshot()
    with Workshop(kit.shelf.folder, lambda: kit.now).held():
        report = await kit.repair(NAME)
    assert report.state is RepairState.FAILED
    assert "Another Modelward" in report.detail
    assert kit.snapshot() == before


async def test_a_blob_that_is_whole_by_now_is_left_alone(kit: Clinic) -> None:
    kit.back_up()
    digest = kit.shelf.digest(NAME)
    kit.shelf.flip(digest)
    library, check = kit.read(), kit.check(NAME)
    kit.shelf.flip(digest)
    before = kit.shelf.blob(digest).stat().st_mtime_ns
    assert (await kit.recovery.repair(library, check, Progress())).state is RepairState.NOTHING
    assert kit.shelf.blob(digest).stat().st_mtime_ns == before


async def test_cancelling_puts_back_what_was_set_aside(kit: Clinic) -> None:
    kit.shelf.add("big", 400_000)
    kit.registry.publish(kit.shelf, "big")
    kit.ollama.source.every_line = True
    kit.registry.gate = asyncio.Semaphore(2)
    digest = kit.shelf.digest("big")
    kit.shelf.flip(digest)
    before = kit.snapshot()
    begun = asyncio.Event()
    progress = Progress(lambda: begun.set() if progress.take().done else None)
    working = asyncio.ensure_future(kit.recovery.repair(kit.read(), kit.check("big"), progress))
    await begun.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    after = kit.snapshot()
    assert {path: after[path] for path in before} == before
    assert all("-partial" in path for path in after.keys() - before.keys())


async def test_a_progress_that_is_cancelled_ends_the_repair_without_a_trace(kit: Clinic) -> None:
    kit.back_up()
    kit.shelf.flip(kit.shelf.digest(NAME))
    before = kit.snapshot()
    progress = Progress()
    progress.cancel()
    with pytest.raises(JobCancelled):
        await kit.recovery.repair(kit.read(), kit.check(NAME), progress)
    assert kit.snapshot() == before
    assert kit.left() == []


# ---------------------------------------------------------------- bad luck


async def test_a_full_disk_loses_nothing_and_is_told(kit: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.back_up()
    kit.shelf.flip(kit.shelf.digest(NAME))
    before = kit.snapshot()
    monkeypatch.setattr(placing.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    report = await kit.repair(NAME)
    assert report.state is RepairState.FAILED
    assert "no room" in report.detail
    assert kit.snapshot() == before
    assert kit.left() == []


async def test_a_disk_that_fills_while_writing_loses_nothing(kit: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.back_up()
    kit.shelf.flip(kit.shelf.digest(NAME))
    before = kit.snapshot()

    def full(*_: object) -> None:
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:
            raise FolderError("The disk is full.", todo="Free some space.") from error

    monkeypatch.setattr(Vault, "fetch", full)
    report = await kit.repair(NAME)
    assert report.state is RepairState.FAILED
    assert "Free some space" in report.detail
    assert kit.registry.requests == []
    assert kit.snapshot() == before


async def test_a_server_that_never_answers_does_not_hold_the_disks_repair_up_for_ever(
    kit: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CHECKING", Patience(connect=1, first_byte=0.1, between=0.1, total=0.2))
    kit.back_up()
    kit.shelf.flip(kit.shelf.digest(NAME))
    kit.ollama.instead["*"] = HANG
    report = await kit.repair(NAME)
    assert report.state is RepairState.REPAIRED
    assert "was not loaded" in report.detail


async def test_a_folder_without_room_for_ours_is_told(kit: Clinic) -> None:
    kit.back_up()
    kit.shelf.flip(kit.shelf.digest(NAME))
    (kit.shelf.folder / OURS).write_text("a file where a folder is to be")
    report = await kit.repair(NAME)
    assert report.state is RepairState.FAILED
    assert OURS in report.detail


async def test_a_whole_model_needs_no_repair(kit: Clinic) -> None:
    assert (await kit.repair(NAME)).state is RepairState.NOTHING
    assert not (kit.shelf.folder / OURS).exists()


async def test_a_plan_tells_what_would_be_done_and_touches_nothing(kit: Clinic) -> None:
    kit.back_up()
    kit.shelf.flip(kit.shelf.digest(NAME))
    kit.shelf.delete(kit.shelf.digest(NAME, "config"))
    kit.vault._objects.place(kit.shelf.digest(NAME, "config")).unlink()
    before, asked = kit.snapshot(), len(kit.ollama.requests)
    steps = kit.recovery.plan(kit.read(), kit.check(NAME))
    assert sorted(step.split(" ")[0] for step in steps) == ["Bring", "Set"]
    assert any("from the vault" in step for step in steps)
    assert any("downloading" in step for step in steps)
    assert kit.snapshot() == before
    assert len(kit.ollama.requests) == asked
    assert not (kit.shelf.folder / OURS).exists()
    kit.shelf.cut_manifest(NAME)
    assert "from the vault" in kit.recovery.plan(kit.read(), kit.check(NAME))[0]


async def test_what_was_done_stands_in_the_vaults_log(kit: Clinic) -> None:
    kit.back_up()
    kit.shelf.flip(kit.shelf.digest(NAME))
    await kit.repair(NAME)
    log = (kit.home / "vault" / "audit.jsonl").read_text()
    assert '"repair"' in log
    assert NAME in log


def test_only_recent_changes_are_waited_for(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    digest = shelf.partial()
    shelf.age(Path(f"{shelf.blob(digest)}-partial"), seconds=3600)
    shelf.age(Path(f"{shelf.blob(digest)}-partial-0"), seconds=3600)
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    now = datetime.now(UTC)
    assert not asyncio.run(busy.is_busy(shelf.folder, [(digest, 9)], None, now, wait))
    assert waits == []
