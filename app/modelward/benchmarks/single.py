"""Single probes of one use case: measured, graded and kept as those of a run are, but one at a time.

For whoever decides by each answer what to ask next. Which probe comes next is decided here: one that the model was
asked least often, easy and hard ones by turns, the same order for all models.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import TracebackType
from typing import NamedTuple, Self

from modelward.benchmarks.estimates import bounded
from modelward.benchmarks.matrix import why_not
from modelward.benchmarks.measuring import Measured, begun_differently
from modelward.benchmarks.memory import loaded_anew
from modelward.benchmarks.model import CallKind, CallState, Cell, Grade, Measurement, Series, UseCase
from modelward.benchmarks.planning import Planner
from modelward.benchmarks.runner import FOR_GOOD, LONGEST_WAIT, WAITS
from modelward.benchmarks.store import MeasurementStore
from modelward.benchmarks.turns import Turn, Turns
from modelward.benchmarks.workloads import Asking, Workloads, tag_of
from modelward.catalog.model import Model
from modelward.core.errors import BudgetError, KnownError, RateLimitedError, StoreError
from modelward.core.progress import Progress
from modelward.net.lanes import Sleep
from modelward.spending.pricing import FREE

_HISTORY = timedelta(days=30)
_UNGRADABLE = "No answer can be graded on this machine."


class Examined(NamedTuple):
    """What came of one probe: the grade, 0 to 1; None counts as neither, ``why`` says so in words. ``cost`` in USD,
    None is unknown. ``is_final``: asking this model again would be in vain."""

    score: float | None
    cost: Decimal | None = FREE
    why: str = ""
    is_final: bool = False


class Known(NamedTuple):
    """What was graded before: the sum of the grades of so many answers."""

    score: float
    answers: int


class _Question(NamedTuple):
    tag: str
    probe: str
    asking: Asking


@dataclass(slots=True)
class _Candidate:
    """The model that is asked now; ``asked``: how often each probe was. ``cost``: of calls that no grade stands for."""

    model: Model
    questions: Sequence[_Question]
    asked: Counter[tuple[str, str]]
    cost: Decimal | None = FREE


class Examination:
    """Asks models probes of one use case. To be entered; a local model is loaded anew, and let go of, between.

    Raises, beside what each verb says, StoreError, and JobCancelled where its progress was cancelled.
    """

    def __init__(
        self,
        turns: Turns,
        planner: Planner,
        store: MeasurementStore,
        workloads: Workloads,
        use_case: UseCase,
        progress: Progress,
        *,
        on_kept: Callable[[Measurement], None],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """``on_kept`` is told of each call that is kept. Raises BadValueError where there is no suite."""
        self._turns = turns
        self._planner = planner
        self._store = store
        self._workloads = workloads
        self._questions = _in_order(workloads, use_case)
        self._progress = progress
        self._on_kept = on_kept
        self._sleep = sleep
        self._ungradable: set[tuple[str, str]] = set()
        self._asked: dict[str, Counter[tuple[str, str]]] = {}
        self._candidate: _Candidate | None = None
        self._loaded = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._loaded.aclose()

    @property
    def probes(self) -> int:
        """How many there are."""
        return len(self._questions)

    async def left(self) -> Decimal:
        """USD that measuring may still cost today, within all budgets."""
        return max(FREE, (await self._planner.left())[0])

    async def most_usd(self, model: Model) -> Decimal:
        """What one probe of a model can cost at most, in USD, the warm-up before the first one included.

        Raises KnownError where it can be asked none, BudgetError where its calls may not go out.
        """
        questions = self._askable(model)
        warm_up = await self._most(model, self._warm_up())
        return warm_up + max([await self._most(model, each.asking) for each in questions])

    async def known(self, model_ids: Collection[str]) -> dict[str, Known]:
        """What was graded of these models before, by the probes as they are now; those with nothing are left out."""
        tags = {each.tag for each in self._questions}
        series = [Series(id_, tag) for id_ in model_ids for tag in sorted(tags)]
        present = {(each.tag, each.probe) for each in self._questions}
        found: dict[str, Known] = {}
        for each, calls in (await self._store.newest(series, _HISTORY)).items():
            graded = [(row.probe, row.quality) for row in calls if (each.workload, row.probe) in present]
            if not graded:
                continue
            self._asked.setdefault(each.model_id, Counter()).update((each.workload, probe) for probe, _ in graded)
            before = found.get(each.model_id, Known(0.0, 0))
            score = before.score + sum(quality for _, quality in graded)
            found[each.model_id] = Known(score, before.answers + len(graded))
        return found

    async def ask(self, model_id: str) -> Examined:
        """Ask a model its next probe. Raises BudgetError where no money is left."""
        try:
            candidate = await self._enter(model_id)
            question = self._next(candidate)
            if question is None:
                return Examined(None, candidate.cost, _UNGRADABLE, is_final=True)
            return await self._examined(candidate, question)
        except (StoreError, BudgetError):
            raise
        except KnownError as error:
            return Examined(None, why=str(error), is_final=True)

    async def _enter(self, model_id: str) -> _Candidate:
        """The model made ready: what a run does before its first call."""
        if self._candidate is not None and self._candidate.model.id == model_id:
            return self._candidate
        self._candidate = None
        await self._loaded.aclose()
        model, line = await self._planner.askable(model_id, may_evict=False)
        candidate = _Candidate(model, self._askable(model), self._asked.setdefault(model_id, Counter()))
        if self._next(candidate) is None:
            raise KnownError(_UNGRADABLE)
        await self._loaded.enter_async_context(loaded_anew(line, model.name, may_evict=False))
        self._candidate = candidate
        tag = candidate.questions[0].tag
        warm_up = await self._turn(model, Cell(0, model_id, tag, CallKind.WARM_UP, 1), self._warm_up())
        await self._called(candidate, warm_up)
        return candidate

    def _next(self, candidate: _Candidate) -> _Question | None:
        left = [each for each in candidate.questions if each[:2] not in self._ungradable]
        return min(left, key=lambda each: candidate.asked[each[:2]], default=None)

    async def _examined(self, candidate: _Candidate, question: _Question) -> Examined:
        model, key = candidate.model, question[:2]
        # Counted before it is known what comes: after a failure another probe is asked.
        candidate.asked[key] += 1
        cell = Cell(0, model.id, question.tag, CallKind.PROBE, 1, question.probe)
        measured = await self._called(candidate, await self._turn(model, cell, question.asking))
        cost, candidate.cost = candidate.cost, FREE
        call, error = measured.measurement, measured.error
        if call.state in (CallState.FAILED, CallState.LIMITED):
            is_final = call.state is CallState.LIMITED or isinstance(error, FOR_GOOD)
            return Examined(None, cost, str(error or "The call failed."), is_final)
        grade = await self._grade(call)
        if grade is None:
            self._ungradable.add(key)
            return Examined(None, cost, _UNGRADABLE)
        return Examined(grade.score, cost)

    async def _grade(self, call: Measurement) -> Grade | None:
        assert call.id is not None
        return (await self._store.grades([call.id])).get(call.id)

    async def _called(self, candidate: _Candidate, turn: Turn) -> Measured:
        """Make a call, again where the provider wants it later; the last one where it wants that too often."""
        waits = iter(WAITS)
        while True:
            self._progress.checkpoint()
            measured = await self._turns.make(turn)
            call, error = measured.measurement, measured.error
            self._on_kept(call)
            if call.state is not CallState.LIMITED:
                is_known = candidate.cost is not None and call.cost is not None
                candidate.cost = (candidate.cost or FREE) + (call.cost or FREE) if is_known else None
                return measured
            wanted = error.wait_seconds if isinstance(error, RateLimitedError) else None
            wait = next(waits, None)
            if wait is None or (wanted or 0) > LONGEST_WAIT:
                return measured
            wait = wait if wanted is None else max(wanted, 1.0)
            self._progress.update(text=f"{candidate.model.id} wants a pause of {wait:.0f} s")
            await self._sleep(wait)

    async def _turn(self, model: Model, cell: Cell, asking: Asking) -> Turn:
        request = bounded(asking.request, model)
        return Turn(cell, request, await self._most(model, asking), asking.probe)

    async def _most(self, model: Model, asking: Asking) -> Decimal:
        return await self._planner.most(model, begun_differently(bounded(asking.request, model)))

    def _warm_up(self) -> Asking:
        return Asking(self._workloads.warm_up(), 0)

    def _askable(self, model: Model) -> list[_Question]:
        found = [each for each in self._questions if not why_not(model, each.asking)]
        if not found:
            raise KnownError("It can be asked none of the probes.")
        return found


def _in_order(workloads: Workloads, use_case: UseCase) -> tuple[_Question, ...]:
    """Every probe of a use case; those of each difficulty lie evenly over the whole, so that any beginning is fair."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for suite in workloads.suites_of(use_case.value):
        for probe in suite.probes:
            groups.setdefault(probe.difficulty, []).append((tag_of(suite), probe.id))
    placed = [((place + 0.5) / len(group), *key) for group in groups.values() for place, key in enumerate(group)]
    found = ((tag, probe, workloads.asking(tag, probe)) for _place, tag, probe in sorted(placed))
    return tuple(_Question(tag, probe, asking) for tag, probe, asking in found if asking is not None)
