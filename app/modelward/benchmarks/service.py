"""The verbs of measuring: plan, run, results, history, export."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from modelward.benchmarks import exporting
from modelward.benchmarks.capabilities import Prover
from modelward.benchmarks.favourites import is_due, light_plan, remember
from modelward.benchmarks.importing import Importer
from modelward.benchmarks.measuring import Measurer
from modelward.benchmarks.model import (
    Batch,
    BatchState,
    CapabilityProof,
    CellProgress,
    Exchange,
    Grade,
    ImportedFile,
    Measurement,
    Metric,
    Plan,
    Point,
    ProofPlan,
    Result,
    Series,
    UseCase,
    Workload,
)
from modelward.benchmarks.planning import Planner
from modelward.benchmarks.purse import Purse
from modelward.benchmarks.results import result_of
from modelward.benchmarks.runner import Run
from modelward.benchmarks.single import Examination
from modelward.benchmarks.stage import Place, Stage
from modelward.benchmarks.store import MeasurementStore, ProofStore
from modelward.benchmarks.turns import Turns
from modelward.benchmarks.upkeep import Upkeep
from modelward.benchmarks.workloads import Shelf
from modelward.catalog.fields import clip
from modelward.catalog.store import CatalogStore
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import KnownError, UnknownModelError, UsageError
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.net.lanes import Sleep
from modelward.providers.service import ProviderService
from modelward.spending.gateway import Gateway
from modelward.spending.service import SpendingService
from modelward.store.engine import Database

log = logging.getLogger(__name__)

_CHANGED = Changes.of(Room.BENCHMARKS) | Changes.of(Room.SPENDING)
_RESULTS_WITHIN = timedelta(days=30)
_MOST_VALUES = 10_000
_LONGEST_DETAIL = 5_000
_PAGE = 5_000  # calls read at once
_CUT_OFF = "It was cut off by the end of the program."

Listener = Callable[[Measurement], None]


class BenchmarkService:
    """Measures models, and keeps what was measured. Used on the loop's thread."""

    def __init__(
        self,
        database: Database,
        catalog: CatalogStore,
        providers: ProviderService,
        gateway: Gateway,
        spending: SpendingService,
        paths: Paths,
        preferences: Preferences,
        *,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        stage: Place | None = None,
    ) -> None:
        """``stage``: where calls are timed; a thread of this program where none is given."""
        self._store = store = MeasurementStore(database)
        self._is_reader = database.is_reader
        self._catalog = catalog
        self._preferences = preferences
        self._clock = clock
        self._stage: Place = stage or Stage(preferences)
        self._shelf = Shelf(paths)
        purse = Purse(spending, preferences, clock)
        self._planner = Planner(store, catalog, providers, spending, purse, preferences, clock)
        measurer = Measurer(gateway, catalog, self._stage, clock=clock)
        self._turns = Turns(measurer, store, purse, clock, monotonic)
        self._importer = Importer(catalog, store, clock)
        self._proofs = ProofStore(database)
        self._prover = Prover(self._turns, self._planner, purse, gateway, catalog, self._proofs, clock)
        self._upkeep = Upkeep(store, catalog, preferences, clock)
        self._sleep = sleep
        self._run: Run | None = None
        self._batch: int | None = None
        self._is_examining = False
        self._is_closing = False
        self._listeners: list[Listener] = []
        self._results: dict[Series, Result] = {}

    async def workloads(self) -> tuple[Workload, ...]:
        """What models can be measured with: times ("chat", "long", "code"), each suite, and "quality", all suites."""
        return (await self._shelf.workloads()).listed()

    async def plan(
        self,
        model_ids: Sequence[str],
        workload: str,
        runs: int | None = None,
        *,
        concurrency: int = 1,
        may_evict: bool = False,
    ) -> Plan:
        """What measuring these models would do; nothing is sent but a look at local servers.

        ``runs`` of each call: 5 where none are given and times are measured, 1 for suites. ``may_evict``: models that
        others loaded into a local server may be pushed out. Models that cannot be asked stand in ``refused``. Raises
        BudgetError where it costs more than is left of today, and BadValueError (no such workload; runs; streams).
        """
        workloads = await self._shelf.workloads()
        return await self._planner.plan(
            model_ids, workloads, workload, runs, concurrency=concurrency, may_evict=may_evict
        )

    async def start(self, plan: Plan) -> int:
        """Keep a plan as a batch that :meth:`run` carries out; its id. Raises UsageError where nothing can be asked."""
        if not plan.cells:
            reasons = " ".join(f"{model}: {why}" for model, why in plan.refused.items())
            raise UsageError("None of these models can be measured.", why=reasons)
        return await self._store.make_batch(plan, self._clock())

    async def run(self, batch_id: int, progress: Progress) -> tuple[Batch, Changes]:
        """Carry a batch out, or go on where it stopped: what was measured is kept, what ended is not done again.

        The batch that comes back is DONE, PAUSED (by :meth:`pause`) or STOPPED (by the budget), with the reason in
        words; a cancelled caller leaves it CANCELLED. All but DONE can be run again.
        """
        batch = await self._batch_of(batch_id)
        if batch.state is BatchState.DONE:
            return batch, Changes.nothing()
        done = {number: each[0] for number, each in (await self._store.counts(batch_id)).items()}
        run = await self._begin(batch.plan, progress, batch_id, done)
        try:
            await self._store.set_batch(batch_id, BatchState.RUNNING, "", None)
            await run.carry_out()
        except asyncio.CancelledError:
            state = BatchState.PAUSED if self._is_closing else BatchState.CANCELLED
            await self._leave(batch_id, state, _CUT_OFF if self._is_closing else "")
            raise
        except KnownError as error:
            with suppress(KnownError):  # the first error is told
                await self._leave(batch_id, BatchState.PAUSED, str(error))
            raise
        finally:
            self._run = self._batch = None
        await self._leave(batch_id, run.state, run.words)
        await self._upkeep.keep_up(progress)
        return await self._batch_of(batch_id), _CHANGED

    def pause(self) -> None:
        """Let the batch that runs end behind the calls that were sent; it can be run again."""
        if self._run is not None:
            self._run.halt(BatchState.PAUSED, "It was paused.")

    async def batches(self, limit: int = 50) -> tuple[Batch, ...]:
        """The latest batches, newest first."""
        return tuple(map(self._as_it_stands, await self._store.batches(limit)))

    async def cells(self, batch_id: int) -> tuple[CellProgress, ...]:
        """How far each cell of a batch is."""
        batch = await self._batch_of(batch_id)
        counts = await self._store.counts(batch_id)
        given_up = self._run.given_up if self._run is not None and self._batch == batch_id else {}
        return tuple(
            CellProgress(cell, min(done, cell.runs), errors, given_up.get(cell.number, ""))
            for cell in batch.plan.cells
            for done, errors in (counts.get(cell.number, (0, 0)),)
        )

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call back, on the loop, with each measurement once it is kept; returns the way to end that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    async def results(self, workload: str | None = None) -> tuple[Result, ...]:
        """Each model's figures by workload and concurrency, from its newest calls; ``workload`` is a tag or a name."""
        series = await self._store.series()
        if workload is not None:
            tags = await self._tags(workload)
            series = tuple(each for each in series if each.workload in tags)
        missing = [each for each in series if self._is_reader or each not in self._results]
        for each, calls in (await self._store.newest(missing, _RESULTS_WITHIN)).items():
            # A pause between the series: their intervals are sums of thousands of draws.
            self._results[each] = await asyncio.to_thread(result_of, each, calls)
        return tuple(found for each in series if (found := self._results[each]).runs)

    async def trend(
        self,
        model_id: str,
        workload: str,
        metric: Metric,
        since: datetime,
        until: datetime | None = None,
        concurrency: int = 1,
    ) -> tuple[Point, ...]:
        """One figure over time: each call within three hours, hours within three days, else days of UTC."""
        end = self._clock() if until is None else until
        return await self._store.trend(Series(model_id, workload, concurrency), metric, since, end)

    async def values(
        self, model_id: str, workload: str, metric: Metric, since: datetime, concurrency: int = 1
    ) -> list[float]:
        """Every value of one figure since a moment, newest first, 10,000 at most; for a picture of how they lie."""
        return await self._store.values(Series(model_id, workload, concurrency), metric, since, _MOST_VALUES)

    async def calls(
        self,
        model_id: str | None = None,
        workload: str | None = None,
        batch: int | None = None,
        limit: int = 200,
    ) -> tuple[Measurement, ...]:
        """Single calls, newest first."""
        return await self._store.calls([] if model_id is None else [model_id], workload, batch, limit=limit)

    async def exchange(self, measurement_id: int) -> Exchange | None:
        """What was asked and answered; None where it is not kept any more."""
        return await self._store.exchange(measurement_id)

    async def grades(self, measurement_ids: Sequence[int]) -> dict[int, Grade]:
        """The grades of calls, by the call's id; ungraded ones are left out."""
        return await self._store.grades(measurement_ids)

    async def export(self, file: Path, model_ids: Sequence[str] = (), workload: str | None = None) -> int:
        """Write the calls to a ``.csv`` or ``.json`` file; how many. Raises UsageError (ending), FolderError."""
        exporting.check_ending(file)
        tags = None if workload is None else await self._tags(workload)
        calls: list[exporting.Graded] = []
        before: int | None = None
        while page := await self._store.calls(model_ids, limit=_PAGE, before=before):
            ids = [call.id for call in page if call.id is not None]
            grades = await self._store.grades(ids)
            calls += [(call, grades.get(call.id or 0)) for call in page if tags is None or call.workload in tags]
            before = ids[-1]
        return await asyncio.to_thread(exporting.write, file, calls, self._clock())

    async def import_file(
        self, file: Path, progress: Progress, models: Mapping[str, str] | None = None
    ) -> tuple[ImportedFile, Changes]:
        """Keep what GuideLLM, llama-bench or vLLM measured; a call that was kept before is not kept twice.

        ``models``: the catalogue's id for a name in the file, or for "" where it names but one; the others are found by
        their names. Raises InputError (no such file, names that nobody knows), UnknownModelError, BadValueError.
        """
        try:
            taken = await self._importer.take_in(file, progress, models or {})
        finally:
            self._results.clear()
        return taken, Changes.of(Room.BENCHMARKS)

    async def favourites(self) -> frozenset[str]:
        """The models that are measured by the clock."""
        return await self._store.favourites()

    async def set_favourite(self, model_id: str, *, on: bool) -> Changes:
        """Measure a model by the clock, or no longer. Raises UnknownModelError."""
        if on and await self._catalog.model(model_id) is None:
            todo = "An id is provider/name; see: modelward catalog list."
            raise UnknownModelError(f"There is no model {clip(model_id)!r} in the catalogue.", todo=todo)
        await self._store.change_favourites(lambda ids: ids | {model_id} if on else ids - {model_id})
        return Changes.of(Room.BENCHMARKS, frozenset({model_id}))

    async def light(self, progress: Progress) -> tuple[int, Changes]:
        """Measure each favourite shortly, if it is free or within the budget; how many were measured."""
        if self._is_busy:
            return 0, Changes.nothing()
        plan = await light_plan(self._store, self._planner)
        if not plan.cells:
            return 0, Changes.nothing()
        run = await self._begin(plan, progress)
        try:
            await run.carry_out()
        finally:
            self._run = None
        if run.words:
            log.info("Measuring the favourites: %s", run.words)
        return len({cell.model_id for cell in plan.cells if cell.number not in run.given_up}), _CHANGED

    async def light_when_due(self, progress: Progress) -> tuple[int, Changes]:
        """The same, where the last time is as long ago as the settings say; and thin out what is old."""
        await self._upkeep.keep_up(progress)
        hours = self._preferences.settings.benchmarks.light_every_hours
        if not hours or not await is_due(self._catalog, timedelta(hours=hours), self._clock()):
            return 0, Changes.nothing()
        count, changes = await self.light(progress)
        await remember(self._catalog, self._clock())
        return count, changes

    @asynccontextmanager
    async def examination(self, use_case: UseCase, progress: Progress) -> AsyncIterator[Examination]:
        """A while in which models are asked single probes, and nothing else is measured; what comes is kept.

        Raises UsageError where others are being measured.
        """
        workloads = await self._shelf.workloads()
        self._require_idle()
        self._is_examining = True
        try:
            async with Examination(
                self._turns,
                self._planner,
                self._store,
                workloads,
                use_case,
                progress,
                on_kept=self._tell,
                sleep=self._sleep,
            ) as examination:
                yield examination
        finally:
            self._is_examining = False

    async def plan_proofs(self, model_ids: Sequence[str], subjects: Collection[str] = ()) -> ProofPlan:
        """What proving would ask these models; nothing is sent but a look at local servers.

        ``subjects``: what is proven (see :class:`CapabilityProof`); where none are given all but the context window of
        models that cost something. Raises BudgetError where it costs more than is left of today, BadValueError.
        """
        return await self._prover.plan(model_ids, subjects)

    async def prove(
        self, model_ids: Sequence[str], progress: Progress, subjects: Collection[str] = ()
    ) -> tuple[tuple[CapabilityProof, ...], Changes]:
        """Prove by asking what the catalogue claims of models; what is found is filed as measured facts.

        Raises as :meth:`plan_proofs` does, and UsageError where no model can be asked, or others are being measured.
        """
        self._require_idle()
        proofs = await self._prover.prove(model_ids, progress, subjects)
        ids = frozenset(proof.model_id for proof in proofs)
        return proofs, _CHANGED | Changes.of(Room.CATALOG, ids)

    async def proofs(self, model_id: str) -> tuple[CapabilityProof, ...]:
        """What was proven of a model, or refuted."""
        return await self._proofs.of(model_id)

    def prepare_to_close(self) -> None:
        """The program ends: a batch that is cut off from now on counts as paused."""
        self._is_closing = True

    async def close(self) -> None:
        """End the thread on which calls are timed. May be called twice."""
        await self._stage.close()

    @property
    def _is_busy(self) -> bool:
        return self._run is not None or self._is_examining

    def _require_idle(self) -> None:
        if self._is_busy:
            raise UsageError("Models are being measured already.", todo="Wait until that has ended, or end it.")

    async def _begin(
        self, plan: Plan, progress: Progress, batch: int | None = None, done: Mapping[int, int] | None = None
    ) -> Run:
        workloads = await self._shelf.workloads()
        self._require_idle()
        self._batch = batch
        self._run = Run(
            self._turns,
            self._planner,
            workloads,
            plan,
            progress,
            batch=batch,
            done=done,
            on_kept=self._tell,
            sleep=self._sleep,
        )
        return self._run

    async def _leave(self, batch_id: int, state: BatchState, why: str) -> None:
        await self._store.set_batch(batch_id, state, why[:_LONGEST_DETAIL], self._clock())

    def _tell(self, call: Measurement) -> None:
        self._results.pop(Series(call.model_id, call.workload, call.concurrency), None)
        for listener in tuple(self._listeners):
            listener(call)

    async def _batch_of(self, batch_id: int) -> Batch:
        batch = await self._store.batch(batch_id)
        if batch is None:
            raise UsageError(f"There is no run {batch_id}.", todo="See: modelward bench runs.")
        return self._as_it_stands(batch)

    def _as_it_stands(self, batch: Batch) -> Batch:
        """A batch that the store has as running, and that nobody runs, was cut off by a crash."""
        if batch.state is not BatchState.RUNNING or batch.id == self._batch or self._is_reader:
            return batch
        return replace(batch, state=BatchState.PAUSED, detail=_CUT_OFF)

    async def _tags(self, name: str) -> frozenset[str]:
        """The tags that a workload's name means now; a tag is taken as it is."""
        listed = (await self._shelf.workloads()).listed()
        return frozenset({name, *(each.tag for each in listed if name in (each.name, each.use_case))})
