"""Could I get yesterday back? What is said, when it is said, and what is remembered."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.backups import Change, TurnedClock, backed_up, flip
from modelward.backups import health, history
from modelward.backups.history import History
from modelward.backups.model import Kind
from modelward.backups.retention import Plan
from modelward.backups.service import BackupService
from modelward.core.errors import ProtectionError
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.setting_groups import BackupSettings
from modelward.store.engine import Database

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


class TestAttention:
    async def test_a_store_that_was_never_copied_wants_attention(self, service: BackupService) -> None:
        found = await service.health()
        assert found.attention == ("There is no verified backup yet.",)
        assert (found.last_success_at, found.last_verified_at, found.covered) == (None, None, frozenset())

    async def test_a_fresh_copy_is_all_that_is_needed(self, service: BackupService, clock: TurnedClock) -> None:
        backup = await backed_up(service, Kind.HOURLY)
        found = await service.health()
        assert found.attention == ()
        assert (found.last_success_at, found.last_verified_at) == (clock.now, clock.now)
        assert found.space_used == backup.size_bytes
        assert found.forecast_bytes == 36 * backup.size_bytes - backup.size_bytes
        assert found.free_bytes is not None
        assert not found.low_disk

    async def test_a_day_without_a_copy_wants_attention(self, service: BackupService, clock: TurnedClock) -> None:
        await backed_up(service)
        clock.turn(DAY)
        assert (await service.health()).attention == ()
        clock.turn(HOUR)
        (said,) = (await service.health()).attention
        assert said.startswith("The last verified backup is older than a day")

    async def test_a_copy_from_the_future_is_no_success_of_today(
        self, service: BackupService, clock: TurnedClock
    ) -> None:
        clock.turn(10 * 365 * DAY)
        await backed_up(service)
        clock.turn(-10 * 365 * DAY)
        found = await service.health()
        assert found.last_success_at is None
        assert found.covered == frozenset()
        assert found.attention == ("There is no verified backup yet.",)

    async def test_a_damaged_copy_is_no_success(self, service: BackupService) -> None:
        backup = await backed_up(service)
        flip(backup.path, 99)
        await service.verify(None, Progress())
        assert (await service.health()).attention == ("There is no verified backup yet.", "1 backup is damaged.")

    async def test_two_failures_in_a_row_want_attention_and_outlive_the_program(
        self, database: Database, paths: Paths, clock: TurnedClock
    ) -> None:
        def anew(folder: Path) -> BackupService:
            return BackupService(database, paths, BackupSettings(folder=str(folder)), clock=clock)

        await backed_up(anew(paths.backups))
        wrong = paths.data / "a file"
        wrong.write_bytes(b"")
        for failures in (1, 2):
            with pytest.raises(ProtectionError):
                await backed_up(anew(wrong))
            found = await anew(paths.backups).health()
            assert found.failures_in_row == failures
            assert any("failed" in words for words in found.attention) == (failures == 2)
        assert str(wrong) in found.attention[0]
        await backed_up(anew(paths.backups))
        assert (await anew(paths.backups).health()).attention == ()

    def test_a_disk_that_is_low_wants_attention(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "LEAST_FREE", 1 << 60)
        found = health.judge(tmp_path, [], Plan((), ()), History(), NOW)
        assert found.low_disk
        assert any("is low" in words for words in found.attention)

    def test_a_disk_that_is_not_there_has_no_known_room(self, tmp_path: Path) -> None:
        found = health.judge(tmp_path / "none", [], Plan((), ()), History(), NOW)
        assert (found.free_bytes, found.low_disk) == (None, False)

    async def test_copies_kept_for_ever_are_forecast_at_the_pace_of_four_weeks(
        self, service: BackupService, clock: TurnedClock
    ) -> None:
        old = await backed_up(service)
        clock.turn(60 * DAY)
        new = await backed_up(service)
        found = await service.health()
        assert found.forecast_bytes == old.size_bytes + new.size_bytes + 13 * new.size_bytes


class TestCovered:
    async def test_hours_stay_covered_when_their_copies_were_thinned_out(
        self, service: BackupService, change: Change, clock: TurnedClock
    ) -> None:
        for _ in range(30):
            clock.turn(HOUR)
            await change()
            await backed_up(service, Kind.HOURLY)
        assert len(await service.list()) < 30
        assert len((await service.health()).covered) == 30

    async def test_a_service_that_starts_anew_remembers(
        self, service: BackupService, database: Database, paths: Paths, clock: TurnedClock, change: Change
    ) -> None:
        for _ in range(30):
            clock.turn(HOUR)
            await change()
            await backed_up(service, Kind.HOURLY)
        anew = BackupService(database, paths, BackupSettings(), clock=clock)
        found, before = await anew.health(), await service.health()
        assert found == replace(before, free_bytes=found.free_bytes)

    async def test_without_its_memory_the_copies_that_are_there_still_tell(
        self, service: BackupService, database: Database, paths: Paths, clock: TurnedClock
    ) -> None:
        await backed_up(service, Kind.HOURLY)
        clock.turn(3 * HOUR)
        await backed_up(service, Kind.HOURLY)
        (paths.data / "backups.json").write_bytes(b"\xff{")
        anew = BackupService(database, paths, BackupSettings(), clock=clock)
        assert len((await anew.health()).covered) == 4

    def test_hours_are_told_apart_in_utc_where_clocks_are_set_back(self) -> None:
        start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 twice in Berlin
        assert len(list(history.hours_between(start, start + 2 * HOUR))) == 3

    def test_what_is_older_than_four_weeks_is_forgotten(self) -> None:
        remembered = History().with_covered(NOW - timedelta(weeks=52), NOW, NOW)
        assert len(remembered.covered) == 4 * 7 * 24 + 1
        later = remembered.with_covered(NOW + DAY, NOW + DAY, NOW + DAY)
        assert min(later.covered) == min(remembered.covered) + DAY

    def test_a_moment_of_another_age_costs_no_time(self) -> None:
        remembered = History().with_covered(datetime(1970, 1, 2, tzinfo=UTC), datetime(9989, 1, 1, tzinfo=UTC), NOW)
        assert len(remembered.covered) == 4 * 7 * 24 + 1

    def test_a_clock_that_went_back_forgets_what_is_still_to_come(self) -> None:
        remembered = History().with_covered(NOW, NOW, NOW)
        earlier = remembered.with_covered(NOW - DAY, NOW - DAY, NOW - DAY)
        assert len(earlier.covered) == 1


class TestMemory:
    def test_what_was_written_is_read(self, tmp_path: Path) -> None:
        memory = replace(
            History().with_covered(NOW, NOW + HOUR, NOW + HOUR),
            failures_in_row=3,
            last_failure="why",
            last_drill_at=NOW,
            last_drill_trouble="x",
        )
        history.write(tmp_path / "memory.json", memory)
        assert history.read(tmp_path / "memory.json") == memory

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"[]",
            b"{}",
            b"\xff",
            b"[" * 100_000,
            b" " * 2_000_000,
            json.dumps({"covered": 5}).encode(),
            json.dumps({"covered": ["never"], "failures_in_row": 1, "last_failure": ""}).encode(),
            json.dumps({"covered": [], "failures_in_row": {}, "last_failure": "", "last_drill_at": None}).encode(),
        ],
    )
    def test_a_memory_that_cannot_be_read_is_empty(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "memory.json").write_bytes(content)
        assert history.read(tmp_path / "memory.json") == History()

    def test_a_memory_that_cannot_be_written_costs_nothing_else(self, tmp_path: Path) -> None:
        history.write(tmp_path / "none" / "memory.json", History())
        assert history.read(tmp_path / "none" / "memory.json") == History()


class TestDrill:
    async def test_a_rehearsal_reads_a_copy_by_the_program_s_own_queries(
        self, service: BackupService, clock: TurnedClock, paths: Paths
    ) -> None:
        backup = await backed_up(service)
        report = await service.drill(Progress())
        assert (report.backup, report.is_passed, report.trouble) == (backup.id, True, "")
        assert report.findings == {"model": 20, "fact": 100}
        assert (await service.health()).last_drill_at == clock.now
        assert list((paths.data / "scratch").iterdir()) == []
        assert [copy.id for copy in await service.list()] == [backup.id]

    async def test_a_rehearsal_that_fails_wants_attention(self, service: BackupService) -> None:
        backup = await backed_up(service)
        flip(backup.path, 150)
        report = await service.drill(Progress())
        assert not report.is_passed
        assert report.trouble
        assert any("rehearsal" in words for words in (await service.health()).attention)

    async def test_without_a_good_copy_there_is_nothing_to_rehearse(self, service: BackupService) -> None:
        with pytest.raises(ProtectionError, match="no verified backup"):
            await service.drill(Progress())
