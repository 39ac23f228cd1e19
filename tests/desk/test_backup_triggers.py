"""What starts a backup by itself: the hour, waking up, a large import, an update of the store; and rehearsals."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.backups import TurnedClock
from modelward.backups.model import Kind, State
from modelward.backups.service import BackupService
from modelward.backups.upkeep import Upkeep
from modelward.catalog.model import Field
from modelward.core.changes import Changes
from modelward.core.errors import ProtectionError
from modelward.core.jobs import Jobs
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.schedule import Schedule
from modelward.core.setting_groups import BackupSettings
from modelward.core.settings import load
from modelward.core.timetable import BACKUP, DRILL, PROOFS, TIMETABLE
from modelward.desk import Desk
from modelward.store import migrate


def a_list_of(models: int, folder: Path, name: str = "openai.json") -> Path:
    file = folder / name
    rows = [{"id": f"gpt-{number}", "object": "model", "created": 1, "owned_by": "openai"} for number in range(models)]
    file.write_text(json.dumps({"object": "list", "data": rows}), "utf-8")
    return file


def spoil(desk: Desk) -> Path:
    """No copy can be made: a file stands where the folder should."""
    folder = desk.backups.folder.path
    folder.rmdir()
    folder.write_text("in the way", "utf-8")
    return folder


def upkeep_at(desk: Desk, clock: TurnedClock) -> tuple[Upkeep, BackupService]:
    service = BackupService(desk.database, desk.paths, BackupSettings(), clock=clock)
    return Upkeep(service, clock=clock), service


async def test_the_first_hourly_backup_comes_soon_after_the_start(desk: Desk) -> None:
    desk.start()
    first = {row.entry.name: row.next_run for row in desk.schedule.rows()}
    soon = datetime.now(UTC) + timedelta(minutes=5)
    assert first[BACKUP] is not None
    assert first[BACKUP] < soon
    entries = {entry.name: entry for entry in TIMETABLE}
    assert entries[BACKUP].every == timedelta(hours=1)
    # However long the machine slept, the run that was missed is not left out.
    assert {entries[name].misfire_grace for name in (BACKUP, DRILL, PROOFS)} == {None}


async def test_one_run_after_a_long_sleep_covers_all_that_was_due(desk: Desk) -> None:
    clock = TurnedClock(datetime.now(UTC))
    upkeep, service = upkeep_at(desk, clock)
    entry = next(entry for entry in TIMETABLE if entry.name == BACKUP)
    jobs = Jobs(clock=clock)
    # Nine hours ago the machine fell asleep: nine runs are due, and the first beat after waking finds them.
    schedule = Schedule(jobs, {BACKUP: upkeep.hourly}, timetable=[entry], clock=lambda: clock() - timedelta(hours=9))
    schedule.start()
    try:
        async with asyncio.timeout(20):
            while not jobs.recent:  # noqa: ASYNC110 - the jobs tell of a start, not that none follows
                await asyncio.sleep(0.01)
    finally:
        await schedule.stop()
        await jobs.stop()
    assert len(jobs.recent) == 1
    assert [copy.kind for copy in await service.list()] == [Kind.HOURLY]


async def test_a_large_import_is_preceded_by_a_copy_of_the_store_before_it(desk: Desk, paths: Paths) -> None:
    file = a_list_of(101, paths.data, "mine.json")
    report, _ = await desk.catalog.import_files([file], Progress(), "openai")
    assert report.failed == ()
    (copy,) = await desk.backups.list()
    assert (copy.kind, copy.state) == (Kind.PRE_OPERATION, State.GOOD)
    assert copy.meta is not None
    assert copy.meta.reason == "before the import of mine.json"
    assert copy.meta.row_counts["model"] == 0


async def test_a_small_import_needs_no_copy(desk: Desk, paths: Paths) -> None:
    await desk.catalog.import_files([a_list_of(100, paths.data)], Progress())
    assert await desk.backups.list() == []


async def test_a_large_import_is_refused_where_no_copy_can_be_made(desk: Desk, paths: Paths) -> None:
    spoil(desk)
    report, changes = await desk.catalog.import_files([a_list_of(101, paths.data)], Progress())
    assert [type(each.error) for each in report.failed] == [ProtectionError]
    assert "was not begun" in str(report.failed[0].error)
    assert not changes
    assert await desk.catalog.models() == []


async def test_a_raw_file_that_was_refused_is_tried_again_when_copies_can_be_made(desk: Desk, paths: Paths) -> None:
    a_list_of(101, paths.raw)
    folder = spoil(desk)
    report, _ = await desk.catalog.import_raw_folder(paths.raw, Progress())
    assert len(report.failed) == 1
    folder.unlink()
    report, _ = await desk.catalog.import_raw_folder(paths.raw, Progress())
    assert report.failed == ()
    assert len(await desk.catalog.models()) == 101
    assert len(await desk.backups.list()) == 1


async def test_a_store_is_copied_before_its_tables_change(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await Desk.open(paths, load(paths, os.environ))
    await first.close()
    today = migrate.HEAD
    # The next revision is played by a name and a step that does nothing.
    monkeypatch.setattr(migrate, "HEAD", "9999")
    copies_at_upgrade: list[int] = []
    monkeypatch.setattr(
        migrate, "upgrade", lambda _connection: copies_at_upgrade.append(len(list(paths.backups.glob("*.zst"))))
    )
    again = await Desk.open(paths, load(paths, os.environ))
    try:
        (copy,) = await again.backups.list()
    finally:
        await again.close()
    assert copies_at_upgrade == [1]
    assert copy.kind is Kind.PRE_OPERATION
    assert copy.meta is not None
    assert (copy.meta.reason, copy.meta.schema_revision) == ("before an update of the store", today)


async def test_a_store_is_not_changed_where_it_could_not_be_copied_first(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await Desk.open(paths, load(paths, os.environ))
    await first.close()
    monkeypatch.setenv("BACKUP_DIR", str(paths.database))
    monkeypatch.setattr(migrate, "HEAD", "9999")
    upgraded: list[str] = []
    monkeypatch.setattr(migrate, "upgrade", lambda _connection: upgraded.append("upgrade"))
    with pytest.raises(ProtectionError, match="The update of the store was not begun"):
        await Desk.open(paths, load(paths, os.environ))
    assert upgraded == []


async def test_a_restore_is_rehearsed_once_a_week(desk: Desk) -> None:
    clock = TurnedClock(datetime.now(UTC))
    upkeep, service = upkeep_at(desk, clock)
    assert (await upkeep.drill_when_due(Progress()))[0] is None  # nothing to rehearse with
    await upkeep.hourly(Progress())
    report, changes = await upkeep.drill_when_due(Progress())
    assert report is not None
    assert report.is_passed
    assert changes
    clock.turn(timedelta(days=6))
    assert (await upkeep.drill_when_due(Progress()))[0] is None
    clock.turn(timedelta(days=1))
    assert (await upkeep.drill_when_due(Progress()))[0] is not None
    assert (await service.health()).last_drill_at == clock()


async def test_within_a_week_every_copy_is_proven_anew_the_oldest_proof_first(desk: Desk) -> None:
    clock = TurnedClock(datetime.now(UTC))
    upkeep, service = upkeep_at(desk, clock)
    assert await upkeep.prove_some(Progress()) == ([], Changes.nothing())
    await desk.catalog.import_files([a_list_of(1, desk.paths.data)], Progress())
    for number in range(9):
        clock.turn(timedelta(minutes=61))
        await desk.catalog.set_value("openai/gpt-0", Field.RPM, str(number + 1))
        await service.create(Kind.MANUAL, reason="by hand", progress=Progress())
    seen: set[str] = set()
    for _ in range(7):
        clock.turn(timedelta(days=1))
        proven, _changes = await upkeep.prove_some(Progress())
        assert len(proven) == 2
        seen |= {copy.id for copy in proven}
    assert len(seen) == 9
