"""The desk: the one place that knows every class, builds every service, and starts and stops them in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from modelward.backups.service import BackupService
from modelward.backups.upkeep import Upkeep, copy_before_migration
from modelward.catalog.reports import ImportReport, ReferenceReport
from modelward.catalog.service import CatalogService
from modelward.catalog.store import CatalogStore
from modelward.core.changes import Changes
from modelward.core.clock import utc_now
from modelward.core.errors import DamagedStoreError, KnownError
from modelward.core.instance import InstanceLock
from modelward.core.jobs import Jobs
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.schedule import Schedule
from modelward.core.settings import Loaded
from modelward.core.timetable import BACKUP, DRILL, PROOFS, RAW_FILES
from modelward.healing.service import SurveyReport, SurveyService
from modelward.store.engine import Database, target
from modelward.store.sqlite import set_aside

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FillReport:
    """What came of bringing the catalogue up to date with what lies on this machine."""

    reference: ReferenceReport = field(default_factory=ReferenceReport)
    survey: SurveyReport = field(default_factory=SurveyReport)
    raw_files: ImportReport = field(default_factory=ImportReport)


class Desk:
    """Every service of one store.

    ``notices`` tell what happened at opening that a person should know, such as a damaged store that was set aside.
    ``is_reader``: another Modelward owns the store; this one only looks and changes nothing.
    """

    def __init__(self, paths: Paths, loaded: Loaded, database: Database, lock: InstanceLock | None) -> None:
        """Not for callers: use :meth:`open`."""
        self.paths = paths
        self.loaded = loaded
        self.database = database
        self.notices: list[KnownError] = []
        self.jobs = Jobs()
        store = CatalogStore(database)
        self.surveys = SurveyService(store, paths)
        self.backups = BackupService(database, paths, loaded.settings.backups)
        self.upkeep = Upkeep(self.backups)
        self.catalog = CatalogService(store, identify=self._identify, protect=self.upkeep.before)
        work = {
            RAW_FILES: self._look_into_raw_folder,
            BACKUP: self.upkeep.hourly,
            DRILL: self.upkeep.drill_when_due,
            PROOFS: self.upkeep.prove_some,
        }
        self.schedule = Schedule(self.jobs, work)
        self._lock = lock
        self._is_started = False

    @classmethod
    async def open(cls, paths: Paths, loaded: Loaded, *, reader: bool = False) -> Desk:
        """The desk of the store that the settings name, made or brought up to date where needed.

        A damaged SQLite store is set aside, never overwritten, and a new one begun; ``notices`` says so.
        Raises StoreBusyError (another Modelward owns it), NewerStoreError, FolderError, StoreError.
        """
        address = loaded.settings.store.database_url or paths.database
        if reader:
            return cls(paths, loaded, await Database.open(address, reader=True), None)
        await asyncio.to_thread(paths.prepare)
        lock = InstanceLock(paths.data)
        lock.acquire()
        try:
            notices = []
            place = target(address)
            protect = partial(copy_before_migration, place, paths, loaded.settings.backups)
            try:
                database = await Database.open(address, before_migration=protect)
            except DamagedStoreError as error:
                if not isinstance(place, Path):
                    raise
                notices.append(await asyncio.to_thread(_begin_anew, place, error))
                database = await Database.open(address)
        except BaseException:
            lock.release()
            raise
        desk = cls(paths, loaded, database, lock)
        desk.notices.extend(notices)
        return desk

    @property
    def is_reader(self) -> bool:
        """Whether another Modelward owns the store."""
        return self.database.is_reader

    async def fill(self, progress: Progress) -> tuple[FillReport, Changes]:
        """Bring the catalogue up to date with what lies here: reference catalogues, rules, raw files.

        The first use of an empty home fills the store; later only what is new since then costs time.
        """
        reference, changes = await self.catalog.load_reference(progress)
        survey, more = await self.surveys.run_if_rules_changed(progress)
        changes |= more
        raw_files, more = await self._look_into_raw_folder(progress)
        return FillReport(reference, survey, raw_files), changes | more

    def start(self) -> None:
        """Begin the schedule."""
        self.schedule.start()
        self._is_started = True

    async def close(self) -> None:
        """Stop everything in order: schedule, jobs, store, lock. May be called twice."""
        if self._is_started:
            await self.schedule.stop()
            self._is_started = False
        await self.jobs.stop()
        await self.database.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def _look_into_raw_folder(self, progress: Progress) -> tuple[ImportReport, Changes]:
        if not self.loaded.settings.catalog.read_raw_folder:
            return ImportReport(), Changes.nothing()
        return await self.catalog.import_raw_folder(self.paths.raw, progress)

    async def _identify(self, ids: Collection[str]) -> None:
        await self.surveys.run(ids=ids)


def _begin_anew(path: Path, error: DamagedStoreError) -> KnownError:
    kept = set_aside(path, utc_now())
    log.error("The store was damaged and set aside as %s: %s", kept, error)
    return DamagedStoreError(
        "The store was damaged, so a new one was begun.",
        why=error.why,
        todo=f"The damaged file is kept as {kept}; values of your own that stood in it are not in the new store.",
    )
