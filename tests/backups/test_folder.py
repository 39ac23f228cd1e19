"""The folder: what in it is ours, what a crash left, and what somebody else put there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.backups import Change, TurnedClock, backed_up, flip, lying_in
from harness.stores import start_python
from modelward.backups.model import Kind, State
from modelward.backups.service import BackupService
from modelward.catalog.store import CatalogStore
from modelward.core.errors import InputError, ProtectionError, StoreBusyError, UsageError
from modelward.core.instance import InstanceLock
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.setting_groups import BackupSettings
from modelward.store.engine import Database

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)


async def test_files_of_others_survive_everything_untouched(
    service: BackupService, paths: Paths, change: Change, clock: TurnedClock
) -> None:
    theirs = {
        "notes.txt": b"mine",
        "modelward.db": b"mine",
        "thesis.part": b"mine",
        "modelward_db_weekly_20260101T000000Z.sqlite3.zst": b"mine",
        "modelward_db_hourly_20260101T000000Z.sqlite3.zst.bak": b"mine",
        "modelward_db_hourly_20260101T000000Z.txt.part": b"mine",
    }
    for name, content in theirs.items():
        (paths.backups / name).write_bytes(content)
        os.utime(paths.backups / name, (0, 0))
    secret = paths.data / "secret"
    secret.write_bytes(b"mine")
    link = paths.backups / "modelward_db_hourly_20260101T000000Z.sqlite3.zst"
    link.symlink_to(secret)
    for _ in range(40):
        await change()
        await backed_up(service, Kind.HOURLY)
        clock.turn(timedelta(hours=1))
    await service.prune(dry_run=False, consent=True, progress=Progress())
    assert {name: (paths.backups / name).read_bytes() for name in theirs} == theirs
    assert link.is_symlink()
    assert secret.read_bytes() == b"mine"
    assert all(backup.path != link for backup in await service.list())


async def test_what_a_crash_left_goes_after_an_hour_and_not_before(
    service: BackupService, paths: Paths, clock: TurnedClock
) -> None:
    left = [
        "modelward_db_hourly_20260101T000000Z.sqlite3.zst.part",
        "modelward_db_hourly_20260101T000000Z.sqlite3.zst.meta.json.part",
        "modelward_db_manual_20260101T000000Z.dump.part",
    ]
    for name in left:
        (paths.backups / name).write_bytes(b"half")
    await backed_up(service)
    assert lying_in(paths.backups) > set(left)
    clock.turn(timedelta(hours=2))
    await backed_up(service)
    assert lying_in(paths.backups).isdisjoint(left)
    assert len(await service.list()) == 2


async def test_a_copy_that_lacked_only_its_last_rename_is_finished(service: BackupService, paths: Paths) -> None:
    backup = await backed_up(service)
    backup.path.rename(backup.path.with_name(backup.path.name + ".part"))
    (listed,) = await service.list()
    assert (listed.state, listed.trouble) == (
        State.ORPHAN,
        "The copy is missing: only its metadata is left.",
    )
    await backed_up(service)
    assert [each.state for each in await service.list()] == [State.GOOD, State.GOOD]


async def test_a_half_written_copy_beside_metadata_is_not_finished(service: BackupService) -> None:
    backup = await backed_up(service)
    part = backup.path.rename(backup.path.with_name(backup.path.name + ".part"))
    part.write_bytes(part.read_bytes()[:-1])
    await backed_up(service)
    assert [each.state for each in await service.list()] == [State.GOOD, State.ORPHAN]


class TestWhatIsWrong:
    async def test_a_truncated_copy_is_seen_by_listing_alone(self, service: BackupService) -> None:
        backup = await backed_up(service)
        os.truncate(backup.path, backup.size_bytes - 7)
        (listed,) = await service.list()
        assert listed.state is State.DAMAGED
        assert listed.trouble == f"It has {backup.size_bytes - 7:,} bytes and should have {backup.size_bytes:,}."
        assert listed.todo

    async def test_a_copy_without_metadata_is_an_orphan_whose_metadata_can_be_rebuilt(
        self, service: BackupService
    ) -> None:
        backup = await backed_up(service)
        backup.meta_path.unlink()
        (listed,) = await service.list()
        assert (listed.state, listed.trouble) == (State.ORPHAN, "Its metadata is missing.")
        assert "Rebuild" in listed.todo
        rebuilt, _changes = await service.rebuild_metadata(backup.id)
        assert backup.meta is not None
        assert rebuilt.meta is not None
        assert rebuilt.state is State.GOOD
        assert rebuilt.meta.row_counts == backup.meta.row_counts
        assert rebuilt.meta.content_sha256 == backup.meta.content_sha256
        assert [each.state for each in (await service.verify(None, Progress()))[0]] == [State.GOOD]

    async def test_metadata_is_not_rebuilt_from_a_damaged_copy(self, service: BackupService) -> None:
        backup = await backed_up(service)
        backup.meta_path.unlink()
        flip(backup.path, backup.size_bytes // 2)
        with pytest.raises(InputError):
            await service.rebuild_metadata(backup.id)
        assert not backup.meta_path.exists()

    async def test_metadata_is_not_rebuilt_where_it_is_there(self, service: BackupService) -> None:
        backup = await backed_up(service)
        with pytest.raises(UsageError, match="needs no new metadata"):
            await service.rebuild_metadata(backup.id)

    async def test_metadata_of_a_newer_modelward_is_kept(self, service: BackupService) -> None:
        backup = await backed_up(service)
        newer = backup.meta_path.read_bytes().replace(b'"formatVersion": 1', b'"formatVersion": 2')
        backup.meta_path.write_bytes(newer)
        (listed,) = await service.list()
        assert "newer Modelward" in listed.trouble
        assert "Update" in listed.todo
        with pytest.raises(InputError, match="newer"):
            await service.rebuild_metadata(backup.id)
        assert backup.meta_path.read_bytes() == newer

    async def test_a_rebuilt_archive_bomb_stops_at_the_size_that_it_announced(self, service: BackupService) -> None:
        import zstandard

        backup = await backed_up(service)
        backup.meta_path.unlink()
        whole = zstandard.ZstdCompressor().compress(bytes(1 << 20))
        assert zstandard.get_frame_parameters(whole).content_size == 1 << 20
        backup.path.write_bytes(whole)
        with pytest.raises(InputError, match="damaged"):
            await service.rebuild_metadata(backup.id)

    async def test_a_copy_that_was_swapped_with_another_is_found_by_its_metadata(
        self, service: BackupService, change: Change
    ) -> None:
        one = await backed_up(service)
        await change()
        two = await backed_up(service)
        content = one.path.read_bytes()
        one.path.write_bytes(two.path.read_bytes())
        two.path.write_bytes(content)
        checked, _changes = await service.verify(None, Progress())
        assert [each.state for each in checked] == [State.DAMAGED, State.DAMAGED]
        assert [each.state for each in await service.list()] == [State.DAMAGED, State.DAMAGED]

    async def test_metadata_that_was_swapped_with_another_s_belongs_to_another_copy(
        self, service: BackupService, change: Change, clock: TurnedClock
    ) -> None:
        one = await backed_up(service)
        await change()
        clock.turn(timedelta(minutes=1))
        two = await backed_up(service)
        shutil.copy(one.meta_path, two.meta_path)
        newest, oldest = await service.list()
        assert (newest.state, newest.trouble) == (State.ORPHAN, "Its metadata belongs to another copy.")
        assert oldest.state is State.GOOD

    async def test_a_path_in_the_metadata_leads_nowhere(self, service: BackupService, paths: Paths) -> None:
        backup = await backed_up(service)
        victim = paths.data / "victim"
        victim.write_bytes(b"mine")
        forged = backup.meta_path.read_text().replace(backup.path.name, "../data/victim")
        backup.meta_path.write_text(forged)
        (listed,) = await service.list()
        assert listed.state is State.ORPHAN
        await service.delete(backup.id)
        assert victim.read_bytes() == b"mine"
        assert lying_in(paths.backups) == set()

    @pytest.mark.parametrize("name", ["../data/modelward", "/etc/passwd", "", "modelward_db_manual", "x\0y", "*"])
    async def test_an_id_that_no_copy_has_is_wrong_use(self, service: BackupService, name: str) -> None:
        await backed_up(service)
        with pytest.raises(UsageError, match="There is no backup"):
            await service.delete(name)
        with pytest.raises(UsageError, match="There is no backup"):
            await service.verify([name], Progress())


class TestBadLuck:
    async def test_a_missing_folder_is_made_for_this_person_alone(
        self, database: Database, paths: Paths, tmp_path: Path
    ) -> None:
        folder = tmp_path / "new" / "backups"
        service = BackupService(database, paths, BackupSettings(folder=str(folder)))
        assert await service.list() == []
        await backed_up(service)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in folder.glob("modelward_db*")} == {0o600}

    async def test_a_folder_that_is_a_link_is_followed(self, database: Database, paths: Paths, tmp_path: Path) -> None:
        real = tmp_path / "real"
        real.mkdir()
        (tmp_path / "link").symlink_to(real)
        service = BackupService(database, paths, BackupSettings(folder=str(tmp_path / "link")))
        backup = await backed_up(service)
        assert len(lying_in(real)) == 2
        assert [each.id for each in await service.list()] == [backup.id]

    @pytest.mark.parametrize("kind", ["file", "dangling link", "below a file"])
    async def test_a_folder_that_can_be_none_is_told(
        self, kind: str, database: Database, paths: Paths, tmp_path: Path
    ) -> None:
        place = tmp_path / "place"
        if kind == "dangling link":
            place.symlink_to(tmp_path / "nowhere" / "else")
        else:
            place.write_bytes(b"mine")
        folder = place / "sub" if kind == "below a file" else place
        service = BackupService(database, paths, BackupSettings(folder=str(folder)))
        with pytest.raises(ProtectionError) as caught:
            await backed_up(service)
        assert str(place) in str(caught.value)
        assert caught.value.todo
        health = await service.health()
        assert health.failures_in_row == 1
        assert health.attention

    async def test_a_folder_that_goes_while_a_copy_is_written_costs_that_copy_alone(
        self, service: BackupService, paths: Paths
    ) -> None:
        class Removing(Progress):
            def update(self, **said: object) -> None:
                if said.get("text") == "Compressing the copy":
                    shutil.rmtree(paths.backups)
                super().update(**said)  # type: ignore[arg-type]

        with pytest.raises(ProtectionError, match="cannot be read or written"):
            await service.create(Kind.HOURLY, reason="hourly", progress=Removing())
        assert list((paths.data / "scratch").iterdir()) == []
        await backed_up(service)
        assert [each.state for each in await service.list()] == [State.GOOD]

    async def test_another_process_at_work_on_the_folder_is_told_and_waited_for_by_nobody(
        self, service: BackupService, paths: Paths
    ) -> None:
        program = (
            "import sys, pathlib\n"
            "from modelward.backups.folder import BackupFolder\n"
            "with BackupFolder(pathlib.Path(sys.argv[1])).lock():\n"
            "    print('held', flush=True)\n"
            "    sys.stdin.readline()\n"
        )
        other = start_python(program, paths.backups)
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        try:
            with pytest.raises(StoreBusyError, match="at work on the backups"):
                await backed_up(service)
            assert await service.list() == []
        finally:
            other.communicate("\n")
        await backed_up(service)
        assert len(await service.list()) == 1

    async def test_a_copy_that_was_cancelled_leaves_nothing(self, service: BackupService, paths: Paths) -> None:
        from modelward.core.progress import JobCancelled

        for text in ("Copying the store", "Compressing the copy", "Reading the copy back", "Checking the database"):

            class Stopping(Progress):
                words = text

                def update(self, **said: object) -> None:
                    if str(said.get("text", "")).startswith(self.words):
                        self.cancel()
                    super().update(**said)  # type: ignore[arg-type]

            with pytest.raises(JobCancelled):
                await service.create(Kind.MANUAL, reason="asked for", progress=Stopping())
            assert lying_in(paths.backups) == set()
            assert list((paths.data / "scratch").iterdir()) == []
        assert (await service.health()).failures_in_row == 0

    async def test_a_disk_that_is_full_or_read_only_costs_no_copy_that_is_there(
        self, database: Database, paths: Paths, small_disk: Path
    ) -> None:
        service = BackupService(database, paths, BackupSettings(folder=str(small_disk)))
        first = await backed_up(service)
        await CatalogStore(database).set_state("incompressible", os.urandom(100_000).hex())
        with pytest.raises(ProtectionError, match=r"No space left.*Free some space"):
            await backed_up(service)
        assert lying_in(small_disk) == {first.path.name, first.meta_path.name}
        mount("remount,ro", small_disk)
        with pytest.raises(ProtectionError, match="Read-only"):
            await backed_up(service)
        checked, _changes = await service.verify(None, Progress())
        assert [(each.id, each.state) for each in checked] == [(first.id, State.GOOD)]
        assert [each.state for each in await service.list()] == [State.GOOD]

    async def test_the_data_folder_itself_can_hold_the_copies(self, database: Database, paths: Paths) -> None:
        lock = InstanceLock(paths.data)
        lock.acquire()
        await backed_up(BackupService(database, paths, BackupSettings(folder=str(paths.data))))
        lock.release()
        assert paths.database.exists()


def mount(options: str, place: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for one small copy."""
    place = tmp_path / "small"
    place.mkdir()
    if not mount("size=100k", place):
        pytest.skip("a small file system can be mounted by root alone")
    yield place
    subprocess.run(["umount", str(place)], check=True)
