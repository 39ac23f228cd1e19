"""What can be done with copies in the window: make, verify, restore, delete, thin, rebuild metadata."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from modelward.backups.model import Backup, Kind, PruneReport, State
from modelward.backups.preview import Preview
from modelward.backups.restore import RestoreReport
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock
from modelward.core.errors import FolderError, KnownError
from modelward.core.jobs import JobCancelled
from modelward.core.progress import Progress
from modelward.desk import RESTORE, Desk
from modelward.ui.backups.plan_dialog import PlanDialog
from modelward.ui.backups.restore_dialog import RestoreDialog
from modelward.ui.backups.wording import sentence, when_text
from modelward.ui.kit import dialogs
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.theme import Theme, Tone

T = TypeVar("T")

_LOST = "The store was missing or damaged, so a new one was begun. A damaged one is kept as it was, beside the new one."
_OTHERWISE = "Cancel goes on with the new store; the backups stay here."
_NOTE = "A note helps to find it again; it may stay empty."


class BackupVerbs(QObject):
    """The verbs of the Backups tab.

    Signals: ``changed`` carries what a verb changed, ``made`` the id of a new copy, ``restored`` what a restore did.
    """

    changed = Signal(Changes)
    made = Signal(str)
    restored = Signal(RestoreReport)

    def __init__(self, desk: Desk, theme: Theme, clock: Clock, notice: NoticeBar, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._backups = desk.backups
        self._theme = theme
        self._clock = clock
        self._notice = notice
        self._window = window

    async def back_up_now(self) -> None:
        """Asks for a note, and makes a copy."""
        note = await dialogs.ask_text(self._window, "Back up now", _NOTE, "Back up")
        if note is None:
            return
        backup = await self._run(
            "backup by hand",
            "Backing up the store",
            lambda progress: self._backups.create(Kind.MANUAL, reason="by hand", note=note, progress=progress),
        )
        if backup is not None:
            self._notice.hide()
            self.made.emit(backup.id)

    async def verify(self, ids: list[str] | None) -> None:
        """Proves these copies anew, or all of them."""
        title = "Verifying all backups" if ids is None else "Verifying a backup"
        checked = await self._run(
            f"verify {' '.join(ids or ['all'])}", title, lambda progress: self._backups.verify(ids, progress)
        )
        if checked is None:
            return
        bad = [copy for copy in checked if copy.state is not State.GOOD]
        if bad:
            told = "\n".join(f"{when_text(copy.created_at, self._clock())}: {copy.trouble}" for copy in bad[:5])
            what = f"{len(bad):,} of {_copies(len(checked))} cannot be relied on."
            self._notice.tell(what, told, "Choose one in the list to see what can be done.", tone=Tone.TROUBLE)
        else:
            is_one = len(checked) == 1
            self._notice.tell(
                f"{_copies(len(checked))} {'was' if is_one else 'were'} read back whole and checked.", tone=Tone.WELL
            )

    async def restore(self, backup: Backup) -> None:
        """Compares a copy with today, asks, and brings it back."""
        preview: Preview | None = await self._run(
            f"preview {backup.id}", "Comparing the backup with today", self._previewed(backup.id)
        )
        if preview is None:
            return
        running = [job.title for job in self._desk.jobs.running]
        if await dialogs.finished(RestoreDialog(preview, running, self._clock(), self._window)):
            await self._bring_back(backup)

    async def offer(self, backup: Backup) -> None:
        """Asks whether a copy is to come back into the store that was begun in the place of a lost one."""
        now = self._clock()
        text = f"{_LOST}\n\n{sentence(backup, now)} {_OTHERWISE}"
        title = f"Bring back the backup of {when_text(backup.created_at, now)}?"
        if await dialogs.confirm(self._window, title, text, "Restore"):
            await self._bring_back(backup)
        else:
            await self._desk.decline_offer()

    async def delete(self, backup: Backup) -> None:
        """Deletes a copy, after asking."""
        told = f"{sentence(backup, self._clock())} It cannot be had back."
        if not await dialogs.confirm(self._window, "Delete this backup?", told, "Delete", danger=True):
            return

        async def work(_progress: Progress) -> tuple[bool, Changes]:
            return True, await self._backups.delete(backup.id)

        await self._run(f"delete {backup.id}", "Deleting a backup", work)

    async def rebuild(self, backup: Backup) -> None:
        """Makes new metadata for a copy that lost its own."""
        done = await self._run(
            f"rebuild {backup.id}",
            "Rebuilding metadata",
            lambda progress: self._backups.rebuild_metadata(backup.id, progress),
        )
        if done is not None:
            self._notice.tell("The backup is good, and has its metadata again.", tone=Tone.WELL)

    async def show_plan(self) -> None:
        """Shows what the rule keeps and what it would remove, and removes that with the person's consent."""
        report: PruneReport | None = await self._run(
            "plan",
            "Looking what the rule keeps",
            lambda progress: self._backups.prune(dry_run=True, progress=progress),
        )
        if report is None:
            return
        dialog = PlanDialog(report, self._theme, self._clock(), self._window)
        has_action = dialog.action is not None
        if await dialogs.finished(dialog) and has_action:
            await self._run(
                "prune",
                "Removing old backups",
                lambda progress: self._backups.prune(dry_run=False, consent=True, progress=progress),
            )

    def open_folder(self) -> None:
        """Shows the folder of the copies in the system's file manager."""
        folder = self._backups.folder.path
        if not folder.is_dir() or not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            raise FolderError(f"The folder could not be shown: {folder}.", why="No file manager opened it.")

    async def _bring_back(self, backup: Backup) -> None:
        report = await self._run(
            RESTORE, "Restoring a backup", lambda progress: self._desk.restore(backup.id, progress)
        )
        if report is not None:
            self._tell_restored(report)
            self.restored.emit(report)

    def _previewed(self, backup_id: str) -> Callable[[Progress], Awaitable[tuple[Preview, Changes]]]:
        async def work(progress: Progress) -> tuple[Preview, Changes]:
            return await self._desk.restores.preview(backup_id, progress), Changes.nothing()

        return work

    async def _run(self, name: str, title: str, work: Callable[[Progress], Awaitable[tuple[T, Changes]]]) -> T | None:
        """The result of a job; None where it failed, which is told, or was cancelled."""
        try:
            result, changes = await self._desk.jobs.start(name, title, work).wait()
        except JobCancelled:
            self.changed.emit(Changes.of(Room.BACKUPS))
            return None
        except KnownError as error:
            self._notice.tell(error.what, error.why, error.todo)
            self.changed.emit(Changes.of(Room.BACKUPS))
            return None
        if changes:
            self.changed.emit(changes)
        return result

    def _tell_restored(self, report: RestoreReport) -> None:
        when = when_text(report.backup.created_at, self._clock())
        told = []
        if report.kept_as:
            told.append(f"Your data from before is kept as {report.kept_as}.")
        if report.set_aside:
            told.append(f"The damaged store is kept as {report.set_aside}.")
        if report.migrated_from:
            told.append("The backup was of an older Modelward and was brought up to date.")
        if report.stopped:
            told.append(f"Stopped for it, and can be started again: {', '.join(report.stopped)}.")
        self._notice.tell(f"Restored {when}.", " ".join(told), tone=Tone.WELL)


def _copies(number: int) -> str:
    return "1 backup" if number == 1 else f"{number:,} backups"
