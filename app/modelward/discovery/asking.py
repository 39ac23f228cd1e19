"""Every provider asked for its models, all at once; each one's list is filed as soon as it is there."""

from __future__ import annotations

from collections.abc import Sequence

from modelward.catalog.service import CatalogService
from modelward.core.changes import Changes
from modelward.core.clock import Clock
from modelward.core.progress import Progress
from modelward.discovery.model import DiscoveryReport
from modelward.providers.service import ProviderService


class Asking:
    """Asks providers for their models."""

    def __init__(self, catalog: CatalogService, providers: ProviderService, clock: Clock) -> None:
        self._catalog = catalog
        self._providers = providers
        self._clock = clock

    async def discover(self, progress: Progress, providers: Sequence[str] | None) -> tuple[DiscoveryReport, Changes]:
        """See :meth:`modelward.discovery.service.DiscoveryService.discover`."""
        raise NotImplementedError
