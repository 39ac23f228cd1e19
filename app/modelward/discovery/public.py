"""Public catalogues, fetched from their own addresses where the person allows it; they refresh the reference source."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from modelward.catalog.bulk import without_collector
from modelward.catalog.editions import Mark
from modelward.catalog.model import Model
from modelward.catalog.rawfiles import litellm
from modelward.catalog.reference import models_dev
from modelward.catalog.reference.fetched import OPENROUTER, Edition, read_edition
from modelward.catalog.service import CatalogService
from modelward.core.changes import Changes
from modelward.core.clock import Clock
from modelward.core.errors import AnswerError, InputError, KnownError, NetworkError
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.discovery.differences import differences
from modelward.discovery.model import CatalogueReport, ModelChange
from modelward.net.client import Client
from modelward.net.model import MIB, Answer, Call, Patience
from modelward.providers.registry import COMPATIBLE, KNOWN

log = logging.getLogger(__name__)

LEAST = 50
"""A catalogue that names fewer models is no whole one."""

_PATIENCE = Patience(total=600.0)
"""Three megabytes on a slow line take minutes; nobody waits for them."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A public catalogue: its name for people, its address, and the origin of its facts."""

    name: str
    url: str
    origin: str


CATALOGUES = (
    Catalogue("models.dev", "https://models.dev/api.json", models_dev.ORIGIN),
    Catalogue("OpenRouter's list", "https://openrouter.ai/api/v1/models", OPENROUTER),
    Catalogue(
        "LiteLLM's price map",
        "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json",
        litellm.ORIGIN,
    ),
)


class PublicCatalogues:
    """Fetches what changed, and takes it where it is whole. What cannot be taken costs nothing: the old one stays."""

    def __init__(
        self,
        catalog: CatalogService,
        client: Client,
        preferences: Preferences,
        clock: Clock,
        catalogues: Sequence[Catalogue] = CATALOGUES,
    ) -> None:
        """``catalogues`` can name other addresses than the public ones."""
        self._catalog = catalog
        self._client = client
        self._preferences = preferences
        self._clock = clock
        self._catalogues = catalogues

    async def refresh(self, progress: Progress) -> tuple[tuple[CatalogueReport, ...], Changes]:
        """Fetch all of them at once and take them one after the other; nothing is sent without the person's yes."""
        if self._preferences.settings.discovery.public_catalogues != "yes":
            return (), Changes.nothing()
        total = len(self._catalogues)
        progress.update(done=0, total=total, unit="catalogues", text="Fetching the public catalogues")
        async with asyncio.TaskGroup() as group:
            fetching = [group.create_task(self._fetch(catalogue)) for catalogue in self._catalogues]
        reports, changes = [], Changes.nothing()
        for number, task in enumerate(fetching):
            progress.checkpoint()
            catalogue, got = self._catalogues[number], task.result()
            progress.update(done=number, text=f"Reading {catalogue.name}")
            report, more = await self._report(catalogue, got)
            reports.append(report)
            changes |= more
        progress.update(done=total)
        return tuple(reports), changes

    async def _fetch(self, catalogue: Catalogue) -> Answer | KnownError:
        mark = await self._catalog.edition(catalogue.origin)
        call = Call(
            server=catalogue.name,
            lane=f"catalogue {catalogue.origin}",
            url=catalogue.url,
            headers=_conditions(mark),
            patience=_PATIENCE,
            most_bytes=64 * MIB,
        )
        try:
            return await self._client.ask(call)
        except NetworkError as error:
            return error

    async def _report(self, catalogue: Catalogue, got: Answer | KnownError) -> tuple[CatalogueReport, Changes]:
        try:
            if isinstance(got, KnownError):
                raise got
            # Tens of thousands of facts are read and filed: the collector would stop the window for 0.2 s at a time.
            with without_collector():
                return await self._take(catalogue, got)
        except KnownError as error:
            log.warning("%s was not refreshed: %s", catalogue.name, error)
            return CatalogueReport(catalogue.name, error=error), Changes.nothing()

    async def _take(self, catalogue: Catalogue, answer: Answer) -> tuple[CatalogueReport, Changes]:
        mark = await self._catalog.edition(catalogue.origin)
        digest = await asyncio.to_thread(lambda: hashlib.sha256(answer.content).hexdigest())
        if mark is not None and ((answer.status == 304 and _conditions(mark)) or digest == mark.sha256):
            return CatalogueReport(catalogue.name, models=mark.models), Changes.nothing()
        before = {model.id: model for model in await self._catalog.models()}
        edition = await self._read(catalogue, answer, before)
        _require_whole(catalogue, edition, mark)
        fresh = Mark(
            edition.as_of,
            edition.models,
            is_fetched=True,
            etag=answer.headers.get("etag", "")[:500],
            modified=answer.headers.get("last-modified", "")[:100],
            sha256=digest,
        )
        merged, changes = await self._catalog.take_edition(catalogue.origin, edition.facts, fresh)
        if mark is None:
            # A first edition says what there is; nothing of it is news.
            return CatalogueReport(catalogue.name, True, edition.models), changes
        changed = await self._changed(before, merged.changed)
        return CatalogueReport(catalogue.name, True, edition.models, tuple(sorted(merged.added)), changed), changes

    async def _read(self, catalogue: Catalogue, answer: Answer, before: dict[str, Model]) -> Edition:
        # What runs on this machine is what was put there: no catalogue knows it.
        local = {known.id for known in (*KNOWN.values(), *COMPATIBLE.values()) if known.is_local}
        known = [model.id for model in before.values() if model.provider not in local]
        now = self._clock()
        beside = await self._catalog.edition(models_dev.ORIGIN)
        if catalogue.origin == litellm.ORIGIN and beside is not None:
            now = min(now, beside.as_of)
        try:
            return await asyncio.to_thread(read_edition, catalogue.origin, answer.content, now, known)
        except InputError as error:
            is_page = answer.content[:1000].lstrip().startswith(b"<")
            why = "A web page came instead: so do networks that want a sign-in first." if is_page else ""
            raise _refused(catalogue, why or f"{error.what} {error.why}".rstrip()) from error

    async def _changed(self, before: dict[str, Model], ids: frozenset[str]) -> tuple[ModelChange, ...]:
        if not ids:
            return ()
        after = (model for model in await self._catalog.models() if model.id in ids)
        return tuple(change for model in after for change in differences(before[model.id], model))


def _conditions(mark: Mark | None) -> dict[str, str]:
    """The headers that ask for a catalogue only where it is another one than that which is there."""
    if mark is None or not mark.is_fetched:
        return {}
    stated = {"If-None-Match": mark.etag, "If-Modified-Since": mark.modified}
    return {name: value for name, value in stated.items() if value}


def _require_whole(catalogue: Catalogue, edition: Edition, mark: Mark | None) -> None:
    """Raises AnswerError for an edition that is too small, has shrunk, or is mostly not in its shape."""
    if edition.models < LEAST:
        raise _refused(catalogue, f"It names {edition.models:,} models; at least {LEAST} are expected.")
    if mark is not None and edition.models * 2 < mark.models:
        raise _refused(catalogue, f"It names {edition.models:,} models, under half of the {mark.models:,} before.")
    if edition.problems * 2 > edition.models:
        raise _refused(catalogue, f"{edition.problems:,} of its rows and values are not in the shape that is known.")


def _refused(catalogue: Catalogue, why: str) -> AnswerError:
    todo = "What was known before stays. The next refresh tries again."
    return AnswerError(f"{catalogue.name} was not taken.", why=why, todo=todo)
