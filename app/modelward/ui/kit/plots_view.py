"""What all charts share: axes and grid in the colours of the theme, the named point, panning and zooming, pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QGraphicsSimpleTextItem, QWidget

from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, FontRole, Theme, Token
from modelward.ui.kit.ticks import time_ticks

_DAY_SECONDS, _MINUTE_SECONDS = 86_400, 60
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_ZOOMS = {Qt.Key.Key_Plus: 0.8, Qt.Key.Key_Equal: 0.8, Qt.Key.Key_Minus: 1.25}
_ALL = frozenset({Qt.Key.Key_0, Qt.Key.Key_Escape})
Say = Callable[[float], str]


class View(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph ships no types
    """Axes and grid in the colours of the theme, without pyqtgraph's own menus.

    Where it ``can_zoom``, dragging moves it along, Ctrl and the wheel or ``+`` and ``-`` zoom, and ``0`` or a double
    click show all again.
    """

    def __init__(self, axes: Mapping[str, Any], parent: QWidget, *, can_zoom: bool = False) -> None:
        super().__init__(parent=parent, axisItems=dict(axes), enableMenu=False)
        # Plain calls, not signals: two floats a mouse move.
        self.pointed: list[Callable[[QPointF], None]] = []
        self.stepped: list[Callable[[int], None]] = []
        self.clicked: list[Callable[[QPointF], None]] = []
        self._can_zoom = can_zoom
        self._pressed = QPoint()
        self._whole: tuple[float, float] | None = None
        item = self.getPlotItem()
        # It is made all the same, and belongs to nobody.
        item.ctrlMenu.setParent(self, item.ctrlMenu.windowFlags())
        item.hideButtons()
        item.setMouseEnabled(x=can_zoom, y=False)
        item.getViewBox().setDefaultPadding(0)
        item.disableAutoRange()
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setMouseTracking(True)

    @property
    def box(self) -> Any:
        """The area within the axes."""
        return self.getPlotItem().getViewBox()

    @property
    def room(self) -> QRectF:
        """That area, in pixels of this widget."""
        return QRectF(self.box.sceneBoundingRect())

    def show_range(self, seconds: Sequence[float], low: float, high: float) -> None:
        """Make room for these moments and values."""
        if seconds:
            self.show_between(seconds[0], max(seconds[-1], seconds[0] + 1), padding=0.01)
        self.setYRange(low, high, padding=0)

    def show_between(self, first: float, last: float, padding: float = 0.0) -> None:
        """Make room along the bottom; nothing beyond can be moved to."""
        edge = (last - first) * padding
        self._whole = (first - edge, last + edge)
        if self._can_zoom:
            self.box.setLimits(xMin=self._whole[0], xMax=self._whole[1])
        self.show_all()

    def show_all(self) -> None:
        """Show all that there is again."""
        if self._whole is not None:
            self.setXRange(*self._whole, padding=0)

    def zoom(self, factor: float) -> None:
        """Show more or less around the middle."""
        self.box.scaleBy(x=factor)

    def place_of(self, x: float, y: float) -> QPoint:
        """Where a point is drawn, in pixels of this widget."""
        scene: QPointF = self.box.mapViewToScene(QPointF(x, y))
        return QPoint(self.mapFromScene(scene))

    def dress(self, theme: Theme, *, left: int = 48, bottom: int = 28) -> None:
        """Take the colours and fonts of the theme; room for the axes in pixels at 100 % text."""
        self.setBackground(theme.color(Token.SURFACE))
        for name in ("bottom", "left"):
            axis = self.getPlotItem().getAxis(name)
            axis.setZValue(-1000)  # its grid lies beneath all
            axis.setPen(pg.mkPen(theme.color(Token.GRID)))
            axis.setTickPen(pg.mkPen(theme.color(Token.GRID)))
            axis.setTextPen(pg.mkPen(theme.color(Token.MUTED)))
            axis.setStyle(tickFont=theme.font(FontRole.TAG), tickLength=0, tickTextOffset=SPACE)
            axis.setGrid(255 if name == "left" else False)
        # Its default is a guess at a fixed size, which cuts larger text.
        self.getPlotItem().getAxis("bottom").setHeight(theme.scaled(bottom))
        self.getPlotItem().getAxis("left").setWidth(theme.scaled(left))

    def draw(self, painter: QPainter, target: QRectF) -> None:
        """Draw all of it with another painter, into a rectangle: as a picture."""
        painter.fillRect(target, Theme.current().color(Token.SURFACE))
        self.scene().render(painter, target, QRectF(self.viewport().rect()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        moved = (event.position().toPoint() - self._pressed).manhattanLength()
        if event.button() == Qt.MouseButton.LeftButton and moved < 4:
            self._tell(self.clicked, event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        if self._can_zoom:
            self.show_all()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._tell(self.pointed, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if step := _STEPS.get(key, 0):
            for tell in self.stepped:
                tell(step)
        elif self._can_zoom and key in _ZOOMS:
            self.zoom(_ZOOMS[key])
        elif self._can_zoom and key in _ALL:
            self.show_all()
        else:
            event.ignore()  # pyqtgraph's own view would swallow it

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._can_zoom and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
        else:
            event.ignore()  # the page scrolls

    def _tell(self, listeners: Sequence[Callable[[QPointF], None]], event: QMouseEvent) -> None:
        place = self.box.mapSceneToView(self.mapToScene(event.position().toPoint()))
        for tell in listeners:
            tell(place)


class Named:
    """The words beside the point under the cursor: on the side with room, never outside."""

    def __init__(self, chart: QWidget) -> None:
        self._chart = chart
        self._words = Text("", "keys", chart)
        self._words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._words.hide()

    @property
    def words(self) -> str:
        """What is said now; empty where nothing is."""
        return "" if self._words.isHidden() else self._words.text()

    @property
    def label(self) -> Text:
        """What says it."""
        return self._words

    def say(self, words: str, place: QPoint) -> None:
        """Name the point at a place."""
        self._words.setText(words)
        self._words.adjustSize()
        self._words.move(self._beside(place))
        self._words.show()
        self._words.raise_()

    def hide(self) -> None:
        """Name nothing."""
        self._words.hide()

    def _beside(self, place: QPoint) -> QPoint:
        width, height = self._words.width(), self._words.height()
        room = self._chart.size()
        x = place.x() + SPACE if place.x() + SPACE + width <= room.width() else place.x() - SPACE - width
        y = place.y() - SPACE - height if place.y() >= SPACE + height else place.y() + SPACE
        return QPoint(max(0, min(x, room.width() - width)), max(0, min(y, room.height() - height)))


class Labels:
    """Texts within a chart, in pixels, never taken for markup. They belong to its picture."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._items: list[QGraphicsSimpleTextItem] = []
        self.metrics = QFontMetricsF(Theme.current().font(FontRole.TAG))

    @property
    def texts(self) -> list[tuple[str, QRectF]]:
        """What stands where."""
        return [(item.text(), item.sceneBoundingRect()) for item in self._items]

    def clear(self) -> None:
        """Take all away."""
        for item in self._items:
            self._view.scene().removeItem(item)
        self._items.clear()

    def add(self, text: str, left: float, top: float, token: Token = Token.MUTED) -> None:
        """Put a text so that its corner is there."""
        theme = Theme.current()
        item = QGraphicsSimpleTextItem(text)
        item.setFont(theme.font(FontRole.TAG))
        item.setBrush(theme.color(token))
        item.setPos(left, top)
        item.setZValue(1000)
        self._view.scene().addItem(item)
        self._items.append(item)

    def size_of(self, text: str) -> tuple[float, float]:
        """How wide and high a text is."""
        self.metrics = QFontMetricsF(Theme.current().font(FontRole.TAG))
        return self.metrics.horizontalAdvance(text) + 2, math.ceil(self.metrics.height())  # as Qt draws it

    def cut(self, text: str, width: float) -> str:
        """A text that is no wider."""
        return self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)


class TimeAxis(pg.AxisItem):  # type: ignore[misc]
    """Days with their month, and times of the day."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.enableAutoSIPrefix(False)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        return [time_ticks(low, high, int(size // Theme.current().scaled(72)))]

    def tickStrings(self, values: Sequence[float], _scale: Any, spacing: float) -> list[str]:
        moments = [datetime.fromtimestamp(value).astimezone() for value in values]
        if spacing >= _DAY_SECONDS:
            return [f"{at.day} {at:%b}" for at in moments]
        return [f"{at:%H:%M}" if spacing >= _MINUTE_SECONDS else f"{at:%H:%M:%S}" for at in moments]


class ValueAxis(pg.AxisItem):  # type: ignore[misc]
    """Values as people read them."""

    def __init__(self, say: Say, side: str = "left") -> None:
        super().__init__(side)
        self._say = say
        self.enableAutoSIPrefix(False)

    def show_as(self, say: Say) -> None:
        """Write other values from now on."""
        self._say = say
        self.picture = None
        self.update()

    def tickStrings(self, values: Sequence[float], _scale: Any, _spacing: Any) -> list[str]:
        return [self._say(value) for value in values]
