"""The last cycles: when, how long, what was filled by which means, at what cost; and what one of them filled."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedLayout, QVBoxLayout, QWidget

from modelward.core.clock import Clock
from modelward.healing.model import Cycle, Fill
from modelward.ui.health import wording
from modelward.ui.health.cycle_columns import columns, haystack
from modelward.ui.health.fills import FillsPanel
from modelward.ui.kit.card import EmptyState
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.theme import SPACE, Theme
from modelward.ui.shell.layout_store import LayoutStore

_LAYOUT = "health/cycles"
_ROWS = 4


class CyclesList(QWidget):
    """The last cycles above, what the chosen one filled below. ``cycle_chosen`` carries its number, 0 for none."""

    cycle_chosen = Signal(int)

    def __init__(self, theme: Theme, layout_store: LayoutStore, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._clock = clock
        self._layout_store = layout_store
        self.table: DataTable[Cycle] = DataTable(columns(clock), lambda cycle: str(cycle.id), haystack, theme, self)
        self.table.setAccessibleName("Healing cycles")
        self.fills = FillsPanel(theme, self)
        self.empty = EmptyState("clock", "No healing cycle has run yet.", "", self)
        self._split = QSplitter(Qt.Orientation.Vertical, self)
        self._split.addWidget(self.table)
        self._split.addWidget(_padded(self.fills))
        self._split.setChildrenCollapsible(False)
        self._split.setSizes([400, 500])
        self._stack = QStackedLayout()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._split)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._stack)
        self.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        self.table.header.restore(layout_store.text(_LAYOUT))
        self.table.header.layout_changed.connect(self._on_header_layout_changed)
        self.table.row_changed.connect(lambda id_: self.cycle_chosen.emit(int(id_ or 0)))
        theme.changed.connect(self._size)
        self._size()

    @property
    def chosen(self) -> Cycle | None:
        """The cycle whose fills are shown."""
        return self.table.current_row()

    def show_cycles(self, cycles: Sequence[Cycle]) -> None:
        """Shows these cycles."""
        self.table.set_rows(cycles)
        self._stack.setCurrentIndex(1 if cycles else 0)

    def show_fills(self, cycle: Cycle, fills: Sequence[Fill]) -> None:
        """Shows what a cycle filled."""
        heading = f"Cycle of {wording.when(cycle.started_at, self._clock())}"
        self.fills.show_fills(cycle, f"{heading}: {wording.filled(cycle)}", fills)

    def _size(self) -> None:
        self.table.setMinimumHeight(self._theme.row_height * _ROWS)
        self.fills.table.setMinimumHeight(self._theme.row_height * _ROWS)

    def _on_header_layout_changed(self) -> None:
        self._layout_store.keep(_LAYOUT, self.table.header.layout_text())


def _padded(widget: QWidget) -> QWidget:
    """With room above, so that the line between both parts does not touch the words."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, SPACE, 0, 0)
    column.addWidget(widget)
    return holder
