"""A PostgreSQL store: restored into a fresh database, swapped by name in one transaction, or left as it is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from urllib.parse import quote

import psycopg
import pytest

from harness.backups import TurnedClock, backed_up
from harness.facts import DAY, complete, fact
from harness.postgres import Cluster
from harness.restores import content
from harness.stores import start_python
from modelward.backups.model import Kind
from modelward.backups.restore import RestoreService
from modelward.backups.restore_postgres import PostgresWay
from modelward.backups.service import BackupService
from modelward.catalog.model import Field, Source
from modelward.catalog.store import CatalogStore
from modelward.core.errors import KnownError, ProtectionError, StoreError
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.setting_groups import BackupSettings
from modelward.store import tables
from modelward.store.engine import Database
from modelward.store.tables import upsert


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """An open PostgreSQL store of a few models."""
    opened = await Database.open(postgres_url)
    await CatalogStore(opened).merge([each for number in range(5) for each in complete(f"p/{number}")], now=DAY)
    yield opened
    await opened.close()


@pytest.fixture
def restores(database: Database, service: BackupService, paths: Paths) -> RestoreService:
    return RestoreService(database, service, paths)


@pytest.fixture
def service(database: Database, paths: Paths, clock: TurnedClock) -> BackupService:
    return BackupService(database, paths, BackupSettings(), clock=clock)


def databases(cluster: Cluster) -> set[str]:
    """The names of the databases on the server that are not there from its beginning."""
    with psycopg.connect(cluster.url("postgres")) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'modelward%'").fetchall()
    return {str(name) for (name,) in found}


async def change(database: Database) -> None:
    await CatalogStore(database).set_state("changed", "1")


async def test_yesterday_comes_back_and_today_is_kept(
    restores: RestoreService, service: BackupService, database: Database, postgres_cluster: Cluster
) -> None:
    yesterday = await content(database)
    before = databases(postgres_cluster)
    backup = await backed_up(service)
    await change(database)
    today = await content(database)
    report, _ = await restores.restore(backup.id, Progress())
    assert await content(database) == yesterday != today
    assert {each.id: each.kind for each in await service.list()}[report.kept_as] is Kind.PRE_OPERATION
    assert databases(postgres_cluster) == before
    await change(database)
    await restores.restore(report.kept_as, Progress())
    assert await content(database) == today


async def test_others_who_look_are_ended_and_then_see_the_restored_store(
    restores: RestoreService, service: BackupService, database: Database, postgres_url: str
) -> None:
    yesterday = await content(database)
    backup = await backed_up(service)
    await change(database)
    reader = await Database.open(postgres_url, reader=True)
    await content(reader)
    with psycopg.connect(postgres_url) as writing:
        writing.execute("INSERT INTO state VALUES ('theirs', 'uncommitted')")
        await restores.restore(backup.id, Progress())
        with pytest.raises(psycopg.Error):
            writing.execute("SELECT 1")
    with pytest.raises(StoreError, match="lost"):
        await content(reader)
    assert await content(reader) == yesterday
    await reader.close()


async def test_a_preview_names_what_would_change_and_leaves_nothing(
    restores: RestoreService, service: BackupService, database: Database, postgres_cluster: Cluster
) -> None:
    backup = await backed_up(service)
    before = databases(postgres_cluster)
    await CatalogStore(database).merge([fact("q/new", Field.RPM, 9, Source.USER)], now=DAY)
    preview = await restores.preview(backup.id, Progress())
    assert preview.models_removed.first == ("q/new",)
    assert preview.own_values_lost.count == 1
    assert databases(postgres_cluster) == before


@pytest.mark.parametrize("harm", ["half", "flipped"])
async def test_a_damaged_dump_is_refused_and_nothing_is_left(
    restores: RestoreService, service: BackupService, database: Database, postgres_cluster: Cluster, harm: str
) -> None:
    backup = await backed_up(service)
    before = databases(postgres_cluster)
    written = backup.path.read_bytes()
    middle = len(written) // 2
    spoilt = (
        written[:middle] if harm == "half" else written[:middle] + bytes([written[middle] ^ 1]) + written[middle + 1 :]
    )
    backup.path.write_bytes(spoilt)
    await change(database)
    today = await content(database)
    with pytest.raises(ProtectionError, match="cannot be restored"):
        await restores.restore(backup.id, Progress())
    assert await content(database) == today
    assert databases(postgres_cluster) == before


async def test_half_a_dump_leaves_a_fresh_database_empty(
    service: BackupService, database: Database, paths: Paths, monkeypatch: pytest.MonkeyPatch, postgres_cluster: Cluster
) -> None:
    rows = [{"key": f"k{number}", "value": os.urandom(500).hex()} for number in range(200)]
    await database.write(lambda live: upsert(live, tables.state, rows))
    backup = await backed_up(service)
    # Its list of contents stands at the beginning: the damage shows when tables and rows are there already.
    backup.path.write_bytes(backup.path.read_bytes()[: backup.size_bytes // 2])
    monkeypatch.setattr("modelward.backups.verify.prove", lambda *_given: None)
    place = database.place
    assert not isinstance(place, os.PathLike)
    way = PostgresWay(place, service.scratch, "restore_half")
    with pytest.raises(KnownError):
        await way.unpack(backup, Progress())
    with psycopg.connect(postgres_cluster.url(way._fresh)) as fresh:
        assert fresh.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    await way.tidy(is_done=False)


async def test_without_the_right_to_make_a_database_the_error_says_so(
    paths: Paths, clock: TurnedClock, postgres_cluster: Cluster, postgres_url: str
) -> None:
    name = postgres_url.rpartition("/")[2].partition("?")[0]
    postgres_cluster.execute("CREATE ROLE plain LOGIN")
    postgres_cluster.execute(f'ALTER DATABASE "{name}" OWNER TO plain')
    address = f"postgresql://plain@/{name}?host={quote(str(postgres_cluster.folder), safe='')}"
    database = await Database.open(address)
    try:
        service = BackupService(database, paths, BackupSettings(), clock=clock)
        backup = await backed_up(service)
        await change(database)
        today = await content(database)
        with pytest.raises(StoreError) as caught:
            await RestoreService(database, service, paths).restore(backup.id, Progress())
        assert "CREATEDB" in caught.value.todo
        assert "Your store is as it was" in caught.value.todo
        assert await content(database) == today
    finally:
        await database.close()


KILLED = """
import asyncio, sys
from harness.killing import KillAt
import logging
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.desk import Desk

