"""Carries the cells of a plan out: providers at the same time, models of one after the other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

from modelward.benchmarks.estimates import asked_in, bounded
from modelward.benchmarks.measuring import Measured, begun_differently
from modelward.benchmarks.memory import InUseError, loaded_anew
from modelward.benchmarks.model import BatchState, CallKind, CallState, Cell, Measurement, Plan
from modelward.benchmarks.planning import Planner
from modelward.benchmarks.turns import Turn, Turns
from modelward.benchmarks.workloads import Workloads
from modelward.catalog.model import Model
from modelward.core.errors import (
    BudgetError,
    KeyRefusedError,
    KnownError,
    NoCreditError,
    NotOfferedError,
    RateLimitedError,
    StoreError,
)
from modelward.core.progress import Progress
from modelward.net.lanes import Sleep

FAILURES = 3
"""After so many failed calls in a row a model is given up."""

WAITS = (5.0, 15.0, 45.0)
"""Seconds between tries where a provider limits calls and does not say for how long; then the cell is given up."""

LONGEST_WAIT = 300.0
"""Seconds; a cell of whoever wants more is given up."""

FOR_GOOD = (NotOfferedError, KeyRefusedError, NoCreditError)
"""Asking again would end alike."""

Kept = Callable[[Measurement], None]


@dataclass(frozen=True, slots=True)
class _Job:
    """A model's part of a run, with the calls that are left of each cell."""

    model: Model
    cells: Sequence[Cell]
    left: Mapping[int, int]


