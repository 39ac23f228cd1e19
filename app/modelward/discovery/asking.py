"""Every provider asked for its models, all at once; each one's list is filed as soon as it is there."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from modelward.catalog.fields import clip
from modelward.catalog.service import CatalogService
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock
from modelward.core.errors import InputError, KnownError, NetworkError
from modelward.core.progress import Progress
from modelward.discovery.filing import file_list
from modelward.discovery.looking import state_of
from modelward.discovery.model import DiscoveryReport, Look, ProviderReport, State
from modelward.discovery.store import LookStore
from modelward.providers import listing
from modelward.providers.dialect import Line
from modelward.providers.model import Provider
from modelward.providers.service import ProviderService

log = logging.getLogger(__name__)

T = TypeVar("T")

LOOKED_FOR = ("ollama", "lmstudio")
"""Servers that are looked for on this machine; the ports of the other local ones may be anybody's."""

_NAMES = 3  # so many are named of those that are waited for

_Told = tuple[ProviderReport, Changes]


class Asking:
    """Asks providers for their models. The time that it takes is that of the slowest."""

    def __init__(self, catalog: CatalogService, providers: ProviderService, looks: LookStore, clock: Clock) -> None:
        self._catalog = catalog
        self._looks = looks
        self._providers = providers
        self._clock = clock

    async def discover(self, progress: Progress, ids: Sequence[str] | None) -> tuple[DiscoveryReport, Changes]:
        """See :meth:`modelward.discovery.service.DiscoveryService.discover`."""
        asked, sought = await self._chosen(ids)
        waiting = _Waiting(progress, asked)
        told = await _all([*(self._ask(provider, waiting) for provider in asked), *map(self._seek, sought)])
        reports = [each for each in told if each is not None]
        changes = Changes.nothing()
        for _report, of_one in reports:
            changes |= of_one
        if reports:
            changes |= Changes.of(Room.PROVIDERS, frozenset(report.provider for report, _changes in reports))
        return DiscoveryReport(tuple(report for report, _changes in reports)), changes

    async def _chosen(self, ids: Sequence[str] | None) -> tuple[list[Provider], list[Provider]]:
        """Whom to ask, and which servers to look for on this machine."""
        if ids is not None:
            chosen = {provider.id: provider for provider in [await self._providers.get(id_) for id_ in ids]}
            return list(chosen.values()), []
        asked = [state.provider for state in await self._providers.mine() if state.provider.enabled]
        sought = [
            provider
            for provider in await self._providers.known()
            if provider.id in LOOKED_FOR and provider.enabled and not provider.is_added
        ]
        return asked, sought

    async def _ask(self, provider: Provider, waiting: _Waiting) -> _Told:
        began = time.monotonic()
        try:
            report, changes = await self._asked(provider)
        except KnownError as error:
            log.warning("%s was asked for its models: %s", provider.title, error)
            report, changes = ProviderReport(provider.id, provider.title, state_of(error), error=error), Changes()
            await self._remember_failure(provider, error, report.state)
        waiting.ended(provider)
        return replace(report, seconds=time.monotonic() - began), changes

    async def _asked(self, provider: Provider) -> _Told:
        try:
            line = await self._providers.line(provider.id)
        except KnownError as error:
            # It was not asked, so that nothing is known of it.
            return ProviderReport(provider.id, provider.title, State.NO_KEY, error=error), Changes.nothing()
        return await self._list(line)

    async def _seek(self, provider: Provider) -> _Told | None:
        """The list of a server that may run on this machine; None where nobody, or somebody else, answers."""
        began = time.monotonic()
        try:
            report, changes = await self._list(await self._providers.line(provider.id))
        except (NetworkError, InputError) as error:
            log.debug("%s was not found: %s", provider.title, error)
            return None
        return replace(report, seconds=time.monotonic() - began), changes

    async def _list(self, line: Line) -> _Told:
        found = await listing.list_models(line)
        told = await file_list(self._catalog, line.provider, found, self._clock)
        at = self._clock()
        await self._providers.record_discovery(line.provider.id, at, models=told[0].models)
        await self._looks.add([Look(line.provider.id, at, State.OK, found.latency * 1000)])
        return told

    async def _remember_failure(self, provider: Provider, error: KnownError, state: State) -> None:
        # Being asked is a look, too: it tells later how the provider failed, which words alone do not.
        at = self._clock()
        await self._providers.record_discovery(provider.id, at, error=str(error))
        await self._looks.add([Look(provider.id, at, state, None, clip(str(error), 500))])


class _Waiting:
    """Tells how many providers have ended, and who is still waited for."""

    def __init__(self, progress: Progress, asked: Sequence[Provider]) -> None:
        self._progress = progress
        self._left = {provider.id: provider.title for provider in asked}
        self._total = len(asked)
        self._tell()

    def ended(self, provider: Provider) -> None:
        """This one is done, well or not."""
        self._left.pop(provider.id)
        self._tell()

    def _tell(self) -> None:
        names = list(self._left.values())
        more = len(names) - _NAMES
        shown = ", ".join(names[:_NAMES]) + (f" and {more} more" if more > 0 else "")
        text = f"Waiting for {shown}" if names else "Asking providers for their models"
        self._progress.update(done=self._total - len(names), total=self._total, unit="providers", text=text)


async def _all(works: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of all, run at once. Where one of them fails, the others still come to their end first."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        if tasks:
            await asyncio.wait(tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return [task.result() for task in tasks]