async def main():
    paths = Paths.locate({"MODELWARD_HOME": sys.argv[1]})
    desk = await Desk.open(paths, load(paths, {"DATABASE_URL": sys.argv[2]}))
    logger = logging.getLogger("modelward.backups")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(KillAt(sys.argv[4]))
    await desk.restore(sys.argv[3], Progress())

asyncio.run(main())
"""


@pytest.mark.parametrize("step", ["restore-unpacked", "restore-sealed", "restore-renamed", "restore-put"])
async def test_a_kill_leaves_yesterday_or_today_and_the_next_start_tidies_up(
    paths: Paths, clock: TurnedClock, postgres_cluster: Cluster, postgres_url: str, step: str
) -> None:
    database = await Database.open(postgres_url)
    service = BackupService(database, paths, BackupSettings(), clock=clock)
    yesterday = await content(database)
    backup = await backed_up(service)
    await change(database)
    today = await content(database)
    before = databases(postgres_cluster)
    await database.close()
    process = start_python(KILLED, paths.data.parent, postgres_url, backup.id, step)
    await asyncio.to_thread(process.communicate)
    assert process.returncode == -9
    again = await Database.open(postgres_url)
    restores = RestoreService(again, BackupService(again, paths, BackupSettings(), clock=clock), paths)
    told = await restores.finish_or_roll_back()
    assert told is not None
    assert await content(again) == (yesterday if step in {"restore-renamed", "restore-put"} else today)
    assert databases(postgres_cluster) == before
    await restores.restore(backup.id, Progress())
    assert await content(again) == yesterday
    await again.close()
