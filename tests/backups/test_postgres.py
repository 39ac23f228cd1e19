"""Copies of a PostgreSQL store by its own programs: exact, proven, and without the password where others read it."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from harness.backups import TurnedClock, backed_up, flip, lying_in
from harness.facts import DAY, complete
from modelward.backups import postgres, store
from modelward.backups.model import Engine, Kind, State
from modelward.backups.service import BackupService
from modelward.catalog.store import CatalogStore
from modelward.core.errors import InputError, ProtectionError, StoreError
from modelward.core.paths import Paths
from modelward.core.progress import JobCancelled, Progress
from modelward.core.setting_groups import BackupSettings
from modelward.store import migrate
from modelward.store.engine import Database

SECRET = "hush-7731"


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """An open PostgreSQL store of twenty models."""
    opened = await Database.open(postgres_url)
    await CatalogStore(opened).merge([fact for number in range(20) for fact in complete(f"p/{number}")], now=DAY)
    yield opened
    await opened.close()


@pytest.fixture
def service(database: Database, paths: Paths, clock: TurnedClock) -> BackupService:
    return BackupService(database, paths, BackupSettings(), clock=clock)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that alone is looked into for PostgreSQL's programs."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setattr(postgres, "_DEBIAN", tmp_path / "none")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(shutil, "which", lambda name: str(folder / name) if (folder / name).exists() else None)
    return folder


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n[ \"$1\" = --version ] && {{ echo '{name} (PostgreSQL) 99.1'; exit 0; }}\n{script}\n")
    path.chmod(0o755)


def statements_in(path: Path) -> str:
    tool = postgres.find_tool("pg_restore").path
    return subprocess.run([tool, "-f", "-", str(path)], capture_output=True, check=True, text=True).stdout


async def test_a_copy_is_made_proven_listed_and_verified(service: BackupService, paths: Paths) -> None:
    backup = await backed_up(service)
    assert backup.path.name.endswith(".dump")
    assert lying_in(paths.backups) == {backup.path.name, backup.meta_path.name}
    assert backup.meta is not None
    assert backup.meta.engine is Engine.POSTGRESQL
    assert backup.meta.row_counts["model"] == 20
    assert backup.meta.row_counts["fact"] == 100
    assert backup.meta.schema_revision == migrate.HEAD
    assert [each.state for each in await service.list()] == [State.GOOD]
    assert [each.state for each in (await service.verify(None, Progress()))[0]] == [State.GOOD]
    assert (await service.drill(Progress())).is_passed


async def test_an_unchanged_store_is_known_by_its_rows(service: BackupService, database: Database) -> None:
    first = await backed_up(service, Kind.HOURLY)
    assert (await backed_up(service, Kind.HOURLY)).id == first.id
    await CatalogStore(database).merge(complete("p/0", origin="other"), now=DAY)
    second = await backed_up(service, Kind.HOURLY)
    assert second.id != first.id
    assert second.meta is not None
    assert second.meta.row_counts["fact"] == 105


async def test_a_copy_holds_the_moment_at_which_it_began(
    service: BackupService, database: Database, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    import psycopg

    whole = postgres.TakenPostgres.write

    def written_meanwhile(self: postgres.TakenPostgres, *arguments: object) -> object:
        with psycopg.connect(postgres_url) as connection:
            connection.execute("INSERT INTO provider (id, enabled) VALUES ('late', true)")
        return whole(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(postgres.TakenPostgres, "write", written_meanwhile)
    backup = await backed_up(service)
    shown = statements_in(backup.path)
    assert "p\t" in shown
    assert "late\t" not in shown
    assert backup.meta is not None
    assert backup.meta.row_counts["provider"] == 1


@pytest.mark.parametrize("damage", ["half", "flip", "empty"])
async def test_a_dump_that_is_not_whole_is_found(service: BackupService, damage: str) -> None:
    backup = await backed_up(service)
    if damage == "flip":
        flip(backup.path, backup.size_bytes - 300)
    else:
        os.truncate(backup.path, backup.size_bytes // 2 if damage == "half" else 0)
    with pytest.raises(InputError):
        postgres.check(backup.path, Progress())
    (checked,), _changes = await service.verify([backup.id], Progress())
    assert checked.state is State.DAMAGED


async def test_a_dump_that_lost_its_metadata_gets_new_ones(service: BackupService) -> None:
    backup = await backed_up(service)
    backup.meta_path.unlink()
    rebuilt, _changes = await service.rebuild_metadata(backup.id)
    assert rebuilt.state is State.GOOD
    assert [each.state for each in (await service.verify(None, Progress()))[0]] == [State.GOOD]


def test_the_password_stands_in_no_argument() -> None:
    dbname, environment = store.reached_by(make_url(f"postgresql+psycopg://me:{SECRET}@host:5433/name?sslmode=require"))
    assert SECRET not in dbname
    assert sorted(dbname.split()) == [
        "connect_timeout=10",
        "dbname=name",
        "host=host",
        "port=5433",
        "sslmode=require",
        "user=me",
    ]
    assert environment == {"PGPASSWORD": SECRET}


async def test_the_program_is_given_the_password_by_its_environment(
    service: BackupService, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    program(programs, "pg_dump", f'echo "$@" >> {told}; echo "password=$PGPASSWORD" >> {told}; exit 1')
    monkeypatch.setattr(store, "reached_by", lambda _address: ("dbname=x", {"PGPASSWORD": SECRET}))
    with pytest.raises(ProtectionError):
        await backed_up(service)
    arguments, environment = told.read_text().splitlines()
    assert SECRET not in arguments
    assert environment == f"password={SECRET}"


class TestPrograms:
    async def test_a_missing_program_is_told_with_its_package(self, service: BackupService, programs: Path) -> None:
        with pytest.raises(ProtectionError, match=r"pg_dump is not installed.*postgresql-client"):
            await backed_up(service)

    async def test_a_program_that_is_too_old_is_told_with_the_package_that_is_not(
        self, service: BackupService, programs: Path
    ) -> None:
        path = programs / "pg_dump"
        path.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
        path.chmod(0o755)
        with pytest.raises(ProtectionError, match=r"too old.*version 9 .*postgresql-client-\d\d"):
            await backed_up(service)

    @pytest.mark.parametrize("name", ["garbage", "not executable", "fails"])
    def test_what_does_not_run_is_no_program(self, name: str, programs: Path) -> None:
        path = programs / "pg_dump"
        path.write_bytes({"garbage": b"\0\1\2", "not executable": b"x", "fails": b"#!/bin/sh\nexit 3\n"}[name])
        path.chmod(0o644 if name == "not executable" else 0o755)
        with pytest.raises(StoreError, match="is not installed"):
            postgres.find_tool("pg_dump")

    @pytest.mark.parametrize(
        "script",
        ["echo half; echo 'pg_dump: error: disk' >&2; exit 1", "echo whole; echo 'pg_dump: error: x' >&2", "exit 9"],
    )
    async def test_a_program_that_fails_or_says_so_leaves_nothing(
        self, script: str, service: BackupService, programs: Path, paths: Paths
    ) -> None:
        program(programs, "pg_dump", script)
        program(programs, "pg_restore", "exit 0")
        with pytest.raises(ProtectionError, match="could not be copied"):
            await backed_up(service)
        assert lying_in(paths.backups) == set()

    async def test_a_dump_that_cannot_be_read_back_is_not_kept(
        self, service: BackupService, programs: Path, paths: Paths
    ) -> None:
        program(programs, "pg_dump", "echo nonsense")
        program(programs, "pg_restore", "echo 'pg_restore: error: no archive' >&2; exit 1")
        with pytest.raises(ProtectionError, match="No proven copy"):
            await backed_up(service)
        assert lying_in(paths.backups) == set()

    async def test_what_was_cancelled_is_ended_with_all_that_it_started(
        self, service: BackupService, programs: Path, paths: Paths, tmp_path: Path
    ) -> None:
        pipe = tmp_path / "started"
        os.mkfifo(pipe)
        # Whoever has the pipe open for writing lives: its end is read when the last of them is gone.
        program(programs, "pg_dump", f"exec 3> {pipe}; echo started >&3; sleep 1000 & wait")
        progress = Progress()
        ended: list[str] = []

        def cancel() -> None:
            with pipe.open() as told:
                assert told.readline() == "started\n"
                progress.cancel()
                ended.append(told.read())

        waiting = threading.Thread(target=cancel, daemon=True)
        waiting.start()
        with pytest.raises(JobCancelled):
            await service.create(Kind.MANUAL, reason="asked for", progress=progress)
        waiting.join(20)
        assert ended == [""]
        assert lying_in(paths.backups) == set()
