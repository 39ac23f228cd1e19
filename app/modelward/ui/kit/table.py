"""The table view of every tab: keeps its place, copies cells and rows, remembers its columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from modelward.ui.kit.cells import CellHints, CellPainter, TableLook
from modelward.ui.kit.rows import Column, RowsModel
from modelward.ui.kit.table_header import TableHeader
from modelward.ui.kit.theme import Theme

R = TypeVar("R")

_SELECT = QItemSelectionModel.SelectionFlag


class DataTable(QTableView, Generic[R]):
    """Rows of one kind in columns that are data.

    The current row stays current when rows are sorted, filtered or replaced; when it is gone, the row that took its
    place follows (after a search: the first). Signals: ``row_changed`` (id of the current row, empty for none),
    ``row_opened`` (double click or Enter), ``shown_changed`` (other rows are shown).
    """

    row_changed = Signal(str)
    row_opened = Signal(str)
    shown_changed = Signal()

    def __init__(
        self,
        columns: Sequence[Column[R]],
        identify: Callable[[R], str],
        haystack: Callable[[R], str],
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows: RowsModel[R] = RowsModel(columns, identify, haystack, self)
        self.header: TableHeader[R] = TableHeader(columns, self)
        self._kept: tuple[set[str], str, int] = (set(), "", -1)
        self._keeps_place = False
        self._announced = ""
        self._cells: CellPainter[R] = CellPainter(self.rows, TableLook.of(theme))
        self._hovered = -1
        self._dress()
        self.setModel(self.rows)
        self.setItemDelegate(CellHints(self.rows, self._cells, self))
        self.setHorizontalHeader(self.header)
        # Painting its sections, a header asks of every row whether it is selected: with all of 50,000 that is a second.
        self.header.setSelectionModel(QItemSelectionModel(self.rows, self.header))
        self._connect()
        self._dress_again()
        self.header.start()
        self.setSortingEnabled(True)
        # After the sorting, which keeps the current row in view: whoever sorts wants to see what comes first.
        self.header.sortIndicatorChanged.connect(self.scrollToTop)

    def set_rows(self, rows: Iterable[R]) -> None:
        """Replaces the rows; selection, sorting, filter and search stay."""
        self._keeps_place = True
        self.rows.set_rows(rows)
        self._keeps_place = False

    def current_row(self) -> R | None:
        """The row that the keyboard is on."""
        index = self.currentIndex()
        return self.rows.row_at(index.row()) if index.isValid() else None

    def selected_rows(self) -> list[R]:
        """The selected rows, in the order shown."""
        return [self.rows.row_at(position) for position in self._selected_positions()]

    def selected_count(self) -> int:
        """How many rows are selected."""
        return len(self._selected_positions())

    def select_id(self, id_: str) -> bool:
        """Makes a row current and scrolls to it; False where it is not shown."""
        positions = self.rows.positions_of({id_})
        if not positions:
            return False
        self._select(positions, positions[0])
        self.scrollTo(self.currentIndex(), QAbstractItemView.ScrollHint.PositionAtCenter)
        return True

    def choose(self, ids: Collection[str]) -> None:
        """Selects these rows, as far as they are shown; the first of them becomes current."""
        if positions := self.rows.positions_of(ids):
            self._select(positions, positions[0])

    def copy_rows(self) -> None:
        """Copies the visible columns of the selected rows, separated by tabs."""
        columns = [self.rows.columns[at] for at in self.header.shown_columns()]
        lines = ("\t".join(_for_sheet(column.plain(row)) for column in columns) for row in self.selected_rows())
        QGuiApplication.clipboard().setText("\n".join(lines))

    def copy_cell(self) -> None:
        """Copies the cell that the keyboard is on."""
        row = self.current_row()
        if row is not None:
            QGuiApplication.clipboard().setText(self.rows.columns[self.currentIndex().column()].plain(row))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the rows itself: by a call for each cell, Qt's own way takes twice as long as a frame may."""
        if not (total := self.rows.rowCount()):
            return
        area = event.rect()
        first, last = self.rowAt(area.top()), self.rowAt(area.bottom())
        places = self._places(area)
        painter = QPainter(self.viewport())
        for position in range(max(first, 0), (last if last >= 0 else total - 1) + 1):
            self._paint_row(painter, position, places)
        current = self.currentIndex()
        if current.isValid() and self.hasFocus():
            self._cells.paint_focus(painter, self.visualRect(current))

    def _places(self, area: QRect) -> list[tuple[Column[R], int, int]]:
        """The columns within an area, each with its left edge and its width."""
        header = self.header
        found = [(at, header.sectionViewportPosition(at), header.sectionSize(at)) for at in header.shown_columns()]
        return [
            (self.rows.columns[at], left, width)
            for at, left, width in found
            if left <= area.right() and left + width > area.left()
        ]

    def _paint_row(self, painter: QPainter, position: int, places: Sequence[tuple[Column[R], int, int]]) -> None:
        cells, row = self._cells, self.rows.row_at(position)
        top, height = self.rowViewportPosition(position), self.rowHeight(position)
        ground = QRect(-self.header.offset(), top, self.header.length(), height)
        is_selected = self.selectionModel().isRowSelected(position, QModelIndex())
        cells.paint_ground(painter, ground, is_selected=is_selected, is_hovered=position == self._hovered)
        for column, left, width in places:
            cells.paint_cell(painter, QRect(left, top, width, height), column, row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open_row(self.currentIndex())
        # Home and End go to the first and the last row; Qt would go to the first and the last column.
        elif event.key() == Qt.Key.Key_Home and not event.modifiers() and self.rows.rowCount():
            self._select([0], 0)
        elif event.key() == Qt.Key.Key_End and not event.modifiers() and self.rows.rowCount():
            self._select([self.rows.rowCount() - 1], self.rows.rowCount() - 1)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.header.set_room(self.viewport().width())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _dress(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def _dress_again(self) -> None:
        look = TableLook.of(self._theme)
        self._cells.set_look(look)
        self.verticalHeader().setDefaultSectionSize(look.row_height)
        self.header.setFixedHeight(look.row_height)
        self.header.set_scale(look.scale)
        self.viewport().update()

    def _connect(self) -> None:
        self._theme.changed.connect(self._dress_again)
        self.rows.modelAboutToBeReset.connect(self._keep_selection)
        self.rows.modelReset.connect(self._restore_selection)
        self.selectionModel().currentRowChanged.connect(self._announce_row)
        self.doubleClicked.connect(self._open_row)
        self.entered.connect(self._on_entered)
        for text, keys, slot in (
            ("Copy rows", "Ctrl+C", self.copy_rows),
            ("Copy cell", "Ctrl+Shift+C", self.copy_cell),
        ):
            action = QAction(text, self)
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(slot)
            self.addAction(action)

    def _on_entered(self, index: QModelIndex) -> None:
        self._hover(index.row())

    def _hover(self, row: int) -> None:
        width = self.viewport().width()
        for changed in {self._hovered, row} - {-1}:
            self.viewport().update(0, self.rowViewportPosition(changed), width, self.rowHeight(changed))
        self._hovered = row

    def _selected_positions(self) -> list[int]:
        # Ranges, not indexes: with everything selected there would be as many indexes as cells.
        ranges = self.selectionModel().selection()
        parts = (ranges.at(place) for place in range(ranges.count()))
        return sorted({row for part in parts for row in range(part.top(), part.bottom() + 1)})

    def _keep_selection(self) -> None:
        ids = {self.rows.id_at(position) for position in self._selected_positions()}
        current = self.currentIndex()
        self._kept = (ids, self.rows.id_at(current.row()) if current.isValid() else "", current.row())

    def _restore_selection(self) -> None:
        selected, current_id, place = self._kept
        if count := self.rows.rowCount():
            positions = self.rows.positions_of(selected)
            current = next(iter(self.rows.positions_of({current_id})), None) if positions else None
            if current is None:
                current = min(max(place, 0), count - 1) if self._keeps_place else 0
            self._select(positions or [current], current)
        self._announce_row(self.currentIndex())
        self.shown_changed.emit()

    def _select(self, positions: Sequence[int], current: int) -> None:
        selection = QItemSelection()
        for first, last in _runs(positions):
            selection.select(self.rows.index(first, 0), self.rows.index(last, len(self.rows.columns) - 1))
        column = self.currentIndex().column()
        index = self.rows.index(current, column if column >= 0 else self.header.shown_columns()[0])
        self.selectionModel().setCurrentIndex(index, _SELECT.NoUpdate)
        self.selectionModel().select(selection, _SELECT.ClearAndSelect)
        self.scrollTo(index)

    def _announce_row(self, current: QModelIndex, _previous: QModelIndex | None = None) -> None:
        id_ = self.rows.id_at(current.row()) if current.isValid() else ""
        if id_ != self._announced:
            self._announced = id_
            self.row_changed.emit(id_)

    def _open_row(self, index: QModelIndex) -> None:
        self.row_opened.emit(self.rows.id_at(index.row()))


def _for_sheet(text: str) -> str:
    # A sheet would take a stranger's name that begins so for a formula, and run it.
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending positions as runs (first, last) without a gap."""
    start = previous = None
    for position in positions:
        if start is None or previous is None:
            start = position
        elif position != previous + 1:
            yield start, previous
            start = position
        previous = position
    if start is not None and previous is not None:
        yield start, previous
