"""A switch: on or off, drawn as such; by keyboard and screen reader it is a check box."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from modelward.ui.kit.theme import Theme, Token

_WIDTH, _HEIGHT, _INSET, _RING = 36, 20, 3, 3


class Switch(QCheckBox):
    """On or off. It counts at once, where a check box would wait for a button."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.scaled(_WIDTH) + 2 * _RING, self._theme.scaled(_HEIGHT) + 2 * _RING)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, _event: QPaintEvent) -> None:
        color = self._theme.color
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        groove = QRect(QPoint(), self.sizeHint()).adjusted(_RING, _RING, -_RING, -_RING)
        radius = groove.height() / 2
        if self.hasFocus():
            painter.setPen(color(Token.ACCENT))
            painter.drawRoundedRect(groove.adjusted(-2, -2, 1, 1), radius + 2, radius + 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(self._ground()))
        painter.drawRoundedRect(groove, radius, radius)
        edge = groove.height() - 2 * _INSET
        left = groove.right() - _INSET - edge + 1 if self.isChecked() else groove.left() + _INSET
        painter.setBrush(color(Token.SURFACE))
        painter.drawEllipse(left, groove.top() + _INSET, edge, edge)

    def _ground(self) -> Token:
        if not self.isEnabled():
            return Token.LINE
        return Token.ACCENT if self.isChecked() else Token.FAINT
