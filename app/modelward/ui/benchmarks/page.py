"""How the cards of the Benchmarks tab lie: two by two, or beneath each other where there is no room for two."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from modelward.ui.kit.theme import SPACE, Theme

_WIDE = 900
_HIGH = (280, 300)  # the least height of each row, at 100 % text
_SHARES = (4, 3)  # of the width, for the left and for the right


class Page(QScrollArea):
    """What is said at once at the top, then two rows of two cards; all of it scrolls where the window is low."""

    def __init__(
        self,
        theme: Theme,
        *,
        top: Sequence[QWidget],
        cards: Sequence[Sequence[QWidget]],
        whole: QWidget,
        parent: QWidget,
    ) -> None:
        """``whole``: the one of the cards that cannot be made lower than it would like to be."""
        super().__init__(parent)
        self._theme = theme
        self._is_wide: bool | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget(self)
        self._rooms = [[_Room(card, content, is_whole=card is whole) for card in row] for row in cards]
        self._grid = QGridLayout()
        self._grid.setSpacing(2 * SPACE)
        column = QVBoxLayout(content)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        for widget in top:
            column.addWidget(widget)
        column.addLayout(self._grid, 1)
        self.setWidget(content)
        theme.changed.connect(self._arrange)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        for rooms, height in zip(self._rooms, _HIGH, strict=True):
            for room in rooms:
                room.set_least(self._theme.scaled(height))
        is_wide = self.width() - 4 * SPACE >= self._theme.scaled(_WIDE)
        if is_wide == self._is_wide:
            return
        self._is_wide = is_wide
        while self._grid.count():
            self._grid.takeAt(0)
        for number in range(4):
            row, column = divmod(number, 2)
            at = (row, column) if is_wide else (number, 0)
            self._grid.addWidget(self._rooms[row][column], *at)
            self._grid.setRowStretch(number, 1 if number < 2 or not is_wide else 0)
        for column, share in enumerate(_SHARES):
            self._grid.setColumnStretch(column, share if is_wide or not column else 0)


class _Room(QWidget):
    """Holds a card, which takes the room there is: what it would like to have moves no other card."""

    def __init__(self, card: QWidget, parent: QWidget, *, is_whole: bool) -> None:
        super().__init__(parent)
        self._card = card
        self._is_whole = is_whole
        self._least = 0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)

    def set_least(self, height: int) -> None:
        """No lower than that, and no lower than its card must be."""
        self._least = height
        self._take_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._take_height()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._take_height()  # its card says other things than before
        return super().event(event)

    def _take_height(self) -> None:
        needed = self._card.heightForWidth(self.width()) if self._is_whole else self._card.minimumSizeHint().height()
        self.setMinimumHeight(max(self._least, needed))

    def hasHeightForWidth(self) -> bool:
        return False  # the grid would give it what its card would like to have

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())
