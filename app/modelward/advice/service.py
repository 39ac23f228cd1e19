"""The verbs of advice: recommend, find the sweet spot, search it by measuring, write a table for routers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from pathlib import Path

from modelward.advice import routing
from modelward.advice.model import Facts, Query, Recommendation, SweetSpot
from modelward.advice.recommend import TOP, recommend
from modelward.advice.routing import Router, RoutingTable
from modelward.advice.searching import Examine, Searching, SearchPlan, SearchReport
from modelward.advice.strategies import Strategy
from modelward.advice.surroundings import places, ways
from modelward.advice.sweet_spot import sweet_spot
from modelward.benchmarks.model import Result, UseCase
from modelward.catalog.store import CatalogStore
from modelward.core.changes import Changes
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.discovery.service import DiscoveryService
from modelward.providers.service import ProviderService


class AdviceService:
    """Gives advice from what the catalogue knows and what was measured. Verbs raise StoreError."""

    def __init__(
        self,
        catalog: CatalogStore,
        providers: ProviderService,
        discovery: DiscoveryService,
        results: Callable[[], Awaitable[Sequence[Result]]],
        preferences: Preferences,
        examine: Examine,
    ) -> None:
        """``results`` gives every model's figures; ``examine`` opens the way to measure single probes."""
        self._catalog = catalog
        self._providers = providers
        self._discovery = discovery
        self._results = results
        self._preferences = preferences
        self._searching = Searching(self._facts, examine)

    async def recommend(self, query: Query, top: int = TOP) -> Recommendation:
        """The best models for a use case, with reasons."""
        return await asyncio.to_thread(recommend, await self._facts(), query, top)

    async def sweet_spot(self, query: Query, threshold: float | None = None, baseline: str | None = None) -> SweetSpot:
        """The cheapest model that is good enough; from which quality on the settings say, unless ``threshold`` does.

        ``baseline``: the model that the saving is counted against. Raises UnknownModelError.
        """
        least = self._preferences.settings.benchmarks.good_enough if threshold is None else threshold
        return await asyncio.to_thread(sweet_spot, await self._facts(), query, least, baseline)

    async def plan_search(
        self,
        strategy: Strategy,
        query: Query,
        *,
        threshold: float | None = None,
        budget: Decimal | None = None,
    ) -> SearchPlan:
        """What searching the sweet spot by measuring would do; nothing is sent. Only models that can be called now.

        ``budget``: USD, within what measuring may still cost today. Raises UsageError where no model can be asked, or
        others are being measured.
        """
        least = self._preferences.settings.benchmarks.good_enough if threshold is None else threshold
        return await self._searching.plan(strategy, query, least, budget)

    async def search(self, plan: SearchPlan, progress: Progress) -> tuple[SearchReport, Changes]:
        """Search the sweet spot by measuring, the cheapest first; what was measured before counts.

        Whatever was measured is kept and stands in the results, also where the search is cancelled. Raises UsageError
        where others are being measured.
        """
        return await self._searching.carry_out(plan, progress)

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
