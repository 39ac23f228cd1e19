"""The verbs of healing: a cycle now, what cycles did, what waits for the person, and the way back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime

from modelward.catalog.store import CatalogStore
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import BadValueError, KnownError
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.healing.cycle import CycleRunner
from modelward.healing.model import (
    Attempt,
    Completion,
    Cycle,
    Fill,
    FillState,
    Healer,
    HealingReport,
    Means,
    UndoReport,
)
from modelward.healing.outlook import KnownProviders, Lookout, Outlook
from modelward.healing.service import SurveyService
from modelward.healing.store import HealingStore
from modelward.store.engine import Database

log = logging.getLogger(__name__)

Protect = Callable[[str, Progress], Awaitable[object]]
"""Copies the store before an operation of that name. Raises a KnownError where it cannot."""

HEALTHY = "All models are healthy, checking hourly now."

_TITLES = {Means.INFERENCE: "Asking models", Means.RESEARCH: "Reading documentation"}


class HealingService:
    """Keeps models complete. Used on the loop's thread; one cycle runs at a time."""

    def __init__(
        self,
        database: Database,
        catalog: CatalogStore,
        surveys: SurveyService,
        known: KnownProviders,
        preferences: Preferences,
        *,
        healers: Mapping[Means, Healer],
        protect: Protect,
        clock: Clock = utc_now,
    ) -> None:
        """``healers`` are tried in their order, the cheapest first."""
        self._store = HealingStore(database)
        self._lookout = Lookout(self._store, catalog, surveys, known, preferences, clock)
        self._runner = CycleRunner(self._store, catalog, self._lookout, healers, preferences, clock)
        self._healers = healers
        self._protect = protect
        self._clock = clock
        self._turn = asyncio.Lock()

    async def heal(self, progress: Progress, *, survey_only: bool = False) -> tuple[HealingReport, Changes]:
        """Fill what is missing. Where nothing can be tried now, nothing is copied or recorded.

        Without a proven copy of the store before, the cycle is skipped, and recorded as such with the reason. Raises
        what broke it off; what was filed by then stays.
        """
        async with self._turn:
            outlook = await self._lookout.look()
            able, notes = ([], []) if survey_only else await self._able(outlook)
            if not outlook.told and not able:
                return await self._report(None, outlook, notes), Changes.nothing()
            try:
                await self._protect("healing", progress)
            except KnownError as error:
                return await self._skipped(outlook, error, notes)
            cycle_id, touched = await self._runner.run(outlook, able, progress)
            cycle = await self._store.cycle(cycle_id)
            report = await self._report(cycle, await self._lookout.look(), notes)
        return report, _changed(touched) | Changes.of(Room.BACKUPS) | _spent(cycle)

    async def cycles(self, limit: int = 50) -> tuple[Cycle, ...]:
        """The last cycles, newest first."""
        return await self._store.cycles(limit)

    async def completion_history(self, since: datetime | None = None) -> tuple[Completion, ...]:
        """How complete the catalogue was before and after each cycle, oldest first. Between cycles nothing is kept:
        none is recorded while there is nothing to do."""
        points: list[Completion] = []
        for cycle in reversed(await self._store.cycles(since=since)):
            points.append(Completion(cycle.started_at, cycle.complete_before, cycle.total))
            if cycle.ended_at is not None:
                points.append(Completion(cycle.ended_at, cycle.complete_after, cycle.total))
        return tuple(points)

    async def fills(self, cycle_id: int) -> tuple[Fill, ...]:
        """What a cycle filled or proposed, in order."""
        return await self._store.fills(cycle_id=cycle_id)

    async def left(self) -> tuple[Attempt, ...]:
        """What is missing and looked for, most wanted first, with what was tried on it."""
        outlook = await self._lookout.look()
        return await asyncio.to_thread(outlook.left, self._clock())

    async def try_again(self, model_ids: Collection[str] | None = None) -> Changes:
        """Forget what was tried of these models, or of all, so that the next cycle tries it; also what was taken back.
        What waits for the person goes on waiting."""
        await self._store.forget_attempts(model_ids)
        return Changes.of(Room.HEALING)

    async def proposals(self) -> tuple[Fill, ...]:
        """What waits for the person to accept it, oldest first."""
        return await self._store.proposals()

    async def accept(self, ids: Collection[int] | None = None) -> tuple[int, Changes]:
        """Write these proposals into the catalogue, or all; how many were written. One that was answered before, or
        whose model is gone, is left out."""
        facts = await self._store.accept(ids, self._clock())
        return len(facts), _changed(frozenset(fact.model_id for fact in facts))

    async def reject(self, ids: Collection[int] | None = None) -> tuple[int, Changes]:
        """Drop these proposals, or all; how many. The same means does not try these gaps again by itself."""
        return await self._store.reject(ids, self._clock()), Changes.of(Room.HEALING)

    async def undo_cycle(self, cycle_id: int) -> tuple[UndoReport, Changes]:
        """Take back what a cycle wrote, where it still stands as written, and do not try it again by itself.

        What rules told stays: they would tell it again. A fact that was replaced when it was written does not come
        back, as one origin has one word on one field. Raises BadValueError where there is no such cycle.
        """
        if await self._store.cycle(cycle_id) is None:
            raise BadValueError(f"There is no healing cycle {cycle_id}.", todo="Look at the list of cycles.")
        fills = await self._store.fills(cycle_id=cycle_id)
        return await self._undo(frozenset(fill.id for fill in fills if fill.state is FillState.WRITTEN))

    async def undo_fill(self, fill_id: int) -> tuple[UndoReport, Changes]:
        """Take one fact back, as :meth:`undo_cycle` does. Raises BadValueError where there is none to take back."""
        fill = next(iter(await self._store.fills(fill_id=fill_id)), None)
        if fill is None or fill.state is not FillState.WRITTEN:
            raise BadValueError(
                f"There is nothing to take back under number {fill_id}.", todo="Look at the list again."
            )
        if fill.means is Means.SURVEY:
            raise BadValueError(
                "What a rule tells of a name cannot be taken back: it would be told again.",
                todo="Set a value of your own, or write a rule of your own for the name.",
            )
        return await self._undo(frozenset({fill_id}))

    async def _undo(self, ids: Collection[int]) -> tuple[UndoReport, Changes]:
        report, touched = await self._store.undo(ids, self._clock())
        return report, _changed(touched)

    async def _able(self, outlook: Outlook) -> tuple[list[Means], list[str]]:
        """The means that have something to try and can, and why the others cannot."""
        able, notes = [], []
        for means, healer in self._healers.items():
            if not outlook.due[means]:
                continue
            if why := await healer.why_not():
                notes.append(f"{_TITLES[means]}: {why}")
            else:
                able.append(means)
        return able, notes

    async def _skipped(self, outlook: Outlook, error: KnownError, notes: list[str]) -> tuple[HealingReport, Changes]:
        """Record that nothing was begun; where a full disk takes not even that, the reason itself is raised."""
        try:
            cycle_id = await self._store.skipped(self._clock(), outlook.counts, str(error))
        except KnownError as trouble:
            log.warning("A skipped cycle could not be recorded: %s", trouble)
            raise error from trouble
        report = await self._report(await self._store.cycle(cycle_id), outlook, [str(error), *notes])
        return report, Changes.of(Room.HEALING) | Changes.of(Room.BACKUPS)

    async def _report(self, cycle: Cycle | None, outlook: Outlook, notes: list[str]) -> HealingReport:
        counts, now = outlook.counts, self._clock()
        if outlook.waiting:
            notes = [
                *notes,
                "1 value waits for you." if outlook.waiting == 1 else f"{outlook.waiting:,} values wait for you.",
            ]
        left = await asyncio.to_thread(outlook.left, now)
        report = HealingReport(cycle, counts.total, counts.complete, left, tuple(notes))
        if not await self._store.turn(now, {"models": counts.total}, is_healthy=report.is_healthy):
            return report
        return HealingReport(cycle, counts.total, counts.complete, left, (*notes, HEALTHY))


def _changed(model_ids: frozenset[str]) -> Changes:
    return Changes.of(Room.HEALING) | (Changes.of(Room.CATALOG, model_ids) if model_ids else Changes.nothing())


def _spent(cycle: Cycle | None) -> Changes:
    return Changes.of(Room.SPENDING) if cycle is not None and cycle.cost.calls else Changes.nothing()
