"""A picture of how a text is divided: its cells, what is sent twice, and the rounds of joining above them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from modelward.advice.division_model import JobPlan
from modelward.ui.kit.theme import FontRole, Theme, Token

_ROW, _GAP, _LEAST = 22, 16, 3
_MOST_BOXES = 120
"""Boxes of a row; of more cells each box stands for several."""


class CellsPicture(QWidget):
    """The text below, its cells above it, then each round of joining, up to the one answer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._plan: JobPlan | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme.changed.connect(self._on_theme_changed)

    def show_plan(self, plan: JobPlan | None) -> None:
        """Shows another plan."""
        self._plan = plan
        self.setAccessibleName(_words(plan) if plan else "No plan yet")
        self.updateGeometry()
        self.update()

    @property
    def rows(self) -> list[int]:
        """How many boxes each row has, from the bottom: cells, then each round of joining."""
        return [self._plan.parts, *self._plan.joins] if self._plan else []

    def sizeHint(self) -> QSize:
        step = self._theme.scaled(_ROW + _GAP)
        return QSize(self._theme.scaled(320), step * (len(self.rows) + 1) if self._plan else self._theme.scaled(_ROW))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.scaled(160), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._plan is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(FontRole.TAG))
        step, height = self._theme.scaled(_ROW + _GAP), self._theme.scaled(_ROW)
        bottom = self.height() - height
        self._paint_text(painter, QRectF(0.5, bottom, self.width() - 1, height - 1))
        before = [QRectF(0.5, bottom, self.width() - 1, height)]
        for level, count in enumerate(self.rows):
            boxes = self._boxes(count, bottom - step * (level + 1), height)
            self._paint_links(painter, before, boxes)
            self._paint_row(painter, boxes, count, level)
            before = boxes

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._plan is not None:
            QToolTip.showText(event.globalPos(), _words(self._plan), self)
            return True
        return super().event(event)

    def _boxes(self, count: int, top: float, height: float) -> list[QRectF]:
        shown = min(count, _MOST_BOXES, max(1, self.width() // (_LEAST + 2)))
        width = self.width() / max(1, shown)
        # A round of joining is drawn no wider than a third of the row, in its middle.
        most = min(width, self.width() / 3) if count < 3 else width
        left = (self.width() - most * shown) / 2
        gap = min(3.0, most / 4)
        return [QRectF(left + number * most + gap / 2, top, most - gap, height) for number in range(shown)]

    def _paint_text(self, painter: QPainter, box: QRectF) -> None:
        assert self._plan is not None
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(Token.NEUTRAL_SOFT))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(self._theme.color(Token.MUTED))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"the text, about {self._plan.text_tokens.likely:,} tokens")

    def _paint_links(self, painter: QPainter, below: Sequence[QRectF], above: Sequence[QRectF]) -> None:
        painter.setPen(QPen(self._theme.color(Token.LINE), 1))
        lines = max(len(below), len(above))
        for number in range(lines):
            low = below[number * len(below) // lines]
            high = above[number * len(above) // lines]
            x = high.center().x() if len(below) == 1 else low.center().x()
            painter.drawLine(round(x), round(low.top()), round(high.center().x()), round(high.bottom()))

    def _paint_row(self, painter: QPainter, boxes: Sequence[QRectF], count: int, level: int) -> None:
        token = Token.ACCENT if not level else Token.WORKING if count > 1 else Token.WELL
        painter.setPen(Qt.PenStyle.NoPen)
        overlap = QColor(self._theme.color(Token.SURFACE))
        overlap.setAlphaF(0.45)
        for number, box in enumerate(boxes):
            painter.setBrush(self._theme.color(token))
            painter.drawRoundedRect(box, 3, 3)
            if not level and number and self._plan is not None and self._plan.overlap and box.width() > 12:
                # The strip at its left is what the cell before holds as well.
                painter.setBrush(overlap)
                painter.drawRect(QRectF(box.left(), box.top(), box.width() * self._overlap_share, box.height()))
        self._name_row(painter, boxes, count, level)

    def _name_row(self, painter: QPainter, boxes: Sequence[QRectF], count: int, level: int) -> None:
        words = f"{count:,} {'part' if count == 1 else 'parts'}" if not level else f"joined: {count:,}"
        words = "the answer" if level and count == 1 else words
        whole = boxes[0].united(boxes[-1])
        width = painter.fontMetrics().horizontalAdvance(words) + 12
        ground = QRectF(whole.center().x() - width / 2, whole.top() + 2, width, whole.height() - 4)
        painter.setBrush(self._theme.color(Token.SURFACE))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(ground, 3, 3)
        painter.setPen(self._theme.color(Token.TEXT))
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)

    @property
    def _overlap_share(self) -> float:
        assert self._plan is not None
        each = self._plan.overlap / max(1, self._plan.parts - 1)
        return min(0.5, max(0.05, each / max(1, self._plan.most)))

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()


def _words(plan: JobPlan) -> str:
    joins = ", then ".join(f"{count:,} joined" for count in plan.joins)
    twice = f", {plan.overlap:,} tokens sent twice" if plan.overlap else ""
    return f"{plan.parts:,} parts of at most {plan.most:,} tokens{twice}{', then ' if joins else ''}{joins}"
