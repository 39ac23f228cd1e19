"""The verbs of local models, each over a real folder, a real vault and Ollama's double."""

from __future__ import annotations

import asyncio
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest

from harness.guards import Guard, guard
from harness.wire import Reply
from modelward.core.changes import Room
from modelward.core.errors import BadValueError, FolderError, InputError, StoreBusyError
from modelward.core.progress import JobCancelled, Progress
from modelward.ollama.model import FolderSource, RepairState, ServerState, Stray, StrayKind, Verdict
from modelward.ollama.names import parse

__all__ = ["guard"]

LLAMA, TUNED = parse("llama3.2:3b"), parse("me/tuned")


# ---------------------------------------------------------------- how all stands


async def test_an_overview_looks_and_hashes_nothing(guard: Guard) -> None:
    overview = await guard.service.overview()
    assert overview.place is not None
    assert (overview.place.folder, overview.place.source) == (guard.shelf.folder, FolderSource.SETTING)
    assert overview.look is not None
    assert overview.look.state is ServerState.RUNNING
    assert [(each.check.model.name, each.check.verdict, each.is_protected) for each in overview.standings] == [
        (LLAMA, Verdict.UNPROVEN, True),
        (TUNED, Verdict.UNPROVEN, True),
    ]
    assert (overview.alerts, overview.problems) == ((), ())


async def test_what_was_proven_and_copied_stands_in_the_overview(guard: Guard) -> None:
    _, changes = await guard.service.verify(Progress(), [LLAMA])
    assert Room.OLLAMA in changes
    await guard.service.back_up(Progress(), [LLAMA])
    llama, tuned = (await guard.service.overview()).standings
    assert (llama.check.verdict, len(llama.versions)) == (Verdict.INTACT, 1)
    assert (tuned.check.verdict, tuned.versions) == (Verdict.UNPROVEN, ())


async def test_without_any_ollama_the_overview_says_where_it_looked_and_raises_nothing(guard: Guard) -> None:
    await guard.ollama.stop()
    await guard.stop()
    guard.environ["MODELWARD__OLLAMA__MODELS"] = str(guard.shelf.folder / "none")
    await guard.start()
    overview = await guard.service.overview()
    assert overview.place is not None
    assert (overview.place.is_there, overview.standings) == (False, ())
    assert overview.look is not None
    assert overview.look.state is ServerState.DOWN
    with pytest.raises(FolderError):
        await guard.service.verify(Progress())
    assert (await guard.service.verify(Progress(), quick=True))[0].checks == ()


async def test_a_model_that_should_be_there_and_is_not_stands_as_missing(guard: Guard) -> None:
    await guard.maintain()
    guard.shelf.delete_manifest("me/tuned")
    standing = next(each for each in (await guard.service.overview()).standings if each.check.model.name == TUNED)
    assert (standing.check.verdict, len(standing.versions)) == (Verdict.MISSING, 1)
    assert "vault" in standing.check.detail
    report, _ = await guard.service.verify(Progress(), quick=True)
    assert [check.model.name for check in report.bad] == [TUNED]


# ---------------------------------------------------------------- proving


async def test_verifying_finds_a_flipped_bit_whose_file_kept_its_time(guard: Guard) -> None:
    await guard.service.verify(Progress())
    guard.shelf.flip(guard.shelf.digest("me/tuned"), silently=True)
    report, _ = await guard.service.verify(Progress())
    assert [check.model.name for check in report.bad] == [TUNED]
    assert [alert.subject for alert in await guard.service.alerts()] == [str(TUNED)]


async def test_verifying_one_model_says_nothing_of_another_ones_alert(guard: Guard) -> None:
    guard.shelf.flip(guard.shelf.digest("me/tuned"))
    await guard.service.verify(Progress())
    report, _ = await guard.service.verify(Progress(), [LLAMA])
    assert report.bad == ()
    assert [alert.subject for alert in await guard.service.alerts()] == [str(TUNED)]


