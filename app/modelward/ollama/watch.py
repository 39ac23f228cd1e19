"""Looks at the server every few minutes: what was seen is kept, and alerts follow from it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from modelward.ollama import events, findings
from modelward.ollama.alerts import Finding, Outcome
from modelward.ollama.metrics import Measures, Trend, measured
from modelward.ollama.model import AlertKind, Sample, ServerLook, ServerState
from modelward.ollama.store import WatchStore
from modelward.ollama.surroundings import Surroundings

log = logging.getLogger(__name__)


async def announce(store: WatchStore, outcome: Outcome, at: datetime) -> None:
    """Write alerts that opened, and those that are over, into both logs."""
    for alert in outcome.opened:
        log.warning("Local models: %s %s %s", alert.what, alert.why, alert.todo)
    for alert in outcome.resolved:
        log.info("Local models: over: %s", alert.what)
    await store.log(events.of_alerts(outcome.opened, outcome.resolved, at))


class Watch:
    """Looks at the server, and remembers."""

    def __init__(self, around: Surroundings, store: WatchStore) -> None:
        self._around = around
        self._store = store

    async def look(self) -> tuple[ServerLook, Outcome]:
        """Look once, keep what was seen, and let the alerts follow.

        Where no server ever answered, nothing is kept or told: there may be no Ollama here at all.
        """
        look = await self.glance()
        is_running = look.state is ServerState.RUNNING
        if not is_running and not await self._store.has_answered(look.url):
            return look, Outcome()
        await self._store.add(look.url, [Sample(look.at, "", is_running, look.latency_ms, look.detail)])
        judged = {AlertKind.SERVICE_DOWN: None} | ({AlertKind.SLOW: None} if is_running else {})
        outcome = await self._store.follow(await self._found(look), judged, look.at)
        await announce(self._store, outcome, look.at)
        return look, outcome

    async def glance(self) -> ServerLook:
        """Look once, and keep nothing."""
        look = await self._around.server.look()
        await self._around.note(look)
        return look

    async def measures(self, look: ServerLook) -> Measures:
        """What the kept looks say of the server, this one among them; response times of other versions are left out."""
        since = await self._store.version_since(look.url, look.version, look.at) if look.version else None
        samples = await self._store.samples(look.url, "", look.at - timedelta(days=8))
        return measured(samples, look.at, since=since)

    async def _found(self, look: ServerLook) -> list[Finding]:
        if look.state is not ServerState.RUNNING:
            return [findings.of_look(look)]
        seen = await self.measures(look)
        if seen.trend is not Trend.SLOWER or seen.median_day is None or seen.median_before is None:
            return []
        return [findings.of_slowness(look.url, seen.median_day, seen.median_before)]
