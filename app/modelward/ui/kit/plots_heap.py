"""How values are distributed: how many lie where, and the percentiles that people speak of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from modelward.ui.kit.chart_data import SERIES, Heap
from modelward.ui.kit.labels import Box
from modelward.ui.kit.plots_chart import Chart, Place
from modelward.ui.kit.plots_view import Say, ValueAxis
from modelward.ui.kit.theme import Token

_AREA = 0.18
_LEAST_BINS, _MOST_BINS = 12, 40
_CUT = 99.5  # percent: what lies beyond is counted in the last step, so that one slow call does not squeeze the rest


class HeapPlot(Chart):
    """Steps of shares, one colour for each heap, with a dashed line at the middle and at the 95th percentile."""

    def __init__(self, name: str, say: Say, parent: QWidget | None = None) -> None:
        self._say = say
        self._axis = ValueAxis(say, "bottom")
        super().__init__(name, {"bottom": self._axis, "left": ValueAxis(lambda share: f"{share:.0%}")}, parent)
        self._heaps: Sequence[Heap] = ()
        self._items: list[pg.GraphicsObject] = []
        self._marks: list[tuple[float, str, Token]] = []
        self._dress()

    def show_heaps(self, heaps: Sequence[Heap], say: Say | None = None) -> None:
        """Show these on one scale; ``say``: they are other values than before."""
        if say is not None:
            self._say = say
            self._axis.show_as(say)
        self._heaps = [heap for heap in heaps if len(heap.values)][: len(SERIES)]
        self._draw()

    def _draw(self) -> None:
        for item in self._items:
            self.view.removeItem(item)
        self._items, self._marks, places = [], [], []
        edges = _edges([np.asarray(heap.values, dtype=float) for heap in self._heaps])
        most = 0.0
        for heap, token in zip(self._heaps, SERIES, strict=False):
            values = np.clip(np.asarray(heap.values, dtype=float), edges[0], edges[-1])
            shares = np.histogram(values, edges)[0] / len(values)
            most = max(most, float(shares.max()))
            self._items.append(self._steps(edges, shares, token))
            places += [self._place(heap, edges, shares, number) for number in map(int, np.flatnonzero(shares))]
            self._mark(heap, token)
        for item in self._items:
            self.view.addItem(item)
        self.view.show_between(float(edges[0]), float(edges[-1]))
        self.view.setYRange(0, (most or 1.0) * 1.2, padding=0)
        self._tell_places(sorted(places, key=lambda place: place.x))

    def _place(self, heap: Heap, edges: np.ndarray, shares: np.ndarray, number: int) -> Place:
        low, high = float(edges[number]), float(edges[number + 1])
        words = f"{heap.label} · {shares[number]:.0%} within {self._say(low)} to {self._say(high)}"
        return Place((low + high) / 2, float(shares[number]), heap.key, words)

    def _steps(self, edges: np.ndarray, shares: np.ndarray, token: Token) -> pg.GraphicsObject:
        color = self._theme.color(token)
        area = QColor(color)
        area.setAlphaF(_AREA)
        return pg.PlotDataItem(
            edges, shares, stepMode="center", fillLevel=0, brush=pg.mkBrush(area), pen=pg.mkPen(color, width=1.5)
        )

    def _mark(self, heap: Heap, token: Token) -> None:
        for value, word in ((heap.p50, "p50"), (heap.p95, "p95")):
            if value is not None:
                pen = pg.mkPen(self._theme.color(token), width=1, style=Qt.PenStyle.DashLine)
                self._items.append(pg.InfiniteLine(value, angle=90, pen=pen))
                self._marks.append((value, f"{word} {self._say(value)}", token))

    def _dress(self) -> None:
        super()._dress()
        self._draw()

    def _place_labels(self) -> None:
        self.labels.clear()
        room, taken = self.view.room, list[Box]()
        for value, words, token in self._marks:
            width, height = self.labels.size_of(words)
            x = self.view.box.mapViewToScene(QPointF(value, 0)).x()
            lefts = [left for left in (x + 4, x - width - 4) if room.left() <= left and left + width <= room.right()]
            tries = (Box(left, room.top() + 2 + line * height, width, height) for line in range(3) for left in lefts)
            box = next((box for box in tries if not any(map(box.meets, taken))), None)
            if box is not None:
                taken.append(box)
                self.labels.add(words, box.left, box.top, token)


def _edges(groups: Sequence[np.ndarray]) -> np.ndarray:
    """Where the steps begin and end: about as many as the square root of the values, none in the long tail."""
    if not groups:
        return np.array([0.0, 1.0])
    values = np.concatenate(groups)
    low, high = float(values.min()), float(np.percentile(values, _CUT) if len(values) >= 200 else values.max())
    if high <= low:
        low, high = low * 0.9, high * 1.1 or 1.0
    bins = min(max(int(len(values) ** 0.5), _LEAST_BINS), _MOST_BINS)
    return np.linspace(low, high, bins + 1)