async def test_a_deep_verification_lets_the_server_load_what_is_whole(guard: Guard) -> None:
    guard.shelf.flip(guard.shelf.digest("me/tuned"))
    report, _ = await guard.service.verify(Progress(), deep=True)
    assert [check.loads for check in report.checks] == [True, None]


async def test_a_whole_model_that_does_not_load_is_told_with_what_to_try(guard: Guard) -> None:
    guard.ollama.instead["/api/generate"] = Reply(status=500, body={"error": "no memory left"})
    report, _ = await guard.service.verify(Progress(), [LLAMA], deep=True)
    (check,) = report.checks
    assert (check.verdict, check.loads) == (Verdict.INTACT, False)
    assert "no memory left" in check.detail
    assert "restart it" in check.detail


async def test_a_verification_can_be_cancelled(guard: Guard) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(asyncio.CancelledError):
        await guard.service.verify(progress)
    assert issubclass(JobCancelled, asyncio.CancelledError)


async def test_a_paused_verification_ends_when_it_may_go_on(guard: Guard) -> None:
    guard.service.pause()
    running = asyncio.create_task(guard.service.verify(Progress()))
    done, _ = await asyncio.wait([running], timeout=0.05)
    assert not done
    guard.service.resume()
    report, _ = await running
    assert [check.verdict for check in report.checks] == [Verdict.INTACT] * 2


# ---------------------------------------------------------------- bringing back


async def test_repairing_by_hand_mends_what_is_wrong_and_ends_its_alert(guard: Guard) -> None:
    await guard.service.back_up(Progress())
    guard.shelf.flip(guard.shelf.digest("me/tuned"), silently=True)
    report, steps = await guard.service.plan(Progress())
    assert [check.model.name for check in report.bad] == [TUNED]
    assert any("vault" in step for step in steps[TUNED])
    assert guard.shelf.damaged() != ()
    (done,), changes = await guard.service.repair(Progress())
    assert (done.name, done.state, Room.OLLAMA in changes) == (TUNED, RepairState.REPAIRED, True)
    assert (guard.shelf.damaged(), await guard.service.alerts()) == ((), ())
    assert (await guard.service.repair(Progress()))[0] == ()


async def test_an_older_version_can_be_put_back(guard: Guard) -> None:
    first = guard.shelf.digest("me/tuned")
    await guard.service.back_up(Progress())
    guard.wait(timedelta(hours=1))
    guard.shelf.add("me/tuned", 5000)
    await guard.service.back_up(Progress())
    newest, eldest = await guard.service.versions(TUNED)
    assert newest.manifest.digest != eldest.manifest.digest
    report, _ = await guard.service.restore(TUNED, Progress(), eldest.id)
    assert report.state in (RepairState.REPAIRED, RepairState.RESTART), report
    assert guard.shelf.digest("me/tuned") == first


async def test_what_the_vault_does_not_have_cannot_be_restored(guard: Guard) -> None:
    with pytest.raises(BadValueError, match="vault"):
        await guard.service.restore(LLAMA, Progress())
    await guard.service.back_up(Progress())
    with pytest.raises(BadValueError, match="version none-such"):
        await guard.service.restore(LLAMA, Progress(), "none-such")


@pytest.mark.parametrize("is_here", [True, False])
async def test_an_export_brings_a_model_back_whether_it_was_here_or_in_the_vault(
    guard: Guard, tmp_path: Path, *, is_here: bool
) -> None:
    file = tmp_path / "tuned.tar"
    await guard.service.back_up(Progress())
    if not is_here:
        guard.shelf.delete_manifest("me/tuned")
    written = await guard.service.export(TUNED, file, Progress())
    assert written == file.stat().st_size
    with tarfile.open(file) as tar:
        assert any(name.startswith("manifests/") for name in tar.getnames())
    if is_here:
        guard.shelf.delete_manifest("me/tuned")
    report, _ = await guard.service.restore_parcel(file, Progress())
    assert (report.name, report.state) == (TUNED, RepairState.REPAIRED)
    assert {str(parse(name)) for name in guard.shelf.names()} == {str(LLAMA), str(TUNED)}


