"""The verbs of advice: recommend, find the sweet spot, search it by measuring, write a table for routers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

from modelward.advice import routing
from modelward.advice.model import Candidate, Facts, Query, Recommendation, SweetSpot
from modelward.advice.recommend import TOP, recommend
from modelward.advice.routing import Router, RoutingTable
from modelward.advice.sifting import sift
from modelward.advice.strategies import Ask, Contender, Found, Outcome, Strategy, search
from modelward.advice.surroundings import places, ways
from modelward.advice.sweet_spot import sweet_spot
from modelward.advice.use_cases import PROFILES, Profile
from modelward.benchmarks.model import Result, UseCase
from modelward.catalog.store import CatalogStore
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.discovery.service import DiscoveryService
from modelward.providers.service import ProviderService

Measure = Callable[[UseCase, Ask], Awaitable[Outcome]]
"""Measures one probe of a model; which probe a number means is its own matter, as long as it stays the same."""

_MOST_INPUT = 2  # times a typical task
_MOST_OUTPUT = 2_000  # tokens; what a probe allows


class AdviceService:
    """Gives advice from what the catalogue knows and what was measured. Verbs raise StoreError."""

    def __init__(
        self,
        catalog: CatalogStore,
        providers: ProviderService,
        discovery: DiscoveryService,
        results: Callable[[], Awaitable[Sequence[Result]]],
        preferences: Preferences,
    ) -> None:
        """``results`` gives every model's figures."""
        self._catalog = catalog
        self._providers = providers
        self._discovery = discovery
        self._results = results
        self._preferences = preferences

    async def recommend(self, query: Query, top: int = TOP) -> Recommendation:
        """The best models for a use case, with reasons."""
        return await asyncio.to_thread(recommend, await self._facts(), query, top)

    async def sweet_spot(self, query: Query, threshold: float | None = None, baseline: str | None = None) -> SweetSpot:
        """The cheapest model that is good enough; from which quality on the settings say, unless ``threshold`` does.

        ``baseline``: the model that the saving is counted against. Raises UnknownModelError.
        """
        least = self._preferences.settings.benchmarks.good_enough if threshold is None else threshold
        return await asyncio.to_thread(sweet_spot, await self._facts(), query, least, baseline)

    async def search(
        self,
        strategy: Strategy,
        query: Query,
        measure: Measure,
        probes: int,
        progress: Progress,
        *,
        budget: Decimal | None = None,
    ) -> Found:
        """Search the sweet spot by measuring, the cheapest first; what was measured before counts.

        ``probes``: how many ``measure`` can tell apart. ``budget``: USD, by default what measuring may cost in a day.
        Only models that can be called now are asked. Raises what ``measure`` raises; what it measured stays.
        """
        settings = self._preferences.settings.benchmarks
        most = settings.day_limit if budget is None else budget
        callable_now = replace(query, available=True, key_at_hand=True)
        contenders = await asyncio.to_thread(_contenders, await self._facts(), callable_now)
        steps = search(contenders, settings.good_enough, probes, most, strategy)
        return await _drive(steps, partial(measure, query.use_case), progress)

    async def routing_table(self, query: Query, use_cases: Sequence[UseCase] = tuple(UseCase)) -> RoutingTable:
        """Who serves which use case, under the constraints of ``query``."""
        return await asyncio.to_thread(routing.routing_table, await self._facts(), query, use_cases)

    async def export_routing(self, table: RoutingTable, file: Path, router: Router) -> None:
        """Write a table for a router, without any key. Raises UsageError (ending), FolderError."""
        known, mine = await self._providers.known(), await self._providers.mine()
        document = routing.written(table, ways(known, mine), router)
        await asyncio.to_thread(routing.save, document, file)

    async def _facts(self) -> Facts:
        mine = await self._providers.mine()
        return Facts(
            models=await self._catalog.models(),
            results=await self._results(),
            places=places(mine, await self._discovery.latest()),
        )


async def _drive(
    steps: Generator[Ask, Outcome, Found], measure: Callable[[Ask], Awaitable[Outcome]], progress: Progress
) -> Found:
    calls = 0
    try:
        ask = next(steps)
        while True:
            progress.checkpoint()
            progress.update(done=calls, unit="calls", text=f"Asking {ask.model_id}")
            outcome = await measure(ask)
            calls += 1
            ask = steps.send(outcome)
    except StopIteration as ended:
        found: Found = ended.value
        return found
    finally:
        steps.close()


def _contenders(facts: Facts, query: Query) -> list[Contender]:
    sifted = sift(facts, query)
    profile = PROFILES[query.use_case]
    return [_contender(each, profile) for each in (*sifted.fitting, *sifted.untold)]


def _contender(each: Candidate, profile: Profile) -> Contender:
    model, quality = each.model, each.figures.quality
    cost = each.cost.usd
    most: Decimal | None = None
    if model.price_input is not None and model.price_output is not None:
        output = max(_MOST_OUTPUT, _MOST_INPUT * profile.output_tokens)
        most = (model.price_input * _MOST_INPUT * profile.input_tokens + model.price_output * output).scaleb(-6)
    return Contender(
        model.id,
        Decimal("Infinity") if cost is None else cost,
        most,
        0.0 if quality is None else quality.score * quality.probes,
        0 if quality is None else quality.probes,
    )
