"""One healing cycle: the Surveyor, then each healer over what is still missing; every step is filed at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing

from modelward.catalog.batches import MANY_IDS
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock
from modelward.core.errors import KnownError
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.healing.model import CycleState, Healer, Means, Outcome, Step, Verdict
from modelward.healing.outlook import Lookout, Outlook, counted
from modelward.healing.store import HealingStore, Piece

log = logging.getLogger(__name__)

_CANCELLED = "It was stopped."
_PASSED_OVER = "It cannot be found out this way, or not now."
_TEXTS = {Means.INFERENCE: "Asking models", Means.RESEARCH: "Reading documentation"}
_OUR_FAULT = "Something went wrong inside Modelward; the log says more."


class CycleRunner:
    """Runs cycles, one at a time. What is filed stays filed, however a cycle ends."""

    def __init__(
        self,
        store: HealingStore,
        catalog: CatalogStore,
        lookout: Lookout,
        healers: Mapping[Means, Healer],
        preferences: Preferences,
        clock: Clock,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._lookout = lookout
        self._healers = healers
        self._preferences = preferences
        self._clock = clock

    async def run(self, outlook: Outlook, able: Sequence[Means], progress: Progress) -> tuple[int, frozenset[str]]:
        """Fill what can be filled by the rules and by the means that are ``able``; the cycle's id and the models of
        which something was written. It is recorded how it ended, also where it raises."""
        cycle_id = await self._store.begin(self._clock(), outlook.counts)
        touched: set[str] = set()
        try:
            touched |= await self._survey(cycle_id, outlook, progress)
            for means in able:
                touched |= await self._heal(cycle_id, means, progress)
            counts = counted(await self._catalog.models())
            await self._store.end(cycle_id, self._clock(), CycleState.DONE, counts)
        except BaseException as error:
            await self._record_end(cycle_id, error)
            raise
        return cycle_id, frozenset(touched)

    async def _survey(self, cycle_id: int, outlook: Outlook, progress: Progress) -> set[str]:
        """File what the rules tell, a few hundred models at a time."""
        touched: set[str] = set()
        done, total = 0, len(outlook.surveyed)
        for verdicts in _by_models(outlook.told):
            progress.checkpoint()
            progress.update(done=done, total=total, unit="models", text="Reading the names of models")
            piece = Piece(cycle_id, Step(verdicts), self._clock(), surveyed=outlook.surveyed)
            touched |= await self._store.file(piece)
            done += MANY_IDS
        return touched

    async def _heal(self, cycle_id: int, means: Means, progress: Progress) -> set[str]:
        """Let a healer try what is still open: others, or the person, may have filled some of it meanwhile."""
        progress.checkpoint()
        outlook = await self._lookout.look()
        untried = {(gap.model.id, gap.field): gap for gap in outlook.due[means]}
        touched: set[str] = set()
        if not untried:
            return touched
        progress.update(done=0, total=len({id_ for id_, _ in untried}), unit="models", text=_TEXTS[means])

        async def file(step: Step) -> None:
            is_review = self._preferences.settings.healing.review
            piece = Piece(cycle_id, step, self._clock(), outlook.basis, is_review=is_review)
            touched.update(await self._store.file(piece))

        async with aclosing(self._healers[means].heal(outlook.due[means], progress)) as steps:
            async for step in steps:
                await file(step)
                for verdict in step.verdicts:
                    untried.pop((verdict.model_id, verdict.field), None)
                progress.checkpoint()
        # What a healer passes over would be due in every cycle, each of which begins with a copy of the store.
        if rest := tuple(Verdict(*key, means, Outcome.UNKNOWN, _PASSED_OVER) for key in untried):
            await file(Step(rest))
        return touched

    async def _record_end(self, cycle_id: int, error: BaseException) -> None:
        if isinstance(error, asyncio.CancelledError):
            state, words = CycleState.CANCELLED, _CANCELLED
        else:
            state, words = CycleState.FAILED, str(error) if isinstance(error, KnownError) else _OUR_FAULT
        try:
            await asyncio.shield(self._store.end(cycle_id, self._clock(), state, None, words))
        except KnownError as trouble:
            log.warning("How the cycle ended could not be recorded: %s", trouble)


def _by_models(verdicts: Sequence[Verdict]) -> Iterator[tuple[Verdict, ...]]:
    """Verdicts in parts of some hundred models; all verdicts of a model stay together."""
    models = dict.fromkeys(verdict.model_id for verdict in verdicts)
    numbers = {id_: number // MANY_IDS for number, id_ in enumerate(models)}
    for number in sorted(set(numbers.values())):
        yield tuple(verdict for verdict in verdicts if numbers[verdict.model_id] == number)
