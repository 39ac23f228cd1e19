"""The desk: the one place that knows every class, builds every service, and starts and stops them in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelward.backups.records import require_readable
from modelward.backups.restore import Offer, RestoreReport, RestoreService, finish_before_opening
from modelward.backups.service import BackupService
from modelward.backups.upkeep import Upkeep, copy_before_migration
from modelward.catalog.reports import ImportReport, ReferenceReport
from modelward.catalog.service import CatalogService
from modelward.catalog.store import CatalogStore
from modelward.core.changes import Changes
from modelward.core.clock import utc_now
from modelward.core.errors import DamagedStoreError, KnownError, StoreBusyError, StoreError
from modelward.core.instance import InstanceLock
from modelward.core.jobs import Job, Jobs
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.core.schedule import Schedule
from modelward.core.settings import Loaded
from modelward.core.timetable import (
    AVAILABILITY,
    BACKUP,
    DISCOVERY,
    DRILL,
    FAVOURITES,
    HEALING,
    OLLAMA_MAINTENANCE,
    OLLAMA_WATCH,
    PROOFS,
    RAW_FILES,
)
from modelward.healing.service import SurveyReport, SurveyService
from modelward.store.engine import Database, target
from modelward.store.sqlite import set_aside

if TYPE_CHECKING:
    # Behind the first rows: nothing is asked of anybody before they stand.
    from modelward.advice.division import DivisionService
    from modelward.advice.service import AdviceService
    from modelward.benchmarks.service import BenchmarkService
    from modelward.discovery.model import DiscoveryReport
    from modelward.discovery.service import DiscoveryService
    from modelward.healing.care import HealingService
    from modelward.healing.means import Asked
    from modelward.healing.model import HealingReport
    from modelward.net.client import Client
    from modelward.ollama.service import OllamaService
    from modelward.providers.service import ProviderService
    from modelward.spending.gateway import Gateway
    from modelward.spending.service import SpendingService

log = logging.getLogger(__name__)

RESTORE = "restore"
"""The name of the job that restores: the one job that a restore does not stop."""

HEAL_EVERY = timedelta(minutes=5)
"""How often what is missing is looked for."""

HEALTHY_EVERY = timedelta(hours=1)
"""How often it is once nothing is missing."""

STOP_SECONDS = 30.0
"""How long a restore waits for another job to reach a safe place."""


@dataclass(frozen=True, slots=True)
class FillReport:
    """What came of bringing the catalogue up to date with what lies on this machine."""

    reference: ReferenceReport = field(default_factory=ReferenceReport)
    survey: SurveyReport = field(default_factory=SurveyReport)
    raw_files: ImportReport = field(default_factory=ImportReport)


class Desk:
    """Every service of one store.

    ``notices`` tell what happened at opening that a person should know, such as a damaged store that was set aside.
    ``offer``: the store was missing or damaged and a new one begun; this backup can be restored, or declined.
    ``is_reader``: another Modelward owns the store; this one only looks and changes nothing.
    """

    def __init__(self, paths: Paths, loaded: Loaded, database: Database, lock: InstanceLock | None) -> None:
        """Not for callers: use :meth:`open`."""
        self.paths = paths
        self.preferences = Preferences(paths, loaded)
        self.database = database
        self.notices: list[KnownError] = []
        self.offer: Offer | None = None
        self.jobs = Jobs()
        store = self._store = CatalogStore(database)
        self.surveys = SurveyService(store, paths)
        self.backups = BackupService(database, paths, loaded.settings.backups)
        self.restores = RestoreService(database, self.backups, paths)
        self.upkeep = Upkeep(self.backups)
        self.catalog = CatalogService(store, identify=self._identify, protect=self.upkeep.before)
        work = {
            RAW_FILES: self._look_into_raw_folder,
            BACKUP: self.upkeep.hourly,
            DRILL: self.upkeep.drill_when_due,
            PROOFS: self.upkeep.prove_some,
            DISCOVERY: self._discover_when_due,
            AVAILABILITY: self._look,
            HEALING: self.heal,
            OLLAMA_MAINTENANCE: self._maintain,
            OLLAMA_WATCH: self._watch,
            FAVOURITES: self._measure_favourites,
        }
        self.schedule = Schedule(self.jobs, work)
        self._is_healthy = False
        self._follow_settings("discovery.check_every_minutes")
        self._follow_settings("healing.enabled")
        self._follow_settings("ollama.guard")
        self._follow_settings("benchmarks.light_every_hours")
        self.preferences.subscribe(self._follow_settings)
        self._client: Client | None = None
        self._lock = lock
        self._is_started = False

    @classmethod
    async def open(cls, paths: Paths, loaded: Loaded, *, reader: bool = False) -> Desk:
        """The desk of the store that the settings name, made or brought up to date where needed.

        A damaged SQLite store is set aside, never overwritten, and a new one begun; ``notices`` says so, and ``offer``
        names the newest good backup, as it does where the store is missing. A restore that was cut off is finished or
        rolled back. Raises StoreBusyError (another Modelward owns it), NewerStoreError, FolderError, StoreError.
        """
        address = loaded.settings.store.database_url or paths.database
        if reader:
            return cls(paths, loaded, await Database.open(address, reader=True), None)
        await asyncio.to_thread(paths.prepare)
        lock = InstanceLock(paths.data)
        lock.acquire()
        try:
            database, notices = await _open_database(paths, loaded, address)
        except BaseException:
            lock.release()
            raise
        desk = cls(paths, loaded, database, lock)
        try:
            await desk._settle(notices)
        except BaseException:
            await desk.close()
            raise
        return desk

    @cached_property
    def providers(self) -> ProviderService:
        """Who can be asked, with which key."""
        from modelward.net.client import Client
        from modelward.providers.keys import Keys
        from modelward.providers.service import ProviderService

        self._client = Client(self.preferences)
        return ProviderService(self.database, Keys(), self._client)

    @cached_property
    def discovery(self) -> DiscoveryService:
        """Which models there are, and which providers answer."""
        from modelward.discovery.service import DiscoveryService

        providers = self.providers
        assert self._client is not None
        return DiscoveryService(self.database, self.catalog, providers, self._client, self.preferences)

    @cached_property
    def spending(self) -> SpendingService:
        """What calls cost, and may cost."""
        from modelward.spending.service import SpendingService

        return SpendingService(self.database, self.preferences)

    @cached_property
    def gateway(self) -> Gateway:
        """Where models are asked."""
        from modelward.spending.gateway import Gateway

        return Gateway(self.spending, self._store, self.providers)

    @cached_property
    def healing(self) -> HealingService:
        """What fills what is missing."""
        from modelward.healing.care import HealingService
        from modelward.healing.doctor import Doctor
        from modelward.healing.model import Healer, Means
        from modelward.healing.research import Researcher

        providers = self.providers
        assert self._client is not None
        healers: dict[Means, Healer] = {
            Means.INFERENCE: Doctor(self.gateway, self._store, providers, self.preferences),
            Means.RESEARCH: Researcher(
                self._client, self.gateway, self._store, self.paths, self.preferences, at_hand=self._at_hand
            ),
        }
        return HealingService(
            self.database,
            self._store,
            self.surveys,
            providers.known,
            self.preferences,
            healers=healers,
            protect=self.upkeep.before,
        )

    @cached_property
    def ollama(self) -> OllamaService:
        """What keeps local models."""
        from modelward.ollama.service import OllamaService

        _ = self.providers  # makes the one client
        assert self._client is not None
        return OllamaService(self.database, self._store, self._client, self.paths, self.preferences)

    @cached_property
    def benchmarks(self) -> BenchmarkService:
        """What measures models."""
        from modelward.benchmarks import stage_apart
        from modelward.benchmarks.service import BenchmarkService

        return BenchmarkService(
            self.database,
            self._store,
            self.providers,
            self.gateway,
            self.spending,
            self.paths,
            self.preferences,
            stage=stage_apart.StageApart(self.preferences) if stage_apart.is_possible() else None,
        )

    @cached_property
    def advice(self) -> AdviceService:
        """Which model to take."""
        from modelward.advice.service import AdviceService

        benchmarks = self.benchmarks
        return AdviceService(
            self._store,
            self.providers,
            self.discovery,
            benchmarks.results,
            self.preferences,
            benchmarks.examination,
        )

    @cached_property
    def division(self) -> DivisionService:
        """What plans and runs jobs that no context window holds."""
        from modelward.advice.division import DivisionService

        return DivisionService(self.database, self._store, self.providers, self.gateway, self.preferences)

    @property
    def is_reader(self) -> bool:
        """Whether another Modelward owns the store."""
        return self.database.is_reader

    async def fill(self, progress: Progress) -> tuple[FillReport, Changes]:
        """Bring the catalogue up to date with what lies here: reference catalogues, rules, raw files.

        The first use of an empty home fills the store; later only what is new since then costs time. A healing cycle
        that a crash cut off is marked as such.
        """
        from modelward.healing.store import HealingStore

        await HealingStore(self.database).end_cut_off()
        reference, changes = await self.catalog.load_reference(progress)
        survey, more = await self.surveys.run_if_rules_changed(progress)
        changes |= more
        raw_files, more = await self._look_into_raw_folder(progress)
        return FillReport(reference, survey, raw_files), changes | more

    async def heal(self, progress: Progress, *, survey_only: bool = False) -> tuple[HealingReport, Changes]:
        """A healing cycle (see :meth:`.HealingService.heal`); how soon the next one comes depends on what it left."""
        report, changes = await self.healing.heal(progress, survey_only=survey_only)
        self._is_healthy = report.is_healthy
        self._follow_settings("healing.enabled")
        return report, changes

    async def restore(self, backup_id: str, progress: Progress) -> tuple[RestoreReport, Changes]:
        """Bring a backup back (see :meth:`.RestoreService.restore`), as the job named :data:`RESTORE` or without one.

        The schedule and all other jobs are stopped first, which the report names: they can be started again.
        """
        if self.is_reader:
            raise StoreBusyError("Another Modelward owns the store.", todo="Restore there, or close it first.")
        await self.restores.restorable(backup_id)
        schedule = self.schedule
        was_paused, paused_until, because = schedule.is_paused, schedule.paused_until, schedule.paused_because
        schedule.pause(because="a backup is being restored")
        try:
            stopped = await self._stop_jobs(progress)
            report, changes = await self.restores.restore(backup_id, progress)
        finally:
            if was_paused:
                schedule.pause(paused_until, because=because)
            else:
                schedule.resume()
        self.offer = None
        return replace(report, stopped=stopped), changes

    async def decline_offer(self) -> None:
        """Go on with the store that was begun, and offer nothing any more."""
        await self.restores.decline_offer()
        self.offer = None

    def start(self) -> None:
        """Begin the schedule."""
        self.schedule.start()
        self._is_started = True

    async def close(self) -> None:
        """Stop everything in order: schedule, jobs, store, lock. May be called twice."""
        if self._is_started:
            await self.schedule.stop()
            self._is_started = False
        benchmarks: BenchmarkService | None = vars(self).get("benchmarks")
        if benchmarks is not None:
            benchmarks.prepare_to_close()
        await self.jobs.stop()
        if benchmarks is not None:
            await benchmarks.close()
        if self._client is not None:
            await self._client.close()
        await self.database.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def _settle(self, notices: list[KnownError]) -> None:
        """What is left of the last run is settled before anybody reads the store."""
        self.notices += notices
        try:
            told = await self.restores.finish_or_roll_back()
        except StoreError as error:
            told = error
        if told is not None:
            self.notices.append(told)
        begun = self.database.is_new
        self.offer = await (self.restores.make_offer() if begun else self.restores.pending_offer())
        if self.offer is not None:
            self.notices.append(self.offer.notice)

    async def _stop_jobs(self, progress: Progress) -> tuple[str, ...]:
        """Stop all jobs but the restore; their titles. Raises StoreBusyError for one that goes on."""
        others: list[Job[Any]] = [job for job in self.jobs.running if job.name != RESTORE]
        for job in others:
            log.info("%s is stopped, as a backup is restored.", job.title)
            progress.update(text=f"Stopping: {job.title}")
            job.cancel()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                for job in others:
                    await job.ended()
        except TimeoutError:
            going_on = next(job.title for job in others if not job.state.is_ended)
            todo = "Wait until it has ended, then restore again. Your store is as it was."
            raise StoreBusyError(f"{going_on} does not stop.", todo=todo) from None
        return tuple(job.title for job in others)

    async def _look_into_raw_folder(self, progress: Progress) -> tuple[ImportReport, Changes]:
        if not self.preferences.settings.catalog.read_raw_folder:
            return ImportReport(), Changes.nothing()
        return await self.catalog.import_raw_folder(self.paths.raw, progress)

    async def _discover_when_due(self, progress: Progress) -> tuple[DiscoveryReport, Changes]:
        """Ask all providers, and fetch the public catalogues, when the settings say that it is time."""
        from modelward.discovery import due
        from modelward.discovery.model import DiscoveryReport

        hours = self.preferences.settings.discovery.every_hours
        if not hours or not await due.is_due(self._store, timedelta(hours=hours), utc_now()):
            return DiscoveryReport(), Changes.nothing()
        report, changes = await self.discovery.discover(progress)
        catalogues, more = await self.discovery.refresh_catalogues(progress)
        # Without any answer there was no network: the next hour tries again.
        if len(report.failed) < len(report.providers) or not report.providers:
            await due.remember(self._store, utc_now())
        return replace(report, catalogues=catalogues), changes | more

    async def _look(self, progress: Progress) -> tuple[object, Changes]:
        return await self.discovery.look(progress)

    async def _maintain(self, progress: Progress) -> tuple[object, Changes]:
        return await self.ollama.maintain(progress)

    async def _watch(self, progress: Progress) -> tuple[object, Changes]:
        progress.update(text="Looking at Ollama")
        return await self.ollama.look()

    async def _measure_favourites(self, progress: Progress) -> tuple[object, Changes]:
        return await self.benchmarks.light_when_due(progress)

    def _follow_settings(self, key: str) -> None:
        if key == "discovery.check_every_minutes":
            minutes = self.preferences.settings.discovery.check_every_minutes
            self.schedule.set_rhythm(AVAILABILITY, timedelta(minutes=minutes) if minutes else None)
        elif key == "healing.enabled":
            rhythm = HEALTHY_EVERY if self._is_healthy else HEAL_EVERY
            self.schedule.set_rhythm(HEALING, rhythm if self.preferences.settings.healing.enabled else None)
        elif key in ("ollama.guard", "ollama.maintenance_every_minutes", "ollama.watch_every_minutes"):
            self._follow_guard()
        elif key == "benchmarks.light_every_hours":
            hours = self.preferences.settings.benchmarks.light_every_hours
            self.schedule.set_rhythm(FAVOURITES, timedelta(hours=1) if hours else None)

    def _follow_guard(self) -> None:
        guard = self.preferences.settings.ollama
        rhythms = {OLLAMA_MAINTENANCE: guard.maintenance_every_minutes, OLLAMA_WATCH: guard.watch_every_minutes}
        for name, minutes in rhythms.items():
            self.schedule.set_rhythm(name, timedelta(minutes=minutes) if guard.guard and minutes else None)

    async def _at_hand(self) -> list[Asked]:
        """The models that may read documentation, cheapest first; none where asking models is switched off."""
        from modelward.healing.means import in_order, models_at_hand

        settings = self.preferences.settings
        if not settings.healing.inference:
            return []
        models, zero_burn = await self._store.models(), settings.spending.zero_burn
        found = await models_at_hand(self._store, self.providers, models, zero_burn=zero_burn)
        return in_order(found, (), lambda _id: 0.0)

    async def _identify(self, ids: Collection[str]) -> None:
        await self.surveys.run(ids=ids)


async def _open_database(paths: Paths, loaded: Loaded, address: Path | str) -> tuple[Database, list[KnownError]]:
    """The store, and what to tell of its opening."""
    place = target(address)
    notices: list[KnownError] = []
    try:
        await asyncio.to_thread(finish_before_opening, paths, place)
    except StoreError as error:
        notices.append(error)
    protect = partial(copy_before_migration, place, paths, loaded.settings.backups)
    try:
        return await _readable(await Database.open(address, before_migration=protect)), notices
    except DamagedStoreError as error:
        if not isinstance(place, Path):
            raise
        notices.append(await asyncio.to_thread(_begin_anew, place, error))
    return await Database.open(address), notices


async def _readable(database: Database) -> Database:
    try:
        await require_readable(database)
    except BaseException:
        await database.close()
        raise
    return database


def _begin_anew(path: Path, error: DamagedStoreError) -> KnownError:
    kept = set_aside(path, utc_now())
    log.error("The store was damaged and set aside as %s: %s", kept, error)
    return DamagedStoreError(
        "The store was damaged, so a new one was begun.",
        why=error.why,
        todo=f"The damaged file is kept as {kept}; values of your own that stood in it are not in the new store.",
    )
