"""A bar that says how much of something is used."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from modelward.ui.kit.theme import Theme, Token, Tone

_HEIGHT, _RADIUS = 6, 3


class Meter(QWidget):
    """A share between nothing and all, in the colour of a tone; the words beside it say of what."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._share = 0.0
        self._tone = Tone.ACCENT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def share(self) -> float:
        """What is shown, from 0 to 1."""
        return self._share

    def show_share(self, share: float, tone: Tone, words: str) -> None:
        """Show another share; ``words`` tell it to who cannot see it."""
        self._share = min(max(share, 0.0), 1.0)
        self._tone = tone
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.scaled(120), self._theme.scaled(_HEIGHT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(Token.GRID))
        painter.drawRoundedRect(self.rect(), _RADIUS, _RADIUS)
        if self._share:
            painter.setBrush(self._theme.color(self._tone.ink))
            width = max(2.0 * _RADIUS, self.width() * self._share)
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), _RADIUS, _RADIUS)
