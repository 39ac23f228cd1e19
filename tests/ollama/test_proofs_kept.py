"""What repairs prove stays proven; what is wrong says what helps; copies are proven too; a vault that is away."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.gguf_writer import tiny_gguf
from harness.guards import Guard, guard
from harness.ollama_library import Shelf
from harness.ollama_registry import Registry
from harness.vaults import damage, small_disk
from modelward.core.errors import BadValueError, FolderError, StoreBusyError
from modelward.core.progress import JobCancelled, Progress
from modelward.ollama import places
from modelward.ollama.model import AlertKind, RepairMeans, RepairState, Verdict
from modelward.ollama.names import parse
from modelward.ollama.places import Machine

__all__ = ["guard"]

LLAMA, TUNED = parse("llama3.2:3b"), parse("me/tuned")
DAY = timedelta(days=1)


async def verdicts(guard: Guard) -> dict[str, Verdict]:
    return {str(each.check.model.name): each.check.verdict for each in (await guard.service.overview()).standings}


def weights(guard: Guard, name: str) -> str:
    """The digest of a model's largest blob."""
    return max(guard.shelf.digests(name), key=lambda digest: guard.shelf.blob(digest).stat().st_size)


# ---------------------------------------------------------------- proofs over repairs


@pytest.fixture
async def relatives(guard: Guard) -> Guard:
    """A guard of models that share their licence and template."""
    for name in ("one", "two", "three"):
        guard.shelf.add(name, tiny_gguf(name), license="MIT", template="{{ .Prompt }}")
    await guard.service.verify(Progress())
    await guard.service.back_up(Progress())
    return guard


async def test_after_a_repair_all_models_are_still_proven(relatives: Guard) -> None:
    relatives.shelf.flip(weights(relatives, "one"))
    ((report,), _) = await relatives.service.repair(Progress())
    assert report.state is RepairState.REPAIRED
    assert weights(relatives, "one") in report.whole
    assert set((await verdicts(relatives)).values()) == {Verdict.INTACT}


async def test_after_a_restore_all_models_are_still_proven(relatives: Guard) -> None:
    relatives.shelf.delete_manifest("one")
    for digest in relatives.shelf.digests("two"):
        os.utime(relatives.shelf.blob(digest))
    await relatives.service.verify(Progress())
    report, _ = await relatives.service.restore(parse("one"), Progress())
    assert report.state is RepairState.REPAIRED
    assert set((await verdicts(relatives)).values()) == {Verdict.INTACT}


async def test_after_a_download_all_models_are_still_proven(relatives: Guard, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "registry")
    shelf.add("one", tiny_gguf("one"), license="MIT", template="{{ .Prompt }}")
    relatives.shelf.flip(weights(relatives, "one"))
    async with Registry() as registry:
        registry.publish(shelf, "one")
        relatives.ollama.source.url = registry.url
        report, _ = await relatives.service.redownload(parse("one"), Progress())
    assert report.state in (RepairState.REPAIRED, RepairState.RESTART), report
    assert set((await verdicts(relatives)).values()) == {Verdict.INTACT}


async def test_after_maintenance_mended_by_itself_all_models_are_still_proven(relatives: Guard) -> None:
    relatives.shelf.flip(weights(relatives, "one"))
    report = await relatives.maintain()
    assert [each.state for each in report.repairs] == [RepairState.REPAIRED]
    assert set((await verdicts(relatives)).values()) == {Verdict.INTACT}


async def test_a_repair_proves_nothing_that_it_did_not_read(relatives: Guard) -> None:
    """A blob that was written to meanwhile is unproven, as it was not among those that were read."""
    relatives.shelf.flip(weights(relatives, "one"))
    relatives.shelf.flip(weights(relatives, "two"), 5)
    await relatives.service.repair(Progress(), [parse("one")])
    found = await verdicts(relatives)
    assert (found["one:latest"], found["two:latest"]) == (Verdict.INTACT, Verdict.UNPROVEN)


