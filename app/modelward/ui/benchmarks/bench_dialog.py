"""Asks what is to be measured, and shows what that will do and cost before anything is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from modelward.benchmarks.model import Plan, Workload
from modelward.benchmarks.service import BenchmarkService
from modelward.catalog.fields import clip
from modelward.core.errors import KnownError
from modelward.ui.benchmarks import wording
from modelward.ui.benchmarks.model_picker import Choice, ModelPicker
from modelward.ui.benchmarks.scrolled import scrolled
from modelward.ui.kit.dialogs import Sheet
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Tone

_SIZE = (880, 580)
_SOON_MS = 250
_MOST_REFUSED = 30
_TEXT = "Times are measured warm, one model after the other on each provider. Nothing is sent before you press Start."
_NONE = "Choose models at the left."


class BenchDialog(Sheet):
    """Accepted when the person starts what :attr:`plan` says."""

    def __init__(
        self,
        benchmarks: BenchmarkService,
        choices: Sequence[Choice],
        ticked: Collection[str],
        workloads: Sequence[Workload],
        first: str,
        parent: QWidget | None,
    ) -> None:
        """``ticked``: ids that are chosen already; ``first``: the name of the workload that is."""
        super().__init__(parent, "Benchmark models", _TEXT, Tone.ACCENT)
        theme = Theme.current()
        self._benchmarks = benchmarks
        self._workloads = workloads
        self._planning: asyncio.Task[None] | None = None
        self.plan: Plan | None = None
        self.picker = ModelPicker(theme, self)
        self.workload = QComboBox(self)
        self.about = Text("", "small", self, wraps=True)
        self.runs = _number(1, 1000, self)
        self.streams = _number(1, 64, self)
        self.may_evict = QCheckBox("May push other models out of memory", self)
        self.planned = Text("", "strong", self, wraps=True)
        self.cost = Text("", "", self, wraps=True)
        self.notes = Text("", "small", self, wraps=True)
        self.refused = Text("", "small", self, wraps=True)
        self.complaint = Text("", "complaint", self, wraps=True)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._on_soon)
        self._lay_out()
        self.start = self.add_buttons("Start")
        self.picker.show_choices(choices, ticked)
        self._offer_workloads(first)
        self._connect()
        self.resize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))
        self._ask()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(SPACE)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow("What is asked", self.workload)
        form.addRow("", self.about)
        form.addRow("Calls of each", self.runs)
        form.addRow("Streams at once", self.streams)
        right = QVBoxLayout()
        right.setSpacing(SPACE)
        right.addLayout(form)
        for widget in (self.may_evict, self.planned, self.cost, self.complaint, self.notes, self.refused):
            right.addWidget(widget)
        right.addStretch(1)
        side = QWidget(self)
        side.setLayout(right)
        area = scrolled(side, self)  # the reasons of many refused models
        row = QHBoxLayout()
        row.setSpacing(3 * SPACE)
        row.addWidget(self.picker, 3)
        row.addWidget(area, 2)
        self.column.addLayout(row, 1)

    def _offer_workloads(self, first: str) -> None:
        for each in self._workloads:
            title = f"{each.title} · {wording.many(each.calls, 'question')}" if each.calls > 1 else each.title
            self.workload.addItem(title, each.name)
        at = self.workload.findData(first)
        self.workload.setCurrentIndex(max(0, at))
        self._show_workload()

    def _connect(self) -> None:
        self.workload.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.may_evict.setToolTip("Models that others loaded into a local server")
        for widget, name in (
            (self.workload, "What is asked"),
            (self.runs, "Calls of each"),
            (self.streams, "Streams at once"),
        ):
            widget.setAccessibleName(name)
        self.picker.changed.connect(self._ask)
        self.workload.currentIndexChanged.connect(self._on_workload_changed)
        self.runs.valueChanged.connect(self._ask)
        self.streams.valueChanged.connect(self._ask)
        self.may_evict.toggled.connect(self._ask)
        self.finished.connect(self._on_finished)

    @guarded
    def _on_workload_changed(self) -> None:
        self._show_workload()
        self._ask()

    def _show_workload(self) -> None:
        if not self._workloads:
            return
        chosen = self._workloads[max(0, self.workload.currentIndex())]
        self.about.setText(clip(chosen.about, 300))
        self.runs.setValue(1 if chosen.calls > 1 else 5)

    @guarded
    def _ask(self) -> None:
        """Plans anew, once the person has stopped changing things."""
        self.plan = None
        self.start.setEnabled(False)
        self._soon.start()

    @guarded
    def _on_soon(self) -> None:
        if self._planning is not None:
            self._planning.cancel()
        self._planning = spawn(self._plan(), "plan a benchmark")

    @guarded
    def _on_finished(self) -> None:
        self._soon.stop()
        if self._planning is not None:
            self._planning.cancel()

    async def _plan(self) -> None:
        ids = self.picker.ticked
        if not ids:
            self._show(None, _NONE)
            return
        self.planned.setText("Planning…")
        try:
            plan = await self._benchmarks.plan(
                ids,
                str(self.workload.currentData()),
                self.runs.value(),
                concurrency=self.streams.value(),
                may_evict=self.may_evict.isChecked(),
            )
        except KnownError as error:
            self._show(None, "", complaint=str(error))
            return
        self._show(plan, "")

    def _show(self, plan: Plan | None, words: str, *, complaint: str = "") -> None:
        self.plan = plan
        self.start.setEnabled(plan is not None and bool(plan.cells))
        self.planned.setText(words or (wording.plan_text(plan) if plan else ""))
        self.cost.setText(wording.cost_text(plan) if plan and plan.cells else "")
        self.complaint.setText(complaint)
        self.notes.setText("\n".join(clip(note, 300) for note in plan.notes[:8]) if plan else "")
        self.refused.setText(_refused(plan) if plan else "")
        for text in (self.planned, self.cost, self.complaint, self.notes, self.refused):
            text.setVisible(bool(text.text()))


def _refused(plan: Plan) -> str:
    if not plan.refused:
        return ""
    shown = [f"{wording.name_of(id_)}: {clip(why, 200)}" for id_, why in plan.refused.items()]
    rest = [f"and {len(shown) - _MOST_REFUSED:,} more"] if len(shown) > _MOST_REFUSED else []
    return "\n".join(["Left out:", *shown[:_MOST_REFUSED], *rest])


def _number(least: int, most: int, parent: QWidget) -> QSpinBox:
    field = QSpinBox(parent)
    field.setRange(least, most)
    return field
