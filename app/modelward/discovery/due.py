"""When all providers are to be asked again: by the clock of the store, so that starts and sleeps do not shift it."""

from __future__ import annotations

from datetime import datetime, timedelta

from modelward.catalog.store import CatalogStore

_KEY = "discovery.whole_at"


async def is_due(store: CatalogStore, every: timedelta, now: datetime) -> bool:
    """Whether the last time is as long ago as that, or there was none, or the clock was set back since."""
    text = await store.state(_KEY)
    if text is None:
        return True
    last = datetime.fromisoformat(text)
    return not last <= now < last + every


async def remember(store: CatalogStore, now: datetime) -> None:
    """All providers were asked."""
    await store.set_state(_KEY, now.isoformat())