# ---------------------------------------------------------------- what helps


async def test_a_verdict_says_since_when_the_vault_has_the_blob(guard: Guard) -> None:
    await guard.service.back_up(Progress())
    day = f"{guard.clock():%Y-%m-%d}"
    guard.shelf.flip(weights(guard, "me/tuned"))
    report, _ = await guard.service.verify(Progress())
    assert f"The vault has it since {day}. Repair brings it back." in report.bad[0].detail


async def test_a_verdict_says_how_much_is_to_download_where_there_is_no_copy(guard: Guard) -> None:
    guard.shelf.flip(weights(guard, "me/tuned"))
    report, _ = await guard.service.verify(Progress())
    assert "No copy of it is at hand: " in report.bad[0].detail
    assert " to download. Repair does it." in report.bad[0].detail


async def test_a_verdict_tells_apart_what_is_in_the_vault_and_what_is_not(guard: Guard) -> None:
    await guard.service.back_up(Progress())
    vault = guard.service.vault_folder
    lost, held = sorted(guard.shelf.digests("me/tuned"))[:2]
    next((vault / "objects").glob(f"??/{lost[7:]}")).unlink()
    for digest in (lost, held):
        guard.shelf.blob(digest).unlink()
    report, _ = await guard.service.verify(Progress(), [TUNED], quick=True)
    (bad,) = report.bad
    assert "The vault has 1 of the 2 since" in bad.detail
    assert "No copy of 1 of the 2 is at hand" in bad.detail


async def test_a_manifest_that_cannot_be_read_is_told_with_what_the_vault_has_of_the_model(guard: Guard) -> None:
    guard.shelf.manifest("me/tuned").write_bytes(b"")
    report, _ = await guard.service.verify(Progress())
    assert "The vault has no copy of this model" in report.bad[0].detail


# ---------------------------------------------------------------- other folders of models


def home_of(guard: Guard, tmp_path: Path) -> Shelf:
    """The person's usual model folder, beside the one that is guarded."""
    guard.environ["HOME"] = str(tmp_path / "person")
    return Shelf(tmp_path / "person" / ".ollama" / "models")


async def test_a_blob_comes_back_from_another_folder_of_models_on_this_machine(guard: Guard, tmp_path: Path) -> None:
    await guard.stop()
    other = home_of(guard, tmp_path)
    other.add("me/tuned", tiny_gguf("me/tuned"))
    await guard.start()
    before = other.snapshot()
    guard.shelf.flip(weights(guard, "me/tuned"))
    report, _ = await guard.service.verify(Progress())
    assert "Another folder of models on this machine has it." in report.bad[0].detail
    ((repair,), _) = await guard.service.repair(Progress())
    assert (repair.state, set(repair.means.values())) == (RepairState.REPAIRED, {RepairMeans.SHARED})
    assert (guard.shelf.damaged(), other.snapshot()) == ((), before)


def test_other_folders_are_those_with_models_in_them_but_the_one_that_is_guarded(tmp_path: Path) -> None:
    machine = Machine("linux", tmp_path)
    environ = {"HOME": str(tmp_path / "home/me")}
    service, own = tmp_path / "usr/share/ollama/.ollama/models", tmp_path / "home/me/.ollama/models"
    volume = tmp_path / "var/lib/docker/volumes/ollama/_data/models"
    for folder in (service, own, volume):
        Shelf(folder).add("a", b"weights")
    (tmp_path / "var/lib/ollama").mkdir(parents=True)
    assert set(places.others(own, environ, machine)) == {service, volume}
    link = tmp_path / "link"
    link.symlink_to(own)
    assert own not in places.others(link, environ, machine)
    assert places.others(tmp_path / "none", environ, Machine("darwin", tmp_path)) == (own,)


# ---------------------------------------------------------------- copies


