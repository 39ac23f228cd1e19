"""A scatter chart over powers of ten, with the front of those whom nobody beats, and a threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from modelward.ui.kit.chart_data import Dot
from modelward.ui.kit.labels import MOST, Box, Wish, placed
from modelward.ui.kit.plots_chart import Chart, Place
from modelward.ui.kit.plots_view import Say, ValueAxis
from modelward.ui.kit.theme import Theme, Token

_DOT, _MARKED, _RING = 10, 14, 18
_INTERVAL = 0.35  # how strong the line of an interval is
_STILL_MS = 80
_LONGEST = 190  # pixels of a label at 100 % text
_ZERO_GAP = 0.55  # of a power of ten, between those at 0 and the least of the others


class ScatterPlot(Chart):
    """Dots with their names. What is 0 stands left of the scale, where ``zero`` is written.

    A click on a dot is told by ``chosen``; up and down, left and right go from dot to dot.
    """

    def __init__(self, name: str, say_x: Say, say_y: Say, zero: str, parent: QWidget | None = None) -> None:
        self._axis = _PowerAxis(say_x, zero)
        self._dots: Sequence[Dot] = ()
        super().__init__(name, {"bottom": self._axis, "left": ValueAxis(say_y)}, parent, can_zoom=True)
        self._front: Sequence[str] = ()
        self._threshold: tuple[float, str] | None = None
        self._zero = 0.0
        self._intervals = pg.ErrorBarItem()
        self._line = pg.PlotDataItem(antialias=True)
        self._limit = pg.InfiniteLine(angle=0)
        self._spots = pg.ScatterPlotItem(pxMode=True, antialias=True, useCache=False)
        for number, item in enumerate((self._limit, self._intervals, self._line, self._spots)):
            item.setZValue(number)
            self.view.addItem(item)
        self._dress()

    @property
    def shown_labels(self) -> list[str]:
        """The names that have found a place, the threshold's included."""
        return [text for text, _box in self.labels.texts]

    def show_dots(
        self, dots: Sequence[Dot], front: Sequence[str] = (), threshold: tuple[float, str] | None = None
    ) -> None:
        """Show these; ``front`` are keys, from left to right; the threshold with what it is called."""
        self._dots = sorted(dots, key=lambda dot: dot.rank)
        self._front = front
        self._threshold = threshold
        known = [dot.x for dot in dots if dot.x > 0]
        first = math.log10(min(known)) if known else -3.0
        last = math.log10(max(known)) if known else -2.0
        if last - first < 1:
            first, last = first - 0.5, last + 0.5
        self._zero = first - _ZERO_GAP
        has_zero = any(dot.x <= 0 for dot in dots)
        self._axis.show_zero(self._zero if has_zero else None)
        reach = (last - first) * 0.08
        self.view.show_between((self._zero if has_zero else first) - reach, last + reach)
        low, high = _heights([*(dot.y for dot in dots), *([threshold[0]] if threshold else [])])
        self.view.setYRange(low, high, padding=0)
        ordered = sorted(self._dots, key=lambda dot: (self._x(dot), dot.y))
        self._tell_places([Place(self._x(dot), dot.y, dot.key, dot.words) for dot in ordered])
        self._draw()

    def _x(self, dot: Dot) -> float:
        return math.log10(dot.x) if dot.x > 0 else self._zero

    def _draw(self) -> None:
        dots = self._dots[::-1]  # the most important are drawn last
        color = self._theme.color
        # Kept as drawn where they are many; few are drawn anew, which a picture as SVG wants.
        self._spots.opts["useCache"] = len(dots) > MOST
        self._spots.setData([self._spot(dot) for dot in dots])
        faint = QColor(color(Token.FAINT))
        faint.setAlphaF(_INTERVAL)
        self._intervals.setData(
            x=_array(self._x(dot) for dot in dots),
            y=_array(dot.y for dot in dots),
            bottom=_array(dot.y - dot.low for dot in dots),
            top=_array(dot.high - dot.y for dot in dots),
            pen=pg.mkPen(faint, width=1),
        )
        by_key = {dot.key: dot for dot in dots}
        front = [by_key[key] for key in self._front if key in by_key]
        self._line.setData([self._x(dot) for dot in front], [dot.y for dot in front])
        self._line.setPen(pg.mkPen(color(Token.FAINT), width=1, style=Qt.PenStyle.DashLine))
        self._limit.setVisible(self._threshold is not None)
        if self._threshold is not None:
            self._limit.setValue(self._threshold[0])
        self._limit.setPen(pg.mkPen(color(Token.ATTENTION), width=2))

    def _spot(self, dot: Dot) -> dict[str, Any]:
        color = self._theme.color
        fill = color(Token.WELL if dot.is_marked else Token.ACCENT)
        edge = color(Token.TEXT) if dot.is_chosen else fill if dot.is_open else color(Token.SURFACE)
        return {
            "pos": (self._x(dot), dot.y),
            "size": _MARKED if dot.is_marked else _DOT,
            "brush": pg.mkBrush(color(Token.SURFACE) if dot.is_open else fill),
            "pen": pg.mkPen(edge, width=2),
        }

    def _dress(self) -> None:
        super()._dress()
        self._draw()

    def _on_view_moved(self, *_arguments: object) -> None:
        if len(self._dots) <= MOST:
            super()._on_view_moved()
        else:
            # Finding places among so many takes longer than a frame: they come back once it stands still.
            self.labels.clear()
            self._soon.start(_STILL_MS)

    def _place_labels(self) -> None:
        self.labels.clear()
        room = self.view.room
        bounds = Box(room.left(), room.top(), room.width(), room.height())
        taken = self._label_threshold(bounds)
        wishes, texts = [], []
        shown = [dot for dot in self._dots if bounds.holds(self._point(dot))]
        for dot in shown:
            width, height = self.labels.size_of(dot.label)
            most = self._theme.scaled(_LONGEST)
            text = dot.label if width <= most else self.labels.cut(dot.label, most)
            spot = self._point(dot)
            radius = (_MARKED if dot.is_marked else _DOT) / 2
            wishes.append(Wish(spot.left, spot.top, radius, min(width, most), height))
            texts.append((text, Token.TEXT if dot.is_marked or dot.is_chosen else Token.MUTED))
        for box, (text, token) in zip(placed(wishes, bounds, taken), texts, strict=True):
            if box is not None:
                self.labels.add(text, box.left, box.top, token)

    def _point(self, dot: Dot) -> Box:
        place: QPointF = self.view.box.mapViewToScene(QPointF(self._x(dot), dot.y))
        return Box(place.x(), place.y(), 0, 0)

    def _label_threshold(self, bounds: Box) -> list[Box]:
        """Names the threshold where no dot is; what its name and its line take."""
        if self._threshold is None:
            return []
        value, words = self._threshold
        width, height = self.labels.size_of(words)
        line: QPointF = self.view.box.mapViewToScene(QPointF(0, value))
        top = line.y() - height - 2
        taken = [Box(bounds.left, line.y() - 1, bounds.width, 2)]
        if not bounds.top <= top <= bounds.top + bounds.height:
            return taken
        spots = [self._point(dot) for dot in self._dots]
        starts = (bounds.left + 6, bounds.left + bounds.width - width - 6, bounds.left + (bounds.width - width) / 2)
        around = [Box(left - 8, top - 8, width + 16, height + 16) for left in starts]
        left = next((box.left + 8 for box in around if not any(map(box.holds, spots))), starts[0])
        self.labels.add(words, left, top, Token.ATTENTION)
        return [*taken, Box(left, top, width, height)]


