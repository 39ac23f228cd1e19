"""How the cards of the Health tab lie: in two columns, or beneath each other where there is no room for two."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QVBoxLayout, QWidget

from modelward.ui.kit.theme import SPACE, Theme

_SIDE, _MAIN, _LIST = 384, 520, 300
_WAY = QBoxLayout.Direction


class Page(QScrollArea):
    """Two columns that scroll together where the window is low; one where it is narrow or the text large."""

    def __init__(
        self,
        theme: Theme,
        *,
        side: Sequence[QWidget],
        notices: Sequence[QWidget],
        chart: QWidget,
        lists: QWidget,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lists = lists
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget(self)
        self._side, left = _column(content)
        for card in side:
            left.addWidget(card)
        left.addStretch(1)
        self._main, right = _column(content)
        for widget in (*notices, chart):
            right.addWidget(widget)
        right.addWidget(lists, 1)
        self._columns = QBoxLayout(_WAY.LeftToRight, content)
        self._columns.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        self._columns.setSpacing(2 * SPACE)
        self._columns.addWidget(self._side)
        self._columns.addWidget(self._main, 1)
        self.setWidget(content)
        theme.changed.connect(self._arrange)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        side, main = self._theme.scaled(_SIDE), self._theme.scaled(_MAIN)
        is_wide = self.width() >= side + main + 6 * SPACE
        self._columns.setDirection(_WAY.LeftToRight if is_wide else _WAY.TopToBottom)
        self._side.setMinimumWidth(side if is_wide else 0)
        self._side.setMaximumWidth(side if is_wide else 16_777_215)
        self._lists.setMinimumHeight(self._theme.scaled(_LIST))


def _column(parent: QWidget) -> tuple[QWidget, QVBoxLayout]:
    holder = QWidget(parent)
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2 * SPACE)
    return holder, column
