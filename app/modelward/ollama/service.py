"""The verbs of local models: how they stand, verifying, copying, bringing back, watching."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from modelward.backups.threads import in_thread
from modelward.catalog.store import CatalogStore
from modelward.core import units
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import BadValueError, FolderError, StoreBusyError
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.net.client import Client
from modelward.ollama import cleaning, events, findings, parcel
from modelward.ollama.copies import Copies
from modelward.ollama.integrity import Integrity
from modelward.ollama.maintenance import Maintenance
from modelward.ollama.model import (
    Alert,
    AlertKind,
    BackupReport,
    GuardEvent,
    Library,
    MaintenanceReport,
    ModelName,
    Overview,
    RepairReport,
    RepairState,
    Sample,
    ServerLook,
    Stray,
    VaultReport,
    VaultVersion,
    VerifyReport,
)
from modelward.ollama.overviews import Overviews
from modelward.ollama.proofs import Look
from modelward.ollama.recovery import Recovery
from modelward.ollama.store import CheckStore, WatchStore
from modelward.ollama.surroundings import Surroundings, no_folder
from modelward.ollama.telling import Telling
from modelward.ollama.throttle import Throttle
from modelward.ollama.watch import Watch, announce
from modelward.store.engine import Database

_JUST_NOW = timedelta(minutes=1)

Way = Callable[[Recovery, Library], Awaitable[RepairReport]]
"""One of the ways to bring a model back."""


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
        self._copies = Copies(around, catalog, clock, throttle)
        self._maintenance = Maintenance(around, store, catalog, self._integrity, self._copies, self._overviews, clock)
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
        self._require_owner()
        async with self._turn:
            library = await self._around.library()
            vault = await self._around.opened_vault()
            report, at = await in_thread(lambda: vault.back_up(library, progress, names), progress), self._clock()
            await self._store.log(events.of_backup(report, at))
            over = findings.judged_by_backup(report, is_everything=names is None)
            await announce(self._store, await self._store.follow([], over, at), at)
            return report, Changes.of(Room.OLLAMA)

    async def begin_vault(self) -> Changes:
        """Begin a new, empty vault where the former one is gone for good. Raises BadValueError where it is there."""
        self._require_owner()
        async with self._turn:
            vault = await self._around.vault(is_new=True)
            if await in_thread(lambda: vault.folder.is_there):
                raise BadValueError(f"The vault {self.vault_folder} is there: nothing new was begun.")
            await self._around.opened_vault(is_new=True)
            text = "A new vault was begun; the former one is given up."
            await self._store.log([GuardEvent(self._clock(), "new vault", str(self.vault_folder), text)])
        return Changes.of(Room.OLLAMA)

    async def verify_vault(self, progress: Progress) -> tuple[VaultReport, Changes]:
        """Prove every copy in the vault by hashing it, and make damaged ones anew where the models have them whole."""
        self._require_owner()
        async with self._turn:
            report, at = await self._copies.prove(await self._around.place(), progress), self._clock()
            await self._store.log(events.of_copies(report, at))
            outcome = await self._store.follow(findings.of_copies(report), {AlertKind.COPY: None}, at)
            await announce(self._store, outcome, at)
        return report, Changes.of(Room.OLLAMA)

    async def versions(self, name: ModelName | None = None) -> tuple[VaultVersion, ...]:
        """What the vault holds, of one model or of all, by name and then newest first."""
        vault = await self._around.vault()
        found = await in_thread(lambda: vault.versions(name))
        return tuple(sorted(found, key=lambda version: version.name))

    async def restore(
        self, name: ModelName, progress: Progress, version_id: str | None = None
    ) -> tuple[RepairReport, Changes]:
        """Put a version from the vault back, or the newest. Raises BadValueError where the vault has none."""
        found = await self.versions(name)
        chosen = [version for version in found if version_id in (None, version.id)]
        if not chosen:
            what = f"version {version_id}" if version_id else "version"
            raise BadValueError(
                f"The vault has no {what} of {name}.", todo="List its versions: modelward ollama backups"
            )
        version = chosen[0]
        return await self._brought_back(name, lambda recovery, library: recovery.restore(library, version, progress))

    async def restore_parcel(self, file: Path, progress: Progress) -> tuple[RepairReport, Changes]:
        """Take the file of an export into the vault, and put its model into the model folder.

        Raises InputError for a file that is no such, damaged or hostile.
        """
        self._require_owner()
        async with self._turn:
            vault = await self._around.opened_vault()
            versions = await in_thread(lambda: parcel.take_in(vault, file, progress), progress)
        reports, changes = [], Changes.of(Room.OLLAMA)
        for version in versions:
            report, more = await self.restore(version.name, progress, version.id)
            reports.append(report)
            changes |= more
        return _together(reports), changes

    async def redownload(self, name: ModelName, progress: Progress) -> tuple[RepairReport, Changes]:
        """Fetch a model anew through Ollama."""
        return await self._brought_back(name, lambda recovery, library: recovery.redownload(library, name, progress))

    async def repair(
        self, progress: Progress, names: Collection[ModelName] | None = None
    ) -> tuple[tuple[RepairReport, ...], Changes]:
        """Verify these models, or all, and mend what is wrong: vault first, download last."""
        self._require_owner()
        async with self._turn:
            report = await self._overviews.verified(progress, names)
            library, recovery = await self._around.library(), await self._around.recovery()
            before = await self._integrity.proven(library)
            done = [await recovery.repair(library, check, progress) for check in report.bad]
            await self._tell_repairs(library, before, done)
        return tuple(done), await self._looked_again([each.name for each in done])

    async def plan(
        self, progress: Progress, names: Collection[ModelName] | None = None
    ) -> tuple[VerifyReport, Mapping[ModelName, tuple[str, ...]]]:
        """Verify these models, or all, and say what a repair would do with what is wrong; nothing is changed."""
        report = await self._overviews.verified(progress, names)
        if not report.bad:
            return report, {}
        library, recovery = await self._around.library(), await self._around.recovery()
        steps = await in_thread(lambda: {check.model.name: recovery.plan(library, check) for check in report.bad})
        return report, steps

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
        if await in_thread(file.is_dir):
            raise FolderError(f"{file} is a folder.", todo=f"Name the file to write, such as {file / 'model.tar'}")
        if not await in_thread(file.parent.is_dir):
            raise FolderError(f"There is no folder {file.parent}.", todo="Choose another one for the file, or make it.")
        vault = await self._around.vault()
        if version_id is None:
            library = await self._around.library()
            model = next((each for each in library.models if each.name == name), None)
            if model is not None and model.manifest is not None:
                folder, manifest = library.folder, model.manifest
                return await in_thread(
                    lambda: parcel.export_model(folder, name, manifest, file, progress, compress=compress), progress
                )
        chosen = [version for version in await self.versions(name) if version_id in (None, version.id)]
        if not chosen:
            raise BadValueError(f"There is no such version of {name}, neither here nor in the vault.")
        return await in_thread(
            lambda: parcel.export_version(vault, chosen[0], file, progress, compress=compress), progress
        )

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
        async with self._turn:
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
        self._require_owner()
        async with self._turn:
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

    async def _brought_back(self, name: ModelName, way: Way) -> tuple[RepairReport, Changes]:
        """Let a model be brought back, tell of it, and let the alerts follow what is there now."""
        self._require_owner()
        async with self._turn:
            library, recovery = await self._around.library(), await self._around.recovery()
            before = await self._integrity.proven(library)
            report = await way(recovery, library)
            await self._tell_repairs(library, before, [report])
        return report, await self._looked_again([name])

    async def _looked(self) -> tuple[ServerLook, Changes]:
        if self._is_reader:
            self._look = await self._watch.glance()
            return self._look, Changes.nothing()
        self._look, _ = await self._watch.look()
        self._kept_at = self._look.at
        await self._telling.tell(self._look)
        return self._look, Changes.of(Room.OLLAMA)

    def _require_owner(self) -> None:
        """Raises StoreBusyError in a reader, before anything is touched."""
        if self._is_reader:
            raise StoreBusyError("Another Modelward owns the store.", todo="Do it there, or close it first.")

    async def _looked_again(self, names: Collection[ModelName]) -> Changes:
        """Let the alerts follow how these models are now, at the cost of a look at their files."""
        if names:
            await self.verify(Progress(), names, quick=True)
        return Changes.of(Room.OLLAMA)

    async def _tell_repairs(self, library: Library, before: Sequence[Look], reports: Sequence[RepairReport]) -> None:
        """Keep what repairs proved, and write them into the log. ``before``: what was proven before them."""
        whole = {digest for report in reports for digest in report.whole}
        await self._integrity.carry_over(library.folder, before, whole)
        told = [events.of_repair(report, self._clock()) for report in reports]
        await self._store.log([event for event in told if event is not None])


def _together(reports: Sequence[RepairReport]) -> RepairReport:
    """One report of several: how the worst of them ended, with the words of all."""
    if len(reports) == 1:
        return reports[0]
    order = list(RepairState)
    worst = max(reports, key=lambda report: order.index(report.state))
    detail = " ".join(f"{report.name}: {report.state}. {report.detail}".strip() for report in reports)
    steps = tuple(step for report in reports for step in report.steps)
    return replace(worst, detail=detail, steps=steps)