class _PowerAxis(pg.AxisItem):  # type: ignore[misc]
    """Powers of ten, and the place of those at 0."""

    def __init__(self, say: Say, zero: str) -> None:
        super().__init__("bottom")
        self._say = say
        self._zero_words = zero
        self._zero: float | None = None
        self.enableAutoSIPrefix(False)

    def show_zero(self, place: float | None) -> None:
        """Where 0 is written; None: nowhere."""
        self._zero = place
        self.picture = None
        self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        first = math.ceil(low if self._zero is None else max(low, self._zero + _ZERO_GAP * 0.9))
        powers = [float(power) for power in range(first, math.floor(high) + 1)]
        room = max(1, int(size // Theme.current().scaled(64)))
        step = -(-len(powers) // room)
        shown = powers[::step] if powers else []
        if len(shown) < 2:
            shown = _between(low if self._zero is None else self._zero + _ZERO_GAP * 0.9, high)
        return [(1.0, shown), (1.0, [self._zero] if self._zero is not None and self._zero >= low else [])]

    def tickStrings(self, values: Sequence[float], _scale: Any, _spacing: Any) -> list[str]:
        return [self._zero_words if value == self._zero else self._say(10**value) for value in values]


def _between(low: float, high: float) -> list[float]:
    """One, two and five of each power of ten, where there are not two powers in sight."""
    found = [power + math.log10(part) for power in range(math.floor(low), math.ceil(high)) for part in (1, 2, 5)]
    return [value for value in found if low <= value <= high]


def _array(values: Any) -> Any:
    import numpy as np

    return np.array(list(values), dtype=float)


def _heights(values: Sequence[float]) -> tuple[float, float]:
    """The scale of quality: as much of 0 to 1 as is needed, in tenths, with room for a label at both ends."""
    low = max(0.0, math.floor((min(values, default=0.0) - 0.06) * 10) / 10)
    high = min(1.0, math.ceil((max(values, default=1.0) + 0.04) * 10) / 10)
    return (low, high + 0.06) if high - low >= 0.3 else (max(0.0, high - 0.4), high + 0.06)
