"""Bringing a copy back: previewed, proven, today's store kept, replaced as a whole, and settled after any cut."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Any, Protocol

from modelward.backups import records
from modelward.backups.intent import Intent, IntentFile
from modelward.backups.model import Backup, Engine, Kind, State
from modelward.backups.preview import Preview, Seen, compare, look
from modelward.backups.restore_postgres import PREVIEW, RESTORE, PostgresWay
from modelward.backups.restore_sqlite import SqliteWay
from modelward.backups.service import BackupService
from modelward.backups.threads import in_thread
from modelward.backups.verify import scratch_file
from modelward.core.changes import Changes
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import (
    DamagedStoreError,
    InputError,
    KnownError,
    NewerStoreError,
    ProtectionError,
    StoreError,
    UsageError,
)
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.store import migrate, sqlite
from modelward.store.engine import Database

log = logging.getLogger(__name__)

_UNTOUCHED = "Your store is as it was."
_UNSETTLED = "Open Modelward again: it finishes the restore or undoes it."


class Way(Protocol):
    """How a restore goes with one kind of store."""

    async def unpack(self, backup: Backup, progress: Progress) -> Path | str:
        """The proven copy as a database of its own: its address."""

    async def seal(self) -> str:
        """The SHA-256 of that database once it is closed; empty where a server keeps it."""

    async def put(self, database: Database, intent: Intent, progress: Progress) -> None:
        """Make it the store; what is raised leaves the store as it was."""

    async def tidy(self, *, is_done: bool) -> None:
        """Remove what the restore needed, done or not."""


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What a restore did.

    ``kept_as`` is the id of the copy that holds the store from before; where that store was damaged and no copy could
    be made, its files are ``set_aside`` there. ``migrated_from`` is the revision of a copy from an older Modelward.
    ``stopped`` names the jobs that were stopped for it and can be started again.
    """

    backup: Backup
    kept_as: str = ""
    set_aside: Path | None = None
    migrated_from: str = ""
    stopped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A store was missing or damaged, and this backup could be brought back into the one begun instead."""

    backup: Backup

    @property
    def notice(self) -> KnownError:
        """The offer in words."""
        made = self.backup.created_at.astimezone()
        return StoreError(
            "A backup can be brought back in place of the new store.",
            why=f"{self.backup.id} was made {made:%Y-%m-%d %H:%M}.",
            todo=f"Restore it, with: modelward backup restore {self.backup.id}; or go on with the new store.",
        )


class RestoreService:
    """The verbs of restoring one store."""

    def __init__(self, database: Database, backups: BackupService, paths: Paths, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._backups = backups
        self._intents = IntentFile(paths.data)
        self._clock = clock

    async def preview(self, backup_id: str, progress: Progress) -> Preview:
        """What restoring this copy would change. The copy is proven for that; the store is only read.

        Raises UsageError for an unknown id, ProtectionError for a copy that cannot be restored, NewerStoreError.
        """
        with scratch_file(self._backups.scratch) as ready:
            way = self._way(ready, f"{PREVIEW}{uuid.uuid4().hex[:8]}")
            try:
                async with self._opened(way, await self.restorable(backup_id), progress) as (backup, copy):
                    then = await look(copy)
            finally:
                await way.tidy(is_done=False)
        trouble, today = "", Seen({}, {}, {})
        try:
            today = await look(self._database)
        except DamagedStoreError as error:
            trouble = str(error)
        return replace(await in_thread(lambda: compare(backup, today, then)), trouble=trouble)

    async def restore(self, backup_id: str, progress: Progress) -> tuple[RestoreReport, Changes]:
        """Put this copy in the place of the store, whose state is kept as a copy before the operation.

        Nothing else may write the store meanwhile (:meth:`.Database.quiet`). Raises UsageError for an unknown id,
        ProtectionError where the copy or today's state could not be proven, NewerStoreError, StoreBusyError where
        another program writes the store, FolderError or StoreError; the store is then as it was.
        """
        intent = Intent(uuid.uuid4().hex, self._database.where, backup_id, "")
        with _untouched():
            async with self._database.quiet("The store is being restored."):
                report = await self._restore(intent, progress)
        return report, Changes.everything()

    async def restorable(self, backup_id: str) -> Backup:
        """The copy of that id, as far as can be said without reading it whole. Raises as :meth:`restore` does."""
        backup = next((each for each in await self._backups.list() if each.id == backup_id), None)
        if backup is None:
            raise UsageError(f"There is no backup {backup_id[:200]!r}.", todo="List the backups, and use an id there.")
        if backup.meta is None or backup.state in {State.ORPHAN, State.DAMAGED}:
            raise ProtectionError(f"The backup {backup.id} cannot be restored.", why=backup.trouble, todo=backup.todo)
        if backup.meta.engine is not self._engine:
            raise UsageError(
                f"The backup {backup.id} is of another kind of store.",
                why=f"It is a copy of a store in {backup.meta.engine}; this one is in {self._engine}.",
                todo="Open Modelward with a store of that kind, or use another backup.",
            )
        if (revision := backup.meta.schema_revision) not in migrate.REVISIONS:
            raise NewerStoreError(
                f"The backup {backup.id} was written by a newer Modelward.",
                why=f"Its revision is {revision[:80] or 'missing'}; this Modelward knows up to {migrate.HEAD}.",
                todo="Update Modelward, or use another backup.",
            )
        return backup

    async def finish_or_roll_back(self) -> KnownError | None:
        """Settle a restore that was cut off, once the store is open; what a person should know of it.

        What is finished before opening is told by :func:`finish_before_opening`.
        """
        intent = self._intents.read()
        if intent is None:
            return None
        if intent.store != self._database.where:
            return StoreError(
                f"A restore of the store {intent.store} was cut off.",
                todo="Open Modelward with that store, which settles it.",
            )
        is_done = await self._is_done(intent)
        if is_done is None:
            return StoreError("A restore was cut off, and whether it was done cannot be read.", todo=_UNSETTLED)
        await self._settle(self._way_of(intent), is_done=is_done)
        when = f" ({intent.backup_time})" if intent.backup_time else ""
        if is_done:
            return StoreError(
                "A restore that was cut off is done.",
                why=f"The store is that of the backup {intent.backup}{when}.",
                todo="Nothing is left to do.",
            )
        return StoreError(
            "A restore was cut off before it was done, and undone.",
            why=f"The backup {intent.backup}{when} is not in place.",
            todo=f"{_UNTOUCHED} Restore the backup again if you still want it.",
        )

    async def make_offer(self) -> Offer | None:
        """The newest good copy for a store that was just begun because the old one was missing or damaged.

        It is offered again at every start until the person takes or declines it.
        """
        backup = await self._newest_good()
        if backup is None:
            return None
        await records.offer(self._database, backup.id)
        return Offer(backup)

    async def pending_offer(self) -> Offer | None:
        """What was offered earlier and not decided, if that copy is still good."""
        wanted = await records.offered(self._database)
        if not wanted:
            return None
        found = (each for each in await self._backups.list() if each.id == wanted and each.state is State.GOOD)
        return next((Offer(backup) for backup in found), None)

    async def decline_offer(self) -> None:
        """Keep the store that was begun."""
        await records.offer(self._database, "")

    async def _restore(self, intent: Intent, progress: Progress) -> RestoreReport:
        await self._refuse_unsettled()
        backup = await self.restorable(intent.backup)
        intent = replace(intent, backup_time=backup.created_at.isoformat(timespec="minutes"))
        way = self._way_of(intent)
        await in_thread(lambda: self._intents.write(intent))
        log.debug("step restore-intended")
        try:
            async with self._opened(way, backup, progress) as (backup, copy):
                log.debug("step restore-unpacked")
                report = await self._kept(backup, progress)
                log.debug("step restore-protected")
                now = self._clock().astimezone(UTC)
                await records.mark_restored(copy, intent.token, backup.id, report.kept_as, now)
            aside = report.set_aside.name if report.set_aside else ""
            sealed = replace(intent, aside=aside, sha256=await way.seal())
            progress.checkpoint()
            await in_thread(lambda: self._intents.write(sealed))
            log.debug("step restore-sealed")
            await _carried_through(self._put(way, sealed, progress), progress)
        except BaseException as error:
            is_done = await self._is_done(intent)
            if is_done is not None:
                await self._settle(way, is_done=is_done)
            if isinstance(error, KnownError) and is_done is not False:
                error.todo = f"{error.todo} {_UNSETTLED}".strip()
            raise
        log.info("Restored the backup %s; the store from before is kept as %s.", backup.id, report.kept_as or aside)
        return report

    async def _put(self, way: Way, intent: Intent, progress: Progress) -> None:
        await way.put(self._database, intent, progress)
        log.debug("step restore-put")
        if not await records.was_restored(self._database, intent.token):
            raise StoreError("The store is not the one that was to be restored.")
        await self._settle(way, is_done=True)

    async def _refuse_unsettled(self) -> None:
        left = await in_thread(self._intents.read)
        if left is not None:
            raise StoreError(
                "An earlier restore was cut off and is not settled yet.",
                why=f"It was of the backup {left.backup} into {left.store}.",
                todo=_UNSETTLED,
            )

    async def _kept(self, backup: Backup, progress: Progress) -> RestoreReport:
        """Today's store as a proven copy; a damaged one, of which none can be made, is to be set aside as files."""
        assert backup.meta is not None
        revision = backup.meta.schema_revision
        report = RestoreReport(backup, migrated_from="" if revision == migrate.HEAD else revision)
        try:
            reason = f"before restoring {backup.id}"
            kept, _changes = await self._backups.create(Kind.PRE_OPERATION, reason=reason, progress=progress)
        except ProtectionError:
            damage = await self._database.find_damage()
            place = self._database.place
            if not damage or not isinstance(place, Path):
                raise
            log.warning("The store is damaged and will be set aside: %s", damage)
            return replace(report, set_aside=sqlite.free_aside(place, self._clock().astimezone(UTC)))
        return replace(report, kept_as=kept.id)

    @asynccontextmanager
    async def _opened(self, way: Way, backup: Backup, progress: Progress) -> AsyncIterator[tuple[Backup, Database]]:
        """The copy as a store of its own, proven and brought to today's shape."""
        with self._backups.hold(backup.id):
            try:
                address = await way.unpack(backup, progress)
            except InputError as error:
                raise ProtectionError(
                    f"The backup {backup.id} cannot be restored.",
                    why=f"{error.what} {error.why}".strip(),
                    todo="Use another one.",
                ) from error
            progress.update(text="Opening the copy")
            copy = await Database.open(address)
            try:
                yield backup, copy
            finally:
                await copy.close()

    async def _newest_good(self) -> Backup | None:
        try:
            found = await self._backups.list()
        except KnownError as error:
            log.warning("The backups could not be looked at: %s", error)
            return None
        return next((each for each in found if each.state is State.GOOD and self._fits(each)), None)

    def _fits(self, backup: Backup) -> bool:
        meta = backup.meta
        return meta is not None and meta.engine is self._engine and meta.schema_revision in migrate.REVISIONS

    async def _is_done(self, intent: Intent) -> bool | None:
        """Whether the store is the one to be restored; None where the store does not answer."""
        try:
            return await records.was_restored(self._database, intent.token)
        except DamagedStoreError:
            return False  # what is brought in was proven just before
        except KnownError as error:
            log.warning("The store does not say whether it was restored: %s", error)
            return None

    async def _settle(self, way: Way, *, is_done: bool) -> None:
        """Tidy up and forget the intent, last: what cannot be tidied now is at the next start."""
        try:
            await way.tidy(is_done=is_done)
            await in_thread(self._intents.remove)
        except KnownError as error:
            log.warning("What a restore left could not be removed yet: %s", error)
        log.debug("step restore-settled")

    @property
    def _engine(self) -> Engine:
        return Engine.SQLITE if isinstance(self._database.place, Path) else Engine.POSTGRESQL

    def _way_of(self, intent: Intent) -> Way:
        place = self._database.place
        ready = _ready(place, intent) if isinstance(place, Path) else self._backups.scratch
        return self._way(ready, f"{RESTORE}{intent.token[:8]}")

    def _way(self, ready: Path, purpose: str) -> Way:
        place = self._database.place
        if isinstance(place, Path):
            return SqliteWay(place, ready)
        return PostgresWay(place, self._backups.scratch, purpose)


def finish_before_opening(paths: Paths, place: object) -> None:
    """Go on with a restore that was cut off while it set a damaged store aside; the caller has the data folder's lock.

    Raises StoreError for an intent that cannot be read (once), StoreBusyError or FolderError where it cannot go on.
    """
    intents = IntentFile(paths.data)
    intents.tidy()
    intent = intents.read()
    if intent is not None and intent.aside and isinstance(place, Path) and intent.store == str(place):
        SqliteWay(place, _ready(place, intent)).finish(intent)


def _ready(place: Path, intent: Intent) -> Path:
    return place.with_name(f"{place.name}.restore-{intent.token}")


@contextmanager
def _untouched() -> Iterator[None]:
    """Say with every failure that the store is as it was."""
    try:
        yield
    except KnownError as error:
        if not error.todo.endswith(_UNSETTLED):
            error.todo = f"{error.todo} {_UNTOUCHED}".strip()
        raise


async def _carried_through(work: Coroutine[Any, Any, None], progress: Progress) -> None:
    """Do ``work`` to its end. A cancellation is heeded as long as it can be, and not where it came too late."""
    running = asyncio.ensure_future(work)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        progress.cancel()
        await asyncio.wait([running])
        running.result()
