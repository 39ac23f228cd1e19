"""What is still missing: the incomplete models, what was tried on each, and what the person can do about it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from modelward.catalog.health import Health
from modelward.catalog.model import Field
from modelward.core.clock import Clock
from modelward.healing.model import Attempt
from modelward.ui.health.columns import MISSING, columns, haystack
from modelward.ui.health.figures import IncompleteModel, with_attempts
from modelward.ui.kit.card import EmptyState
from modelward.ui.kit.controls import SearchBox
from modelward.ui.kit.slots import guarded
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme
from modelward.ui.shell.layout_store import LayoutStore

_LAYOUT = "health/missing"
_SEARCH_WIDTH = 220


class MissingList(QWidget):
    """The incomplete models.

    Signals: ``model_requested`` (an id), ``set_requested`` (an id and the field to be set by hand),
    ``try_again_requested`` (ids; None for all).
    """

    model_requested = Signal(str)
    set_requested = Signal(str, Field)
    try_again_requested = Signal(object)

    def __init__(self, theme: Theme, layout_store: LayoutStore, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._layout_store = layout_store
        self._attempts: Sequence[Attempt] = ()
        made = columns(clock)
        self.search = SearchBox("Search this list", parent=self)
        self.shown = Text("", "small", self)
        self.set_value = QPushButton("Set a value…", self)
        self.try_again = QPushButton("Try again", self)
        self.try_all = QPushButton("Try all again", self)
        self.table: DataTable[IncompleteModel] = DataTable(made, lambda row: row.model.id, haystack, theme, self)
        self.table.setAccessibleName("Incomplete models")
        self.empty = EmptyState("check", "", "", self)
        self._stack = QStackedLayout()
        self._lay_out()
        self._connect(next(at for at, column in enumerate(made) if column.key == MISSING))

    def show_rows(self, rows: Sequence[IncompleteModel], counted: Health) -> None:
        """Shows these models; what was tried on them is known already, or comes later."""
        is_at_top = self.table.currentIndex().row() <= 0
        self.table.set_rows(with_attempts(rows, self._attempts))
        if is_at_top and rows:
            # Who has not chosen any is not led away from the first.
            self.table.selectRow(0)
        self._show_list_or_words(counted)

    def show_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Shows what was tried."""
        self._attempts = attempts
        self.table.set_rows(with_attempts(self.table.rows.rows(), attempts))

    def _lay_out(self) -> None:
        tools = self.tools = QWidget(self)
        row = QHBoxLayout(tools)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.search, 1)
        row.addWidget(self.shown)
        row.addStretch(0)
        for button in (self.set_value, self.try_again, self.try_all):
            row.addWidget(button)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(tools)
        column.addLayout(self._stack, 1)
        self.set_value.setToolTip("State yourself what is missing of the chosen model (F2)")
        self.try_again.setToolTip(
            "Forget what was tried on the chosen models, so that the next cycle tries it (Ctrl+R)"
        )
        self.try_all.setToolTip("Forget what was tried on all models, so that the next cycle tries it")
        self._dress()

    def _connect(self, missing: int) -> None:
        self._theme.changed.connect(self._dress)
        self.search.textChanged.connect(self.table.rows.set_search)
        self.table.shown_changed.connect(self._on_table_shown_changed)
        self.table.row_changed.connect(self._on_table_row_changed)
        self.table.row_opened.connect(self.model_requested)
        # Those that lack most come first, until the person sorts otherwise.
        self.table.sortByColumn(missing, Qt.SortOrder.AscendingOrder)
        self.table.header.restore(self._layout_store.text(_LAYOUT))
        self.table.header.layout_changed.connect(self._on_header_layout_changed)
        self.set_value.clicked.connect(self._on_set_value)
        self.try_again.clicked.connect(self._on_try_again)
        self.try_all.clicked.connect(lambda: self.try_again_requested.emit(None))
        first = self.table.actions()[0]
        for words, keys, slot in (
            ("Set a value…", "F2", self._on_set_value),
            ("Try again", "Ctrl+R", self._on_try_again),
        ):
            action = QAction(words, self.table)
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(slot)
            self.table.insertAction(first, action)

    def _dress(self) -> None:
        self.search.setMaximumWidth(self._theme.scaled(_SEARCH_WIDTH))

    def _show_list_or_words(self, counted: Health) -> None:
        is_listed = counted.incomplete > 0
        self._stack.setCurrentWidget(self.table if is_listed else self.empty)
        self.tools.setVisible(is_listed)
        if counted.total == 0:
            self.empty.show_sentence("The catalogue is empty. Drop a list of models on the window to fill it.")
        elif not is_listed:
            self.empty.show_sentence("All models are complete.")

    @guarded
    def _on_set_value(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self.set_requested.emit(row.model.id, row.fields[0])

    @guarded
    def _on_try_again(self) -> None:
        if rows := self.table.selected_rows():
            self.try_again_requested.emit([row.model.id for row in rows])

    @guarded
    def _on_table_row_changed(self) -> None:
        for button in (self.set_value, self.try_again):
            button.setEnabled(self.table.current_row() is not None)

    @guarded
    def _on_table_shown_changed(self) -> None:
        shown, total = self.table.rows.rowCount(), self.table.rows.total
        self.shown.setText(f"{shown:,} of {total:,}" if shown != total else f"{total:,} models" if total else "")

    def _on_header_layout_changed(self) -> None:
        self._layout_store.keep(_LAYOUT, self.table.header.layout_text())