def copy_of(guard: Guard, digest: str) -> Path:
    return guard.service.vault_folder / "objects" / digest[7:9] / digest[7:]


async def test_a_copy_that_rots_is_made_anew_within_a_week_of_maintenance(guard: Guard) -> None:
    await guard.maintain()
    damage(copy_of(guard, weights(guard, "me/tuned")))
    renewed: set[str] = set()
    for _ in range(14):
        guard.wait(DAY)
        report = await guard.maintain()
        assert report.copies is not None
        renewed |= set(report.copies.renewed)
    assert renewed == {weights(guard, "me/tuned")}
    assert await guard.service.alerts() == ()
    assert "prove copies" in [event.verb for event in await guard.service.events()]
    (version,) = await guard.service.versions(TUNED)
    assert version.verified_at is not None


async def test_a_damaged_copy_of_what_is_gone_is_told_with_its_version_until_it_is_good(guard: Guard) -> None:
    await guard.service.back_up(Progress())
    digest = weights(guard, "me/tuned")
    damage(copy_of(guard, digest))
    kept = guard.shelf.blob(digest).read_bytes()
    guard.shelf.blob(digest).unlink()
    report, _ = await guard.service.verify_vault(Progress())
    assert (report.damaged, report.renewed) == ((digest,), ())
    (version,) = report.lacking
    (alert,) = await guard.service.alerts()
    assert (alert.kind, alert.subject) == (AlertKind.COPY, str(TUNED))
    assert version.id in alert.why
    assert version.verified_at is None
    guard.shelf.blob(digest).write_bytes(kept)
    report, _ = await guard.service.verify_vault(Progress())
    assert (report.renewed, report.lacking, await guard.service.alerts()) == ((digest,), {}, ())


async def test_a_damaged_copy_is_told_also_where_its_disk_has_no_room_for_a_new_one(
    guard: Guard, tmp_path: Path
) -> None:
    await guard.stop()
    with small_disk(tmp_path / "disk", 1 << 20) as disk:
        service = await guard.start(vault=str(disk / "vault"))
        await service.back_up(Progress())
        damage(copy_of(guard, weights(guard, "me/tuned")))
        with suppress(OSError), (disk / "fill").open("wb") as file:
            while True:
                file.write(b"x" * 4096)
        report, _ = await service.verify_vault(Progress())
        assert [str(version.name) for version in report.lacking] == [str(TUNED)]
        assert [alert.kind for alert in await service.alerts()] == [AlertKind.COPY]
        await guard.stop()


async def test_damage_on_a_disk_that_takes_no_marks_stays_told_until_the_copy_is_good(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    await guard.maintain()
    digest = weights(guard, "me/tuned")
    whole = copy_of(guard, digest).read_bytes()
    damage(copy_of(guard, digest))
    await guard.service.protect([TUNED], on=False)
    guard.shelf.delete_manifest("me/tuned")
    guard.shelf.delete(digest)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "touch", refuse)
        await guard.service.verify_vault(Progress())
    for _ in range(2):
        await guard.maintain()
        assert [each.kind for each in await guard.service.alerts()] == [AlertKind.COPY]
        await guard.stop()
        await guard.start()
    copy_of(guard, digest).chmod(0o644)
    copy_of(guard, digest).write_bytes(whole)
    await guard.service.verify_vault(Progress())
    assert await guard.service.alerts() == ()


def refuse(path: Path) -> None:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))


