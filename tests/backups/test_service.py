"""The verbs: what each makes, leaves, refuses, and says that it changed."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from harness.backups import Change, TurnedClock, backed_up, flip, lying_in
from modelward.backups.model import Engine, Kind, State
from modelward.backups.retention import plan
from modelward.backups.service import BackupService
from modelward.catalog.store import CatalogStore
from modelward.core.changes import Changes, Room
from modelward.core.errors import ProtectionError, UsageError
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.setting_groups import BackupSettings
from modelward.core.settings import load
from modelward.store import migrate
from modelward.store.engine import Database

HOUR = timedelta(hours=1)


async def hourly(service: BackupService, change: Change, clock: TurnedClock, count: int) -> None:
    for _ in range(count):
        clock.turn(HOUR)
        await change()
        await backed_up(service, Kind.HOURLY)


class TestCreate:
    async def test_a_copy_says_all_that_is_known_of_it(
        self, service: BackupService, paths: Paths, clock: TurnedClock, database: Database
    ) -> None:
        backup, changes = await service.create(Kind.MANUAL, reason="asked for", note="before", progress=Progress())
        assert changes == Changes.of(Room.BACKUPS, frozenset({backup.id}))
        assert backup.path.parent == paths.backups
        assert lying_in(paths.backups) == {f"{backup.id}.sqlite3.zst", f"{backup.id}.sqlite3.zst.meta.json"}
        meta = backup.meta
        assert meta is not None
        assert (meta.kind, meta.reason, meta.note, meta.engine) == (Kind.MANUAL, "asked for", "before", Engine.SQLITE)
        assert (meta.created_at, meta.verified_at, meta.covered_until) == (clock.now, clock.now, None)
        assert meta.utc_offset == clock.now.astimezone().utcoffset()
        assert (meta.size_bytes, meta.schema_revision) == (backup.path.stat().st_size, migrate.HEAD)
        assert (meta.row_counts["model"], meta.row_counts["fact"]) == (20, 100)
        assert (meta.engine_version, meta.source) == (sqlite3.sqlite_version, database.where)
        (listed,) = await service.list()
        assert listed.meta == meta
        assert listed.reasons[0] == "manual"

    async def test_two_copies_of_one_second_have_names_of_their_own(self, service: BackupService) -> None:
        one, two, three = [await backed_up(service) for _ in range(3)]
        assert [two.id, three.id] == [f"{one.id}-2", f"{one.id}-3"]
        assert len(await service.list()) == 3

    async def test_several_that_are_asked_for_at_once_come_one_after_the_other(self, service: BackupService) -> None:
        made = await asyncio.gather(*(backed_up(service) for _ in range(4)))
        assert len({backup.id for backup in made}) == 4
        assert [each.state for each in await service.list()] == [State.GOOD] * 4

    async def test_the_store_can_be_written_while_it_is_copied(
        self, service: BackupService, database: Database
    ) -> None:
        store = CatalogStore(database)
        copying = asyncio.ensure_future(backed_up(service))
        for number in range(20):
            await store.set_state("busy", str(number))
        await copying
        assert (await store.state("busy")) == "19"
        assert [each.state for each in (await service.verify(None, Progress()))[0]] == [State.GOOD]

    async def test_a_reader_s_desk_can_make_a_copy_too(self, service: BackupService, paths: Paths) -> None:
        reader = await Database.open(paths.database, reader=True)
        backup = await backed_up(BackupService(reader, paths, BackupSettings()))
        await reader.close()
        assert backup.state is State.GOOD

    async def test_a_damaged_store_gives_no_copy_and_the_copies_stay(
        self, service: BackupService, database: Database, paths: Paths
    ) -> None:
        kept = await backed_up(service)
        await database.close()
        content = bytearray(paths.database.read_bytes())
        content[4096 * 2 : 4096 * 6] = b"\xff" * 4096 * 4
        paths.database.write_bytes(content)
        with pytest.raises(ProtectionError):
            await backed_up(service)
        assert [(each.id, each.state) for each in await service.list()] == [(kept.id, State.GOOD)]
        assert list((paths.data / "scratch").iterdir()) == []

    async def test_a_store_whose_pages_say_nonsense_gives_no_proven_copy(
        self, service: BackupService, database: Database, paths: Paths
    ) -> None:
        await database.close()
        with closing(sqlite3.connect(paths.database)) as spoilt:
            spoilt.execute("PRAGMA foreign_keys=OFF")
            spoilt.execute("PRAGMA writable_schema=ON")
            spoilt.execute("UPDATE sqlite_master SET rootpage = 3 WHERE name = 'ix_fact_origin'")
            spoilt.commit()
        with pytest.raises(ProtectionError) as caught:
            await backed_up(service)
        assert caught.value.exit_code == 3
        assert await service.list() == []


class TestUnchanged:
    async def test_an_hour_in_which_nothing_changed_costs_no_copy_and_counts_as_covered(
        self, service: BackupService, clock: TurnedClock
    ) -> None:
        first = await backed_up(service, Kind.HOURLY)
        for _ in range(3):
            clock.turn(HOUR)
            again, changes = await service.create(Kind.HOURLY, reason="hourly", progress=Progress())
            assert changes == Changes.of(Room.BACKUPS, frozenset({first.id}))
        assert again.id == first.id
        (listed,) = await service.list()
        assert listed.meta is not None
        assert (listed.meta.created_at, listed.meta.covered_until) == (clock.now - 3 * HOUR, clock.now)
        health = await service.health()
        assert health.last_success_at == clock.now
        assert len(health.covered) == 4

    async def test_a_changed_store_is_copied(self, service: BackupService, change: Change) -> None:
        first = await backed_up(service, Kind.HOURLY)
        await change()
        assert (await backed_up(service, Kind.HOURLY)).id != first.id

    async def test_a_copy_that_rotted_meanwhile_covers_nothing(
        self, service: BackupService, clock: TurnedClock
    ) -> None:
        first = await backed_up(service, Kind.HOURLY)
        flip(first.path, first.size_bytes // 2)
        clock.turn(HOUR)
        second = await backed_up(service, Kind.HOURLY)
        assert second.id != first.id
        assert [each.state for each in await service.list()] == [State.GOOD, State.DAMAGED]

    async def test_a_copy_before_an_operation_is_not_made_again_for_the_same_state(
        self, service: BackupService, change: Change, clock: TurnedClock
    ) -> None:
        await backed_up(service, Kind.HOURLY)
        first = await backed_up(service, Kind.PRE_OPERATION)
        assert first.kind is Kind.PRE_OPERATION
        clock.turn(HOUR)
        assert (await backed_up(service, Kind.PRE_OPERATION)).id == first.id
        await change()
        assert (await backed_up(service, Kind.PRE_OPERATION)).id != first.id

    async def test_a_copy_from_the_future_stands_for_no_hour_of_today(
        self, service: BackupService, clock: TurnedClock
    ) -> None:
        clock.turn(timedelta(days=3650))
        future = await backed_up(service, Kind.HOURLY)
        clock.turn(-timedelta(days=3650))
        today = await backed_up(service, Kind.HOURLY)
        assert today.id != future.id
        assert (await service.health()).last_success_at == clock.now

    async def test_a_copy_asked_for_by_hand_is_always_made(self, service: BackupService) -> None:
        assert (await backed_up(service)).id != (await backed_up(service)).id

    async def test_a_copy_that_the_rule_would_drop_is_not_leant_on(
        self, database: Database, paths: Paths, clock: TurnedClock, change: Change
    ) -> None:
        service = BackupService(database, paths, BackupSettings(keep_pre_operation=1), clock=clock)
        first = await backed_up(service, Kind.PRE_OPERATION)
        await CatalogStore(database).set_state("x", "1")
        clock.turn(HOUR)
        await backed_up(service, Kind.PRE_OPERATION)
        with closing(sqlite3.connect(paths.database)) as other:
            other.execute("DELETE FROM state")
            other.commit()
        clock.turn(HOUR)
        assert (await backed_up(service, Kind.PRE_OPERATION)).id != first.id


class TestPrune:
    async def test_the_rule_is_applied_after_each_hourly_copy(
        self, service: BackupService, change: Change, clock: TurnedClock
    ) -> None:
        await hourly(service, change, clock, 50)
        copies = await service.list()
        assert 24 <= len(copies) < 30
        assert all(copy.reasons for copy in copies)

    async def test_a_dry_run_explains_and_removes_nothing(
        self, service: BackupService, change: Change, clock: TurnedClock
    ) -> None:
        await hourly(service, change, clock, 4)
        report, changes = await service.prune(dry_run=True, progress=Progress())
        assert [decision.copy.id for decision in report.decisions] == [copy.id for copy in await service.list()]
        assert (report.removed, changes) == ((), Changes.nothing())

    async def test_a_plan_that_would_remove_most_of_a_kind_removes_nothing_until_it_is_allowed(
        self, database: Database, paths: Paths, clock: TurnedClock, change: Change
    ) -> None:
        everything = BackupService(database, paths, BackupSettings(), clock=clock)
        for _ in range(12):
            clock.turn(HOUR)
            await change()
            await backed_up(everything, Kind.PRE_OPERATION)
        few = BackupService(database, paths, BackupSettings(keep_pre_operation=2), clock=clock)
        clock.turn(2 * HOUR)
        await change()
        await backed_up(few, Kind.HOURLY)
        assert len(await few.list()) == 13
        assert any("More than half" in words for words in (await few.health()).attention)
        report, _changes = await few.prune(dry_run=False, progress=Progress())
        assert (report.removed, report.asks_first) == ((), (Kind.PRE_OPERATION,))
        report, changes = await few.prune(dry_run=False, consent=True, progress=Progress())
        assert len(report.removed) == 10
        assert changes == Changes.of(Room.BACKUPS, frozenset(report.removed))
        assert len(await few.list()) == 3
        assert not any("More than half" in words for words in (await few.health()).attention)

    async def test_a_copy_that_is_in_use_stays(
        self, service: BackupService, change: Change, clock: TurnedClock
    ) -> None:
        await hourly(service, change, clock, 1)
        (oldest,) = await service.list()
        with service.hold(oldest.id):
            await hourly(service, change, clock, 30)
            assert oldest.id in {copy.id for copy in await service.list()}
        await hourly(service, change, clock, 1)
        assert oldest.id not in {copy.id for copy in await service.list()}

    async def test_a_damaged_copy_waits_for_the_person(
        self, service: BackupService, change: Change, clock: TurnedClock
    ) -> None:
        await hourly(service, change, clock, 1)
        (oldest,) = await service.list()
        flip(oldest.path, 50)
        await service.verify([oldest.id], Progress())
        await hourly(service, change, clock, 30)
        assert (await service.list())[-1].id == oldest.id
        await service.delete(oldest.id)
        assert (await service.list())[-1].id != oldest.id


class TestDelete:
    @pytest.mark.parametrize("kind", [Kind.MANUAL, Kind.PRE_OPERATION])
    async def test_copies_made_by_hand_or_before_operations_can_be_deleted(
        self, service: BackupService, kind: Kind, paths: Paths
    ) -> None:
        backup = await backed_up(service, kind)
        assert await service.delete(backup.id) == Changes.of(Room.BACKUPS, frozenset({backup.id}))
        assert lying_in(paths.backups) == set()

    async def test_a_good_hourly_copy_goes_by_the_rule_alone(self, service: BackupService) -> None:
        backup = await backed_up(service, Kind.HOURLY)
        with pytest.raises(ProtectionError, match="goes by its rule"):
            await service.delete(backup.id)
        assert len(await service.list()) == 1

    async def test_a_copy_in_use_is_not_deleted(self, service: BackupService) -> None:
        backup = await backed_up(service)
        with service.hold(backup.id), pytest.raises(ProtectionError, match="in use"):
            await service.delete(backup.id)
        await service.delete(backup.id)
        with pytest.raises(UsageError):
            await service.delete(backup.id)

    @pytest.mark.parametrize("what", ["file", "metadata"])
    async def test_what_is_left_of_an_orphan_can_be_deleted(
        self, service: BackupService, paths: Paths, what: str
    ) -> None:
        backup = await backed_up(service, Kind.HOURLY)
        (backup.path if what == "file" else backup.meta_path).unlink()
        await service.delete(backup.id)
        assert lying_in(paths.backups) == set()


class TestMonth:
    async def test_a_month_of_hours_leaves_exactly_the_copies_that_the_rule_names(
        self, service: BackupService, change: Change, clock: TurnedClock
    ) -> None:
        from modelward.backups.retention import Copy

        made: list[Copy] = []
        for hour in range(24 * 30):
            clock.turn(HOUR)
            if hour % 4 and hour < 24 * 27:
                continue  # the machine slept
            if hour % 20:
                await change()
            backup = await backed_up(service, Kind.HOURLY)
            if not made or backup.id != made[-1].id:
                made.append(Copy(backup.id, backup.kind, backup.created_at))
        named = plan(made, clock.now.astimezone())
        kept = [decision.copy.id for decision in named.decisions if decision.is_kept]
        assert [copy.id for copy in await service.list()] == kept
        health = await service.health()
        assert 24 + 4 < len(kept) < 36
        assert health.attention == ()
        assert 24 * 28 // 4 <= len(health.covered) < 24 * 28


def test_the_folder_is_a_setting(paths: Paths, tmp_path: Path) -> None:
    from modelward.backups.service import backup_folder

    assert backup_folder(paths, load(paths, {}).settings.backups) == paths.backups
    elsewhere = load(paths, {"BACKUP_DIR": str(tmp_path / "elsewhere")}).settings.backups
    assert backup_folder(paths, elsewhere) == tmp_path / "elsewhere"
    assert backup_folder(paths, BackupSettings(folder="~/copies")) == Path("~/copies").expanduser()
