"""What calls come to before they are made: tokens, cost and time, by what was measured of the same where it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from statistics import fmean
from typing import Any

from modelward.benchmarks.model import CallKind, CallState, Cell, Series
from modelward.benchmarks.purse import unknown_price
from modelward.benchmarks.store import MeasurementStore
from modelward.benchmarks.workloads import WARM_UP_TOKENS, Asking, Workloads
from modelward.catalog.model import Model
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock
from modelward.core.preferences import Preferences
from modelward.core.setting_groups import SpendingSettings
from modelward.providers.model import ChatRequest, Usage
from modelward.spending.budget import check_price
from modelward.spending.estimate import most_input_tokens
from modelward.spending.pricing import FREE, Tariff, cost_of, most, tariff_of

_HISTORY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Expected:
    """What some calls come to: tokens, USD by estimate and at most, and seconds; None is unknown."""

    input_tokens: int = 0
    output_tokens: int = 0
    usd: Decimal = FREE
    most_usd: Decimal = FREE
    seconds: float | None = 0.0

    def __add__(self, other: Expected) -> Expected:
        return Expected(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.usd + other.usd,
            self.most_usd + other.most_usd,
            None if self.seconds is None or other.seconds is None else self.seconds + other.seconds,
        )

    def times(self, calls: int, streams: int) -> Expected:
        """So many calls like this one, so many of them at once."""
        return Expected(
            self.input_tokens * calls,
            self.output_tokens * calls,
            self.usd * calls,
            self.most_usd * calls,
            None if self.seconds is None else self.seconds * calls / streams,
        )


class Estimates:
    """Makes them."""

    def __init__(self, store: MeasurementStore, catalog: CatalogStore, preferences: Preferences, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._preferences = preferences
        self._clock = clock

    async def of(self, model: Model, workloads: Workloads, cells: Sequence[Cell], concurrency: int) -> Expected:
        """What the cells of a model come to. Raises BudgetError where its calls may not go out at any hour."""
        tariff = tariff_of(model, await self._catalog.facts(model.id))
        history = await self._history(model.id, {cell.workload for cell in cells}, concurrency)
        whole = Expected()
        for cell in cells:
            asking = asked_in(cell, workloads)
            if asking is None:
                continue
            one = self._of_one(model, tariff, asking, history.get(cell.workload, []))
            if cell.kind is CallKind.WARM_UP:
                # It is short; what it takes to load a model nobody knows.
                whole += replace(one, seconds=0.0)
            else:
                whole += one.times(cell.runs, concurrency)
        return whole

    def _of_one(self, model: Model, tariff: Tariff, asking: Asking, calls: Sequence[Any]) -> Expected:
        input_, output = asking.input_tokens, asking.output_tokens
        request = bounded(asking.request, model)
        most_usd = most_of(model.id, tariff, request, self._preferences.settings.spending)
        costs = [row.cost_usd for row in calls if row.cost_usd is not None]
        times = [row.latency_ms for row in calls if row.latency_ms is not None]
        seconds = fmean(times) / 1000 if times else None
        by_price = cost_of(tariff, Usage(input_tokens=input_, output_tokens=output), self._clock())
        usd = Decimal(str(fmean(costs))) if costs else by_price
        return Expected(input_, output, most_usd if usd is None else min(usd, most_usd), most_usd, seconds)

    async def _history(self, model_id: str, tags: set[str], concurrency: int) -> dict[str, Sequence[Any]]:
        """What was measured of the same, by workload: of so many streams at once, or else of one."""
        known = {each for each in await self._store.series(model_id) if each.workload in tags}
        wanted = [Series(model_id, tag, concurrency) for tag in tags]
        chosen = [each if each in known else each._replace(concurrency=1) for each in wanted]
        found = await self._store.newest([each for each in chosen if each in known], _HISTORY)
        return {
            series.workload: [row for row in calls if row.state == CallState.DONE.value]
            for series, calls in found.items()
        }


def asked_in(cell: Cell, workloads: Workloads) -> Asking | None:
    """What a cell asks; None where its suite was changed since."""
    if cell.kind is CallKind.WARM_UP:
        return Asking(workloads.warm_up(), WARM_UP_TOKENS)
    return workloads.asking(cell.workload, cell.probe)


def bounded(request: ChatRequest, model: Model) -> ChatRequest:
    """A request that asks for no longer an answer than a model can give."""
    longest = model.max_output_tokens
    if longest is None or longest <= 0 or request.max_output_tokens <= longest:
        return request
    return replace(request, max_output_tokens=longest)


def most_of(model_id: str, tariff: Tariff, request: ChatRequest, settings: SpendingSettings) -> Decimal:
    """What a call can cost at most, in USD. Raises BudgetError where it may not go out at any hour."""
    usd = most(tariff, most_input_tokens(request), request.max_output_tokens)
    check_price(model_id, usd, settings)
    if usd is None:
        raise unknown_price()
    return usd
