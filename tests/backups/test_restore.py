"""A copy is brought back whole, or the store stays as it is and says so."""

from __future__ import annotations

import asyncio
import resource
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from harness.backups import Change, TurnedClock, backed_up, flip
from harness.facts import DAY, fact
from harness.restores import around, content, foreign, harm, restores
from modelward.backups.model import Backup, Engine, Kind
from modelward.backups.restore import RestoreService
from modelward.backups.service import BackupService
from modelward.catalog.model import Field, Source
from modelward.catalog.store import CatalogStore
from modelward.core.changes import Changes, Room
from modelward.core.errors import (
    FolderError,
    KnownError,
    NewerStoreError,
    ProtectionError,
    StoreBusyError,
    UsageError,
)
from modelward.core.paths import Paths
from modelward.core.progress import JobCancelled, Progress
from modelward.core.setting_groups import BackupSettings
from modelward.store import migrate, sqlite
from modelward.store.engine import Database

__all__ = ["restores"]

NEXT = "9999"
"""A revision that a later Modelward may have."""
UNTOUCHED = "Your store is as it was"


async def refused(restores: RestoreService, database: Database, paths: Paths, backup_id: str) -> KnownError:
    """The error of a restore that must fail; checks that it left nothing and says so."""
    before = await content(database)
    with pytest.raises(KnownError) as caught:
        await restores.restore(backup_id, Progress())
    assert UNTOUCHED in caught.value.todo
    assert await content(database) == before
    assert around(paths.database) == set()
    await CatalogStore(database).set_state("written", "afterwards")
    assert caught.type is type(caught.value)
    return caught.value


async def test_yesterday_comes_back_and_today_is_kept(
    restores: RestoreService, service: BackupService, database: Database, change: Change, paths: Paths
) -> None:
    yesterday = await content(database)
    backup = await backed_up(service)
    await change()
    today = await content(database)
    report, changes = await restores.restore(backup.id, Progress())
    assert await content(database) == yesterday != today
    assert set(changes.touched) == set(Room) == set(Changes.everything().touched)
    kept = {each.id: each for each in await service.list()}[report.kept_as]
    assert kept.kind is Kind.PRE_OPERATION
    assert around(paths.database) == set()

    await restores.restore(kept.id, Progress())  # a restore of a restore
    assert await content(database) == today


async def test_the_write_ahead_log_gives_its_room_back(
    restores: RestoreService, service: BackupService, paths: Paths, change: Change
) -> None:
    backup = await backed_up(service)
    await change()
    await restores.restore(backup.id, Progress())
    assert paths.database.with_name("modelward.db-wal").stat().st_size == 0


async def test_the_log_says_what_was_restored_and_where_the_store_from_before_is(
    restores: RestoreService, service: BackupService, database: Database
) -> None:
    backup = await backed_up(service)
    report, _ = await restores.restore(backup.id, Progress())
    rows = await database.read(lambda live: live.execute(text("SELECT verb, subject, detail FROM event_log")).all())
    assert [(row.verb, row.subject) for row in rows] == [("restore", backup.id)]
    assert report.kept_as in rows[0].detail


