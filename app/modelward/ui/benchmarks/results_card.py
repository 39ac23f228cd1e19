"""The card of results: a table of one workload's models, with search, filter and the choice of a workload."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from modelward.benchmarks.model import Workload
from modelward.core.clock import Clock
from modelward.ui.benchmarks import wording
from modelward.ui.benchmarks.columns import QUALITY, columns, haystack
from modelward.ui.benchmarks.menu_button import MenuButton
from modelward.ui.benchmarks.rows import Lot, Row
from modelward.ui.kit.card import Card, EmptyState
from modelward.ui.kit.controls import FilterChip, SearchBox
from modelward.ui.kit.icons import icon
from modelward.ui.kit.slots import guarded
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.theme import SPACE, Theme
from modelward.ui.shell.layout_store import LayoutStore

_KEY = "benchmarks/columns"
_NOTHING = "Nothing was measured yet. Press Benchmark, choose models and what to ask them."


class ResultsCard(Card):
    """Signals: ``lot_chosen`` (a :class:`.Lot`), ``bench_requested``, ``export_requested``, ``import_requested``."""

    lot_chosen = Signal(object)
    bench_requested = Signal()
    export_requested = Signal()
    import_requested = Signal()

    def __init__(self, theme: Theme, layout_store: LayoutStore, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__("Results", parent)
        self._layout_store = layout_store
        self._lots: Sequence[Lot] = ()
        self.workload = MenuButton("Workload", "", self)
        self.workload.setToolTip("What was asked: only figures of one workload can be compared")
        self.more = QPushButton("", self)
        self.more.setIcon(icon("more"))
        self.more.setProperty("role", "quiet")
        self.more.setAccessibleName("More about results")
        self.search = SearchBox("Find a model", "", self)
        self.favourites = FilterChip("Favourites", self, is_switch=True)
        self.table: DataTable[Row] = DataTable(columns(clock), lambda row: row.model_id, haystack, theme, self)
        self.table.setAccessibleName("Results")
        self.empty = EmptyState("benchmarks", _NOTHING, "Benchmark…", self)
        self._lay_out()
        self._connect()

    def show_rows(self, rows: Sequence[Row], lot: Lot | None, lots: Sequence[Lot], listed: Sequence[Workload]) -> None:
        """Shows the models of one lot."""
        self._lots = lots
        self.set_title(_title(rows, lot))
        choices = [(str(number), _lot_title(each, listed)) for number, each in enumerate(lots)]
        current = str(lots.index(lot)) if lot in lots else None
        self.workload.show_choices(choices, current)
        self.table.set_rows(rows)
        has_any = bool(rows)
        for widget in (self.search, self.favourites, self.table, self.workload):
            widget.setVisible(has_any)
        self.empty.setVisible(not has_any)

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(SPACE)
        tools.addWidget(self.search, 1)
        tools.addWidget(self.favourites)
        self.add_action(self.workload)
        self.add_action(self.more)
        column = QVBoxLayout()
        column.setSpacing(SPACE)
        column.addLayout(tools)
        column.addWidget(self.table, 1)
        column.addWidget(self.empty, 1)
        self.body.addLayout(column, 1)

    def _connect(self) -> None:
        header = self.table.header
        at = next(number for number, each in enumerate(self.table.rows.columns) if each.key == QUALITY)
        header.setSortIndicator(at, Qt.SortOrder.DescendingOrder)
        header.restore(self._layout_store.text(_KEY))
        header.layout_changed.connect(lambda: self._layout_store.keep(_KEY, header.layout_text()))
        self.search.textChanged.connect(self.table.rows.set_search)
        self.favourites.opened.connect(self._filter)
        self.favourites.cleared.connect(self._filter)
        self.workload.chosen.connect(lambda key: self.lot_chosen.emit(self._lots[int(key)]))
        self.empty.action_requested.connect(self.bench_requested)
        self.more.clicked.connect(self._on_more_clicked)

    @guarded
    def _filter(self) -> None:
        self.table.rows.set_filter([lambda row: row.is_favourite] if self.favourites.value is not None else [])

    @guarded
    def _on_more_clicked(self) -> None:
        menu = self.table.header.menu()
        first = menu.actions()[0]
        for words, signal in (("Export data…", self.export_requested), ("Import measurements…", self.import_requested)):
            action = menu.addAction(words)
            action.triggered.connect(signal)
            menu.insertAction(first, action)
        menu.insertSeparator(first)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))


def _title(rows: Sequence[Row], lot: Lot | None) -> str:
    if lot is None or not rows:
        return "Results"
    each = wording.runs_text([row.result for row in rows])
    return f"Results · {each}, warm, {wording.streams(lot.concurrency)}"


def _lot_title(lot: Lot, listed: Sequence[Workload]) -> str:
    title = wording.workload_title(lot.workload, listed)
    return title if lot.concurrency == 1 else f"{title}, {wording.streams(lot.concurrency)}"
