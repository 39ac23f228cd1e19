"""What the charts of measurements share: a view, labels, the named point, and how they follow the theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from modelward.ui.kit.plots_view import Labels, Named, View
from modelward.ui.kit.theme import Theme, Token

_REACH = 28  # pixels from which a point is named
_DOT = 9


class Place(NamedTuple):
    """Something that can be pointed at: where it is on the axes, what it is, and what is said of it."""

    x: float
    y: float
    key: str
    words: str


class Chart(QWidget):
    """A chart whose points can be named by the pointer and the arrow keys. ``chosen`` carries what was clicked."""

    chosen = Signal(str)

    def __init__(
        self, name: str, axes: Mapping[str, Any], parent: QWidget | None = None, *, can_zoom: bool = False
    ) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._places: Sequence[Place] = ()
        self._at = -1
        self.setAccessibleName(name)
        self.view = View(axes, self, can_zoom=can_zoom)
        self.view.setAccessibleName(name)
        self.labels = Labels(self.view)
        self._pin = pg.ScatterPlotItem(size=_DOT, pxMode=True, antialias=True, useCache=False)
        self._pin.setZValue(500)
        self.view.addItem(self._pin)
        self._named = Named(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.setFocusProxy(self.view)
        # What depends on pixels is placed once all of them stand, however many tell of it.
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._place_labels)
        self.view.box.sigRangeChanged.connect(self._on_view_moved)
        self.view.box.sigResized.connect(self._on_view_moved)
        self.view.pointed.append(self._on_view_pointed)
        self.view.stepped.append(self._on_view_stepped)
        self.view.clicked.append(self._on_view_clicked)
        self._theme.changed.connect(self._dress)

    @property
    def named(self) -> str:
        """What is said of the point under the cursor; empty where there is none."""
        return self._named.words

    def draw(self, painter: QPainter, size: QSize) -> None:
        """Draw it with another painter, without the named point."""
        self._name(-1)
        self._place_labels()
        self.view.draw(painter, QRectF(0, 0, size.width(), size.height()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._name(-1)

    # ------------------------------------------------------------ what each kind says

    def _dress(self) -> None:
        """Take the colours of the theme."""
        self._pin.setPen(pg.mkPen(self._theme.color(Token.SURFACE), width=2))
        self._pin.setBrush(pg.mkBrush(self._theme.color(Token.TEXT)))
        self.view.dress(self._theme)
        self._on_view_moved()

    def _place_labels(self) -> None:
        """Put the labels where they belong by now."""

    def _nearest(self, place: QPointF) -> int:
        """The place that is pointed at; -1 for none."""
        spot = self.view.place_of(place.x(), place.y())
        best, reach = -1, float(_REACH)
        for number, each in enumerate(self._places):
            away = self.view.place_of(each.x, each.y) - spot
            distance = (away.x() ** 2 + away.y() ** 2) ** 0.5
            if distance < reach:
                best, reach = number, distance
        return best

    # ------------------------------------------------------------ parts

    def _tell_places(self, places: Sequence[Place]) -> None:
        self._places = places
        self._name(-1)
        # For those who do not see it.
        self.view.setAccessibleDescription("; ".join(each.words for each in places[:20]))
        self._on_view_moved()

    def _on_view_moved(self, *_arguments: object) -> None:
        self._soon.start()

    def _on_view_pointed(self, place: QPointF) -> None:
        self._name(self._nearest(place) if self._places else -1)

    def _on_view_stepped(self, step: int) -> None:
        start = self._at if self._at >= 0 else len(self._places) if step < 0 else -1
        self._name(min(max(start + step, 0), len(self._places) - 1))

    def _on_view_clicked(self, place: QPointF) -> None:
        number = self._nearest(place) if self._places else -1
        if number >= 0:
            self.chosen.emit(self._places[number].key)

    def _name(self, number: int) -> None:
        self._at = number
        if number < 0:
            self._pin.setData([], [])
            self._named.hide()
            return
        each = self._places[number]
        self._pin.setData([each.x], [each.y])
        self._named.say(each.words, self.view.place_of(each.x, each.y))
