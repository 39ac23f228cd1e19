"""The verbs of the backups: create, list, verify, prune, delete, rebuild metadata, rehearse, and how well it all is."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TypeAlias

from modelward.backups import checking, health, history, retention
from modelward.backups.drill import rehearse
from modelward.backups.folder import BackupFolder
from modelward.backups.making import Made, Maker
from modelward.backups.model import Backup, BackupHealth, DrillReport, Engine, Kind, PruneReport, State
from modelward.backups.postgres import PostgresSource
from modelward.backups.sources import SqliteSource
from modelward.backups.threads import in_thread
from modelward.backups.verify import extract, prove, scratch_file
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import FolderError, KnownError, ProtectionError, StoreBusyError, UsageError
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.setting_groups import BackupSettings
from modelward.store.engine import Database

log = logging.getLogger(__name__)

Backups: TypeAlias = list[Backup]
"""A name of its own, since within the service ``list`` is a verb."""


class BackupService:
    """Copies of one store. One verb changes the folder at a time; the files in it are the truth."""

    def __init__(self, database: Database, paths: Paths, settings: BackupSettings, *, clock: Clock = utc_now) -> None:
        """``settings`` name the folder (None: that of ``paths``) and bound the copies before operations."""
        place = database.place
        self.folder = BackupFolder(backup_folder(paths, settings), clock=clock)
        self.scratch = paths.data / "scratch"
        self._clock = clock
        self._keep_pre_operation = settings.keep_pre_operation
        self._source = SqliteSource(place) if isinstance(place, Path) else PostgresSource(place)
        self._history_file = paths.data / "backups.json"
        self._history: history.History | None = None
        self._held: Counter[str] = Counter()
        self._turn = asyncio.Lock()

    async def create(self, kind: Kind, *, reason: str, note: str = "", progress: Progress) -> tuple[Backup, Changes]:
        """A proven copy of the store as it is, made now or found to hold exactly this (see :meth:`.Maker.make`).

        After an hourly one the rule of retention is applied, unless too many copies would go.
        Raises ProtectionError where no proven copy could be made, StoreBusyError where another process is at it.
        """
        async with self._turn:
            try:
                made = await in_thread(lambda: self._create(kind, reason, note, progress), progress)
            except StoreBusyError:
                raise
            except KnownError as error:
                await self._remember_failure(error)
                raise ProtectionError(error.what, why=error.why, todo=error.todo) from error
            await self._remember_success(made.backup)
        changes = Changes.of(Room.BACKUPS, frozenset({made.backup.id}))
        if kind is Kind.HOURLY and made.is_new:
            changes |= await self._prune_quietly(progress)
        return made.backup, changes

    async def list(self) -> Backups:
        """Every copy, newest first, with the reasons for which it is kept, damaged and orphaned ones too."""
        return await in_thread(self._listed)

    async def verify(self, ids: Sequence[str] | None, progress: Progress) -> tuple[Backups, Changes]:
        """Prove these copies anew, or all of them; as they now stand. What is found is kept in their metadata.

        Raises UsageError for an id that no copy has, FolderError where they cannot be looked at.
        """
        async with self._turn:
            checked = await in_thread(lambda: self._verify(ids, progress), progress)
        return checked, Changes.of(Room.BACKUPS, frozenset(backup.id for backup in checked))

    async def prune(self, *, dry_run: bool, consent: bool = False, progress: Progress) -> tuple[PruneReport, Changes]:
        """Apply the rule of retention, or only explain it. Where too many would go, nothing does without consent."""
        async with self._turn:
            report = await in_thread(lambda: self._prune(dry_run, consent, progress), progress)
        return report, Changes.of(Room.BACKUPS, frozenset(report.removed)) if report.removed else Changes.nothing()

    async def delete(self, backup_id: str) -> Changes:
        """Remove one copy that the person no longer wants.

        Raises UsageError for an unknown id, ProtectionError for one that the rule keeps or that is in use.
        """
        async with self._turn:
            await in_thread(lambda: self._delete(backup_id))
        return Changes.of(Room.BACKUPS, frozenset({backup_id}))

    async def rebuild_metadata(self, backup_id: str, progress: Progress | None = None) -> tuple[Backup, Changes]:
        """Give a good copy that lost its metadata new ones. Raises UsageError, or InputError where it is damaged."""
        told = progress or Progress()
        async with self._turn:
            backup = await in_thread(lambda: self._rebuild(backup_id, told), told)
        return backup, Changes.of(Room.BACKUPS, frozenset({backup_id}))

    async def drill(self, progress: Progress) -> DrillReport:
        """Rehearse a restore with the newest good copy, beside the store. Raises ProtectionError without one."""
        backup = next((each for each in await self.list() if each.state is State.GOOD), None)
        if backup is None or backup.meta is None:
            raise ProtectionError("There is no verified backup to rehearse with.", todo="Back up now.")
        report = DrillReport(backup.id, self._clock().astimezone(UTC), is_passed=True)
        try:
            with self.hold(backup.id):
                report = replace(report, findings=await self._rehearsed(backup, progress))
        except KnownError as error:
            report = replace(report, is_passed=False, trouble=str(error))
        memory = replace(await self._memory(), last_drill_at=report.at, last_drill_trouble=report.trouble)
        await self._remember(memory)
        return report

    async def health(self) -> BackupHealth:
        """How well the store is protected; a folder that cannot be read is one of the things that want attention."""
        memory = await self._memory()

        def judged() -> BackupHealth:
            backups: Backups = []
            unreadable: tuple[str, ...] = ()
            try:
                backups = self.folder.backups()
            except FolderError as error:
                unreadable = (str(error),)
            found = health.judge(self.folder.path, backups, self._plan(backups), memory, self._clock())
            return replace(found, attention=unreadable + found.attention)

        return await in_thread(judged)

    @contextmanager
    def hold(self, backup_id: str) -> Iterator[None]:
        """Keep a copy from being removed while something works with it."""
        self._held[backup_id] += 1
        try:
            yield
        finally:
            self._held[backup_id] -= 1

    def _create(self, kind: Kind, reason: str, note: str, progress: Progress) -> Made:
        self.folder.prepare()
        maker = Maker(
            self._source,
            self.folder,
            self.scratch,
            clock=self._clock,
            keep_pre_operation=self._keep_pre_operation,
        )
        with self.folder.lock():
            return maker.make(kind, reason=reason, note=note, progress=progress)

    def _listed(self) -> Backups:
        backups = self.folder.backups()
        reasons = {decision.copy.id: decision.reasons for decision in self._plan(backups).decisions}
        return [replace(backup, reasons=reasons[backup.id]) for backup in backups]

    def _plan(self, backups: Sequence[Backup]) -> retention.Plan:
        copies = [
            retention.Copy(
                backup.id,
                backup.kind,
                backup.created_at,
                is_good=backup.state is State.GOOD,
                is_damaged=backup.state in {State.DAMAGED, State.ORPHAN},
                in_use=self._held[backup.id] > 0,
            )
            for backup in backups
        ]
        return retention.plan(copies, self._clock().astimezone(), keep_pre_operation=self._keep_pre_operation)

    def _verify(self, ids: Sequence[str] | None, progress: Progress) -> Backups:
        wanted = self.folder.backups() if ids is None else [self._found(each) for each in ids]
        if not self.folder.is_writable():
            return [checking.checked(backup, self.scratch, self._clock(), progress) for backup in wanted]
        with self.folder.lock():
            return [checking.check(self.folder, each, self.scratch, self._clock(), progress) for each in wanted]

    def _prune(self, dry_run: bool, consent: bool, progress: Progress) -> PruneReport:
        if dry_run:
            return self._report(self._plan(self.folder.backups()))
        with self.folder.lock():
            self.folder.sweep(progress)
            backups = {backup.id: backup for backup in self.folder.backups()}
            plan = self._plan(list(backups.values()))
            if plan.asks_first and not consent:
                return self._report(plan)
            for copy in plan.removed:
                progress.checkpoint()
                self.folder.remove(backups[copy.id])
                log.info("Removed the copy %s by the rule.", copy.id)
        return replace(self._report(plan), removed=tuple(copy.id for copy in plan.removed))

    @staticmethod
    def _report(plan: retention.Plan) -> PruneReport:
        return PruneReport(plan.decisions, asks_first=plan.asks_first)

    async def _prune_quietly(self, progress: Progress) -> Changes:
        """The copy is made; that old ones could not be removed is told, but takes nothing from it."""
        try:
            report, changes = await self.prune(dry_run=False, progress=progress)
        except KnownError as error:
            log.warning("Old copies could not be removed: %s", error)
            return Changes.nothing()
        if report.asks_first:
            log.warning(
                "More than half of the %s copies would go: nothing was removed.", " and ".join(report.asks_first)
            )
        return changes

    def _delete(self, backup_id: str) -> None:
        with self.folder.lock():
            backup = self._found(backup_id)
            if self._held[backup_id]:
                raise ProtectionError(f"The backup {backup_id} is in use.", todo="Wait until that is done.")
            if backup.kind is Kind.HOURLY and backup.state in {State.GOOD, State.UNVERIFIED}:
                raise ProtectionError(
                    f"The backup {backup_id} is of the hourly series, which goes by its rule.",
                    todo="Only backups made by hand or before an operation can be deleted, and damaged ones.",
                )
            self.folder.remove(backup)
            log.info("Deleted the copy %s, as asked.", backup_id)

    def _rebuild(self, backup_id: str, progress: Progress) -> Backup:
        with self.folder.lock():
            return checking.rebuild(
                self.folder, self._found(backup_id), self.scratch, self._clock(), progress, where=self._source.where
            )

    def _found(self, backup_id: str) -> Backup:
        backup = self.folder.find(backup_id)
        if backup is None:
            raise UsageError(
                f"There is no backup {backup_id[:200]!r}.", todo="List the backups, and use an id from there."
            )
        return backup

    async def _rehearsed(self, backup: Backup, progress: Progress) -> dict[str, int]:
        meta = backup.meta
        assert meta is not None
        if meta.engine is Engine.POSTGRESQL:
            await in_thread(lambda: prove(backup.path, meta, self.scratch, progress), progress)
            return {}
        with scratch_file(self.scratch) as content:
            await in_thread(lambda: extract(backup.path, meta, content, progress), progress)
            found = await rehearse(content)
        checking.refuse_other_counts(found, meta)
        return dict(found)

    async def _memory(self) -> history.History:
        if self._history is None:
            self._history = await in_thread(lambda: history.read(self._history_file))
        return self._history

    async def _remember(self, memory: history.History) -> None:
        self._history = memory
        await in_thread(lambda: history.write(self._history_file, memory))

    async def _remember_success(self, backup: Backup) -> None:
        memory = replace(await self._memory(), failures_in_row=0, last_failure="")
        await self._remember(memory.with_covered(backup.created_at, backup.last_proven_state, self._clock()))

    async def _remember_failure(self, error: KnownError) -> None:
        memory = await self._memory()
        await self._remember(memory.with_failed(self._clock(), str(error)[:1000]))


def backup_folder(paths: Paths, settings: BackupSettings) -> Path:
    """Where the copies lie: as the setting says, else where the person's other folders are."""
    return Path(settings.folder).expanduser().absolute() if settings.folder else paths.backups
