"""What is done for the backups without being asked: the hourly copy, rehearsals, proofs, copies before operations."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from modelward.backups.folder import BackupFolder
from modelward.backups.making import Maker
from modelward.backups.model import Backup, DrillReport, Kind, State
from modelward.backups.postgres import PostgresSource
from modelward.backups.service import BackupService, backup_folder
from modelward.backups.sources import SqliteSource
from modelward.backups.store import Address
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import KnownError, ProtectionError, StoreError
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.setting_groups import BackupSettings

DRILL_EVERY = timedelta(days=7)
"""How old the last rehearsal of a restore may become."""

ROUND = 7
"""In so many daily runs every copy is proven anew."""


class Upkeep:
    """The work that the timetable starts, and what other rooms ask for before they change much."""

    def __init__(self, backups: BackupService, *, clock: Clock = utc_now) -> None:
        self._backups = backups
        self._clock = clock

    async def hourly(self, progress: Progress) -> tuple[Backup, Changes]:
        """The hourly copy; where it comes late, after sleep, it stands for all that was missed."""
        return await self._backups.create(Kind.HOURLY, reason="hourly", progress=progress)

    async def drill_when_due(self, progress: Progress) -> tuple[DrillReport | None, Changes]:
        """Rehearse a restore when the last time is a week ago, and there is a copy to do it with."""
        last = (await self._backups.health()).last_drill_at
        is_due = last is None or self._clock() - last >= DRILL_EVERY
        if not is_due or not any(copy.state is State.GOOD for copy in await self._backups.list()):
            return None, Changes.nothing()
        return await self._backups.drill(progress), Changes.of(Room.BACKUPS)

    async def prove_some(self, progress: Progress) -> tuple[list[Backup], Changes]:
        """Prove anew the seventh of all copies whose proof is oldest."""
        proven = {
            copy.id: copy.meta.verified_at if copy.meta and copy.meta.verified_at else copy.created_at
            for copy in await self._backups.list()
            if copy.state in {State.GOOD, State.UNVERIFIED}
        }
        oldest = sorted(proven, key=lambda id_: proven[id_])[: -(-len(proven) // ROUND)]
        return await self._backups.verify(oldest, progress) if oldest else ([], Changes.nothing())

    async def before(self, operation: str, progress: Progress) -> Backup:
        """A proven copy before an operation ("the import of prices.json"); it must not begin without one.

        Raises ProtectionError that names the operation.
        """
        try:
            backup, _ = await self._backups.create(Kind.PRE_OPERATION, reason=f"before {operation}", progress=progress)
        except KnownError as error:
            raise _not_begun(operation, error) from error
        return backup


def copy_before_migration(place: Path | Address, paths: Paths, settings: BackupSettings) -> None:
    """A proven copy of a store whose tables are about to change. Blocks; the store may not be open yet.

    Raises ProtectionError.
    """
    source = SqliteSource(place) if isinstance(place, Path) else PostgresSource(place)
    folder = BackupFolder(backup_folder(paths, settings))
    maker = Maker(source, folder, paths.data / "scratch", clock=utc_now, keep_pre_operation=settings.keep_pre_operation)
    try:
        folder.prepare()
        with folder.lock():
            maker.make(Kind.PRE_OPERATION, reason="before an update of the store", note="", progress=Progress())
    except KnownError as error:
        if isinstance(error, StoreError):
            raise  # the store itself is at fault, which its own error says best
        raise _not_begun("the update of the store", error) from error


def _not_begun(operation: str, error: KnownError) -> ProtectionError:
    return ProtectionError(
        f"{operation[:1].upper()}{operation[1:]} was not begun: the backup before it failed.",
        why=f"{error.what} {error.why}".strip(),
        todo=error.todo or "See the Backups tab.",
    )