@pytest.fixture
def newer_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Modelward whose stores have one table more."""

    def upgrade(connection: object) -> None:
        connection.execute(text("CREATE TABLE novelty (id INTEGER PRIMARY KEY)"))  # type: ignore[attr-defined]
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{NEXT}'"))  # type: ignore[attr-defined]

    monkeypatch.setattr(migrate, "REVISIONS", (*migrate.REVISIONS, NEXT))
    monkeypatch.setattr(migrate, "HEAD", NEXT)
    monkeypatch.setattr(migrate, "upgrade", upgrade)


def revision(connection: object) -> object:
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()  # type: ignore[attr-defined]


async def test_a_copy_from_an_older_modelward_is_brought_up_to_date_before_it_becomes_the_store(
    restores: RestoreService, service: BackupService, database: Database, request: pytest.FixtureRequest
) -> None:
    backup = await backed_up(service)
    today = migrate.HEAD
    request.getfixturevalue("newer_program")
    await database.write(migrate.upgrade)
    report, _ = await restores.restore(backup.id, Progress())
    assert report.migrated_from == today
    assert await database.read(revision) == NEXT
    assert await database.read(lambda live: live.execute(text("SELECT count(*) FROM novelty")).scalar()) == 0


async def test_a_migration_that_fails_leaves_the_store_as_it_was(
    restores: RestoreService,
    service: BackupService,
    database: Database,
    paths: Paths,
    newer_program: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backup = await backed_up(service)
    await database.write(migrate.upgrade)

    def fail(_connection: object) -> None:
        raise sqlite3.OperationalError("no such luck")

    monkeypatch.setattr(migrate, "upgrade", fail)
    before = await content(database)
    with pytest.raises(sqlite3.OperationalError):
        await restores.restore(backup.id, Progress())
    assert await content(database) == before
    assert around(paths.database) == set()


async def test_a_copy_from_a_newer_modelward_is_refused(
    restores: RestoreService, service: BackupService, database: Database, paths: Paths
) -> None:
    def stamp(version: str) -> object:
        return lambda live: live.execute(text(f"UPDATE alembic_version SET version_num = '{version}'")).close()

    await database.write(stamp(NEXT))
    backup = await backed_up(service)
    await database.write(stamp(migrate.HEAD))
    error = await refused(restores, database, paths, backup.id)
    assert isinstance(error, NewerStoreError)
    assert backup.id in error.what
    assert NEXT in error.why


@pytest.mark.parametrize("at", [100, 1500, -1])
async def test_a_flipped_bit_is_found_and_nothing_is_restored(
    restores: RestoreService, service: BackupService, database: Database, paths: Paths, at: int
) -> None:
    backup = await backed_up(service)
    flip(backup.path, at % backup.size_bytes)
    error = await refused(restores, database, paths, backup.id)
    assert isinstance(error, ProtectionError)
    assert error.exit_code == 3


async def test_a_copy_swapped_with_another_is_refused(
    restores: RestoreService, service: BackupService, database: Database, paths: Paths, change: Change
) -> None:
    one = await backed_up(service)
    await change()
    other = await backed_up(service)
    shutil.copyfile(other.path, one.path)
    assert isinstance(await refused(restores, database, paths, one.id), ProtectionError)


async def test_a_copy_without_metadata_is_refused_with_what_can_be_done(
    restores: RestoreService, service: BackupService, database: Database, paths: Paths
) -> None:
    backup = await backed_up(service)
    backup.meta_path.unlink()
    error = await refused(restores, database, paths, backup.id)
    assert isinstance(error, ProtectionError)
    assert "Rebuild" in error.todo


@pytest.mark.parametrize("backup_id", ["", "..", "../modelward.db", "modelward_db_manual_20000101T000000Z", "x" * 9000])
async def test_an_id_that_no_copy_has_is_refused(
    restores: RestoreService, database: Database, paths: Paths, backup_id: str
) -> None:
    error = await refused(restores, database, paths, backup_id)
    assert isinstance(error, UsageError)
    assert len(str(error)) < 500


async def test_a_copy_of_another_kind_of_store_is_refused(
    restores: RestoreService, service: BackupService, database: Database, paths: Paths
) -> None:
    backup = await backed_up(service)
    assert backup.meta is not None
    file = backup.path.with_name(f"{backup.id}.dump")
    backup.path.rename(file)
    backup.meta_path.unlink()
    stranger = replace(backup, path=file)
    meta = replace(backup.meta, file=file.name, engine=Engine.POSTGRESQL)
    service.folder.write_meta(stranger, meta)
    assert "postgresql" in (await refused(restores, database, paths, backup.id)).why


async def test_without_room_nothing_is_begun(
    restores: RestoreService,
    service: BackupService,
    database: Database,
    paths: Paths,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backup = await backed_up(service)
    assert backup.meta is not None
    needed = int(2.2 * (backup.meta.content_bytes or 0))
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=needed - 1))
    error = await refused(restores, database, paths, backup.id)
    assert isinstance(error, FolderError)
    assert "room" in error.what
    assert len(await service.list()) == 1, "not even the copy of today was begun"


async def test_a_disk_that_fills_up_in_the_middle_leaves_the_store_as_it_was(
    restores: RestoreService, service: BackupService, database: Database, paths: Paths, change: Change
) -> None:
    rows = [{"key": f"k{number}", "value": "x" * 3000} for number in range(500)]
    await database.write(lambda live: live.execute(text("INSERT INTO state VALUES (:key, :value)"), rows).close())
    backup = await backed_up(service)
    await database.write(lambda live: live.execute(text("DELETE FROM state")).close())
    await change()
    assert backup.meta is not None
    content_bytes = backup.meta.content_bytes or 0
    # Room for the copy made ready, and not for the write-ahead log, whose frames are larger than the pages in them.
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (content_bytes + 2000, hard))
    try:
        await refused(restores, database, paths, backup.id)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await restores.restore(backup.id, Progress())
    assert len((await content(database))["state"]) == 500


async def test_another_programs_open_write_transaction_is_respected(
    restores: RestoreService,
    service: BackupService,
    database: Database,
    paths: Paths,
    change: Change,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backup = await backed_up(service)
    await change()
    # SQLite's own copy would wait here for ever.
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.3)
    await database.while_closed(lambda: None)
    before = await content(database)
    with foreign(paths.database) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO state VALUES ('theirs', '1')")
        async with asyncio.timeout(30):
            with pytest.raises(StoreBusyError, match="Another program holds"):
                await restores.restore(backup.id, Progress())
        assert await content(database) == before
        other.execute("COMMIT")
    assert ("theirs", "1") in (await content(database))["state"]
    assert around(paths.database) == set()


class InterruptedService(BackupService):
    """Another program writes the store just after today's state was copied."""

    async def create(self, *args: object, **kwargs: object) -> tuple[Backup, Changes]:
        made = await super().create(*args, **kwargs)  # type: ignore[arg-type]
        assert isinstance(self._source.where, str)
        with foreign(Path(self._source.where), timeout=5) as other:
            other.execute("INSERT OR REPLACE INTO state VALUES ('theirs', 'late')")
        return made


