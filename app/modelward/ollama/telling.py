"""Tells other tools how all stands, after each look: see :mod:`.metrics` for what."""

from __future__ import annotations

import logging
from dataclasses import replace

from modelward.backups.threads import in_thread
from modelward.core.clock import Clock
from modelward.ollama import metrics
from modelward.ollama.model import Overview, ServerLook
from modelward.ollama.overviews import Overviews
from modelward.ollama.store import WatchStore
from modelward.ollama.surroundings import Surroundings
from modelward.ollama.watch import Watch

log = logging.getLogger(__name__)


class Telling:
    """Keeps ``model-metrics.json``.

    ``overview`` is the last one. Between two of them only the server and the alerts are looked at anew: a vault on a
    disk that sleeps is not woken every few minutes.
    """

    def __init__(
        self, around: Surroundings, store: WatchStore, overviews: Overviews, watch: Watch, clock: Clock
    ) -> None:
        self._around = around
        self._store = store
        self._overviews = overviews
        self._watch = watch
        self._clock = clock
        self.overview: Overview | None = None

    async def tell(self, look: ServerLook) -> None:
        """Write the document; where there is no Ollama and never was one, there is nothing to tell."""
        overview = self.overview or await self._overviews.overview(look)
        self.overview = replace(overview, look=look, alerts=await self._store.open_alerts())
        if not overview.standings and not await self._store.has_answered(look.url):
            return
        measures = await self._watch.measures(look)
        content, folder = metrics.document(self.overview, measures, self._clock()), self._around.data_folder
        try:
            await in_thread(lambda: metrics.write(folder, content))
        except OSError as error:
            log.warning("%s was not written: %s", metrics.FILE, error)