class Run:
    """One run over the cells of a plan. ``given_up``: why cells were, in words, by their numbers.

    ``state``: how it ended. Used once.
    """

    def __init__(
        self,
        turns: Turns,
        planner: Planner,
        workloads: Workloads,
        plan: Plan,
        progress: Progress,
        *,
        batch: int | None = None,
        done: Mapping[int, int] | None = None,
        on_kept: Kept,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """``done``: calls of each cell that were made before. ``on_kept`` is told of each call that is kept."""
        self._turns = turns
        self._planner = planner
        self._workloads = workloads
        self._plan = plan
        self._progress = progress
        self._batch = batch
        self._done = dict(done or {})
        self._on_kept = on_kept
        self._sleep = sleep
        self._halted = asyncio.Event()
        self._failures: dict[str, int] = {}
        self.state = BatchState.DONE
        self.given_up: dict[int, str] = {}
        self.why = ""

    @property
    def words(self) -> str:
        """Why it stands so: the reason for its end, and what was given up."""
        models = {cell.number: cell.model_id for cell in self._plan.cells}
        reasons: dict[str, list[int]] = {}
        for number, why in self.given_up.items():
            reasons.setdefault(f"{models[number]}: {why}", []).append(number)
        return "\n".join(filter(None, (self.why, *reasons)))

    def halt(self, state: BatchState, why: str) -> None:
        """Begin no further call; those that run are waited for."""
        if not self._halted.is_set():
            self.state, self.why = state, why
            self._halted.set()

    async def carry_out(self) -> None:
        """Make all calls that are left. Raises StoreError; whatever else the world does wrong is told in words."""
        self._tell()
        lanes: dict[str, list[list[Cell]]] = {}
        for cells in _by_model(self._plan.cells):
            lanes.setdefault(await self._planner.lane(cells[0].model_id), []).append(cells)
        await _all(self._lane(models) for models in lanes.values())

    async def _lane(self, models: Sequence[Sequence[Cell]]) -> None:
        for cells in models:
            left = {cell.number: cell.runs - self._done.get(cell.number, 0) for cell in cells}
            asked = [cell for cell in cells if cell.kind is not CallKind.WARM_UP and left[cell.number] > 0]
            if asked and not self._halted.is_set():
                await self._model(cells, asked, left)

    async def _model(self, cells: Sequence[Cell], asked: Sequence[Cell], left: Mapping[int, int]) -> None:
        evicts = self._plan.may_evict
        try:
            model, line = await self._planner.askable(cells[0].model_id, may_evict=evicts)
            async with loaded_anew(line, model.name, may_evict=evicts):
                await self._measure(_Job(model, asked, left), [cell for cell in cells if cell not in asked])
        except StoreError:
            raise
        except InUseError as error:
            self._give_up(asked, str(error))
            self.state = BatchState.PAUSED if self.state is BatchState.DONE else self.state
        except KnownError as error:
            self._give_up(asked, str(error))

    async def _measure(self, job: _Job, warm_ups: Sequence[Cell]) -> None:
        for cell in warm_ups:
            if cell.kind is CallKind.WARM_UP and (turn := await self._turn(job.model, cell)) is not None:
                await self._take(job, turn)
        turns = [turn for cell in job.cells if (turn := await self._turn(job.model, cell)) is not None]
        queue = deque(chain.from_iterable(repeat(turn, job.left[turn.cell.number]) for turn in turns))
        await _all(self._worker(job, queue) for _ in range(min(self._plan.concurrency, len(queue))))

    async def _worker(self, job: _Job, queue: deque[Turn]) -> None:
        while queue and not self._halted.is_set():
            await self._take(job, queue.popleft())

    async def _turn(self, model: Model, cell: Cell) -> Turn | None:
        asking = asked_in(cell, self._workloads)
        if asking is None:
            self._give_up([cell], "Its suite was changed since this was planned.")
            return None
        request = bounded(asking.request, model)
        most = await self._planner.most(model, begun_differently(request))
        streams = 1 if cell.kind is CallKind.WARM_UP else self._plan.concurrency
        return Turn(cell, request, most, asking.probe, streams, self._batch)

    async def _take(self, job: _Job, turn: Turn) -> None:
        """Make a call, again where the provider wants it later."""
        waits = iter(WAITS)
        while not self._halted.is_set() and turn.cell.number not in self.given_up:
            self._progress.checkpoint()
            try:
                measured = await self._turns.make(turn)
            except BudgetError as error:
                self.halt(BatchState.STOPPED, str(error))
                return
            except StoreError:
                raise
            except KnownError as error:
                self._give_up(job.cells, str(error))
                return
            self._kept(turn, measured)
            if measured.measurement.state is not CallState.LIMITED:
                self._judge(job, measured)
                return
            await self._later(turn, measured.error, next(waits, None))

    async def _later(self, turn: Turn, error: KnownError | None, usual: float | None) -> None:
        wanted = error.wait_seconds if isinstance(error, RateLimitedError) else None
        wait = usual if wanted is None or usual is None else max(wanted, 1.0)
        if wait is None or wait > LONGEST_WAIT:
            self._give_up([turn.cell], f"It was limited again and again. {error or ''}".strip())
            return
        self._progress.update(text=f"{turn.cell.model_id} wants a pause of {wait:.0f} s")
        await _first(self._sleep(wait), self._halted.wait())

    def _kept(self, turn: Turn, measured: Measured) -> None:
        call = measured.measurement
        if call.state is not CallState.LIMITED:
            number = turn.cell.number
            self._done[number] = self._done.get(number, 0) + 1
        self._on_kept(call)
        self._tell(f"{call.model_id}: {turn.cell.probe or call.workload}")

    def _judge(self, job: _Job, measured: Measured) -> None:
        """Give a model up that is not there any more, or fails again and again."""
        call = measured.measurement
        failures = self._failures.get(call.model_id, 0) + 1 if call.state is CallState.FAILED else 0
        self._failures[call.model_id] = failures
        if isinstance(measured.error, FOR_GOOD):
            self._give_up(job.cells, str(measured.error))
        elif failures >= FAILURES:
            self._give_up(job.cells, f"{FAILURES} calls in a row failed. {measured.error or ''}".strip())

    def _give_up(self, cells: Sequence[Cell], why: str) -> None:
        for cell in cells:
            if self._done.get(cell.number, 0) < cell.runs:
                self.given_up.setdefault(cell.number, why)

    def _tell(self, text: str | None = None) -> None:
        cells = [cell for cell in self._plan.cells if cell.kind is not CallKind.WARM_UP]
        done = sum(min(self._done.get(cell.number, 0), cell.runs) for cell in cells)
        self._progress.update(done=done, total=sum(cell.runs for cell in cells), unit="calls", text=text)


def _by_model(cells: Sequence[Cell]) -> list[list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.model_id, []).append(cell)
    return list(found.values())


async def _all(works: Iterable[Coroutine[object, object, None]]) -> None:
    """All of them at once; the first that fails ends the others."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _first(*works: Awaitable[object]) -> None:
    """Until one of them has ended; the others are cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
