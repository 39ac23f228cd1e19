"""The verbs of discovery: ask every provider for its models, look whether they answer, refresh public catalogues."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from modelward.catalog.service import CatalogService
from modelward.core.changes import Changes
from modelward.core.clock import Clock, utc_now
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.discovery.asking import Asking
from modelward.discovery.looking import Looking
from modelward.discovery.model import CatalogueReport, DiscoveryReport, Look
from modelward.discovery.public import PublicCatalogues
from modelward.discovery.store import LookStore
from modelward.net.client import Client
from modelward.providers.service import ProviderService
from modelward.store.engine import Database


class DiscoveryService:
    """Finds models. Providers are asked all at once; each one's models are filed as soon as they are there."""

    def __init__(
        self,
        database: Database,
        catalog: CatalogService,
        providers: ProviderService,
        client: Client,
        preferences: Preferences,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._looks = LookStore(database)
        self._asking = Asking(catalog, providers, self._looks, clock)
        self._looking = Looking(self._looks, providers, clock)
        self._public = PublicCatalogues(catalog, client, preferences, clock)

    async def discover(
        self, progress: Progress, providers: Sequence[str] | None = None
    ) -> tuple[DiscoveryReport, Changes]:
        """Ask enabled providers (or these, which may be disabled) for their models. One that fails costs the others
        nothing: its error stands in the report. Raises UnknownProviderError."""
        return await self._asking.discover(progress, providers)

    async def look(self, progress: Progress) -> tuple[tuple[Look, ...], Changes]:
        """Look whether each enabled provider answers, at no cost; kept in the history."""
        return await self._looking.look(progress)

    async def history(self, provider: str, since: datetime | None = None) -> tuple[Look, ...]:
        """The looks at a provider, oldest first; of the last 30 days, thinned to the worst of each hour after two."""
        return await self._looks.of(provider, since)

    async def latest(self) -> dict[str, Look]:
        """The last look at each provider."""
        return await self._looks.latest()

    async def refresh_catalogues(self, progress: Progress) -> tuple[tuple[CatalogueReport, ...], Changes]:
        """Fetch the public catalogues that changed, where the person allows it; else nothing happens."""
        return await self._public.refresh(progress)
