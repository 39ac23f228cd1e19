"""A chart of one value over time. Importing what draws it takes half a second: see :mod:`.charting`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QVBoxLayout, QWidget

from modelward.ui.kit.plots_view import Named, TimeAxis, ValueAxis, View
from modelward.ui.kit.theme import Theme, Token

_LINE, _DOT = 2, 8
_AREA = 0.10
_BEYOND = 0.06  # of the height, above the highest value: a line along the edge would be cut in half


class Point(NamedTuple):
    """A value at a moment (UTC)."""

    at: datetime
    value: float


class TimePlot(QWidget):
    """A line over time and the area beneath it. The point under the cursor is named; the arrow keys name one, too."""

    def __init__(self, name: str, say: Callable[[float], str], parent: QWidget | None = None) -> None:
        """``say`` writes a value as people read it, with its unit."""
        super().__init__(parent)
        self._theme = Theme.current()
        self._say = say
        self._points: tuple[Point, ...] = ()
        self._seconds: list[float] = []
        self._low = 0.0
        self._named = -1
        self.setAccessibleName(name)
        self.view = View({"bottom": TimeAxis("bottom"), "left": ValueAxis(say)}, self)
        self.view.setAccessibleName(name)
        self._line = pg.PlotDataItem(antialias=True)
        self._dot = pg.ScatterPlotItem(size=_DOT, pxMode=True, antialias=True)
        self.view.addItem(self._line)
        self.view.addItem(self._dot)
        self._words = Named(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.setFocusProxy(self.view)
        self.view.pointed.append(self._on_view_pointed)
        self.view.stepped.append(self._on_view_stepped)
        self._theme.changed.connect(self._dress)
        self._dress()

    @property
    def points(self) -> tuple[Point, ...]:
        """What is shown."""
        return self._points

    @property
    def named(self) -> str:
        """What is said of the point under the cursor; empty where there is none."""
        return self._words.words

    def show_points(self, points: Sequence[Point], low: float, high: float) -> None:
        """Show these points, in the order of time, between two values."""
        self._points = tuple(points)
        self._seconds = [point.at.timestamp() for point in points]
        self._low = low
        self._line.setData(self._seconds, [point.value for point in points], fillLevel=low)
        self.view.show_range(self._seconds, low, high + (high - low) * _BEYOND)
        self._name(-1)

    def picture(self) -> QPixmap:
        """The chart as it is seen, without the named point."""
        self._name(-1)
        return QPixmap(self.view.grab())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._name(-1)

    def _on_view_pointed(self, place: QPointF) -> None:
        """Names the point that is nearest in time."""
        at = bisect_left(self._seconds, place.x())
        near = [number for number in (at - 1, at) if 0 <= number < len(self._seconds)]
        self._name(min(near, key=lambda number: abs(self._seconds[number] - place.x()), default=-1))

    def _on_view_stepped(self, step: int) -> None:
        start = self._named if self._named >= 0 else len(self._points) if step < 0 else -1
        self._name(min(max(start + step, 0), len(self._points) - 1))

    def _name(self, number: int) -> None:
        self._named = number
        if number < 0:
            self._dot.setData([], [])
            self._words.hide()
            return
        point, second = self._points[number], self._seconds[number]
        self._dot.setData([second], [point.value])
        words = f"{self._say(point.value)} · {point.at.astimezone():%d %b, %H:%M}"
        self._words.say(words, self.view.place_of(second, point.value))

    def _dress(self) -> None:
        color = self._theme.color(Token.ACCENT)
        area = QColor(color)
        area.setAlphaF(_AREA)
        self._line.setPen(pg.mkPen(color, width=_LINE))
        self._line.setBrush(pg.mkBrush(area))
        self._dot.setPen(pg.mkPen(self._theme.color(Token.SURFACE), width=_LINE))
        self._dot.setBrush(pg.mkBrush(color))
        self.view.dress(self._theme)
        self._name(-1)
