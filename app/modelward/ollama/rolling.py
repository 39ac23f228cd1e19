"""Hashing by turns: a part of everything each day, so that each has its turn within a week."""

from __future__ import annotations

from datetime import datetime, timedelta

from modelward.catalog.store import CatalogStore

SHARE = 1 / 7
"""The part of all bytes that is hashed anew each day, the longest unproven first."""

REST = timedelta(days=6)
"""What was hashed within this time has no turn."""

_DAY = timedelta(days=1)


class Daily:
    """Remembers in the store when a day's part was done."""

    def __init__(self, catalog: CatalogStore, key: str) -> None:
        self._catalog = catalog
        self._key = key

    async def is_due(self, now: datetime) -> bool:
        """Whether a day has passed."""
        text = await self._catalog.state(self._key)
        # A clock that was set back must not stop the turns for years.
        return text is None or not datetime.fromisoformat(text) <= now < datetime.fromisoformat(text) + _DAY

    async def done(self, now: datetime) -> None:
        """The next is due in a day."""
        await self._catalog.set_state(self._key, now.isoformat())
