"""What is measured now: each value as it comes, one colour for each that is measured."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QTimer
from PySide6.QtWidgets import QWidget

from modelward.ui.kit.chart_data import SERIES
from modelward.ui.kit.labels import apart
from modelward.ui.kit.plots_chart import Chart, Place
from modelward.ui.kit.plots_view import Say, ValueAxis
from modelward.ui.kit.theme import SPACE

_EVERY_MS = 100
_MOST = 2_000
"""Values of one colour that are shown; the eldest go first."""
_LABELS_SHARE = 0.3


class LivePlot(Chart):
    """Values over the number of the call. However fast they come, it is drawn ten times a second."""

    def __init__(self, name: str, say: Say, parent: QWidget | None = None) -> None:
        self._say = say
        axes = {"bottom": ValueAxis(lambda value: f"{value:,.0f}" if value == int(value) else "", "bottom")}
        super().__init__(name, {**axes, "left": ValueAxis(say)}, parent)
        self._values: dict[str, tuple[str, list[float], list[float]]] = {}
        self._items: dict[str, pg.PlotDataItem] = {}
        self._count = 0
        self._timer = QTimer(self, singleShot=True, interval=_EVERY_MS)
        self._timer.timeout.connect(self._draw)
        self._dress()

    @property
    def count(self) -> int:
        """How many values came."""
        return self._count

    def start(self) -> None:
        """Begin anew."""
        for item in self._items.values():
            self.view.removeItem(item)
        self._values.clear()
        self._items.clear()
        self._count = 0
        self._draw()

    def add(self, key: str, label: str, value: float) -> None:
        """A value has come."""
        self._count += 1
        _label, at, values = self._values.setdefault(key, (label, [], []))
        at.append(float(self._count))
        values.append(value)
        if len(values) > _MOST:
            del at[: _MOST // 4], values[: _MOST // 4]
        if not self._timer.isActive():
            self._timer.start()

    def _draw(self) -> None:
        for number, (key, (_label, at, values)) in enumerate(self._values.items()):
            if key not in self._items:
                item = self._items[key] = pg.PlotDataItem(symbol="o", symbolSize=5, symbolPen=None, antialias=True)
                self.view.addItem(item)
                self._paint(number, item)
            self._items[key].setData(at, values)
        first = min((at[0] for _, at, _ in self._values.values()), default=1.0)
        high = max((max(values) for _, _, values in self._values.values()), default=1.0)
        self.view.show_between(first - 0.5, max(self._count, first + 9) + 0.5)
        self.view.setYRange(0, high * 1.1 or 1.0, padding=0)
        self._make_room()
        self._tell_places(
            [
                Place(at[-1], values[-1], key, f"{label} · {self._say(values[-1])}")
                for key, (label, at, values) in self._values.items()
            ]
        )

    def _paint(self, number: int, item: pg.PlotDataItem) -> None:
        color = self._theme.color(SERIES[number % len(SERIES)])
        item.setPen(pg.mkPen(color, width=1.5))
        item.setSymbolBrush(pg.mkBrush(color))

    def _dress(self) -> None:
        super()._dress()
        for number, item in enumerate(self._items.values()):
            self._paint(number, item)
        self._make_room()

    def _make_room(self) -> None:
        widths = [self.labels.size_of(label)[0] for label, _, _ in self._values.values()]
        margin = min(max(widths, default=0.0), self.width() * _LABELS_SHARE) + SPACE
        self.view.getPlotItem().layout.setContentsMargins(0, 0, margin, 0)

    def _place_labels(self) -> None:
        self.labels.clear()
        room = self.view.room
        shown = [*self._values.values()][: len(SERIES)]
        ends = [self.view.box.mapViewToScene(QPointF(0, values[-1])).y() for _, _, values in shown]
        height = self.labels.size_of("X")[1]
        left = room.right() + SPACE / 2
        stands = apart(ends, height, room.top(), room.bottom())
        for (label, _, _), token, middle in zip(shown, SERIES, stands, strict=False):
            self.labels.add(self.labels.cut(label, self.width() - left), left, middle - height / 2, token)
