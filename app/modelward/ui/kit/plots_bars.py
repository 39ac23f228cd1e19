"""Bars beneath each other, each with the interval that its true value lies in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from modelward.ui.kit.chart_data import SERIES, Bar
from modelward.ui.kit.plots_chart import Chart, Place
from modelward.ui.kit.plots_view import Say, ValueAxis
from modelward.ui.kit.theme import SPACE, Token

_ROW, _AXIS = 40, 28  # pixels at 100 % text
_THICK = 0.34  # of a row; its name stands above it
_BEYOND = 0.16  # of the width, for the value behind the longest bar


class BarPlot(Chart):
    """Bars on one scale that begins at 0, their names above them. It is as high as its bars need."""

    def __init__(self, name: str, say: Say, parent: QWidget | None = None) -> None:
        self._say = say
        self._axis = ValueAxis(say, "bottom")
        super().__init__(name, {"bottom": self._axis, "left": ValueAxis(lambda _value: "")}, parent)
        self._bars: Sequence[Bar] = ()
        self._items: list[pg.GraphicsObject] = []
        self.view.getPlotItem().showAxis("left", show=False)
        self._dress()

    def show_bars(self, bars: Sequence[Bar], say: Say | None = None) -> None:
        """Show these, the first one at the top; ``say``: they are other values than before."""
        if say is not None:
            self._say = say
            self._axis.show_as(say)
        self._bars = bars
        most = max((max(bar.value, bar.high or 0.0) for bar in bars), default=0.0) or 1.0
        self.view.show_between(0, most * (1 + _BEYOND))
        self.view.setYRange(-max(1, len(bars)), 0, padding=0)
        self._draw()
        self._size()
        self._tell_places([Place(bar.value, self._y(number), bar.key, bar.words) for number, bar in enumerate(bars)])

    @staticmethod
    def _y(number: int) -> float:
        return -number - 0.72

    def _draw(self) -> None:
        for item in self._items:
            self.view.removeItem(item)
        self._items = []
        for number, bar in enumerate(self._bars):
            color = self._theme.color(SERIES[number % len(SERIES)])
            shape = pg.BarGraphItem(
                x0=[0], x1=[bar.value], y=[self._y(number)], height=_THICK, brush=pg.mkBrush(color), pen=None
            )
            self._items.append(shape)
            if bar.low is not None and bar.high is not None:
                self._items.append(self._interval(bar, self._y(number)))
        for item in self._items:
            self.view.addItem(item)

    def _interval(self, bar: Bar, y: float) -> pg.GraphicsObject:
        assert bar.low is not None
        assert bar.high is not None
        return pg.ErrorBarItem(
            x=np.array([bar.value]),
            y=np.array([y]),
            left=np.array([bar.value - bar.low]),
            right=np.array([bar.high - bar.value]),
            beam=_THICK / 2,
            pen=pg.mkPen(self._theme.color(Token.TEXT), width=1.5),
        )

    def _dress(self) -> None:
        super()._dress()
        self.view.getPlotItem().getAxis("bottom").setGrid(255)
        self.view.getPlotItem().getAxis("left").setWidth(0)
        self._draw()
        self._size()

    def _size(self) -> None:
        self.setFixedHeight(self._theme.scaled(_ROW * max(1, len(self._bars)) + _AXIS))

    def _nearest(self, place: QPointF) -> int:
        number = int(-place.y())
        return number if 0 <= number < len(self._bars) else -1

    def _place_labels(self) -> None:
        self.labels.clear()
        room = self.view.room
        for number, bar in enumerate(self._bars):
            value, height = self._say(bar.value), self.labels.size_of("X")[1]
            width = self.labels.size_of(value)[0]
            top = self.view.box.mapViewToScene(QPointF(0, self._y(number) + _THICK / 2)).y() - height - 1
            end = self.view.box.mapViewToScene(QPointF(max(bar.value, bar.high or 0.0), self._y(number)))
            name = self.labels.cut(bar.label, room.width() - SPACE)
            self.labels.add(name, room.left() + 2, top, Token.TEXT)
            self.labels.add(value, min(end.x() + 6, room.right() - width), end.y() - height / 2)
