"""The guard at work: looks every few minutes, and maintenance that brings back what is lost."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import timedelta
from typing import Any

import pytest

from harness.gguf_writer import tiny_gguf
from harness.guards import Guard, guard
from harness.wire import Reply
from modelward.catalog.model import Field
from modelward.core.progress import Progress
from modelward.ollama.integrity import Integrity
from modelward.ollama.model import AlertKind, RepairState, ServerState, Verdict, VerifyReport
from modelward.ollama.names import parse

__all__ = ["guard"]

LLAMA, TUNED = "llama3.2:3b", "me/tuned:latest"
MINUTES = timedelta(minutes=5)


async def look(guard: Guard) -> ServerState:
    guard.wait(MINUTES)
    return (await guard.service.look())[0].state


async def kinds(guard: Guard) -> list[AlertKind]:
    return [alert.kind for alert in await guard.service.alerts()]


def files(guard: Guard) -> dict[str, str]:
    """What lies in the model folder, but for our own workshop."""
    return {path: digest for path, digest in guard.shelf.snapshot().items() if not path.startswith(".modelward/")}


def here(guard: Guard) -> set[str]:
    return {str(parse(name)) for name in guard.shelf.names()}


# ---------------------------------------------------------------- looks


async def test_each_look_is_kept_with_its_response_time(guard: Guard) -> None:
    assert [await look(guard) for _ in range(2)] == [ServerState.RUNNING] * 2
    samples = await guard.service.history("", guard.clock() - timedelta(hours=1))
    assert [(each.ok, each.latency_ms is not None) for each in samples] == [(True, True)] * 2


async def test_a_server_that_is_gone_is_told_at_the_second_look_and_over_when_it_is_back(guard: Guard) -> None:
    await look(guard)
    await guard.ollama.stop()
    assert (await look(guard), await kinds(guard)) == (ServerState.DOWN, [])
    assert (await look(guard), await kinds(guard)) == (ServerState.DOWN, [AlertKind.SERVICE_DOWN])
    await guard.ollama.start()
    await look(guard)
    await look(guard)
    assert await kinds(guard) == []
    assert [event.verb for event in await guard.service.events()] == ["alert over", "alert"]


async def test_a_look_and_maintenance_at_the_same_moment_are_one_look(guard: Guard) -> None:
    await look(guard)
    await guard.ollama.stop()
    guard.wait(MINUTES)
    await asyncio.gather(guard.service.look(), guard.service.maintain(Progress()))
    assert await kinds(guard) == []
    assert len(await guard.service.history("", guard.clock() - timedelta(hours=1))) == 2


async def test_where_no_ollama_ever_was_nothing_is_told_or_kept(guard: Guard) -> None:
    await guard.ollama.stop()
    shutil.rmtree(guard.shelf.folder)
    for _ in range(3):
        await look(guard)
    report = await guard.maintain()
    assert (await kinds(guard), await guard.service.events()) == ([], ())
    assert (report.opened, report.verified) == ((), None)
    assert not (guard.paths.data / "model-metrics.json").exists()


async def test_something_else_at_the_address_is_no_server(guard: Guard) -> None:
    await look(guard)
    guard.ollama.instead["*"] = Reply(headers={"content-type": "text/html"}, body="<p>Sign in")
    assert await look(guard) is ServerState.STRANGE
    await look(guard)
    assert await kinds(guard) == [AlertKind.SERVICE_DOWN]


async def test_other_tools_read_how_all_stands(guard: Guard) -> None:
    await guard.maintain()
    await guard.ollama.stop()
    await look(guard)
    document = json.loads((guard.paths.data / "model-metrics.json").read_text("utf-8"))
    assert document["server"]["state"] == "down"
    assert {model["name"]: (model["verdict"], model["copies"]) for model in document["models"]} == {
        LLAMA: ("intact", 1),
        TUNED: ("intact", 1),
    }
    assert document["server"]["availability24h"] == 0.5
    assert document["server"]["medianLatencyMs24h"] > 0


# ---------------------------------------------------------------- maintenance


async def test_the_first_run_proves_and_copies_all_and_tells_the_catalogue(guard: Guard) -> None:
    report = await guard.maintain()
    assert (report.problems, report.opened) == ((), ())
    assert report.verified is not None
    assert [check.verdict for check in report.verified.checks] == [Verdict.INTACT] * 2
    assert report.backup is not None
    assert len(report.backup.made) == 2
    (model, *_) = await guard.catalog.models()
    assert model.id == f"ollama/{LLAMA}"
    facts = await guard.catalog.facts(model.id)
    assert Field.QUANTIZATION in {fact.field for fact in facts}
    (sample,) = await guard.service.history(LLAMA, guard.clock() - timedelta(hours=1))
    assert sample.ok


async def test_an_unchanged_library_is_not_read_again_within_the_day(guard: Guard) -> None:
    await guard.maintain()
    report = await guard.maintain()
    assert report.verified is not None
    assert report.verified.hashed_bytes == 0
    assert report.backup is not None
    assert (report.backup.made, report.backup.copied_bytes) == ((), 0)


async def test_within_a_week_every_blob_is_hashed_anew(guard: Guard) -> None:
    await guard.maintain()
    guard.shelf.flip(guard.shelf.digest(LLAMA), silently=True)
    hashed = 0
    guard.wait(timedelta(days=6))
    for _ in range(7):
        guard.wait(timedelta(days=1))
        report = await guard.maintain()
        assert report.verified is not None
        hashed += report.verified.hashed_bytes
    assert hashed >= sum(path.stat().st_size for path in guard.shelf.blobs.iterdir())
    assert guard.shelf.damaged() == ()


async def test_damage_is_told_and_mended_from_the_vault_by_itself(guard: Guard) -> None:
    before = files(guard)
    await guard.maintain()
    guard.shelf.flip(guard.shelf.digest(LLAMA))
    report = await guard.maintain()
    assert [(each.kind, each.subject) for each in report.opened] == [(AlertKind.CHECKSUM, LLAMA)]
    assert [(each.kind, each.subject) for each in report.resolved] == [(AlertKind.CHECKSUM, LLAMA)]
    assert [(str(each.name), each.state) for each in report.repairs] == [(LLAMA, RepairState.REPAIRED)]
    assert files(guard) == before
    assert [event.verb for event in await guard.service.events(3)] == ["alert over", "repair", "alert"]


async def test_with_repair_switched_off_damage_is_only_told(guard: Guard) -> None:
    await guard.maintain()
    await guard.stop()
    await guard.start(repair="false")
    guard.shelf.flip(guard.shelf.digest(LLAMA))
    before = files(guard)
    report = await guard.maintain()
    assert (report.repairs, await kinds(guard)) == ((), [AlertKind.CHECKSUM])
    assert files(guard) == before
    assert (await guard.maintain()).opened == ()


async def test_a_damaged_source_never_reaches_the_vault(guard: Guard) -> None:
    guard.shelf.flip(guard.shelf.digest(LLAMA))
    await guard.ollama.stop()
    report = await guard.maintain()
    assert report.backup is not None
    assert [str(version.name) for version in report.backup.made] == [TUNED]
    assert {alert.kind for alert in await guard.service.alerts()} == {AlertKind.CHECKSUM}


async def test_what_cannot_be_mended_is_told_once_and_left_alone_for_hours(guard: Guard) -> None:
    guard.shelf.flip(guard.shelf.digest(LLAMA))
    report = await guard.maintain()
    assert [each.state for each in report.repairs] == [RepairState.FAILED]
    assert set(await kinds(guard)) == {AlertKind.CHECKSUM, AlertKind.RESTORE}
    again = await guard.maintain()
    assert (again.repairs, again.opened, again.resolved) == ((), (), ())
    guard.shelf.flip(guard.shelf.digest(LLAMA))
    assert {each.kind for each in (await guard.maintain()).resolved} == {AlertKind.CHECKSUM, AlertKind.RESTORE}


async def test_a_repair_that_failed_is_over_once_the_model_was_mended_by_hand(guard: Guard) -> None:
    guard.shelf.flip(guard.shelf.digest(LLAMA))
    await guard.maintain()
    assert AlertKind.RESTORE in await kinds(guard)
    guard.shelf.flip(guard.shelf.digest(LLAMA))
    await guard.service.verify(Progress())
    assert await kinds(guard) == []


async def test_a_folder_that_goes_away_in_the_middle_is_a_problem_and_no_crash(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    await guard.maintain()
    real, away = Integrity.verify, guard.shelf.folder.with_name("away")

    async def unplugged(*given: Any, **more: Any) -> VerifyReport:
        report = await real(*given, **more)
        guard.shelf.folder.rename(away)
        return report

    monkeypatch.setattr(Integrity, "verify", unplugged)
    report = await guard.maintain()
    assert report.problems
    assert AlertKind.MAINTENANCE in await kinds(guard)
    assert not guard.shelf.folder.exists()
    monkeypatch.undo()
    away.rename(guard.shelf.folder)
    report = await guard.maintain()
    assert (report.problems, await kinds(guard)) == ((), [])
    assert here(guard) == {LLAMA, TUNED}


async def test_a_model_that_is_gone_is_brought_back_and_the_second_time_let_go(guard: Guard) -> None:
    before = files(guard)
    await guard.maintain()
    guard.shelf.delete_manifest(TUNED)
    report = await guard.maintain()
    assert [(each.kind, each.subject) for each in report.opened] == [(AlertKind.MODEL_MISSING, TUNED)]
    assert files(guard) == before
    guard.shelf.delete_manifest(TUNED)
    report = await guard.maintain()
    assert (report.repairs, report.opened) == ((), ())
    assert here(guard) == {LLAMA}
    assert any(TUNED in sentence and "taken as meant" in sentence for sentence in report.advice)
    assert len(await guard.service.versions(parse(TUNED))) == 1
    assert (await guard.maintain()).opened == ()


async def test_a_model_that_nobody_wants_back_is_not_missed(guard: Guard) -> None:
    await guard.maintain()
    await guard.service.protect([parse(TUNED)], on=False)
    guard.shelf.delete_manifest(TUNED)
    report = await guard.maintain()
    assert (report.repairs, report.opened, here(guard)) == ((), (), {LLAMA})


async def test_without_guarding_all_only_the_chosen_are_brought_back(guard: Guard) -> None:
    await guard.stop()
    await guard.start(protect_all="false")
    guard.add("other:1b")
    await guard.maintain()
    await guard.service.protect([parse(TUNED)], on=True)
    guard.shelf.delete_manifest(TUNED)
    guard.shelf.delete_manifest(LLAMA)
    assert [str(each.name) for each in (await guard.maintain()).repairs] == [TUNED]
    assert here(guard) == {TUNED, "other:1b"}


async def test_when_all_models_are_gone_at_once_nothing_is_brought_back(guard: Guard) -> None:
    await guard.maintain()
    shutil.rmtree(guard.shelf.manifests)
    guard.shelf.manifests.mkdir()
    for opened in ([AlertKind.LIBRARY_GONE], []):
        report = await guard.maintain()
        assert ([each.kind for each in report.opened], report.repairs) == (opened, ())
    assert (await guard.service.verify(Progress(), quick=True))[0].bad != ()
    guard.add(LLAMA, TUNED)
    assert [each.kind for each in (await guard.maintain()).resolved] == [AlertKind.LIBRARY_GONE]


async def test_a_disk_that_is_not_plugged_in_is_one_alert_and_over_when_it_is_back(guard: Guard) -> None:
    await guard.maintain()
    away = guard.shelf.folder.with_name("away")
    guard.shelf.folder.rename(away)
    report = await guard.maintain()
    assert [each.kind for each in report.opened] == [AlertKind.LIBRARY_GONE]
    assert not guard.shelf.folder.exists()
    away.rename(guard.shelf.folder)
    assert [each.kind for each in (await guard.maintain()).resolved] == [AlertKind.LIBRARY_GONE]


async def test_a_folder_that_took_the_place_of_one_that_is_gone_is_not_filled(guard: Guard) -> None:
    """As Ollama's app falls back to its usual folder, without a word."""
    await guard.maintain()
    usual = guard.shelf.folder.with_name("home") / ".ollama" / "models"
    (usual / "manifests").mkdir(parents=True)
    (usual / "blobs").mkdir()
    guard.shelf.folder.rename(guard.shelf.folder.with_name("away"))
    await guard.stop()
    guard.ollama.move(usual)
    guard.environ = {"MODELWARD__OLLAMA__HOST": guard.ollama.url, "HOME": str(usual.parents[1])}
    await guard.start()
    report = await guard.maintain()
    assert [each.kind for each in report.opened] == [AlertKind.LIBRARY_GONE]
    assert str(usual) in report.opened[0].what
    assert list((usual / "blobs").iterdir()) == []


