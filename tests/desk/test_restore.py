"""The desk restores while jobs run, settles what was cut off, and offers a backup for a store that was lost."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from harness.facts import DAY, complete
from harness.restores import content, harm
from modelward import desk as desk_module
from modelward.backups.intent import Intent, IntentFile
from modelward.backups.model import Backup, Kind, State
from modelward.catalog.store import CatalogStore
from modelward.core.errors import StoreBusyError, UsageError
from modelward.core.jobs import JobState
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.desk import RESTORE, Desk


async def opened(paths: Paths, *, reader: bool = False) -> Desk:
    return await Desk.open(paths, load(paths, os.environ), reader=reader)


async def fill(desk: Desk) -> None:
    await CatalogStore(desk.database).merge([each for number in range(9) for each in complete(f"p/{number}")], now=DAY)


async def backed_up(desk: Desk) -> Backup:
    backup, _ = await desk.backups.create(Kind.MANUAL, reason="asked for", progress=Progress())
    return backup


async def change(desk: Desk, value: str = "1") -> None:
    await CatalogStore(desk.database).set_state("changed", value)


async def closed_with_backup(paths: Paths) -> str:
    """The id of the backup of a store that then was changed and closed."""
    desk = await opened(paths)
    await fill(desk)
    backup = await backed_up(desk)
    await change(desk)
    await desk.close()
    return backup.id


def spoil(store: Path) -> None:
    store.write_bytes(b"\x00" * 4096 + store.read_bytes()[4096:])


async def test_a_restore_stops_what_runs_names_it_and_lets_it_be_started_again(desk: Desk) -> None:
    await fill(desk)
    yesterday = await content(desk.database)
    backup = await backed_up(desk)
    await change(desk)

    async def forever(_progress: Progress) -> None:
        await asyncio.Event().wait()

    long = desk.jobs.start("long", "A long import", forever)
    desk.start()
    job = desk.jobs.start(RESTORE, "Restore", lambda progress: desk.restore(backup.id, progress))
    report, _changes = await job.wait()
    assert report.stopped == ("A long import",)
    assert long.state is JobState.CANCELLED
    assert await content(desk.database) == yesterday
    assert not desk.schedule.is_paused
    again = desk.jobs.start("long", "A long import", forever)
    assert again is not long
    again.cancel()
    await again.ended()


async def test_a_schedule_that_was_paused_stays_so(desk: Desk) -> None:
    backup = await backed_up(desk)
    desk.schedule.pause()
    await desk.restore(backup.id, Progress())
    assert desk.schedule.is_paused


async def test_a_job_that_does_not_stop_keeps_the_store_from_being_replaced(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = await backed_up(desk)
    await change(desk)
    monkeypatch.setattr(desk_module, "STOP_SECONDS", 0.05)
    release = asyncio.Event()

    async def stubborn(_progress: Progress) -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    job = desk.jobs.start("stubborn", "A stubborn job", stubborn)
    await asyncio.sleep(0)
    with pytest.raises(StoreBusyError, match="A stubborn job does not stop"):
        await desk.restore(backup.id, Progress())
    release.set()
    await job.ended()
    assert await CatalogStore(desk.database).state("changed") == "1"
    assert not desk.schedule.is_paused


async def test_a_restore_that_cannot_be_stops_nothing(desk: Desk) -> None:
    async def forever(_progress: Progress) -> None:
        await asyncio.Event().wait()

    job = desk.jobs.start("long", "A long import", forever)
    with pytest.raises(UsageError):
        await desk.restore("no-such-backup", Progress())
    assert not job.is_cancelling
    job.cancel()
    await job.ended()


async def test_who_only_looks_cannot_restore(desk: Desk, paths: Paths) -> None:
    backup = await backed_up(desk)
    reader = await opened(paths, reader=True)
    try:
        with pytest.raises(StoreBusyError):
            await reader.restore(backup.id, Progress())
    finally:
        await reader.close()


def spoil_deep(store: Path) -> None:
    """Damage that opening alone does not meet."""
    content = store.read_bytes()
    store.write_bytes(content[: 8 * 4096] + bytes(len(content) - 8 * 4096))


@pytest.mark.parametrize("loss", ["damaged", "damaged deep inside", "missing"])
async def test_for_a_lost_store_the_newest_good_backup_is_offered_and_can_be_taken(paths: Paths, loss: str) -> None:
    wanted = await closed_with_backup(paths)
    damaged = b""
    if loss == "missing":
        paths.database.unlink()
    else:
        (spoil if loss == "damaged" else spoil_deep)(paths.database)
        damaged = paths.database.read_bytes()
    desk = await opened(paths)
    try:
        assert desk.offer is not None
        assert desk.offer.backup.id == wanted
        assert any(wanted in notice.why for notice in desk.notices)
        assert await desk.catalog.models() == []
        await desk.restore(desk.offer.backup.id, Progress())
        assert desk.offer is None
        assert len(await desk.catalog.models()) == 9
    finally:
        await desk.close()
    aside = [path.read_bytes() for path in paths.data.glob("modelward.db.damaged-*")]
    assert aside == ([] if loss == "missing" else [damaged])
    again = await opened(paths)
    assert again.offer is None
    assert again.notices == []
    await again.close()


async def test_an_offer_stands_until_it_is_declined(paths: Paths) -> None:
    wanted = await closed_with_backup(paths)
    paths.database.unlink()
    for _ in range(2):
        desk = await opened(paths)
        assert desk.offer is not None
        assert desk.offer.backup.id == wanted
        await desk.close()
    desk = await opened(paths)
    await desk.decline_offer()
    assert desk.offer is None
    await desk.close()
    last = await opened(paths)
    assert last.offer is None
    await last.close()


async def test_a_backup_that_is_not_good_is_not_offered(paths: Paths) -> None:
    desk = await opened(paths)
    good = await backed_up(desk)
    await change(desk)
    spoilt = await backed_up(desk)
    spoilt.path.write_bytes(spoilt.path.read_bytes()[:-10])
    await desk.close()
    paths.database.unlink()
    again = await opened(paths)
    assert again.offer is not None
    assert again.offer.backup.id == good.id
    assert again.offer.backup.state is State.GOOD
    await again.close()


async def test_without_any_good_backup_a_new_store_is_begun_and_nothing_offered(paths: Paths) -> None:
    wanted = await closed_with_backup(paths)
    for path in paths.backups.glob(f"{wanted}*"):
        path.unlink()
    spoil(paths.database)
    desk = await opened(paths)
    assert desk.offer is None
    assert len(desk.notices) == 1
    await desk.close()
    assert len(list(paths.data.glob("modelward.db.damaged-*"))) == 1


async def test_a_first_start_offers_nothing(desk: Desk) -> None:
    assert desk.offer is None
    assert desk.notices == []


async def test_a_store_damaged_under_the_open_window_is_replaced_and_kept(desk: Desk, paths: Paths) -> None:
    await fill(desk)
    rows = [(f"k{number}", "x" * 3000) for number in range(60)]
    for key, value in rows:
        await CatalogStore(desk.database).set_state(key, value)
    yesterday = await content(desk.database)
    backup = await backed_up(desk)
    await desk.database.while_closed(lambda: None)
    harm(paths.database)
    report, _ = await desk.restore(backup.id, Progress())
    assert report.set_aside is not None
    assert report.set_aside.is_file()
    assert await content(desk.database) == yesterday


async def test_a_restore_cut_off_before_it_was_done_is_undone_at_the_start_and_told(paths: Paths) -> None:
    backup_id = await closed_with_backup(paths)
    intent = Intent("a" * 32, str(paths.database), backup_id, "")
    IntentFile(paths.data).write(intent)
    desk = await opened(paths)
    assert ["undone" in notice.what for notice in desk.notices] == [True]
    assert await CatalogStore(desk.database).state("changed") == "1"
    await desk.close()
    assert IntentFile(paths.data).read() is None


async def test_an_unreadable_intent_is_told_and_keeps_nobody_from_the_store(paths: Paths) -> None:
    await closed_with_backup(paths)
    (paths.data / "restore.json").write_text("{", "utf-8")
    desk = await opened(paths)
    assert ["cannot be read" in notice.what for notice in desk.notices] == [True]
    assert len(await desk.catalog.models()) == 9
    await desk.close()