async def test_a_file_that_is_no_export_changes_nothing(guard: Guard, tmp_path: Path) -> None:
    before = guard.shelf.snapshot()
    (tmp_path / "page.tar").write_text("<!doctype html>" * 100, "utf-8")
    with pytest.raises(InputError):
        await guard.service.restore_parcel(tmp_path / "page.tar", Progress())
    assert (guard.shelf.snapshot(), await guard.service.versions()) == (before, ())


# ---------------------------------------------------------------- names, wishes, cleaning


async def test_names_are_found_as_ollama_finds_them(guard: Guard) -> None:
    assert await guard.service.named(["LLAMA3.2:3B", "me/tuned"]) == (LLAMA, TUNED)
    with pytest.raises(BadValueError, match=r"llama3\.1:3b") as raised:
        await guard.service.named(["llama3.1:3b"])
    assert "llama3.2:3b" in raised.value.todo
    with pytest.raises(BadValueError):
        await guard.service.named(["../../etc/passwd"])


async def test_a_wish_to_guard_is_kept_over_the_end_of_the_program(guard: Guard) -> None:
    await guard.service.protect([TUNED], on=False)
    await guard.stop()
    await guard.start()
    assert [each.is_protected for each in (await guard.service.overview()).standings] == [True, False]


async def test_only_what_is_still_useless_is_removed(guard: Guard) -> None:
    useless, needed = guard.shelf.orphan(b"y" * 500), guard.shelf.digest("me/tuned")
    (stray,) = (await guard.service.overview()).strays
    blob = guard.shelf.blob(needed)
    forged = Stray(StrayKind.ORPHAN, blob, blob.stat().st_size, stray.modified_at, needed)
    assert (await guard.service.discard([stray, forged]))[0] == 500
    assert (guard.shelf.blob(useless).exists(), blob.exists()) == (False, True)
    assert (await guard.service.discard([stray]))[0] == 0


# ---------------------------------------------------------------- beside a running Modelward


async def test_a_reader_proves_and_leaves_no_trace(guard: Guard) -> None:
    guard.shelf.flip(guard.shelf.digest("me/tuned"))
    reader = await guard.start(reader=True)
    report, changes = await reader.verify(Progress())
    assert [check.model.name for check in report.bad] == [TUNED]
    assert not changes
    assert (await reader.look())[0].state is ServerState.RUNNING
    assert (await guard.service.alerts(), await guard.service.events()) == ((), ())
    assert [each.check.verdict for each in (await reader.overview()).standings] == [Verdict.UNPROVEN] * 2
    before = guard.shelf.snapshot()
    for verb in (reader.maintain, reader.back_up, reader.repair):
        with pytest.raises(StoreBusyError):
            await verb(Progress())
    assert (guard.shelf.snapshot(), reader.vault_folder.exists()) == (before, False)


# ---------------------------------------------------------------- a folder that the server alone gives away


async def restarted_without_folder(guard: Guard) -> None:
    await guard.stop()
    guard.environ.pop("MODELWARD__OLLAMA__MODELS", None)
    await guard.start()


async def test_a_new_program_asks_the_server_for_the_folder_before_it_verifies(guard: Guard) -> None:
    await restarted_without_folder(guard)
    report, _ = await guard.service.verify(Progress())
    assert [check.model.name for check in report.checks] == [LLAMA, TUNED]
    await restarted_without_folder(guard)
    assert len((await guard.service.back_up(Progress()))[0].made) == 2


async def test_a_server_whose_last_model_was_removed_keeps_its_folder(guard: Guard) -> None:
    await restarted_without_folder(guard)
    await guard.service.look()
    for name in ("llama3.2:3b", "me/tuned"):
        guard.shelf.delete_manifest(name)
    await guard.service.look()
    overview = await guard.service.overview()
    assert overview.place is not None
    assert overview.place.folder == guard.shelf.folder
