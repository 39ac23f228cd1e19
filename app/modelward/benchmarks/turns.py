"""One call of a cell: held money, measured, repeated where the machine slept, graded, kept."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from modelward.backups.threads import in_thread
from modelward.benchmarks.answers import Answer
from modelward.benchmarks.grading import grade as graded
from modelward.benchmarks.measuring import Measured, Measurer, What, begun_differently
from modelward.benchmarks.model import CallKind, CallState, Cell, Grade
from modelward.benchmarks.probes import Probe
from modelward.benchmarks.purse import Purse
from modelward.benchmarks.store import MeasurementStore
from modelward.core.clock import Clock
from modelward.core.errors import KnownError
from modelward.providers.model import ChatRequest
from modelward.spending.pricing import FREE

log = logging.getLogger(__name__)

SLEPT_SECONDS = 5.0
"""By so much the wall clock runs ahead of the monotonic one only where the machine slept, or the clock was set."""

_TRIES = 3
_GRADED = frozenset({CallState.DONE, CallState.REFUSED, CallState.EMPTY})
"""A call that failed tells nothing about the model's skill."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a cell asks, made ready: ``most`` in USD is what one call can cost."""

    cell: Cell
    request: ChatRequest
    most: Decimal
    probe: Probe | None = None
    streams: int = 1
    batch: int | None = None

    @property
    def what(self) -> What:
        """What its calls are made for."""
        cell = self.cell
        return What(cell.workload, cell.kind, self.streams, self.batch, cell.number if self.batch is not None else None)


class Turns:
    """Makes calls. ``monotonic`` gives seconds of a clock that stands still while the machine sleeps."""

    def __init__(
        self,
        measurer: Measurer,
        store: MeasurementStore,
        purse: Purse,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._measurer = measurer
        self._store = store
        self._purse = purse
        self._clock = clock
        self._monotonic = monotonic

    async def make(self, turn: Turn) -> Measured:
        """Call once, and keep what came of it. Raises what is told before a call is sent, BudgetError and StoreError.

        A call during which the machine slept is not kept but made again.
        """
        measured = await self._awake(turn)
        keeping = asyncio.ensure_future(self._kept(turn, measured))
        try:
            return await asyncio.shield(keeping)
        except asyncio.CancelledError:
            await asyncio.wait([keeping])
            keeping.result()
            raise

    async def _awake(self, turn: Turn) -> Measured:
        for left in reversed(range(_TRIES)):
            lag = self._lag()
            measured = await self._measured(turn)
            if not left or abs(self._lag() - lag) < SLEPT_SECONDS:
                return measured
            log.info("The machine slept while %s answered: the call is made again.", turn.cell.model_id)
        raise AssertionError

    def _lag(self) -> float:
        return self._clock().timestamp() - self._monotonic()

    async def _measured(self, turn: Turn) -> Measured:
        await self._purse.take(turn.most)
        cost: Decimal | None = None
        try:
            # Probes are graded by their words, and a cache is proven by repeating them: they are asked as they stand.
            is_verbatim = turn.probe is not None or turn.cell.kind is CallKind.CAPABILITY
            request = turn.request if is_verbatim else begun_differently(turn.request)
            measured = await self._measurer.measure(turn.cell.model_id, request, turn.what)
            cost = measured.measurement.cost
            return measured
        except KnownError:
            cost = FREE  # it was never sent
            raise
        finally:
            self._purse.give_back(turn.most, cost)

    async def _kept(self, turn: Turn, measured: Measured) -> Measured:
        call = measured.measurement
        grade = None
        if turn.probe is not None and call.state in _GRADED:
            grade = await _grade(turn.probe, measured)
        counts = call.kind is not CallKind.WARM_UP and call.state is not CallState.LIMITED
        filed = await self._store.file(call, measured.exchange, grade, counts=counts)
        return replace(measured, measurement=filed)


async def _grade(probe: Probe, measured: Measured) -> Grade | None:
    """The grade of an answer; None where this machine cannot tell."""
    answer = Answer(measured.exchange.answer, measured.tool_calls, measured.ended)
    verdict = await in_thread(lambda: graded(probe, answer))
    if verdict.score is None:
        return None
    return Grade(
        0, probe.suite, probe.suite_hash, probe.id, probe.use_case, verdict.score, verdict.passed, verdict.reasons
    )
