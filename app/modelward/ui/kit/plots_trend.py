"""Several values over time, each a line within the band that most of its calls lie in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath
from PySide6.QtWidgets import QWidget

from modelward.ui.kit.chart_data import SERIES, Line
from modelward.ui.kit.labels import apart
from modelward.ui.kit.plots_chart import Chart, Place
from modelward.ui.kit.plots_view import Say, TimeAxis, ValueAxis
from modelward.ui.kit.theme import SPACE

_WIDTH, _DOT = 2, 6
_BAND = 0.14
_MOST = 800
"""Points of a band: more could not be told apart, and each is transformed at every frame."""
_LABELS_SHARE = 0.32  # of the width at most, for the names at the lines' ends
_BEYOND = 0.08  # of the height, above the highest value


class TrendPlot(Chart):
    """Lines over time with their bands, named at their ends. It can be moved and zoomed along the time."""

    def __init__(self, name: str, say: Say, parent: QWidget | None = None) -> None:
        """``say`` writes a value as people read it."""
        self._axis = ValueAxis(say)
        self._say = say
        super().__init__(name, {"bottom": TimeAxis("bottom"), "left": self._axis}, parent, can_zoom=True)
        self._lines: Sequence[Line] = ()
        self._drawn: list[tuple[Any, _Band]] = []
        self._dress()

    def show_lines(self, lines: Sequence[Line], since: float, until: float, say: Say | None = None) -> None:
        """Show these between two moments (seconds since 1970); ``say``: they are other values than before."""
        if say is not None:
            self._say = say
            self._axis.show_as(say)
        self._lines = [line for line in lines if line.points][: len(SERIES)]
        self.view.show_between(since, max(until, since + 1))
        high = max((point.high for line in self._lines for point in line.points), default=1.0)
        self.view.setYRange(0, high * (1 + _BEYOND) or 1.0, padding=0)
        self._draw()
        self._tell_places(
            [
                Place(point.at.timestamp(), point.middle, line.key, self._words(line, number))
                for line in self._lines
                for number, point in enumerate(line.points)
            ]
        )
        self._make_room()

    def _words(self, line: Line, number: int) -> str:
        point = line.points[number]
        at = point.at.astimezone()
        band = f" ({self._say(point.low)} to {self._say(point.high)})" if point.low < point.high else ""
        return f"{line.label} · {self._say(point.middle)}{band} · {at.day} {at:%b, %H:%M}"

    def _draw(self) -> None:
        for item, band in self._drawn:
            self.view.removeItem(item)
            self.view.removeItem(band)
        self._drawn = []
        for line, token in zip(self._lines, SERIES, strict=False):
            color = self._theme.color(token)
            at = np.array([point.at.timestamp() for point in line.points])
            low, middle, high = np.array([point[1:] for point in line.points], dtype=float).T
            ground = QColor(color)
            ground.setAlphaF(_BAND)
            band = _Band(*thinned(at, low, high), ground)
            is_short = len(at) <= 2
            item = pg.PlotDataItem(
                at,
                middle,
                pen=pg.mkPen(color, width=_WIDTH),
                antialias=len(at) <= _MOST,
                symbol="o" if is_short else None,
                symbolSize=_DOT,
                symbolPen=None,
                symbolBrush=pg.mkBrush(color),
            )
            for drawn in (band, item):
                self.view.addItem(drawn)
            # Not before: it would ask a view that it does not stand in yet.
            item.setDownsampling(auto=True, method="peak")
            item.setClipToView(True)
            self._drawn.append((item, band))

    def _dress(self) -> None:
        super()._dress()
        self._draw()
        self._make_room()

    def _make_room(self) -> None:
        """Leave as much at the right as the names need."""
        widths = [self.labels.size_of(line.label)[0] for line in self._lines]
        most = self.width() * _LABELS_SHARE
        margin = min(max(widths, default=0), most) + SPACE if len(self._lines) > 1 else SPACE
        self.view.getPlotItem().layout.setContentsMargins(0, 0, margin, 0)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _nearest(self, place: QPointF) -> int:
        """The nearest in time, then in value."""
        if not self._places:
            return -1
        at = np.array([each.x for each in self._places])
        first, last = self.view.box.viewRange()[0]
        near = np.flatnonzero(np.abs(at - place.x()) <= np.abs(at - place.x()).min() + (last - first) * 0.002)
        return min(map(int, near), key=lambda number: abs(self._places[number].y - place.y()))

    def _place_labels(self) -> None:
        self.labels.clear()
        if len(self._lines) < 2:
            return
        room = self.view.room
        ends = [self.view.box.mapViewToScene(QPointF(0, line.points[-1].middle)).y() for line in self._lines]
        height = self.labels.size_of("X")[1]
        left = room.right() + SPACE / 2
        width = self.width() - left
        for line, token, middle in zip(
            self._lines, SERIES, apart(ends, height, room.top(), room.bottom()), strict=False
        ):
            self.labels.add(self.labels.cut(line.label, width), left, middle - height / 2, token)


class _Band(pg.GraphicsObject):  # type: ignore[misc]
    """An area between two lines, as one path that is made once."""

    def __init__(self, at: Any, low: Any, high: Any, color: QColor) -> None:
        super().__init__()
        self._brush = pg.mkBrush(color)
        around = np.concatenate([at, at[::-1]]), np.concatenate([high, low[::-1]])
        self._path: QPainterPath = pg.arrayToQPath(*around)
        self._bounds = QRectF(QPointF(float(at.min()), float(low.min())), QPointF(float(at.max()), float(high.max())))

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, *_options: object) -> None:
        painter.fillPath(self._path, self._brush)


def thinned(at: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
    """At most :data:`_MOST` points of a band: of each stretch its lowest and its highest value."""
    step = -(-len(at) // _MOST)
    if step <= 1:
        return at, low, high
    starts = np.arange(0, len(at), step)
    return at[starts], np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
