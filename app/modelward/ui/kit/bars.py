"""Stacked bars: one row a subject, one clickable segment a part of it, the total at the bar's end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from modelward.ui.kit.elided import ElidedLabel
from modelward.ui.kit.flow import FlowLayout
from modelward.ui.kit.rows import plain_tooltip
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Token

_ROW, _BAR, _SQUARE = 28, 14, 10
_LABEL_SHARE = 0.4
_LEAST_SEGMENT = 3
_RADIUS = 3
_STEPS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a row: ``key`` is handed back on a click, ``label`` names it, ``token`` colours it."""

    key: str
    label: str
    value: int
    token: Token | str


@dataclass(frozen=True, slots=True)
class BarRow:
    """One subject and its parts, in the order in which they are drawn."""

    key: str
    label: str
    segments: Sequence[Segment]

    @property
    def total(self) -> int:
        """The sum of the parts."""
        return sum(segment.value for segment in self.segments)


class StackedBars(QWidget):
    """Rows of stacked bars on one scale.

    ``chosen(row key, segment key)`` is emitted for a click on a segment; the segment's key is empty for a click on the
    row's total. Tab goes from row to row, the arrow keys from segment to segment.
    """

    chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_rows(self, rows: Sequence[BarRow], *, beside: Sequence[BarRow] = ()) -> None:
        """Show these rows instead of the former ones. ``beside``: rows of other bars, which begin at the same place."""
        for old in self._rows:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        most = max((row.total for row in rows), default=0)
        self._rows = [_Row(row, most, self) for row in rows]
        metrics = self.fontMetrics()
        label_width = max((metrics.horizontalAdvance(row.label) for row in (*rows, *beside)), default=0) + SPACE
        total_width = max((metrics.horizontalAdvance(f"{row.total:,}") for row in rows), default=0) + 3 * SPACE
        for row in self._rows:
            row.set_columns(label_width, total_width)
            row.chosen.connect(self.chosen)
            self._column.addWidget(row)
            row.show()


class _Row(QWidget):
    chosen = Signal(str, str)

    def __init__(self, row: BarRow, most: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._row = row
        self._most = max(1, most)
        self._label_width = self._total_width = 0
        self._label = ElidedLabel(row.label, "muted", self)
        shown = [segment for segment in row.segments if segment.value > 0]
        self._segments = [_SegmentButton(row.label, segment, self) for segment in shown]
        for position, button in enumerate(self._segments):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if position == 0 else Qt.FocusPolicy.ClickFocus)
            button.clicked.connect(partial(self._choose, button.segment.key))
            button.is_first, button.is_last = position == 0, position == len(shown) - 1
        self._total = QPushButton(f"{row.total:,}", self)
        self._total.setProperty("role", "total")
        self._total.setAccessibleName(f"{row.label}: {row.total:,}, all")
        self._total.clicked.connect(partial(self._choose, ""))
        self._total.setEnabled(row.total > 0)

    def set_columns(self, label_width: int, total_width: int) -> None:
        """How wide the labels and the totals of all rows are, in pixels."""
        self._label_width, self._total_width = label_width, total_width
        self._place()

    def sizeHint(self) -> QSize:
        return QSize(self._label_width + self._total_width + self._theme.scaled(160), self._theme.scaled(_ROW))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.scaled(160), self._theme.scaled(_ROW))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()), 0)
        focused = next((place for place, button in enumerate(self._segments) if button.hasFocus()), None)
        if not step or focused is None:
            super().keyPressEvent(event)
        elif 0 <= focused + step < len(self._segments):
            self._segments[focused + step].setFocus(Qt.FocusReason.TabFocusReason)

    def _choose(self, segment_key: str, _checked: bool = False) -> None:
        self.chosen.emit(self._row.key, segment_key)

    def _place(self) -> None:
        label = min(self._label_width, round(self.width() * _LABEL_SHARE))
        self._label.setGeometry(0, 0, label, self.height())
        room = max(0, self.width() - label - self._total_width)
        thickness = self._theme.scaled(_BAR)
        left, top, value = label, (self.height() - thickness) // 2, 0
        for button in self._segments:
            value += button.segment.value
            # Ends follow the running sum, so that rounding never adds up; but even one of thousands can be clicked.
            right = max(left + _LEAST_SEGMENT, label + round(room * value / self._most))
            button.setGeometry(left, top, right - left, thickness)
            left = right
        hint = self._total.sizeHint()
        self._total.setGeometry(left + SPACE // 2, (self.height() - hint.height()) // 2, hint.width(), hint.height())


class _SegmentButton(QAbstractButton):
    def __init__(self, row_label: str, segment: Segment, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self.segment = segment
        self.is_first = self.is_last = False
        words = f"{row_label}: {segment.label} {segment.value:,}"
        self.setAccessibleName(words)
        self.setToolTip(plain_tooltip(words))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        return QSize(_LEAST_SEGMENT, self._theme.scaled(_BAR))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if Qt.Key(event.key()) in _STEPS:
            event.ignore()  # the row walks; Qt's own way leads out of it
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        color = self._theme.color(self.segment.token)
        if self.underMouse() or self.isDown():
            color = color.lighter(120) if self._theme.is_dark else color.darker(115)
        painter = QPainter(self)
        self._fill(painter, color)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self._theme.color(Token.TEXT))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
            painter.setPen(self._theme.color(Token.SURFACE))
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))

    def _fill(self, painter: QPainter, color: QColor) -> None:
        """Round where the bar begins and ends, straight where segments meet."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        # A corner that is not meant lies outside and is cut off by the button's own edge, without a smoothed seam.
        before, after = (0 if self.is_first else 2 * _RADIUS), (0 if self.is_last else 2 * _RADIUS)
        painter.drawRoundedRect(self.rect().adjusted(-before, 0, after, 0), _RADIUS, _RADIUS)


class Legend(QWidget):
    """What the colours of bars mean, one coloured square and word each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = FlowLayout(self, gap=12)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_entries(self, entries: Sequence[tuple[str, Token | str]]) -> None:
        """Explain these words and colours instead of the former ones."""
        self._flow.clear()
        for word, token in entries:
            entry = _LegendEntry(word, token, self)
            self._flow.addWidget(entry)
            entry.show()
        self.updateGeometry()


class _LegendEntry(Text):
    def __init__(self, word: str, token: Token | str, parent: QWidget) -> None:
        super().__init__(word, "small", parent)
        self._theme = Theme.current()
        self._token = token
        self.setIndent(0)
        self._make_room()
        self._theme.changed.connect(self._make_room)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        edge = self._theme.scaled(_SQUARE)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(self._token))
        painter.drawRoundedRect(QRect(0, (self.height() - edge) // 2, edge, edge), 2, 2)

    def _make_room(self) -> None:
        self.setContentsMargins(self._theme.scaled(_SQUARE) + 6, 0, 0, 0)
