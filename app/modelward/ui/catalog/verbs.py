"""What can be done with models in the window: set and withdraw values, copy, import, export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from modelward.catalog.export import fact_json, model_json
from modelward.catalog.fields import FIELDS, clip
from modelward.catalog.model import Field, Model, Source
from modelward.catalog.reports import ImportReport
from modelward.catalog.service import CatalogService
from modelward.core.changes import Changes
from modelward.core.errors import KnownError
from modelward.core.jobs import JobCancelled, Jobs
from modelward.ui.catalog.edit_dialog import EditDialog
from modelward.ui.kit import dialogs
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.theme import Tone

_PATTERNS = "Lists of models (*.json);;All files (*)"
_EXPORTS = {"json": "JSON with every fact (*.json)", "csv": "CSV for a sheet (*.csv)"}


class CatalogVerbs(QObject):
    """The verbs of the Catalogue tab. ``changed`` carries what a verb changed; results are told in the notice bar."""

    changed = Signal(Changes)

    def __init__(self, catalog: CatalogService, jobs: Jobs, notice: NoticeBar, window: QWidget) -> None:
        super().__init__(window)
        self._catalog = catalog
        self._jobs = jobs
        self._notice = notice
        self._window = window

    async def set_value(self, model_id: str, field: Field | None = None) -> None:
        """Asks for a value of one's own and states it."""
        dialog = EditDialog(await self._catalog.details(model_id), field, self._window)
        if not await dialogs.finished(dialog):
            return
        try:
            _model, changes = await self._catalog.set_value(model_id, dialog.field, dialog.value)
        except KnownError as error:
            self._tell_error(error)
            return
        self.changed.emit(changes)

    async def withdraw(self, model_id: str, field: Field) -> None:
        """Withdraws a value of one's own, after asking."""
        title = FIELDS[field].title.lower()
        text = f"What the other sources state about {clip(model_id)} counts again."
        if not await dialogs.confirm(self._window, f"Withdraw your {title}?", text, "Withdraw"):
            return
        try:
            _model, changes = await self._catalog.clear_value(model_id, field)
        except KnownError as error:
            self._tell_error(error)
            return
        self.changed.emit(changes)

    async def own_fields(self, model_id: str) -> list[Field]:
        """The fields of which a person stated the value."""
        facts = (await self._catalog.details(model_id)).facts
        return sorted({fact.field for fact in facts if fact.source is Source.USER}, key=list(Field).index)

    def copy_ids(self, models: Sequence[Model]) -> None:
        """Copies the ids, one a line."""
        QGuiApplication.clipboard().setText("\n".join(model.id for model in models))

    async def copy_json(self, models: Sequence[Model]) -> None:
        """Copies one model with all its facts, or a list of models with the values that count."""
        if len(models) == 1:
            details = await self._catalog.details(models[0].id)
            counting = set(details.resolved.deciding.values()) | set(details.resolved.capability_facts.values())
            facts = [fact_json(fact, effective=fact in counting) for fact in details.facts]
            shown: object = {**model_json(details.model), "facts": facts}
        else:
            shown = [model_json(model) for model in models]
        QGuiApplication.clipboard().setText(json.dumps(shown, indent=2))

    def open_evidence(self, address: str) -> None:
        """Opens the page that states a value, in the person's browser."""
        url = QUrl(address)
        if url.scheme() in {"http", "https"}:
            QDesktopServices.openUrl(url)

    async def choose_and_import(self) -> None:
        """Lets the person choose files, and imports them."""
        if paths := await dialogs.open_files(self._window, "Import lists of models", _PATTERNS):
            await self.import_files(paths)

    async def import_files(self, paths: Sequence[Path]) -> None:
        """Imports files as a job and tells what came of it."""
        title = f"Importing {paths[0].name}" if len(paths) == 1 else f"Importing {len(paths)} files"
        # Named by its files: the same drop twice is one job, and another one is not swallowed by the first.
        name = "import " + " ".join(map(str, paths))
        try:
            report, changes = await self._jobs.start(
                name, title, lambda progress: self._catalog.import_files(paths, progress)
            ).wait()
        except JobCancelled:
            self._notice.tell("The import was cancelled.", "What was filed before stays.", tone=Tone.ATTENTION)
            self.changed.emit(Changes.everything())
            return
        except KnownError as error:
            self._tell_error(error)
            return
        self._tell_import(report)
        self.changed.emit(changes)

    async def export(self, models: Sequence[Model] | None, suffix: str) -> None:
        """Asks where to, and writes these models (all where None) there, as a job."""
        path = await dialogs.save_file(
            self._window, "Export models", f"models.{suffix}", _EXPORTS[suffix], suffix=suffix
        )
        if path is None:
            return
        ids = None if models is None else [model.id for model in models]
        try:
            report = await self._jobs.start(
                f"export {path}",
                f"Exporting to {path.name}",
                lambda progress: self._catalog.export(path, ids, progress),
            ).wait()
        except JobCancelled:
            return
        except KnownError as error:
            self._tell_error(error)
            return
        exported = "1 model was exported." if report.models == 1 else f"{report.models:,} models were exported."
        self._notice.tell(exported, str(report.path), tone=Tone.WELL)

    def _tell_error(self, error: KnownError) -> None:
        self._notice.tell(error.what, error.why, error.todo)

    def _tell_import(self, report: ImportReport) -> None:
        problems = import_problems(report)
        is_lost = len(report.failed) == len(report.files)
        tone = Tone.TROUBLE if is_lost else Tone.ATTENTION if problems else Tone.WELL
        shown = "\n".join(problems[:5]) + (f"\n… and {len(problems) - 5:,} more" if len(problems) > 5 else "")
        self._notice.tell(import_summary(report), shown, tone=tone, details="\n".join(problems))


def import_summary(report: ImportReport) -> str:
    """What came of an import, in one sentence."""
    read = [file for file in report.files if not file.error]
    if not read:
        which = clip(report.files[0].path.name) if len(report.files) == 1 else "None of the files"
        return f"{which} could not be imported."
    models = sum(file.models for file in read)
    added = sum(file.added for file in read)
    changed = sum(file.changed for file in read)
    source = clip(read[0].path.name) if len(read) == 1 else f"{len(read)} files"
    models_were = "1 model was" if models == 1 else f"{models:,} models were"
    told = f"{models_were} read from {source}: {added:,} new, {changed:,} changed."
    if not report.failed:
        return told
    files = "1 file" if len(report.failed) == 1 else f"{len(report.failed)} files"
    return f"{told} {files} could not be read."


def import_problems(report: ImportReport) -> list[str]:
    """Everything that could not be taken, each with its file and place."""
    told = []
    for file in report.files:
        if file.error:
            told.append(clip(file.error, 500))
        told += [f"{clip(file.path.name)}: {clip(problem, 300)}" for problem in file.problems]
    return told
