"""What can be done with local models in the window: verify, copy, bring back, fetch, export, take in, remove."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from modelward.catalog.fields import clip
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock
from modelward.core.errors import KnownError
from modelward.core.jobs import JobCancelled
from modelward.core.progress import Progress
from modelward.core.timetable import OLLAMA_MAINTENANCE
from modelward.desk import Desk
from modelward.ollama.model import ModelName, RepairReport, RepairState, Stray
from modelward.ui.kit import dialogs
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.theme import Tone
from modelward.ui.ollama import outcomes
from modelward.ui.ollama.figures import size_text
from modelward.ui.ollama.following import Following
from modelward.ui.ollama.job_names import PREFIX, VERIFY_ALL
from modelward.ui.ollama.restore_dialog import RestoreDialog
from modelward.ui.ollama.rows import Row
from modelward.ui.ollama.stray_columns import strays_text
from modelward.ui.ollama.wording import models_text

T = TypeVar("T")
Names = Collection[ModelName] | None
Work = Callable[[Progress], Awaitable[tuple[T, Changes]]]

_HOST, _MODELS = "ollama.host", "ollama.models"
_PARCELS = "Exports (*.tar *.zst *.tar.zst);;All files (*)"


class OllamaVerbs(QObject):
    """The verbs of the Ollama tab. ``changed`` carries what a verb changed; results are told in the notice bar."""

    changed = Signal(Changes)

    def __init__(self, desk: Desk, clock: Clock, following: Following, notice: NoticeBar, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._ollama = desk.ollama
        self._clock = clock
        self._following = following
        self._notice = notice
        self._window = window
        following.expect(VERIFY_ALL, "verifying", None, can_pause=True)
        following.turned.connect(self._on_following_turned)
        following.expect(OLLAMA_MAINTENANCE, "looking", None, can_pause=True)

    # ------------------------------------------------------------ proving and copying

    async def verify(self, names: Names, *, deep: bool = False) -> None:
        """Proves these models, or all; ``deep``: also lets Ollama load each that is whole."""
        report = await self._run(
            ("verify and load" if deep else "verify", "verifying", names),
            "Verifying",
            lambda progress: self._ollama.verify(progress, names, deep=deep),
        )
        if report is not None:
            self._tell(*outcomes.verified(report))

    async def back_up(self, names: Names) -> None:
        """Copies these models, or all, into the vault."""
        report = await self._run(
            ("back up", "copying", names), "Copying", lambda progress: self._ollama.back_up(progress, names)
        )
        if report is not None:
            self._tell(*outcomes.backed_up(report))

    async def prove_copies(self) -> None:
        """Proves every copy in the vault, and makes damaged ones anew."""
        report = await self._run(("prove copies", "", []), "Proving the copies", self._ollama.verify_vault)
        if report is not None:
            self._tell(*outcomes.copies_proven(report))

    async def begin_vault(self) -> None:
        """Asks whether the former vault is lost for good; then begins a new one, and copies all models into it."""
        text = (
            f"{clip(self._ollama.vault_folder, 300)}\n\nThe copies in the former vault are given up, those of models "
            "that are no longer here too. If its disk is only away, connect it instead."
        )
        if not await dialogs.confirm(self._window, "Begin a new vault?", text, "Begin, and back up all", danger=True):
            return

        async def work(_: Progress) -> tuple[bool, Changes]:
            return True, await self._ollama.begin_vault()

        if await self._run(("new vault", "", []), "Beginning a new vault", work):
            await self.back_up(None)

    # ------------------------------------------------------------ bringing back

    async def repair(self, names: Names) -> None:
        """Mends these models, or all."""
        reports = await self._run(
            ("repair", "repairing", names), "Repairing", lambda progress: self._ollama.repair(progress, names)
        )
        if reports is not None:
            self._tell(*outcomes.several_repaired(reports), details=_commands(reports))

    async def restore(self, row: Row) -> None:
        """Asks which version, and puts it back."""
        dialog = RestoreDialog(row, self._clock(), self._window)
        version: str | None = None
        if await dialogs.finished(dialog):
            version = dialog.chosen.id
        if version is None:
            return
        report = await self._run(
            ("restore", "restoring", [row.name]),
            "Restoring",
            lambda progress: self._ollama.restore(row.name, progress, version),
        )
        self._tell_repaired(report)

    async def download(self, row: Row) -> None:
        """Warns how large it is, and fetches it anew."""
        size = f"about {size_text(row.size)}" if row.size else "an unknown number of bytes"
        copies = "\n\nThe vault has a copy of it: Restore… needs no network." if row.versions else ""
        text = (
            f"Ollama downloads {size} from where the model came from, and may get a newer version. "
            f"A model that was made on this machine cannot be downloaded.{copies}"
        )
        if not await dialogs.confirm(
            self._window, f"Fetch {clip(row.title, 200)} anew?", text, "Download", danger=True
        ):
            return
        report = await self._run(
            ("download", "downloading", [row.name]),
            "Downloading",
            lambda progress: self._ollama.redownload(row.name, progress),
        )
        self._tell_repaired(report)

    # ------------------------------------------------------------ files

    async def export(self, row: Row) -> None:
        """Asks for a file, and writes the model into it."""
        named = "".join(each if each.isalnum() or each in "._-" else "-" for each in row.title)[:120]
        title = f"Export {clip(row.title, 120)}"
        path = await dialogs.save_file(self._window, title, f"{named}.tar", _PARCELS, "tar")
        if path is None:
            return
        # What lies in the model folder, or else the newest copy.
        version = None if row.check is not None and not row.is_bad else row.versions[0].id

        async def work(progress: Progress) -> tuple[int, Changes]:
            is_small = path.suffix == ".zst"
            written = await self._ollama.export(row.name, path, progress, version_id=version, compress=is_small)
            return written, Changes.nothing()

        written = await self._run(("export", "exporting", [row.name]), "Exporting", work)
        if written is not None:
            self._tell(f"{clip(row.title, 120)} was exported, {size_text(written)}.", str(path), Tone.WELL)

    async def take_in(self) -> None:
        """Asks for the file of an export, and puts its model back."""
        paths = await dialogs.open_files(self._window, "Import a model", _PARCELS)
        for path in paths:
            await self._take_in(path)

    async def _take_in(self, path: Path) -> None:
        report = await self._run(
            (f"import {path}", "importing", []),
            f"Importing {clip(path.name, 80)}",
            lambda progress: self._ollama.restore_parcel(path, progress),
        )
        self._tell_repaired(report)

    async def discard(self, strays: Sequence[Stray]) -> None:
        """Removes files that no model needs, after asking."""
        named = "\n".join(clip(stray.path.name, 100) for stray in strays[:6])
        rest = f"\nand {len(strays) - 6:,} more" if len(strays) > 6 else ""
        text = f"{named}{rest}\n\nThey cannot be had back. One that is needed by now, or has changed, is left."
        title = f"Remove {strays_text(strays)}?"
        if not await dialogs.confirm(self._window, title, text, "Remove", danger=True):
            return
        freed = await self._run(("discard", "removing", []), "Removing files", lambda _: self._ollama.discard(strays))
        if freed is not None:
            self._tell(f"{size_text(freed)} were freed.", "", Tone.WELL)

    # ------------------------------------------------------------ looking and settings

    async def look(self) -> None:
        """Asks the server anew."""
        await self._run(("look", "", []), "Looking at Ollama", lambda _: self._ollama.look())

    def maintain(self) -> None:
        """Runs the maintenance now, as the schedule does; what came of it is followed as there."""
        self._desk.jobs.start(OLLAMA_MAINTENANCE, "Maintain local models", self._ollama.maintain)

    async def protect(self, names: Collection[ModelName], *, on: bool) -> None:
        """Says whether these models are brought back when they are gone."""
        try:
            self.changed.emit(await self._ollama.protect(names, on=on))
        except KnownError as error:
            self._tell_error(error)
            self.changed.emit(Changes.of(Room.OLLAMA))  # the switch shows what counts

    async def set_address(self) -> None:
        """Asks where Ollama answers."""
        value = self._desk.preferences.settings.ollama.host or ""
        text = "For example 192.168.1.20:11434. Empty: this machine, at the usual port."
        told = await dialogs.ask_text(
            self._window, "Where does Ollama answer?", text, "Save", value=value, check=wrong_address
        )
        if told is not None:
            await self._set(_HOST, told or None)

    async def set_folder(self) -> None:
        """Asks where the models lie."""
        start = self._desk.preferences.settings.ollama.models or ""
        path = await dialogs.choose_path(self._window, "Where do Ollama’s models lie?", start, is_folder=True)
        if path is not None:
            await self._set(_MODELS, str(path))

    def hold(self, *, is_held: bool) -> None:
        """Holds hashing, or goes on with it."""
        (self._ollama.pause if is_held else self._ollama.resume)()
        self._following.show_paused(is_paused=is_held)

    def _on_following_turned(self) -> None:
        if self._following.is_paused:
            self.hold(is_held=False)  # what was held is over

    async def _set(self, key: str, value: str | None) -> None:
        preferences = self._desk.preferences
        if preferences.is_overruled(key):
            self._tell(f"It is set by the {preferences.origin(key)}.", "Change it there.", Tone.ATTENTION)
            return
        try:
            await preferences.change(key, value)
        except KnownError as error:
            self._tell_error(error)
            return
        await self.look()
        self.changed.emit(Changes.of(Room.OLLAMA))

    # ------------------------------------------------------------ parts

    async def _run(self, what: tuple[str, str, Names], title: str, work: Work[T]) -> T | None:
        """The result of a job; None where it failed, which is told, or was cancelled."""
        verb, word, names = what
        name = f"{PREFIX} {verb} {_named(names)}".strip()
        self._following.expect(name, word, names, can_pause=verb.startswith("verify"))
        try:
            result, changes = await self._desk.jobs.start(name, f"{title} {_titled(names)}".strip(), work).wait()
        except JobCancelled:
            self.changed.emit(Changes.of(Room.OLLAMA))
            return None
        except KnownError as error:
            self._tell_error(error)
            self.changed.emit(Changes.of(Room.OLLAMA))
            return None
        if changes:
            self.changed.emit(changes)
        return result

    def _tell_repaired(self, report: RepairReport | None) -> None:
        if report is not None:
            self._tell(*outcomes.repaired(report), details=_commands([report]))

    def _tell(self, what: str, why: str, tone: Tone, *, details: str = "") -> None:
        self._notice.tell(what, why, tone=tone, details=details)

    def _tell_error(self, error: KnownError) -> None:
        self._notice.tell(error.what, error.why, error.todo)


def wrong_address(text: str) -> str:
    """Why an address cannot be taken, in words; empty where it can."""
    if not text:
        return ""
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        _ = parts.port
    except ValueError:
        return "The port must be a number from 0 to 65535."
    is_odd = any(each.isspace() for each in text) or parts.scheme not in ("", "http", "https") or not parts.netloc
    return "An address looks like 192.168.1.20:11434 or https://ollama.example." if is_odd else ""


def _commands(reports: Sequence[RepairReport]) -> str:
    """What is to be copied of repairs that are to be made by hand."""
    return "\n".join(report.detail for report in reports if report.state is RepairState.BY_HAND)


def _named(names: Names) -> str:
    return "all" if names is None else " ".join(sorted(str(name) for name in names))


def _titled(names: Names) -> str:
    if names is None:
        return "all local models"
    return clip(next(iter(names)), 80) if len(names) == 1 else models_text(len(names)) if names else ""
