"""The single calls of the chosen models; what was said in one is read when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from modelward.benchmarks.model import Measurement
from modelward.benchmarks.service import BenchmarkService
from modelward.ui.benchmarks.call_columns import Call, columns, haystack
from modelward.ui.benchmarks.call_dialog import CallDialog
from modelward.ui.benchmarks.rows import Row
from modelward.ui.kit import dialogs
from modelward.ui.kit.card import EmptyState
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme

_MOST = 200
_MOST_MODELS = 6


class CallsPanel(QWidget):
    """The newest calls first. A double click or Enter shows what was asked and answered."""

    def __init__(self, benchmarks: BenchmarkService, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._benchmarks = benchmarks
        self.table: DataTable[Call] = DataTable(columns(), lambda call: str(call.measured.id), haystack, theme, self)
        self.table.setAccessibleName("Calls")
        self.table.header.setSortIndicator(0, Qt.SortOrder.DescendingOrder)
        self.hint = Text("Double click or Enter: what was asked and answered.", "small", self, wraps=True)
        self.empty = EmptyState("clock", "", "", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        for widget in (self.table, self.empty):
            column.addWidget(widget, 1)
        column.addWidget(self.hint)
        action = QAction("Show what was said…", self.table)
        action.triggered.connect(self._open_current)
        self.table.insertAction(self.table.actions()[0], action)
        self.table.row_opened.connect(self._open_current)

    async def show_rows(self, rows: Sequence[Row]) -> None:
        """Shows the calls of these models with their workload."""
        calls: list[Measurement] = []
        for row in rows[:_MOST_MODELS]:
            calls += await self._benchmarks.calls(row.model_id, row.lot.workload, limit=_MOST)
        calls = sorted(calls, key=lambda call: call.at, reverse=True)[:_MOST]
        grades = await self._benchmarks.grades([call.id for call in calls if call.id is not None])
        self.table.set_rows(Call(call, grades.get(call.id or -1)) for call in calls)
        for widget in (self.table, self.hint):
            widget.setVisible(bool(calls))
        self.empty.setVisible(not calls)
        self.empty.show_sentence(
            "No call of it is kept any more; its daily figures are." if rows else "Choose a model in the table."
        )

    @guarded
    def _open_current(self) -> None:
        if (call := self.table.current_row()) is not None:
            spawn(self._open(call), "call")

    async def _open(self, call: Call) -> None:
        exchange = await self._benchmarks.exchange(call.measured.id) if call.measured.id is not None else None
        await dialogs.finished(CallDialog(call, exchange, self.window()))
