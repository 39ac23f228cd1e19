"""The ring: how much of a whole is reached, as one figure."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from modelward.ui.kit.theme import FontRole, Theme, Token, Tone

_EDGE = 112
_THICKNESS = 10
_FIGURE_SHARE = 0.62  # of the ring's inner width
_SIXTEENTHS = 16 * 360
_LEAST_GAP = 16 * 6  # sixteenths of a degree: what is not whole never looks whole


class Ring(QWidget):
    """A ring filled by a share from 0 to 1, with the figure and a word in its middle. It never moves by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._share = 0.0
        self._figure = self._word = ""
        self._tone = Tone.WELL
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._theme.changed.connect(self._on_theme_changed)

    def show_share(self, share: float, figure: str, word: str, tone: Tone | str = Tone.WELL) -> None:
        """Show a share (0 to 1) as ``figure`` over ``word``: 0.973, "97.3 %", "complete"."""
        self._share = min(1.0, max(0.0, share))
        self._figure, self._word, self._tone = figure, word, Tone(tone)
        self.setAccessibleName(f"{figure} {word}")
        self.update()

    def sizeHint(self) -> QSize:
        edge = self._theme.scaled(_EDGE)
        return QSize(edge, edge)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        thickness = self._theme.scaled(_THICKNESS)
        edge = min(self.width(), self.height()) - thickness - 2
        circle = QRectF((self.width() - edge) / 2, (self.height() - edge) / 2, edge, edge)
        self._draw_arc(painter, circle, self._theme.color(Token.GRID), thickness, _SIXTEENTHS)
        span = round(_SIXTEENTHS * self._share)
        if 0 < self._share < 1:
            span = max(1, min(span, _SIXTEENTHS - _LEAST_GAP - 2 * self._cap(edge, thickness)))
        if span:
            self._draw_arc(painter, circle, self._theme.tone(self._tone)[1], thickness, span)
        self._draw_words(painter, circle, edge - thickness)

    @staticmethod
    def _cap(edge: float, thickness: float) -> int:
        """How far a round end reaches beyond its arc, in sixteenths of a degree."""
        return round(16 * 57.3 * (thickness / 2) / (edge / 2))

    @staticmethod
    def _draw_arc(painter: QPainter, circle: QRectF, color: QColor, thickness: int, span: int) -> None:
        painter.setPen(QPen(color, thickness, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(circle, 90 * 16, -span)

    def _draw_words(self, painter: QPainter, circle: QRectF, inner: float) -> None:
        figure = self._theme.font(FontRole.FIGURE)
        painter.setFont(figure)
        room = inner * _FIGURE_SHARE * 1.2
        width = painter.fontMetrics().horizontalAdvance(self._figure)
        figure.setPointSizeF(figure.pointSizeF() * min(0.72, room / max(1, width)))
        painter.setFont(figure)
        height = painter.fontMetrics().height()
        word = self._theme.font(FontRole.TAG)
        middle = circle.center().y()
        painter.setPen(self._theme.color(Token.TEXT))
        box = QRectF(circle.left(), middle - height * 0.8, circle.width(), height)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._figure)
        painter.setFont(word)
        painter.setPen(self._theme.color(Token.MUTED))
        below = QRectF(circle.left(), box.bottom() - 2, circle.width(), painter.fontMetrics().height())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._word)

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()