async def test_models_for_which_the_vault_has_no_room_are_one_alert_until_it_has(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard.add("small:1", "large:1")
    usage = shutil.disk_usage
    full = SimpleNamespace(total=1 << 40, used=1 << 40, free=1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    for opened in (1, 0):
        report = await guard.maintain()
        assert len([each for each in report.opened if each.kind is AlertKind.BACKUP]) == opened
    (alert,) = (each for each in await guard.service.alerts() if each.kind is AlertKind.BACKUP)
    assert ("4 models" in alert.what, "no room" in alert.why) == (True, True)
    monkeypatch.setattr(shutil, "disk_usage", usage)
    await guard.service.back_up(Progress(), [LLAMA])
    assert len(await guard.service.alerts()) == 1
    await guard.service.back_up(Progress())
    assert await guard.service.alerts() == ()


async def test_a_file_in_the_place_of_copies_is_told_and_harms_no_overview(guard: Guard) -> None:
    await guard.service.back_up(Progress())
    digest = weights(guard, "me/tuned")
    shutil.rmtree(copy_of(guard, digest).parent)
    copy_of(guard, digest).parent.write_text("a file", "utf-8")
    assert (await guard.service.overview()).vault is not None
    report, _ = await guard.service.verify_vault(Progress())
    assert [str(version.name) for version in report.lacking] == [str(TUNED)]


async def test_copies_are_hashed_once_a_day_and_not_each_hour(guard: Guard) -> None:
    await guard.maintain()
    guard.wait(8 * DAY)
    reports = [await guard.maintain() for _ in range(3)]
    assert [report.copies is not None and report.copies.proven > 0 for report in reports] == [True, False, False]


async def test_a_reader_proves_no_copies_and_begins_no_vault(guard: Guard) -> None:
    reader = await guard.start(reader=True)
    with pytest.raises(StoreBusyError):
        await reader.verify_vault(Progress())
    with pytest.raises(StoreBusyError):
        await reader.begin_vault()


# ---------------------------------------------------------------- a vault whose disk is away


async def test_a_vault_that_is_away_is_left_alone_and_told_until_it_is_back(guard: Guard, tmp_path: Path) -> None:
    await guard.service.back_up(Progress())
    vault = guard.service.vault_folder
    vault.rename(tmp_path / "disk")
    vault.mkdir()
    report = await guard.maintain()
    assert list(vault.iterdir()) == []
    (alert,) = report.opened
    assert (alert.kind, "is its disk connected" in alert.what, "--new-vault" in alert.todo) == (
        AlertKind.BACKUP,
        True,
        True,
    )
    overview = await guard.service.overview()
    assert overview.vault is not None
    assert "is its disk connected" in overview.vault.problem
    with pytest.raises(FolderError, match="is its disk connected"):
        await guard.service.back_up(Progress())
    vault.rmdir()
    (tmp_path / "disk").rename(vault)
    assert [each.kind for each in (await guard.maintain()).resolved] == [AlertKind.BACKUP]


async def test_copies_made_by_hand_end_the_alert_that_there_were_none(guard: Guard, tmp_path: Path) -> None:
    await guard.service.back_up(Progress())
    vault = guard.service.vault_folder
    vault.rename(tmp_path / "disk")
    await guard.maintain()
    assert [alert.kind for alert in await guard.service.alerts()] == [AlertKind.BACKUP]
    (tmp_path / "disk").rename(vault)
    await guard.service.back_up(Progress())
    assert await guard.service.alerts() == ()


async def test_a_new_vault_is_begun_only_where_somebody_says_so(guard: Guard) -> None:
    await guard.service.back_up(Progress())
    with pytest.raises(BadValueError, match="is there"):
        await guard.service.begin_vault()
    shutil.rmtree(guard.service.vault_folder)
    with pytest.raises(FolderError):
        await guard.service.back_up(Progress())
    await guard.service.begin_vault()
    assert len((await guard.service.back_up(Progress()))[0].made) == 2
    await guard.stop()
    await guard.start()
    shutil.rmtree(guard.service.vault_folder)
    with pytest.raises(FolderError):
        await guard.service.back_up(Progress())


async def test_a_vault_that_went_away_during_its_first_copies_is_known_to_have_been(guard: Guard) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(JobCancelled):
        await guard.service.back_up(progress)
    shutil.rmtree(guard.service.vault_folder)
    with pytest.raises(FolderError, match="is its disk connected"):
        await guard.service.back_up(Progress())
