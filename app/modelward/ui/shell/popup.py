"""A small panel that opens beside a button and closes when one clicks elsewhere: notices, activity."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

_WIDTH = 420
_MOST_HEIGHT = 440
_LEAST_HEIGHT = 120
_GAP = 6
_MARGIN = 16


class Popup(QFrame):
    """A titled list of widgets under a title, with at most one action at its right."""

    def __init__(self, title: str, empty: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "card")
        self.setAccessibleName(title)
        self._empty = empty
        heading = QLabel(title, self)
        heading.setProperty("role", "title")
        self.action = QPushButton(self)
        self.action.setProperty("role", "link")
        self.action.hide()
        head = QHBoxLayout()
        head.addWidget(heading, 1)
        head.addWidget(self.action)
        self._area = QScrollArea(self)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, 12, _MARGIN, _MARGIN)
        layout.addLayout(head)
        layout.addWidget(self._area, 1)
        self._content = QWidget()
        self.fill([])

    def fill(self, rows: list[QWidget]) -> None:
        """Replaces the list; with no rows it says that there is nothing."""
        content = self._content = QWidget(self._area)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        if not rows:
            nothing = QLabel(self._empty, content)
            nothing.setProperty("role", "muted")
            nothing.setWordWrap(True)
            column.addWidget(nothing)
        for row in rows:
            column.addWidget(row)
        column.addStretch(1)
        kept = self._area.verticalScrollBar().value()
        self._area.setWidget(content)
        # The surface of the panel shows through; a scroll area paints the window's ground.
        content.setAutoFillBackground(False)
        self._area.viewport().setAutoFillBackground(False)
        self._area.verticalScrollBar().setValue(kept)

    def open_at(self, anchor: QWidget) -> None:
        """Opens beside a widget: below it where there is room in its window, else above; never outside it."""
        content = self._content
        wanted = (content.heightForWidth(_WIDTH) if content.hasHeightForWidth() else content.sizeHint().height()) + 80
        self.resize(_WIDTH, max(_LEAST_HEIGHT, min(wanted, _MOST_HEIGHT)))
        window = anchor.window()
        room = QRect(window.mapToGlobal(QPoint(0, 0)), window.size()).intersected(anchor.screen().availableGeometry())
        place = anchor.mapToGlobal(QPoint(0, anchor.height() + _GAP))
        if place.y() + self.height() > room.bottom():
            place.setY(anchor.mapToGlobal(QPoint(0, 0)).y() - self.height() - _GAP)
        place.setX(max(room.left() + _GAP, min(place.x(), room.right() - self.width() - _MARGIN)))
        place.setY(max(room.top(), place.y()))
        self.move(place)
        self.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)
