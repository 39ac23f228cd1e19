"""The page of spending: how the budgets stand, the limits, and what was spent on which model."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock, utc_now
from modelward.desk import Desk
from modelward.spending.model import Period
from modelward.spending.totals import Totals
from modelward.ui.kit.card import EmptyState
from modelward.ui.kit.forms import SettingsForm
from modelward.ui.kit.meter import Meter
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.tasks import Tasks
from modelward.ui.kit.text import Text, rule
from modelward.ui.kit.theme import SPACE, Theme
from modelward.ui.settings.columns import COLUMNS, Spent
from modelward.ui.settings.form_page import PageFrame
from modelward.ui.settings.pages import Page
from modelward.ui.settings.wording import budget_note, budget_text, level_tone, used_share

_SHOWN = timedelta(days=30)
_MOST_ROWS = 10


class SpendingPage(PageFrame):
    """``changed`` carries what was set here."""

    changed = Signal(Changes)

    def __init__(
        self, page: Page, desk: Desk, theme: Theme, tasks: Tasks, window: QWidget, *, clock: Clock = utc_now
    ) -> None:
        super().__init__(page, window)
        self._spending = desk.spending
        self._theme = theme
        self._clock = clock
        self._tasks = tasks
        self.day, self.month = BudgetBar("Today", self), BudgetBar("This month", self)
        self.form = SettingsForm(desk.preferences, page.settings, tasks, self)
        self.form.saved.connect(self._on_form_saved)
        self.calls: DataTable[Spent] = DataTable(COLUMNS, lambda row: row[0], lambda row: row[0], theme, self)
        self.calls.setAccessibleName("Calls of the last 30 days by model")
        self.calls.sortByColumn(len(COLUMNS) - 1, Qt.SortOrder.DescendingOrder)
        self.calls.hide()
        self.empty = EmptyState("spending", "No calls yet.", parent=self)
        self.empty.setMinimumHeight(theme.scaled(100))
        self._lay_out()

    async def reload(self) -> None:
        """Shows how the budgets stand now, and what was spent."""
        state, totals = await asyncio.gather(self._spending.state(), self._spending.totals(self._clock() - _SHOWN))
        self.day.show_period(state.day)
        self.month.show_period(state.month)
        self._show_calls(totals)

    def stop(self) -> None:
        """Follow the preferences no longer."""
        self.form.stop()

    def _show_calls(self, totals: Totals) -> None:
        rows = list(totals.by_model.items())
        self.empty.setVisible(not rows)
        self.calls.setVisible(bool(rows))
        self.calls.set_rows(rows)
        shown = min(len(rows), _MOST_ROWS) + 1
        self.calls.setFixedHeight(self._theme.row_height * shown + 2)

    def _on_form_saved(self, key: str) -> None:
        self._tasks.start(self.reload(), "show budgets", can_be_cut=True)
        self.changed.emit(Changes.of(Room.SETTINGS, frozenset({key})))

    def _lay_out(self) -> None:
        bars = QHBoxLayout()
        bars.setSpacing(4 * SPACE)
        bars.addWidget(self.day, 1)
        bars.addWidget(self.month, 1)
        self.body.addLayout(bars)
        self.body.addSpacing(SPACE)
        self.body.addWidget(rule(self))
        self.body.addWidget(self.form)
        self.body.addWidget(rule(self))
        self.body.addSpacing(SPACE)
        self.body.addWidget(Text("Calls of the last 30 days", "title", self))
        for widget in (self.calls, self.empty):
            self.body.addWidget(widget)
        self.body.addStretch(1)


class BudgetBar(QWidget):
    """How one budget stands: a name, the figure, a bar, and what the figure does not hold."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.figure = Text("", "strong", self)
        self.meter = Meter(self)
        self.note = Text("", "small", self, wraps=True)
        head = QHBoxLayout()
        head.addWidget(Text(name, "muted", self), 1)
        head.addWidget(self.figure)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addWidget(self.meter)
        column.addWidget(self.note)
        column.addStretch(1)

    def show_period(self, period: Period) -> None:
        """Shows how it stands now."""
        told = budget_text(period)
        self.figure.setText(told)
        self.meter.show_share(used_share(period), level_tone(period), f"{self._name}: {told}")
        self.note.setText(budget_note(period))
        self.note.setVisible(bool(self.note.text()))
