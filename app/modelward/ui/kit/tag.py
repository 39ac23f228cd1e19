"""Tags: state as a word on a soft colour."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import RADIUS_TAG, FontRole, Theme, Tone

_PADDING = 6
_LEAST_CHARACTERS = 3


class Tag(Text):
    """A word on the soft colour of a tone; elided where room is short, then whole in its tooltip."""

    def __init__(self, word: str, tone: Tone | str = Tone.NEUTRAL, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self._theme = Theme.current()
        self._tone = Tone(tone)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.show_state(word, tone)
        self._theme.changed.connect(self._on_theme_changed)

    @property
    def tone(self) -> Tone:
        """What its colour says."""
        return self._tone

    def show_state(self, word: str, tone: Tone | str) -> None:
        """Say another word, in its tone."""
        self._tone = Tone(tone)
        self.setText(" ".join(word.split()))
        self.update()

    def sizeHint(self) -> QSize:
        # One pixel more: an advance is rounded down, and a word must not lose a letter to that.
        width = self.fontMetrics().horizontalAdvance(self.text()) + 1
        return QSize(width + 2 * self._theme.scaled(_PADDING), self._theme.tag_height)

    def minimumSizeHint(self) -> QSize:
        least = self.fontMetrics().averageCharWidth() * _LEAST_CHARACTERS + 2 * self._theme.scaled(_PADDING)
        return QSize(min(least, self.sizeHint().width()), self._theme.tag_height)

    def event(self, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.Polish, QEvent.Type.FontChange}:
            self.setFont(self._theme.font(FontRole.TAG))
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        ground, ink = self._theme.tone(self._tone)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(self.rect(), RADIUS_TAG, RADIUS_TAG)
        painter.setPen(ink)
        room = self.width() - 2 * self._theme.scaled(_PADDING)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, shown)

    def _on_theme_changed(self) -> None:
        self.setFont(self._theme.font(FontRole.TAG))
        self.updateGeometry()
        self.update()