async def test_what_another_program_wrote_after_todays_copy_is_not_lost(
    service: BackupService, database: Database, paths: Paths, clock: TurnedClock
) -> None:
    backup = await backed_up(service)
    interrupted = InterruptedService(database, paths, BackupSettings(), clock=clock)
    with pytest.raises(StoreBusyError):
        await RestoreService(database, interrupted, paths).restore(backup.id, Progress())
    assert ("theirs", "late") in (await content(database))["state"]
    assert around(paths.database) == set()


async def test_nothing_of_ours_is_written_between_todays_copy_and_the_restore(
    restores: RestoreService, service: BackupService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = await backed_up(service)
    create = service.create
    told: list[KnownError] = []

    async def create_while_written(*args: object, **kwargs: object) -> object:
        made = await create(*args, **kwargs)  # type: ignore[arg-type]
        with pytest.raises(StoreBusyError) as caught:
            await CatalogStore(database).set_state("late", "lost")
        told.append(caught.value)
        return made

    monkeypatch.setattr(service, "create", create_while_written)
    await restores.restore(backup.id, Progress())
    assert ["being restored" in error.what for error in told] == [True]
    await CatalogStore(database).set_state("late", "kept")
    assert await CatalogStore(database).state("late") == "kept"


async def test_two_restores_at_once_are_one_and_a_refusal(
    restores: RestoreService, service: BackupService, database: Database, change: Change
) -> None:
    yesterday = await content(database)
    backup = await backed_up(service)
    await change()
    tries = [asyncio.create_task(restores.restore(backup.id, Progress())) for _ in range(2)]
    first, second = await asyncio.gather(*tries, return_exceptions=True)
    assert isinstance(second, StoreBusyError)
    assert not isinstance(first, BaseException)
    assert await content(database) == yesterday


async def test_open_readers_keep_what_they_see_and_then_see_the_restored_store(
    restores: RestoreService, service: BackupService, database: Database, paths: Paths, change: Change
) -> None:
    yesterday = await content(database)
    backup = await backed_up(service)
    await change()
    second = await Database.open(paths.database, reader=True)
    today = await content(second)
    with foreign(paths.database) as snapshot:
        snapshot.execute("BEGIN")
        snapshot.execute("SELECT * FROM state").fetchall()
        await restores.restore(backup.id, Progress())
        assert snapshot.execute("SELECT count(*) FROM state").fetchone()[0] == len(today["state"])
    # Renaming a file over the store would leave these two with the old one for ever.
    assert await content(second) == yesterday
    assert await content(database) == yesterday
    await second.close()


async def test_a_store_of_another_page_size_is_restored(
    service: BackupService, database: Database, paths: Paths, clock: TurnedClock
) -> None:
    yesterday = await content(database)
    backup = await backed_up(service)
    await database.close()
    with foreign(paths.database) as raw:
        for statement in ("PRAGMA journal_mode=DELETE", "PRAGMA page_size=8192", "VACUUM"):
            raw.execute(statement)
        raw.execute("INSERT INTO state VALUES ('today', '1')")
    again = await Database.open(paths.database)
    try:
        fresh = BackupService(again, paths, BackupSettings(), clock=clock)
        await RestoreService(again, fresh, paths).restore(backup.id, Progress())
        assert await content(again) == yesterday
        assert await again.read(lambda live: live.execute(text("PRAGMA page_size")).scalar()) == 8192
    finally:
        await again.close()


async def test_a_restore_that_is_cancelled_in_the_middle_leaves_the_store_as_it_was(
    restores: RestoreService,
    service: BackupService,
    database: Database,
    paths: Paths,
    change: Change,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backup = await backed_up(service)
    await change()
    before = await content(database)
    monkeypatch.setattr(sqlite, "OVERWRITE_PAGES", 1)
    loop = asyncio.get_running_loop()
    progress: Progress

    def cancel_in_the_middle() -> None:
        if progress.take().text == "Putting the copy in place":
            progress.cancel()
            loop.call_soon_threadsafe(task.cancel)

    progress = Progress(cancel_in_the_middle)
    task = asyncio.create_task(restores.restore(backup.id, progress))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await content(database) == before
    assert around(paths.database) == set()


async def test_a_cancellation_that_comes_too_late_does_not_deny_what_was_done(
    restores: RestoreService, service: BackupService, database: Database, change: Change
) -> None:
    yesterday = await content(database)
    backup = await backed_up(service)
    await change()
    overwrite = database.overwrite

    async def overwrite_and_cancel(source: Path, watch: object) -> None:
        await overwrite(source, watch)  # type: ignore[arg-type]
        task.cancel()

    database.overwrite = overwrite_and_cancel  # type: ignore[method-assign]
    task = asyncio.create_task(restores.restore(backup.id, Progress()))
    report, _ = await task
    assert report.backup.id == backup.id
    assert await content(database) == yesterday


def test_cancelling_is_not_heeded_once_the_last_page_is_committed(tmp_path: Path) -> None:
    def refuse(done: int, total: int) -> None:
        if done == total:
            raise JobCancelled

    paths = [tmp_path / name for name in ("live", "given")]
    for path in paths:
        with closing(sqlite3.connect(path)) as made, made:
            made.execute(f"CREATE TABLE {path.name} (id)")
    with closing(sqlite3.connect(paths[0], isolation_level=None)) as live:
        sqlite.overwrite(live, paths[1], refuse)
        assert live.execute("SELECT name FROM sqlite_master").fetchall() == [("given",)]


async def test_a_store_damaged_while_open_is_set_aside_whole_and_the_copy_takes_its_place(
    restores: RestoreService, service: BackupService, database: Database, paths: Paths, change: Change
) -> None:
    yesterday = await content(database)
    backup = await backed_up(service)
    await database.write(lambda live: live.execute(text("PRAGMA user_version = 7")).close())
    with foreign(paths.database, timeout=5) as fold:
        fold.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    await change()  # only in the write-ahead log, which must not be replayed into the copy
    harm(paths.database)
    report, _ = await restores.restore(backup.id, Progress())
    assert await content(database) == yesterday
    assert await database.find_damage() == ""
    assert report.set_aside is not None
    assert report.kept_as == ""
    assert around(paths.database) == {report.set_aside.name}
    await change()
    await restores.restore(backup.id, Progress())
    assert await content(database) == yesterday


async def test_a_stale_log_is_moved_away_with_the_damaged_store(
    restores: RestoreService, service: BackupService, database: Database, paths: Paths, change: Change
) -> None:
    yesterday = await content(database)
    backup = await backed_up(service)
    with foreign(paths.database, timeout=5) as fold:
        fold.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    second = await Database.open(paths.database, reader=True)
    await change()
    await content(second)
    harm(paths.database)
    # The reader that is still there keeps the log from being removed when our own connections close.
    report, _ = await restores.restore(backup.id, Progress())
    assert await content(database) == yesterday
    assert report.set_aside is not None
    assert report.set_aside.name + "-wal" in around(paths.database)
    await second.close()


async def test_a_rename_that_fails_puts_the_damaged_store_back(
    restores: RestoreService,
    service: BackupService,
    database: Database,
    paths: Paths,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backup = await backed_up(service)
    with foreign(paths.database, timeout=5) as fold:
        fold.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    harm(paths.database)
    rename = Path.rename

    def fail(path: Path, target: Path) -> Path:
        if ".restore-" in path.name:
            raise OSError(5, "Input/output error", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(KnownError) as caught:
        await restores.restore(backup.id, Progress())
    assert UNTOUCHED in caught.value.todo
    assert around(paths.database) == set()
    assert await database.find_damage() != ""


async def test_when_todays_state_cannot_be_kept_nothing_is_restored(
    restores: RestoreService,
    service: BackupService,
    database: Database,
    paths: Paths,
    change: Change,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backup = await backed_up(service)
    await change()

    async def refuse(*_args: object, **_kwargs: object) -> object:
        raise ProtectionError("The backup folder is full.", todo="Free some space.")

    monkeypatch.setattr(service, "create", refuse)
    error = await refused(restores, database, paths, backup.id)
    assert isinstance(error, ProtectionError)
    assert "full" in error.what


async def test_the_live_file_is_opened_by_sqlite_alone(
    restores: RestoreService, service: BackupService, paths: Paths, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    is_on = True
    # A hook cannot be taken out again: it is switched off.
    sys.addaudithook(lambda event, given: opened.append(str(given[0])) if is_on and event == "open" else None)
    try:
        backup = await backed_up(service)
        await change()
        await restores.preview(backup.id, Progress())
        await restores.restore(backup.id, Progress())
    finally:
        is_on = False
    live = {f"{paths.database}{ending}" for ending in ("", "-wal", "-shm")}
    assert opened
    assert live.isdisjoint(opened)


async def test_a_preview_names_what_would_change(
    restores: RestoreService, service: BackupService, database: Database, paths: Paths
) -> None:
    store = CatalogStore(database)
    await store.merge([fact("p/0", Field.RPM, 10, Source.USER), fact("p/1", Field.RPM, 1, Source.USER)], now=DAY)
    backup = await backed_up(service)
    await store.withdraw("p/0", Field.RPM, Source.USER)
    news = [fact(f"q/{number:03}", Field.KIND, "chat") for number in range(60)]
    own = [fact("p/1", Field.RPM, 2, Source.USER, day=1), fact("p/2", Field.PRICE_INPUT, "9.99", Source.USER)]
    await store.merge([*news, *own], now=DAY)
    preview = await restores.preview(backup.id, Progress())
    assert preview.models_removed.count == 60
    assert preview.models_removed.first[:2] == ("q/000", "q/001")
    assert len(preview.models_removed.first) == 50
    assert preview.models_added.count == 0
    assert preview.models_changed.first == ("p/0", "p/1", "p/2")
    assert [name.partition(":")[0] for name in preview.own_values_lost.first] == ["p/1", "p/2"]
    assert "9.99" in preview.own_values_lost.first[1]
    assert preview.own_values_regained.first[0].startswith("p/0: ")
    assert {rows.table: (rows.today, rows.copy) for rows in preview.tables}["model"] == (80, 20)
    assert not preview.is_same
    assert around(paths.database) == set()
    assert list(service.scratch.iterdir()) == []


async def test_a_preview_of_the_same_state_says_so(restores: RestoreService, service: BackupService) -> None:
    backup = await backed_up(service)
    assert (await restores.preview(backup.id, Progress())).is_same


async def test_a_preview_of_a_damaged_copy_is_refused(
    restores: RestoreService, service: BackupService, database: Database
) -> None:
    backup = await backed_up(service)
    flip(backup.path, 500)
    with pytest.raises(ProtectionError):
        await restores.preview(backup.id, Progress())
    assert list(service.scratch.iterdir()) == []
