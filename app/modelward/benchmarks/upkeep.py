"""What time does to measurements: days that are over are summed up, old calls are thinned out."""

from __future__ import annotations

from datetime import timedelta

from modelward.benchmarks.figures import midnight
from modelward.benchmarks.store import MeasurementStore
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress

_THINNED = "benchmarks.thinned_on"


class Upkeep:
    """Keeps the store of measurements small and quick."""

    def __init__(self, store: MeasurementStore, catalog: CatalogStore, preferences: Preferences, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._preferences = preferences
        self._clock = clock

    async def keep_up(self, progress: Progress) -> None:
        """Sum up every day that is over, and once a day thin out what is older than the settings say."""
        today = self._clock().date()
        while await self._store.close_next_day(today):
            progress.checkpoint()
        if await self._catalog.state(_THINNED) == today.isoformat():
            return
        before = midnight(today) - timedelta(days=self._preferences.settings.benchmarks.keep_days)
        for series in await self._store.series():
            while await self._store.thin(series, before):
                progress.checkpoint()
        await self._catalog.set_state(_THINNED, today.isoformat())
