"""Searching the sweet spot by measuring, with all around it: who is asked and at what cost, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from decimal import Decimal

from modelward.advice import wording
from modelward.advice.model import Candidate, Facts, Query
from modelward.advice.recommend import best_measured
from modelward.advice.sifting import Sifted, sift
from modelward.advice.strategies import (
    STRATEGIES,
    Ask,
    Contender,
    Found,
    Hindrance,
    Outcome,
    Strategy,
    Tried,
    search,
)
from modelward.benchmarks.model import UseCase
from modelward.benchmarks.single import Examination
from modelward.core.changes import Changes, Room
from modelward.core.errors import BudgetError, KnownError, UsageError
from modelward.core.progress import Progress

MOST_UNMEASURED = 40
"""Models that nobody measured and that are asked: the most promising ones. More would take hours."""

Examine = Callable[[UseCase, Progress], AbstractAsyncContextManager[Examination]]
"""Opens the way to measure single probes; see :meth:`.BenchmarkService.examination`."""


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """What a search will do, before anything is sent.

    ``contenders`` in the order in which they are asked, as far as it comes to them. ``probes``: how many there are,
    each asked of a model ``rounds`` times at most. ``budget``: USD that it may spend; ``most_usd``: that it can.
    ``refused``: models that fit and cannot be asked, and why. ``unpromising``: how many were left out for others.
    """

    strategy: Strategy
    query: Query
    threshold: float
    contenders: tuple[Contender, ...]
    probes: int
    rounds: int
    budget: Decimal
    most_usd: Decimal
    refused: Mapping[str, str] = field(default_factory=dict)
    unpromising: int = 0

    @property
    def testing_all(self) -> int:
        """Calls that it takes to ask every model every probe as often."""
        return len(self.contenders) * self.probes * self.rounds


@dataclass(frozen=True, slots=True)
class SearchReport:
    """What a search found. ``why``: reasons for the pick; ``against``: what was found besides that speaks against it,
    such as its pace; both in sentences. ``best``: the best of all that answered."""

    plan: SearchPlan
    found: Found
    why: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    best: Tried | None = None

    @property
    def pick(self) -> str | None:
        """The sweet spot, where one was found that keeps to all that was asked for."""
        return None if self.against else self.found.pick


class Searching:
    """Plans searches and carries them out."""

    def __init__(self, facts: Callable[[], Awaitable[Facts]], examine: Examine) -> None:
        self._facts = facts
        self._examine = examine

    async def plan(self, strategy: Strategy, query: Query, threshold: float, budget: Decimal | None) -> SearchPlan:
        """See :meth:`.AdviceService.plan_search`."""
        query = replace(query, available=True, key_at_hand=True)
        sifted = await asyncio.to_thread(sift, await self._facts(), query)
        unmeasured = {each.model_id for each in sifted.unmeasured[:MOST_UNMEASURED]}
        chosen = [*sifted.fitting, *(each for each in sifted.untold if each.model.id in unmeasured)]
        refused: dict[str, str] = {}
        async with self._examine(query.use_case, Progress()) as exam:
            left = await exam.left()
            contenders = await _contenders(exam, chosen, refused)
            probes = exam.probes
        if not contenders:
            raise _nobody(sifted, refused)
        budget = left if budget is None else min(budget, left)
        rounds = STRATEGIES[strategy].rounds
        most = sum((_most(each, probes * rounds) for each in contenders), Decimal(0))
        return SearchPlan(
            strategy,
            query,
            threshold,
            contenders,
            probes,
            rounds,
            budget,
            min(budget, most),
            refused,
            len(sifted.untold) - len(unmeasured),
        )

    async def carry_out(self, plan: SearchPlan, progress: Progress) -> tuple[SearchReport, Changes]:
        """See :meth:`.AdviceService.search`."""
        async with self._examine(plan.query.use_case, progress) as exam:
            # Somebody may have measured since it was planned; and the examination learns who was asked what.
            contenders = await _with_known(exam, plan.contenders)
            budget = min(plan.budget, await exam.left())
            steps = search(contenders, plan.threshold, exam.probes, budget, plan.strategy)
            found = await _drive(steps, exam, contenders, progress)
        sifted = await asyncio.to_thread(sift, await self._facts(), plan.query)
        return _report(plan, found, sifted), Changes.of(Room.BENCHMARKS) | Changes.of(Room.SPENDING)


async def _contenders(exam: Examination, chosen: Sequence[Candidate], refused: dict[str, str]) -> tuple[Contender, ...]:
    """Those that can be asked, in their order; the others are told in ``refused``."""
    found = []
    for each in chosen:
        try:
            most = await exam.most_usd(each.model)
        except KnownError as error:
            refused[each.model.id] = str(error)
            continue
        cost = each.cost.usd
        found.append(Contender(each.model.id, Decimal("Infinity") if cost is None else cost, most))
    return await _with_known(exam, sorted(found, key=lambda one: (one.cost, one.model_id)))


async def _with_known(exam: Examination, contenders: Sequence[Contender]) -> tuple[Contender, ...]:
    known = await exam.known([each.model_id for each in contenders])
    return tuple(
        replace(each, score=known[each.model_id].score, asked=known[each.model_id].answers)
        if each.model_id in known
        else each
        for each in contenders
    )


def _most(each: Contender, asks: int) -> Decimal:
    return (each.probe_cost or Decimal(0)) * max(0, asks - each.asked)


def _nobody(sifted: Sifted, refused: Mapping[str, str]) -> UsageError:
    todo = "Ask for less, add a key in Settings, Providers, or look at your providers: modelward discover."
    if not refused:
        why = f"Of {sifted.considered:,} models none fits and can be called now."
        return UsageError("There is no model to search among.", why=why, todo=todo)
    first, reason = next(iter(refused.items()))
    more = "" if len(refused) == 1 else f" The same or alike holds for {len(refused) - 1:,} more."
    return UsageError("No model that fits may be asked.", why=f"{first}: {reason}{more}")


async def _drive(
    steps: Generator[Ask, Outcome, Found], exam: Examination, contenders: Sequence[Contender], progress: Progress
) -> Found:
    places = {each.model_id: place for place, each in enumerate(contenders, start=1)}
    calls = 0
    try:
        ask = next(steps)
        while True:
            progress.checkpoint()
            text = f"Asking {ask.model_id}, {places[ask.model_id]:,} of {len(places):,} from the cheapest up"
            progress.update(done=calls, unit="calls", text=text)
            outcome = await _asked(exam, ask)
            calls += 1
            ask = steps.send(outcome)
    except StopIteration as ended:
        found: Found = ended.value
        return found
    finally:
        steps.close()


async def _asked(exam: Examination, ask: Ask) -> Outcome:
    try:
        told = await exam.ask(ask.model_id)
    except BudgetError as error:
        return Outcome(None, Decimal(0), str(error), Hindrance.MONEY)
    return Outcome(told.score, told.cost, told.why, Hindrance.MODEL if told.is_final else Hindrance.CALL)


def _report(plan: SearchPlan, found: Found, sifted: Sifted) -> SearchReport:
    best = max((each for each in found.tried if each.asked), key=lambda each: each.quality, default=None)
    if found.pick is None:
        return SearchReport(plan, found, best=best)
    pick = next((each for each in sifted.fitting if each.model.id == found.pick), None)
    if pick is None:
        out = next((each.reasons for each in sifted.ruled_out if each.model_id == found.pick), ())
        against = tuple(f"{each}." for each in out)
        return SearchReport(plan, found, against=against, best=best)
    others = [each for each in sifted.fitting if each.model.id != found.pick and each.cost.usd is not None]
    return SearchReport(plan, found, wording.reasons(pick, best_measured(others)), best=best)
