"""The header of a table: order, width and visibility of its columns, remembered as text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QMenu, QWidget

from modelward.ui.kit.rows import Column

R = TypeVar("R")

_NARROWEST, _WIDEST = 40, 1200


class TableHeader(QHeaderView, Generic[R]):
    """Columns that can be moved, resized, hidden and sorted by; some share the room that is left.

    :attr:`layout_changed` says that a person did one of these.
    """

    layout_changed = Signal()

    def __init__(self, columns: Sequence[Column[R]], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._columns = tuple(columns)
        self._widths = [column.width for column in columns]
        self._is_arranging = False
        self._scale = 1.0
        self._room = 0
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(_NARROWEST)
        self.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName("Columns")

    def start(self) -> None:
        """Arranges the columns and listens to the person, once the model is there."""
        self._arrange()
        self.customContextMenuRequested.connect(self._show_menu)
        self.sectionResized.connect(self._on_section_resized)
        self.sectionMoved.connect(self._on_changed)
        self.sortIndicatorChanged.connect(self._on_changed)

    def set_scale(self, scale: float) -> None:
        """Columns grow and shrink with the font; 1 is the base of 10 pt."""
        self._scale = scale
        self._arrange(self._entries())

    def shown_columns(self) -> list[int]:
        """The visible columns in the order they stand in."""
        return [at for at in self._order() if not self.isSectionHidden(at)]

    def layout_text(self) -> str:
        """Order, width and visibility of the columns and the sorting, as text to keep."""
        sorting = {
            "key": self._columns[self.sortIndicatorSection()].key,
            "descending": self.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder,
        }
        return json.dumps({"columns": self._entries(), "sort": sorting})

    def restore(self, text: str) -> None:
        """Takes back what :meth:`layout_text` gave; what is unknown or damaged in it is left aside."""
        try:
            kept = json.loads(text)
        except ValueError:
            return
        if not isinstance(kept, dict):
            return
        entries, sorting = kept.get("columns"), kept.get("sort")
        if isinstance(entries, list):
            self._arrange([entry for entry in entries if isinstance(entry, dict)])
        if isinstance(sorting, dict) and (at := self._position(sorting.get("key"))) is not None:
            is_descending = sorting.get("descending") is True
            self.setSortIndicator(at, Qt.SortOrder.DescendingOrder if is_descending else Qt.SortOrder.AscendingOrder)

    def reset_columns(self) -> None:
        """Shows the columns as they were at first."""
        self._widths = [column.width for column in self._columns]
        self._arrange()
        self.layout_changed.emit()

    def set_shown(self, at: int, *, is_shown: bool) -> None:
        """Shows or hides a column; the last visible one stays."""
        if is_shown or len(self.shown_columns()) > 1:
            self.setSectionHidden(at, not is_shown)
            self._fit()
            self.layout_changed.emit()

    def menu(self) -> QMenu:
        """A menu to choose columns from; the caller shows it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for at, column in enumerate(self._columns):
            action = menu.addAction(column.title.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(not self.isSectionHidden(at))
            action.setToolTip(column.explained)
            action.toggled.connect(lambda on, at=at: self.set_shown(at, is_shown=on))
        menu.addSeparator()
        menu.addAction("Reset columns").triggered.connect(self.reset_columns)
        return menu

    def set_room(self, width: int) -> None:
        """Says how wide the table is, in pixels; some columns share what the others leave."""
        self._room = width
        self._fit()

    def _fit(self) -> None:
        """Shares the room that is left among the columns that take slack; none gets less than its width."""
        takers = [at for at in self.shown_columns() if self._columns[at].takes_slack]
        rest = self._room - self.length() + sum(self.sectionSize(at) - self._scaled(at) for at in takers)
        self._is_arranging = True
        for left, at in zip(range(len(takers), 0, -1), takers, strict=True):
            extra = max(0, rest) // left
            rest -= extra
            self.resizeSection(at, self._scaled(at) + extra)
        self._is_arranging = False

    def _scaled(self, at: int) -> int:
        return round(self._widths[at] * self._scale)

    def _show_menu(self, place: QPoint) -> None:
        self.menu().popup(self.mapToGlobal(place))

    def _on_section_resized(self, at: int, _old: int, new: int) -> None:
        # Hiding a column resizes it to 0, and arranging is not the person's doing: neither is a width to keep.
        if new and not self._is_arranging:
            self._widths[at] = round(new / self._scale)
            self.layout_changed.emit()

    def _on_changed(self) -> None:
        if not self._is_arranging:
            self.layout_changed.emit()

    def _arrange(self, kept: Sequence[Mapping[str, object]] = ()) -> None:
        hidden = {at: column.is_hidden for at, column in enumerate(self._columns)}
        order: list[int] = []
        for entry in kept:
            at = self._position(entry.get("key"))
            if at is None or at in order:
                continue
            order.append(at)
            hidden[at] = entry.get("hidden") is True
            if isinstance(width := entry.get("width"), int):
                self._widths[at] = min(max(width, _NARROWEST), _WIDEST)
        order += [at for at in hidden if at not in order]
        if all(hidden.values()):
            hidden[order[0]] = False
        self._is_arranging = True
        for place, at in enumerate(order):
            self.moveSection(self.visualIndex(at), place)
            self.setSectionHidden(at, hidden[at])
            self.resizeSection(at, self._scaled(at))
        self._is_arranging = False
        self._fit()

    def _entries(self) -> list[dict[str, object]]:
        return [
            {"key": self._columns[at].key, "width": self._widths[at], "hidden": self.isSectionHidden(at)}
            for at in self._order()
        ]

    def _order(self) -> list[int]:
        return [self.logicalIndex(place) for place in range(self.count())]

    def _position(self, key: object) -> int | None:
        return next((at for at, column in enumerate(self._columns) if column.key == key), None)
