"""Healing by the desk: the copy before, the rhythm, what a restore does to a cycle that runs."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path

from harness.healing import Scripted, Ward, no_idea, right
from harness.spending import StandingClock
from modelward.backups.model import Kind, State
from modelward.catalog.store import CatalogStore
from modelward.core.clock import utc_now
from modelward.core.jobs import JobState
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.schedule import Row
from modelward.core.settings import load
from modelward.core.timetable import HEALING
from modelward.desk import HEAL_EVERY, HEALTHY_EVERY, Desk
from modelward.healing.care import HealingService
from modelward.healing.model import CycleState, Means
from modelward.healing.store import Counts, HealingStore

KNOWN = "openai/gpt-4o-mini"


def row(desk: Desk) -> Row:
    return next(each for each in desk.schedule.rows() if each.entry.name == HEALING)


def next_in(desk: Desk) -> timedelta:
    planned = row(desk).next_run
    assert planned is not None
    return planned - utc_now()


async def know(desk: Desk, *ids: str) -> None:
    await CatalogStore(desk.database).merge([], named=ids, now=utc_now())


def healed_by(desk: Desk, healer: Scripted) -> HealingService:
    """Healing over the desk's own store, by this healer."""
    desk.healing = Ward(desk.database, StandingClock()).care(healers={Means.INFERENCE: healer})
    return desk.healing


async def test_before_a_cycle_the_store_is_copied_and_proven(desk: Desk) -> None:
    await know(desk, KNOWN)
    report, _ = await desk.heal(Progress())
    assert report.cycle is not None
    assert report.cycle.state is CycleState.DONE
    (copy,) = await desk.backups.list()
    assert (copy.kind, copy.state) == (Kind.PRE_OPERATION, State.GOOD)
    assert copy.meta is not None
    assert copy.meta.reason == "before healing"
    await desk.heal(Progress())
    assert len(await desk.backups.list()) == 1


async def test_a_failing_copy_skips_the_cycle_and_the_catalogue_stays_as_it_is(desk: Desk, home: Path) -> None:
    await know(desk, KNOWN)
    desk.paths.backups.rmdir()
    desk.paths.backups.write_text("not a folder", "utf-8")
    report, _ = await desk.heal(Progress())
    assert report.cycle is not None
    assert report.cycle.state is CycleState.SKIPPED
    assert report.cycle.error.startswith("Healing was not begun: the backup before it failed.")
    assert (await desk.catalog.health()).complete == 0


async def test_healing_is_every_five_minutes_and_every_hour_once_all_is_well(desk: Desk) -> None:
    desk.start()
    assert next_in(desk) <= HEAL_EVERY
    await know(desk, KNOWN)
    await desk.heal(Progress())
    assert HEAL_EVERY < next_in(desk) <= HEALTHY_EVERY
    await know(desk, "acme/a")
    await desk.heal(Progress())
    assert next_in(desk) <= HEAL_EVERY


async def test_healing_in_the_background_can_be_switched_off_and_on(desk: Desk) -> None:
    desk.start()
    await desk.preferences.change("healing.enabled", value=False)
    assert row(desk).next_run is None
    await desk.heal(Progress())
    assert row(desk).next_run is None
    await desk.preferences.change("healing.enabled", value=True)
    assert next_in(desk) <= HEAL_EVERY


async def test_a_restore_ends_the_cycle_that_runs_and_nothing_of_it_comes_after(desk: Desk) -> None:
    await know(desk, "acme/a", "acme/b")
    backup, _ = await desk.backups.create(Kind.MANUAL, reason="asked for", progress=Progress())
    thinking = asyncio.Event()

    async def think(number: int) -> None:
        if number == 1:
            thinking.set()
            await asyncio.Event().wait()

    service = healed_by(desk, Scripted(right(Means.INFERENCE), before=think))
    job = desk.jobs.start(HEALING, "Heal", desk.heal)
    await thinking.wait()
    assert [cycle.state for cycle in await service.cycles()] == [CycleState.RUNNING]
    report, _ = await desk.restore(backup.id, Progress())
    assert report.stopped == ("Heal",)
    assert job.state is JobState.CANCELLED
    assert await service.cycles() == ()
    assert await CatalogStore(desk.database).facts("acme/a") == []
    healed_by(desk, Scripted(right(Means.INFERENCE)))
    again, _ = await desk.heal(Progress())
    assert again.is_healthy


async def test_a_cycle_that_was_cut_off_is_marked_by_the_next_start(paths: Paths) -> None:
    first = await Desk.open(paths, load(paths, os.environ))
    await HealingStore(first.database).begin(utc_now(), Counts(2, 1))
    await first.close()
    again = await Desk.open(paths, load(paths, os.environ))
    await again.fill(Progress())
    (cycle,) = await again.healing.cycles()
    assert cycle.state is CycleState.CANCELLED
    await again.close()


async def test_without_anybody_who_may_be_asked_a_look_changes_nothing(desk: Desk) -> None:
    await know(desk, "acme/a")
    report, changes = await desk.heal(Progress())
    assert (report.cycle, bool(changes), await desk.backups.list()) == (None, False, [])
    assert len(report.notes) == 2
    healer = Scripted(no_idea(Means.INFERENCE))
    healed_by(desk, healer)
    await desk.heal(Progress())
    assert healer.asked
