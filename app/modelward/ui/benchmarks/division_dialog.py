"""Plans a job that no context window holds: the text, the task, the cells it falls into, what that costs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from modelward.advice.division import DivisionService
from modelward.advice.division_model import Asking, JobPlan, Task
from modelward.catalog.fields import clip
from modelward.core import units
from modelward.core.errors import KnownError
from modelward.core.progress import Progress
from modelward.ui.benchmarks import figures
from modelward.ui.benchmarks.cells_picture import CellsPicture
from modelward.ui.benchmarks.scrolled import scrolled
from modelward.ui.benchmarks.wording import many, name_of
from modelward.ui.kit import dialogs
from modelward.ui.kit.dialogs import Sheet
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Tone

_SIZE = (680, 620)
_SOON_MS = 400
_CHEAPEST = "the cheapest at hand that fits"
_TEXT = "A text that no context window holds is divided into parts, each is done by itself, and the answers are joined."
_TASKS = {
    Task.SUMMARISE: "Summarise it",
    Task.EXTRACT: "Extract from it",
    Task.TRANSLATE: "Translate it",
    Task.MAP: "Do something with each part",
    Task.REASON: "Answer a question about all of it",
}
_FIRST = "Choose a text, or say how many tokens it has."


class DivisionDialog(Sheet):
    """Accepted when the person wants :attr:`plan` to be run; one without a text can only be looked at."""

    def __init__(self, division: DivisionService, model_ids: Sequence[str], parent: QWidget | None) -> None:
        super().__init__(parent, "Plan a large job", _TEXT, Tone.ACCENT)
        self._division = division
        self._planning: asyncio.Task[None] | None = None
        self._progress = Progress()
        self.plan: JobPlan | None = None
        self.file = QLineEdit(self)
        self.browse = QPushButton("Choose…", self)
        self.tokens = QLineEdit(self)
        self.task = QComboBox(self)
        self.brief = QPlainTextEdit(self)
        self.model = QComboBox(self)
        self.picture = CellsPicture(self)
        self.planned = Text("", "strong", self, wraps=True)
        self.facts = Text("", "", self, wraps=True)
        self.warnings = Text("", "small", self, wraps=True)
        self.complaint = Text("", "complaint", self, wraps=True)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._on_soon)
        self._lay_out()
        self.run = self.add_buttons("Run…")
        self._fill(model_ids)
        self._connect()
        self._show(None, _FIRST)
        self.resize(self.sizeHint())

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))

    def _lay_out(self) -> None:
        chosen = QHBoxLayout()
        chosen.setSpacing(SPACE)
        chosen.addWidget(self.file, 1)
        chosen.addWidget(self.browse)
        form = QFormLayout()
        form.setSpacing(SPACE)
        form.addRow("Text", chosen)
        form.addRow("or tokens", self.tokens)
        form.addRow("Task", self.task)
        form.addRow("Brief", self.brief)
        form.addRow("Model", self.model)
        column = QVBoxLayout()
        column.setSpacing(SPACE)
        column.addLayout(form)
        column.addSpacing(SPACE)
        for widget in (self.picture, self.planned, self.facts, self.warnings, self.complaint):
            column.addWidget(widget)
        column.addStretch(1)
        holder = QWidget(self)
        holder.setLayout(column)
        self.column.addWidget(scrolled(holder, self), 1)

    def _fill(self, model_ids: Sequence[str]) -> None:
        for task, words in _TASKS.items():
            self.task.addItem(words, task.value)
        self.model.addItem(_CHEAPEST, None)
        for id_ in model_ids:
            self.model.addItem(name_of(id_), id_)
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.file.setPlaceholderText("a text file")
        self.tokens.setPlaceholderText("to see what it would take, for example 500,000")
        self.brief.setPlaceholderText("What is to be done; it is sent with every part.")
        self.brief.setTabChangesFocus(True)
        self.brief.setFixedHeight(Theme.current().scaled(64))
        for widget, name in (
            (self.file, "Text file"),
            (self.tokens, "Number of tokens"),
            (self.task, "Task"),
            (self.brief, "Brief"),
            (self.model, "Model"),
        ):
            widget.setAccessibleName(name)

    def _connect(self) -> None:
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._on_browse_clicked)
        for field in (self.file, self.tokens):
            field.textChanged.connect(self._ask)
        self.brief.textChanged.connect(self._ask)
        self.task.currentIndexChanged.connect(self._ask)
        self.model.currentIndexChanged.connect(self._ask)
        self.finished.connect(self._on_finished)

    @guarded
    def _on_browse_clicked(self) -> None:
        spawn(self._browse(), "choose a text")

    async def _browse(self) -> None:
        path = await dialogs.choose_path(self, "Choose a text", self.file.text(), is_folder=False)
        if path is not None:
            self.file.setText(str(path))

    @guarded
    def _ask(self) -> None:
        self.plan = None
        self.run.setEnabled(False)
        self._soon.start()

    @guarded
    def _on_finished(self) -> None:
        self._soon.stop()
        self._stop_planning()

    def _stop_planning(self) -> None:
        self._progress.cancel()  # a text may be long, and is read in a thread
        if self._planning is not None:
            self._planning.cancel()

    @guarded
    def _on_soon(self) -> None:
        self._stop_planning()
        self._progress = Progress()
        self._planning = spawn(self._make_plan(self._progress), "plan a job")

    async def _make_plan(self, progress: Progress) -> None:
        asking = self._asking()
        if asking is None:
            self._show(None, _FIRST)
            return
        self.planned.setText("Dividing…")
        try:
            plan = await self._division.plan(asking, progress)
        except KnownError as error:
            self._show(None, "", complaint=str(error))
            return
        self._show(plan, "")

    def _asking(self) -> Asking | None:
        file, tokens = self.file.text().strip(), self.tokens.text().replace(",", "").strip()
        if not file and not tokens.isdecimal():
            return None
        return Asking(
            Task(self.task.currentData()),
            self.brief.toPlainText().strip(),
            Path(file) if file else None,
            None if file else int(tokens[:12]),
            self.model.currentData(),
        )

    def _show(self, plan: JobPlan | None, words: str, *, complaint: str = "") -> None:
        self.plan = plan
        self.picture.show_plan(plan)
        self.picture.setVisible(plan is not None)
        self.run.setEnabled(plan is not None and plan.asking.file is not None)
        self.run.setToolTip(
            "" if plan is None or plan.asking.file else "Choose a text: a number of tokens cannot be run"
        )
        self.planned.setText(words or (_planned(plan) if plan else ""))
        self.facts.setText(_facts(plan) if plan else "")
        self.warnings.setText("\n".join(clip(each, 400) for each in plan.warnings) if plan else "")
        self.complaint.setText(complaint)
        for text in (self.planned, self.facts, self.warnings, self.complaint):
            text.setVisible(bool(text.text()))


def _planned(plan: JobPlan) -> str:
    return f"{many(plan.bill.calls, 'call')} to {name_of(plan.model_id)}, {_cost(plan)}."


def _cost(plan: JobPlan) -> str:
    bill = plan.bill
    if bill.cost is None:
        return "at an unknown cost"
    if not bill.cost and not bill.most:
        return "free"
    most = f", {units.money(bill.most)} at most" if bill.most is not None else ""
    return f"about {units.money(bill.cost)}{most}"


def _facts(plan: JobPlan) -> str:
    window, bill = plan.window, plan.bill
    lines = [
        f"A call may hold {window.usable:,} tokens ({window.bound_by.value}); a part of the text up to {plan.most:,}.",
        f"{bill.input_tokens:,} tokens in, {bill.output_tokens:,} out; the parts cover {plan.coverage:.0%} of it.",
    ]
    if plan.overlap:
        lines.append(f"{plan.overlap:,} tokens are sent twice, so that nothing is torn apart.")
    if bill.seconds is not None:
        lines.append(f"It takes about {figures.span_text(bill.seconds)}.")
    if len(plan.choices) > 1:
        others = ", ".join(f"{name_of(each.model_id)} {figures.cost(each.bill.cost)}" for each in plan.choices[1:4])
        lines.append(f"Others: {others}.")
    return "\n".join(lines)
