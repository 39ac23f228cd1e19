"""How the cards of the Ollama tab lie: in two columns, or beneath each other where there is no room for two."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from modelward.ui.kit.theme import SPACE, Theme

_SIDE, _LEAST_SIDE, _SIDE_SHARE, _MAIN = 430, 340, 0.35, 540
_BENEATH = 480
_SHARES = (3, 2)  # of the height, for the models and for what is below them
_WAY = QBoxLayout.Direction


class Page(QScrollArea):
    """What is said at once and the first card at the top, the lists at the left, one model at the right.

    The model's column scrolls by itself, so that the list stays in sight; all of it scrolls where the window is low.
    """

    def __init__(
        self,
        theme: Theme,
        *,
        top: Sequence[QWidget],
        lists: Sequence[QWidget],
        side: QWidget,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        content = QWidget(self)
        main = QWidget(content)
        left = QVBoxLayout(main)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(2 * SPACE)
        for widget, share in zip(lists, _SHARES, strict=True):
            left.addWidget(widget, share)
        self._side = _scrolled(side, content)
        self._columns = QBoxLayout(_WAY.LeftToRight)
        self._columns.setSpacing(2 * SPACE)
        self._columns.addWidget(main, 1)
        self._columns.addWidget(self._side)
        whole = QVBoxLayout(content)
        whole.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        whole.setSpacing(2 * SPACE)
        for widget in top:
            whole.addWidget(widget)
        whole.addLayout(self._columns, 1)
        _quiet(self)
        self.setWidget(content)
        theme.changed.connect(self._arrange)
        self._arrange()

    def show_side(self, *, is_shown: bool) -> None:
        """Shows the model's column, or leaves its room to the lists."""
        self._side.setVisible(is_shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        room = self.width() - 6 * SPACE
        scaled = self._theme.scaled
        side = max(scaled(_LEAST_SIDE), min(scaled(_SIDE), round(room * _SIDE_SHARE)))
        is_wide = room >= side + scaled(_MAIN)
        self._columns.setDirection(_WAY.LeftToRight if is_wide else _WAY.TopToBottom)
        self._side.setMinimumWidth(side if is_wide else 0)
        self._side.setMaximumWidth(side if is_wide else 16_777_215)
        self._side.setMinimumHeight(0 if is_wide else scaled(_BENEATH))


class Room(QWidget):
    """Holds a list, which takes the room there is: the page is never higher because of it than its least height."""

    def __init__(self, held: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(held)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()


class _Side(QScrollArea):
    def sizeHint(self) -> QSize:
        return self.minimumSize()


def _scrolled(widget: QWidget, parent: QWidget) -> QScrollArea:
    area = _Side(parent)
    _quiet(area)
    area.setWidget(widget)
    return area


def _quiet(area: QScrollArea) -> None:
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
