"""What a restore that was cut off left is settled at the next start; what cannot be understood is told and kept."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from harness.backups import Change, backed_up
from harness.restores import around, content, restores
from modelward.backups.intent import Intent, IntentFile
from modelward.backups.restore import RestoreService, finish_before_opening
from modelward.backups.service import BackupService
from modelward.core.errors import FolderError, StoreError
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.store.engine import Database

__all__ = ["restores"]

INTENT = Intent(uuid.UUID(int=7).hex, "a store", "modelward_db_manual_20260101T000000Z", "2026-01-01T00:00+00:00")


def test_an_intent_is_read_as_it_was_written(home: Path) -> None:
    intents = IntentFile(home)
    assert intents.read() is None
    intents.write(INTENT)
    intents.write(replace(INTENT, aside="modelward.db.damaged-20260101T000000Z-2", sha256="ab"))
    assert intents.read() == replace(INTENT, aside="modelward.db.damaged-20260101T000000Z-2", sha256="ab")
    intents.remove()
    intents.remove()
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"null",
        b"[" * 60_000,
        json.dumps({**asdict(INTENT), "more": ""}).encode(),
        json.dumps({**asdict(INTENT), "backup": 7}).encode(),
        json.dumps({**asdict(INTENT), "token": "../../x"}).encode(),
        json.dumps({**asdict(INTENT), "aside": "../x.damaged-1"}).encode(),
        json.dumps({**asdict(INTENT), "aside": "config.yaml"}).encode(),
        b" " * 70_000 + json.dumps(asdict(INTENT)).encode(),
    ],
)
def test_an_intent_that_says_nothing_usable_is_told_once_and_kept(home: Path, written: bytes) -> None:
    intents = IntentFile(home)
    intents.path.write_bytes(written)
    with pytest.raises(StoreError, match=r"restore\.json"):
        intents.read()
    assert intents.read() is None
    assert [path.read_bytes() for path in home.iterdir()] == [written]


async def test_an_intent_of_another_store_is_left_to_that_store(
    restores: RestoreService, service: BackupService, paths: Paths
) -> None:
    backup = await backed_up(service)
    IntentFile(paths.data).write(INTENT)
    told = await restores.finish_or_roll_back()
    assert told is not None
    assert "a store" in told.what
    assert IntentFile(paths.data).read() == INTENT
    with pytest.raises(StoreError, match="not settled"):
        await restores.restore(backup.id, Progress())


async def test_an_intent_that_changed_nothing_yet_is_undone_and_told(
    restores: RestoreService, service: BackupService, database: Database, paths: Paths
) -> None:
    await restores.restore((await backed_up(service)).id, Progress())  # an earlier one, which was done
    before = await content(database)
    intent = replace(INTENT, store=str(paths.database))
    IntentFile(paths.data).write(intent)
    ready = paths.database.with_name(f"modelward.db.restore-{intent.token}")
    for ending in ("", "-wal", ".lock"):
        ready.with_name(ready.name + ending).write_bytes(b"half")
    told = await restores.finish_or_roll_back()
    assert told is not None
    assert "undone" in told.what
    assert "as it was" in told.todo
    assert await restores.finish_or_roll_back() is None
    assert await content(database) == before
    assert around(paths.database) == set()


async def test_an_intent_left_after_the_restore_was_done_is_told_as_done(
    restores: RestoreService, service: BackupService, database: Database, paths: Paths, change: Change
) -> None:
    yesterday = await content(database)
    backup = await backed_up(service)
    await change()
    kept: list[Intent] = []
    intents = restores._intents
    remove = intents.remove

    def note() -> None:
        found = intents.read()
        assert found is not None
        kept.append(found)
        remove()

    intents.remove = note  # type: ignore[method-assign]
    await restores.restore(backup.id, Progress())
    IntentFile(paths.data).write(kept[0])
    again = RestoreService(database, service, paths)
    told = await again.finish_or_roll_back()
    assert told is not None
    assert "is done" in told.what
    assert backup.id in told.why
    assert await content(database) == yesterday


async def sealed_over(database: Database, service: BackupService, paths: Paths) -> tuple[Intent, bytes]:
    """The intent of a restore cut off before the swap: its copy ready, and a closed store whose log was not folded."""
    from modelward.backups.restore_sqlite import SqliteWay

    backup = await backed_up(service)
    await database.close()
    intent = replace(INTENT, store=str(paths.database), aside="modelward.db.damaged-20260101T000000Z")
    way = SqliteWay(paths.database, paths.database.with_name(f"modelward.db.restore-{intent.token}"))
    ready = await way.unpack(backup, Progress())
    intent = replace(intent, sha256=await way.seal())
    IntentFile(paths.data).write(intent)
    content_of_ready = ready.read_bytes()
    paths.database.write_bytes(b"damaged")
    paths.database.with_name("modelward.db-wal").write_bytes(b"its log")
    return intent, content_of_ready


@pytest.mark.parametrize("cut", ["before", "after the log", "after the store", "after all"])
async def test_a_swap_that_was_cut_off_is_finished_before_the_store_opens(
    database: Database, service: BackupService, paths: Paths, cut: str
) -> None:
    intent, wanted = await sealed_over(database, service, paths)
    store, aside = paths.database, paths.database.with_name(intent.aside)
    if cut != "before":
        store.with_name(store.name + "-wal").rename(aside.with_name(aside.name + "-wal"))
    if cut in {"after the store", "after all"}:
        store.rename(aside)
    if cut == "after all":
        store.with_name(f"modelward.db.restore-{intent.token}").rename(store)
    finish_before_opening(paths, store)
    assert store.read_bytes() == wanted
    assert aside.read_bytes() == b"damaged"
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"its log"
    assert not store.with_name(store.name + "-wal").exists()


async def test_a_copy_that_was_spoilt_meanwhile_does_not_become_the_store(
    database: Database, service: BackupService, paths: Paths
) -> None:
    intent, wanted = await sealed_over(database, service, paths)
    ready = paths.database.with_name(f"modelward.db.restore-{intent.token}")
    ready.write_bytes(wanted[:-1] + b"x")
    finish_before_opening(paths, paths.database)
    assert paths.database.read_bytes() == b"damaged"
    assert paths.database.with_name("modelward.db-wal").read_bytes() == b"its log"


async def test_a_swap_never_goes_over_a_store_that_was_begun_meanwhile(
    database: Database, service: BackupService, paths: Paths
) -> None:
    intent, _ = await sealed_over(database, service, paths)
    paths.database.with_name(intent.aside).write_bytes(b"damaged, set aside")
    finish_before_opening(paths, paths.database)
    assert paths.database.read_bytes() == b"damaged"
    assert paths.database.with_name(intent.aside).read_bytes() == b"damaged, set aside"


async def test_a_log_that_is_left_is_never_beside_the_copy(
    database: Database, service: BackupService, paths: Paths
) -> None:
    intent, _ = await sealed_over(database, service, paths)
    paths.database.rename(paths.database.with_name(intent.aside))
    with pytest.raises(FolderError, match=r"modelward\.db-wal is in the way"):
        finish_before_opening(paths, paths.database)
    assert not paths.database.exists()
