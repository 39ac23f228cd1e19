"""The doors to local models: how they stand, verifying, copying, bringing back, watching."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from modelward.backups.threads import in_thread
from modelward.catalog.store import CatalogStore
from modelward.core import units
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import StoreBusyError
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.net.client import Client
from modelward.ollama import cleaning, findings
from modelward.ollama.bringing import Bringing, together
from modelward.ollama.copies import Copies
from modelward.ollama.integrity import Integrity
from modelward.ollama.keeping import Keeping
from modelward.ollama.maintenance import Maintenance
from modelward.ollama.model import (
    Alert,
    BackupReport,
    GuardEvent,
    MaintenanceReport,
    ModelName,
    Overview,
    RepairReport,
    Sample,
    ServerLook,
    Stray,
    VaultReport,
    VaultVersion,
    VerifyReport,
)
from modelward.ollama.overviews import Overviews
from modelward.ollama.store import CheckStore, WatchStore
from modelward.ollama.surroundings import Surroundings, no_folder
from modelward.ollama.telling import Telling
from modelward.ollama.throttle import Throttle
from modelward.ollama.watch import Watch, announce
from modelward.store.engine import Database

_JUST_NOW = timedelta(minutes=1)


class OllamaService:
    """Keeps local models. Used on the loop's thread.

    What changes models, copies or checks happens one after the other: a verb waits for the one before. Nothing is
    written by a reader, which looks beside a running Modelward.
    """

    def __init__(
        self,
        database: Database,
        catalog: CatalogStore,
        client: Client,
        paths: Paths,
        preferences: Preferences,
        *,
        environ: Mapping[str, str] = os.environ,
        clock: Clock = utc_now,
        throttle: Throttle | None = None,
    ) -> None:
        """``throttle`` says when hashing in the background rests."""
        self._is_reader = database.is_reader
        self._clock = clock
        self._turn = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._store = store = WatchStore(database)
        self._around = around = Surroundings(client, catalog, paths, preferences, environ, clock)
        self._integrity = Integrity(CheckStore(database), clock=clock, throttle=throttle)
        self._overviews = Overviews(around, store, self._integrity, clock)
        self._watch = Watch(around, store)
        self._telling = Telling(around, store, self._overviews, self._watch, clock)
        copies = Copies(around, catalog, clock, throttle)
        self._keeping = Keeping(around, store, copies, clock)
        self._bringing = Bringing(around, store, self._integrity, self._overviews, clock)
        self._maintenance = Maintenance(around, store, catalog, self._integrity, copies, self._overviews, clock)
        self._look: ServerLook | None = None
        self._kept_at: datetime | None = None

    @property
    def url(self) -> str:
        """Where Ollama is asked."""
        return self._around.server.url

    @property
    def vault_folder(self) -> Path:
        """Where copies are kept."""
        return self._around.vault_folder

    async def overview(self) -> Overview:
        """How all stands, without hashing anything: files are only looked at. Never raises for what the world does
        wrong: ``problems`` tell it. ``look`` is the last one; the first overview makes it.
        """
        look = self._look or await self._watch.glance()
        self._look = look
        self._telling.overview = await self._overviews.overview(look)
        return self._telling.overview

    async def look(self) -> tuple[ServerLook, Changes]:
        """Look at the server once: whether it answers, how fast, which models it holds in memory. The look is kept,
        and alerts follow from it.
        """
        async with self._looking:
            return await self._looked()

    async def named(self, texts: Iterable[str]) -> tuple[ModelName, ...]:
        """The models of these names as a person writes them, in the library or the vault; large and small letters
        are one. Raises BadValueError, naming close ones, for a name that is no name.
        """
        return await self._overviews.named(texts)

    async def verify(
        self,
        progress: Progress,
        names: Collection[ModelName] | None = None,
        *,
        quick: bool = False,
        deep: bool = False,
    ) -> tuple[VerifyReport, Changes]:
        """Prove these models, or all, by hashing every byte of them.

        ``quick`` hashes nothing and only looks at sizes and times; ``deep`` also lets the server load each model that
        is whole. Models that should be there and are not are told as missing. Raises FolderError where there is no
        model folder and never was; ``quick`` finds nothing there.
        """
        async with self._turn:
            report = await self._overviews.verified(progress, names, quick=quick, deep=deep)
            if self._is_reader:
                return report, Changes.nothing()
            at = self._clock()
            judged = findings.judged_by(report, is_everything=names is None)
            outcome = await self._store.follow(findings.of_verdicts(report), judged, at)
            await announce(self._store, outcome, at)
            return report, Changes.of(Room.OLLAMA)

    async def back_up(
        self, progress: Progress, names: Collection[ModelName] | None = None
    ) -> tuple[BackupReport, Changes]:
        """Copy these models, or all, into the vault. Raises FolderError."""
        async with self._changing():
            return await self._keeping.back_up(progress, names), Changes.of(Room.OLLAMA)

    async def begin_vault(self) -> Changes:
        """Begin a new, empty vault where the former one is gone for good. Raises BadValueError where it is there."""
        async with self._changing():
            await self._keeping.begin_vault()
        return Changes.of(Room.OLLAMA)

    async def verify_vault(self, progress: Progress) -> tuple[VaultReport, Changes]:
        """Prove every copy in the vault by hashing it, and make damaged ones anew where the models have them whole."""
        async with self._changing():
            return await self._keeping.verify_vault(progress), Changes.of(Room.OLLAMA)

    async def versions(self, name: ModelName | None = None) -> tuple[VaultVersion, ...]:
        """What the vault holds, of one model or of all, by name and then newest first."""
        return await self._keeping.versions(name)

    async def restore(
        self, name: ModelName, progress: Progress, version_id: str | None = None
    ) -> tuple[RepairReport, Changes]:
        """Put a version from the vault back, or the newest. Raises BadValueError where the vault has none."""
        async with self._changing():
            report = await self._bringing.restore(await self._keeping.version(name, version_id), progress)
        return report, await self._looked_again([name])

    async def restore_parcel(self, file: Path, progress: Progress) -> tuple[RepairReport, Changes]:
        """Take the file of an export into the vault, and put its model into the model folder.

        Raises InputError for a file that is no such, damaged or hostile.
        """
        async with self._changing():
            versions = await self._keeping.take_in(file, progress)
            reports = [await self._bringing.restore(version, progress) for version in versions]
        return together(reports), await self._looked_again([each.name for each in reports])

    async def redownload(self, name: ModelName, progress: Progress) -> tuple[RepairReport, Changes]:
        """Fetch a model anew through Ollama."""
        async with self._changing():
            report = await self._bringing.redownload(name, progress)
        return report, await self._looked_again([name])

    async def repair(
        self, progress: Progress, names: Collection[ModelName] | None = None
    ) -> tuple[tuple[RepairReport, ...], Changes]:
        """Verify these models, or all, and mend what is wrong: vault first, download last."""
        async with self._changing():
            done = await self._bringing.repair(progress, names)
        return done, await self._looked_again([each.name for each in done])

    async def plan(
        self, progress: Progress, names: Collection[ModelName] | None = None
    ) -> tuple[VerifyReport, Mapping[ModelName, tuple[str, ...]]]:
        """Verify these models, or all, and say what a repair would do with what is wrong; nothing is changed."""
        return await self._bringing.plan(progress, names)

    async def export(
        self,
        name: ModelName,
        file: Path,
        progress: Progress,
        *,
        version_id: str | None = None,
        compress: bool = False,
    ) -> int:
        """Write a model, or a version of it in the vault, to one file that ``tar`` understands; its bytes."""
        return await self._keeping.export(name, file, progress, version_id=version_id, compress=compress)

    async def maintain(self, progress: Progress, *, in_background: bool = True) -> tuple[MaintenanceReport, Changes]:
        """A maintenance run: look, verify, copy, mend, advise, as far as the settings allow each.

        ``in_background``: nobody waits for it, so that hashing rests while other programs need the computer.
        """
        self._require_owner()
        async with self._looking:
            # A look from just now will do: another one at once would count as the second in a row.
            look, kept_at = self._look, self._kept_at
            if look is None or kept_at is None or not timedelta() <= self._clock() - kept_at < _JUST_NOW:
                look, _ = await self._looked()
        async with self._changing():
            report, changes = await self._maintenance.run(look, progress, in_background=in_background)
        self._telling.overview = None
        await self._telling.tell(look)
        return report, changes

    async def history(self, model: str, since: datetime) -> tuple[Sample, ...]:
        """The kept looks at a model, by the name that Ollama shows, eldest first; at the server for an empty name."""
        return await self._store.samples(self.url, model, since)

    async def events(self, limit: int = 50) -> tuple[GuardEvent, ...]:
        """What happened to local models, newest first."""
        return await self._store.events(limit)

    async def alerts(self) -> tuple[Alert, ...]:
        """The open alerts, newest first."""
        return await self._store.open_alerts()

    async def protect(self, names: Collection[ModelName], *, on: bool) -> Changes:
        """Say whether these models are brought back when they are gone."""
        self._require_owner()
        place = await self._around.place()
        if place is None:
            raise no_folder()
        await self._store.guard(await self._overviews.guarded(names, str(place.folder), on=on))
        return Changes.of(Room.OLLAMA)

    async def discard(self, strays: Collection[Stray]) -> tuple[int, Changes]:
        """Remove files that no model needs, by hand only; the bytes that this freed.

        One that changed since it was listed, or is needed now, is left.
        """
        async with self._changing():
            library = await self._around.library()
            freed = await in_thread(lambda: cleaning.discard(library, strays))
            text = f"Removed by hand: {units.size(freed)}."
            await self._store.log([GuardEvent(self._clock(), "clean", str(library.folder), text)])
            return freed, Changes.of(Room.OLLAMA)

    def pause(self) -> None:
        """Hold hashing until :meth:`resume`."""
        self._integrity.pause()

    def resume(self) -> None:
        """Go on with hashing."""
        self._integrity.resume()

    async def _looked(self) -> tuple[ServerLook, Changes]:
        if self._is_reader:
            self._look = await self._watch.glance()
            return self._look, Changes.nothing()
        self._look, _ = await self._watch.look()
        self._kept_at = self._look.at
        await self._telling.tell(self._look)
        return self._look, Changes.of(Room.OLLAMA)

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[None]:
        """Wait for the verb before, and keep the next one waiting. Raises StoreBusyError in a reader."""
        self._require_owner()
        async with self._turn:
            yield

    def _require_owner(self) -> None:
        if self._is_reader:
            raise StoreBusyError("Another Modelward owns the store.", todo="Do it there, or close it first.")

    async def _looked_again(self, names: Collection[ModelName]) -> Changes:
        """Let the alerts follow how these models are now, at the cost of a look at their files."""
        if names:
            await self.verify(Progress(), names, quick=True)
        return Changes.of(Room.OLLAMA)
