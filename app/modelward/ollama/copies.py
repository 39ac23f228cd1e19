"""The copies in the vault: proven in turns or all at once, and made anew where they are damaged."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from contextlib import nullcontext

from modelward.backups.threads import in_thread
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock
from modelward.core.errors import KnownError
from modelward.core.progress import Progress
from modelward.ollama import rolling
from modelward.ollama.hashing import Gate
from modelward.ollama.model import Place, VaultReport
from modelward.ollama.proving import Proven
from modelward.ollama.rolling import Daily
from modelward.ollama.surroundings import Surroundings
from modelward.ollama.throttle import Throttle
from modelward.ollama.vault import Vault

log = logging.getLogger(__name__)

_ROLLED = "ollama.copies_rolled_at"


class Copies:
    """Proves copies. Raises FolderError and InputError of the vault."""

    def __init__(self, around: Surroundings, catalog: CatalogStore, clock: Clock, throttle: Throttle | None) -> None:
        self._around = around
        self._catalog = catalog
        self._clock = clock
        self._daily = Daily(catalog, _ROLLED)
        self._throttle = throttle or Throttle()

    async def prove(self, place: Place | None, progress: Progress) -> VaultReport:
        """Hash every copy, and make anew what is damaged or lost where the models have it whole."""
        vault = await self._around.vault()
        started = time.monotonic()
        proven = await in_thread(lambda: vault.verify(progress), progress)
        return await self._made_good(vault, place, proven, time.monotonic() - started, progress)

    async def roll(
        self, place: Place, progress: Progress, *, but: Collection[str], in_background: bool
    ) -> VaultReport | None:
        """Hash the copies whose turn it is, once a day, and make damaged ones anew; None without a vault.

        ``but``: blobs that are known to be bad among the models. ``in_background``: rests while the computer is needed.
        """
        vault = await self._around.vault()
        if not await in_thread(lambda: vault.folder.is_there):
            return None
        started, proven = time.monotonic(), Proven()
        if await self._daily.is_due(self._clock()):
            gate = Gate(progress)
            async with self._throttle.over(gate) if in_background else nullcontext():
                proven = await in_thread(lambda: vault.verify(progress, share=rolling.SHARE, wait=gate.wait), progress)
            if proven.is_whole:
                await self._daily.done(self._clock())
        return await self._made_good(vault, place, proven, time.monotonic() - started, progress, but)

    async def _made_good(
        self,
        vault: Vault,
        place: Place | None,
        proven: Proven,
        seconds: float,
        progress: Progress,
        but: Collection[str] = (),
    ) -> VaultReport:
        bad = {*await self._unmarked(vault), *proven.bad} - proven.good
        lacking = await in_thread(lambda: vault.lacking(bad))
        lost = {digest for digests in lacking.values() for digest in digests}
        renewed: tuple[str, ...] = ()
        if lost - set(but) and place is not None:
            sources = (place.folder, *await self._around.elsewhere(place))
            try:
                renewed = await in_thread(lambda: vault.renew(sorted(lost - set(but)), sources, progress), progress)
            except KnownError as error:  # what is damaged is to be told all the same
                log.warning("Damaged copies were not made anew: %s", error)
            bad -= set(renewed)
            lacking = await in_thread(lambda: vault.lacking(bad))
        await self._remember(vault, bad)
        return VaultReport(len(proven.good), proven.bad, renewed, lacking, seconds)

    async def _unmarked(self, vault: Vault) -> frozenset[str]:
        """Copies that were found damaged on a disk that takes no marks."""
        return frozenset((await self._catalog.state(await _unmarked_key(vault)) or "").split())

    async def _remember(self, vault: Vault, bad: Collection[str]) -> None:
        unmarked = set(bad) - set(await in_thread(lambda: vault.marked(bad)))
        if unmarked != await self._unmarked(vault):
            await self._catalog.set_state(await _unmarked_key(vault), " ".join(sorted(unmarked)))


async def _unmarked_key(vault: Vault) -> str:
    return f"ollama.damaged_copies {await in_thread(lambda: vault.folder.identity)}"
