"""Charts: the one module that draws with pyqtgraph. Importing it takes half a second: see :mod:`.charting`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, FontRole, Theme, Token

_LINE, _DOT = 2, 8
_AREA = 0.10
_DAY_SECONDS, _MINUTE_SECONDS = 86_400, 60
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
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
        self.view = _View(say, self)
        self.view.setAccessibleName(name)
        self._line = pg.PlotDataItem(antialias=True)
        self._dot = pg.ScatterPlotItem(size=_DOT, pxMode=True, antialias=True)
        self.view.addItem(self._line)
        self.view.addItem(self._dot)
        self._words = Text("", "keys", self)
        self._words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._words.hide()
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
        return "" if self._words.isHidden() else self._words.text()

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
        self._words.setText(f"{self._say(point.value)} · {point.at.astimezone():%d %b, %H:%M}")
        self._words.adjustSize()
        self._words.move(self._beside(self.view.place_of(second, point.value)))
        self._words.show()
        self._words.raise_()

    def _beside(self, place: QPoint) -> QPoint:
        """Where the words stand: beside the point, on the side with room, never outside."""
        width, height = self._words.width(), self._words.height()
        x = place.x() + SPACE if place.x() + SPACE + width <= self.width() else place.x() - SPACE - width
        y = place.y() - SPACE - height if place.y() >= SPACE + height else place.y() + SPACE
        return QPoint(max(0, x), max(0, min(y, self.height() - height)))

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


class _View(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph ships no types
    """Axes and grid in the colours of the theme, without pyqtgraph's own menus, panning and zooming."""

    def __init__(self, say: Callable[[float], str], parent: QWidget) -> None:
        axes = {"bottom": _TimeAxis("bottom"), "left": _ValueAxis(say)}
        super().__init__(parent=parent, axisItems=axes, enableMenu=False)
        # Plain calls, not signals: two floats a mouse move.
        self.pointed: list[Callable[[QPointF], None]] = []
        self.stepped: list[Callable[[int], None]] = []
        item = self.getPlotItem()
        # It is made all the same, and belongs to nobody.
        item.ctrlMenu.setParent(self, item.ctrlMenu.windowFlags())
        item.hideButtons()
        item.setMouseEnabled(x=False, y=False)
        item.getViewBox().setDefaultPadding(0)
        item.disableAutoRange()
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setMouseTracking(True)

    def show_range(self, seconds: Sequence[float], low: float, high: float) -> None:
        """Make room for these moments and values."""
        if seconds:
            self.setXRange(seconds[0], max(seconds[-1], seconds[0] + 1), padding=0.01)
        self.setYRange(low, high, padding=0)

    def place_of(self, second: float, value: float) -> QPoint:
        """Where a point is drawn, in pixels of this widget."""
        scene: QPointF = self.getPlotItem().getViewBox().mapViewToScene(QPointF(second, value))
        return QPoint(self.mapFromScene(scene))

    def dress(self, theme: Theme) -> None:
        """Take the colours and fonts of the theme."""
        self.setBackground(theme.color(Token.SURFACE))
        for name in ("bottom", "left"):
            axis = self.getPlotItem().getAxis(name)
            axis.setPen(pg.mkPen(theme.color(Token.GRID)))
            axis.setTickPen(pg.mkPen(theme.color(Token.GRID)))
            axis.setTextPen(pg.mkPen(theme.color(Token.MUTED)))
            axis.setStyle(tickFont=theme.font(FontRole.TAG), tickLength=0, tickTextOffset=SPACE)
            axis.setGrid(255 if name == "left" else False)
        # Its default is a guess at a fixed size, which cuts larger text.
        self.getPlotItem().getAxis("bottom").setHeight(theme.scaled(28))
        self.getPlotItem().getAxis("left").setWidth(theme.scaled(48))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        place = self.getPlotItem().getViewBox().mapSceneToView(self.mapToScene(event.position().toPoint()))
        for tell in self.pointed:
            tell(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()), 0)
        if not step:
            event.ignore()  # pyqtgraph's own view would swallow it
            return
        for tell in self.stepped:
            tell(step)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page scrolls


class _TimeAxis(pg.DateAxisItem):  # type: ignore[misc]
    """Days with their month, and times of the day; by itself it writes a day as a bare number."""

    def tickStrings(self, values: Sequence[float], _scale: Any, spacing: float) -> list[str]:
        moments = [datetime.fromtimestamp(value).astimezone() for value in values]
        if spacing >= _DAY_SECONDS:
            return [f"{at.day} {at:%b}" for at in moments]
        return [f"{at:%H:%M}" if spacing >= _MINUTE_SECONDS else f"{at:%H:%M:%S}" for at in moments]


class _ValueAxis(pg.AxisItem):  # type: ignore[misc]
    def __init__(self, say: Callable[[float], str]) -> None:
        super().__init__("left")
        self._say = say

    def tickStrings(self, values: Sequence[float], _scale: Any, _spacing: Any) -> list[str]:
        return [self._say(value) for value in values]