async def test_a_newer_version_of_a_tag_is_a_change_and_no_damage(guard: Guard) -> None:
    await guard.maintain()
    guard.shelf.add(LLAMA, tiny_gguf("newer"))
    report = await guard.maintain()
    assert (report.opened, report.repairs) == ((), ())
    assert report.backup is not None
    assert [str(version.name) for version in report.backup.made] == [LLAMA]
    assert len(await guard.service.versions(parse(LLAMA))) == 2


async def test_a_stub_of_the_cloud_is_never_missed(guard: Guard) -> None:
    guard.shelf.add("gpt-oss:cloud", remote=True)
    await guard.maintain()
    guard.shelf.delete_manifest("gpt-oss:cloud")
    report = await guard.maintain()
    assert (report.opened, report.repairs, report.problems) == ((), (), ())


async def test_with_the_server_down_maintenance_reads_the_folder(guard: Guard) -> None:
    await guard.ollama.stop()
    report = await guard.maintain()
    assert report.verified is not None
    assert report.backup is not None
    assert ([check.verdict for check in report.verified.checks], len(report.backup.made)) == ([Verdict.INTACT] * 2, 2)


async def test_useless_files_are_told_with_their_size_and_left(guard: Guard) -> None:
    digest = guard.shelf.orphan(b"x" * 200_000)
    guard.shelf.age(guard.shelf.blob(digest), seconds=90 * 60)
    report = await guard.maintain()
    assert any("1 blobs that no model needs take 0.2 MiB" in sentence for sentence in report.advice), report.advice
    assert guard.shelf.blob(digest).exists()


async def test_a_vault_that_cannot_be_written_is_one_alert(guard: Guard) -> None:
    (guard.paths.backups.parent / "vault").write_text("a file in the way", "utf-8")
    for opened in ([AlertKind.BACKUP], []):
        report = await guard.maintain()
        assert [each.kind for each in report.opened if each.kind is AlertKind.BACKUP] == opened


async def test_the_list_of_checksums_lies_with_the_copies(guard: Guard) -> None:
    await guard.maintain()
    listed = (guard.paths.backups.parent / "vault" / "model_checksums.sha256").read_text("utf-8")
    assert guard.shelf.digest(LLAMA).removeprefix("sha256:") in listed
