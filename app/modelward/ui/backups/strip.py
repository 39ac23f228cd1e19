"""The strip of hours: four weeks as four rows, each hour a small bar that says what it is when pointed at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from modelward.ui.backups.hours import DAYS_A_ROW, Day, Hour, HourState, counted
from modelward.ui.kit.rows import plain_tooltip
from modelward.ui.kit.theme import FontRole, Theme, Token

_BAR, _GAP, _DAY_GAP = 16, 6, 4
_LEAST_DAY = 16
_COLORS = {
    HourState.KEPT: Token.WELL,
    HourState.COVERED: Token.WELL_PALE,
    HourState.MISSING: Token.ATTENTION,
    HourState.DAMAGED: Token.TROUBLE,
    HourState.OFF: Token.NEUTRAL_SOFT,
    HourState.COMING: Token.GRID,
}
# Not colour alone: what is not covered does not stand at full height.
_HEIGHTS = {HourState.MISSING: 0.6, HourState.OFF: 0.25, HourState.COMING: 0.1}
_BY_KEYBOARD = {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}
_STEPS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: 7 * 24, Qt.Key.Key_Up: -7 * 24}


def color_of(state: HourState) -> Token:
    """The colour in which hours of a state are drawn."""
    return _COLORS[state]


class HourStrip(QWidget):
    """Hours as bars. ``chosen`` carries the id of the newest copy of an hour that is clicked, or entered by Return.

    With the keyboard: arrows go from hour to hour and week to week, Home and End to the first and the last.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._days: Sequence[Day] = ()
        self._hours: list[tuple[Day, Hour]] = []
        self._places: list[QRect] = []
        self._cursor = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme.changed.connect(self._on_theme_changed)

    def set_days(self, days: Sequence[Day]) -> None:
        """Show these days, a week a row."""
        self._days = days
        self._hours = [(day, hour) for day in days for hour in day.hours]
        self._cursor = min(self._cursor, len(self._hours) - 1)
        told = ", ".join(f"{count:,} {state.value}" for state, count in counted(days).items())
        self.setAccessibleName(f"Hours of the last four weeks: {told}")
        self._arrange()

    @property
    def current(self) -> Hour | None:
        """The hour that the keyboard is on."""
        return self._hours[self._cursor][1] if self._cursor >= 0 else None

    def hour_at(self, place: QPoint) -> Hour | None:
        """The hour drawn at a place of the widget."""
        found = self._index_at(place)
        return None if found is None else self._hours[found][1]

    def place_of(self, start: datetime) -> QPoint:
        """The middle of the bar of the hour that begins then (UTC)."""
        index = next(at for at, (_, hour) in enumerate(self._hours) if hour.start == start)
        return self._places[index].center()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.scaled(520), self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._left() + DAYS_A_ROW * (_LEAST_DAY + _DAY_GAP), self._height())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._index_at(event.pos())
            if index is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), plain_tooltip(self.words(index)), self, self._places[index])
            return True
        return super().event(event)

    def words(self, index: int) -> str:
        """What the tooltip says of the hour at a position."""
        day, hour = self._hours[index]
        begin, end = hour.start.astimezone(), (hour.start + timedelta(hours=1)).astimezone()
        head = f"{day.date:%A} {day.date.day} {day.date:%B}, {begin:%H:%M}–{end:%H:%M}: {hour.state.value}"
        return f"{head}\n{hour.state.explained}"

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._cursor < 0 and self._hours and event.reason() in _BY_KEYBOARD:
            past = [at for at, (_, hour) in enumerate(self._hours) if hour.state is not HourState.COMING]
            self._go_to(past[-1] if past else 0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position().toPoint())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self._go_to(index)
            self._choose()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hour = self.hour_at(event.position().toPoint())
        can_choose = hour is not None and bool(hour.copies)
        self.setCursor(Qt.CursorShape.PointingHandCursor if can_choose else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = Qt.Key(event.key()), len(self._hours) - 1
        if last < 0:
            super().keyPressEvent(event)
        elif key in _STEPS:
            here = self._cursor if self._cursor >= 0 else last
            self._go_to(min(max(here + _STEPS[key], 0), last))
        elif key in {Qt.Key.Key_Home, Qt.Key.Key_End}:
            self._go_to(0 if key == Qt.Key.Key_Home else last)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space} and self._cursor >= 0:
            self._choose()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._draw_words(painter)
        colors = {state: self._theme.color(token) for state, token in _COLORS.items()}
        for index, (_, hour) in enumerate(self._hours):
            cell = self._places[index]
            height = max(1, round(cell.height() * _HEIGHTS.get(hour.state, 1.0)))
            bar = QRect(cell.left(), cell.bottom() + 1 - height, cell.width(), height)
            painter.fillRect(bar, colors[hour.state])
        if self.hasFocus() and self._cursor >= 0:
            self._draw_cursor(painter, self._theme.color(Token.TEXT))

    def _draw_cursor(self, painter: QPainter, color: QColor) -> None:
        painter.setPen(color)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self._places[self._cursor].adjusted(-2, -2, 1, 1))

    def _draw_words(self, painter: QPainter) -> None:
        painter.setFont(self._theme.font(FontRole.TAG))
        painter.setPen(self._theme.color(Token.MUTED))
        room = self.width() - self._left()
        is_narrow = painter.fontMetrics().horizontalAdvance("Wed ") > room // DAYS_A_ROW
        for column, day in enumerate(self._days[:DAYS_A_ROW]):
            left = self._left() + room * column // DAYS_A_ROW
            box = QRect(left, 0, room // DAYS_A_ROW, self._head())
            painter.drawText(
                box,
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                f"{day.date:%a}"[: 1 if is_narrow else None],
            )
        for row, day in enumerate(self._days[::DAYS_A_ROW]):
            box = QRect(0, self._top(row), self._left(), self._theme.scaled(_BAR))
            words = f"{day.date.day} {day.date:%b}"
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    def _go_to(self, index: int) -> None:
        self._cursor = index
        self.setAccessibleDescription(self.words(index))
        place = self._places[index]
        if self.hasFocus():
            QToolTip.showText(self.mapToGlobal(place.bottomLeft()), plain_tooltip(self.words(index)), self, place)
        self.update()

    def _choose(self) -> None:
        hour = self._hours[self._cursor][1]
        if hour.copies:
            self.chosen.emit(hour.copies[0])

    def _arrange(self) -> None:
        """Works out where each hour stands: asked for at every movement of the mouse."""
        self._places = [
            place for position, day in enumerate(self._days) for place in self._places_of(position, len(day.hours))
        ]
        self.updateGeometry()
        self.update()

    def _places_of(self, position: int, count: int) -> Iterator[QRect]:
        """The bars of a day; edges are whole pixels, so that bars neither blur nor drift apart."""
        room = self.width() - self._left()
        row, column = divmod(position, DAYS_A_ROW)
        start = self._left() + room * column // DAYS_A_ROW
        width = room * (column + 1) // DAYS_A_ROW - room * column // DAYS_A_ROW - _DAY_GAP
        gap = 1 if width >= 4 * count else 0
        for at in range(count):
            left, right = width * at // count, width * (at + 1) // count
            yield QRect(start + left, self._top(row), max(1, right - left - gap), self._theme.scaled(_BAR))

    def _index_at(self, place: QPoint) -> int | None:
        """The hour whose bar, with the gap after it, holds the place."""
        found = (at for at, bar in enumerate(self._places) if bar.adjusted(0, 0, 1, 0).contains(place))
        return next(found, None)

    def _head(self) -> int:
        return QFontMetrics(self._theme.font(FontRole.TAG)).height() + 2

    def _left(self) -> int:
        return QFontMetrics(self._theme.font(FontRole.TAG)).horizontalAdvance("30 Nov") + self._theme.scaled(10)

    def _top(self, row: int) -> int:
        return self._head() + row * (self._theme.scaled(_BAR) + self._theme.scaled(_GAP)) + 2

    def _height(self) -> int:
        rows = max(1, -(-len(self._days) // DAYS_A_ROW))
        return self._top(rows) - self._theme.scaled(_GAP) + 2

    def _on_theme_changed(self) -> None:
        self._arrange()
