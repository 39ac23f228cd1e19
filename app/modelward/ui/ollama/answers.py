"""How fast a model answered, and whether it did: a day, a week or a month back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from modelward.ollama.model import Sample
from modelward.ui.kit.charting import load_plots
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme
from modelward.ui.ollama import figures
from modelward.ui.ollama.up_strip import UpStrip

if TYPE_CHECKING:
    from modelward.ui.kit.plots import TimePlot

_HEIGHT = 112
_MOST = 400
_SPANS = (
    ("Day", "Answer time, 24 h", timedelta(days=1)),
    ("Week", "Answer time, 7 days", timedelta(days=7)),
    ("Month", "Answer time, 30 days", timedelta(days=30)),
)
_NOTHING = "It was not looked at in this time."


class Answers(QWidget):
    """A line of answer times and a strip of looks. What draws the line is loaded when it is first seen.

    ``span_chosen``: another part of the history is wanted.
    """

    span_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._samples: Sequence[Sample] = ()
        self._now: datetime | None = None
        self._is_wanted = False
        self.span = _SPANS[0][2]
        self.plot: TimePlot | None = None
        self.title = Text(_SPANS[0][1], "strong", self)
        self.words = Text(_NOTHING, "small", self, wraps=True)
        self.strip = UpStrip(self)
        self.spans = QButtonGroup(self)
        self._column = QVBoxLayout(self)
        self._lay_out()
        self._theme.changed.connect(self._size)

    def show_samples(self, samples: Sequence[Sample], now: datetime) -> None:
        """Shows these looks, eldest first."""
        self._samples, self._now = samples, now
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._is_wanted:
            self._is_wanted = True
            spawn(self._make_plot(), "chart")

    async def _make_plot(self) -> None:
        make = await load_plots()
        plot = self.plot = make("Answer time", figures.milliseconds, self)
        self._column.insertWidget(1, plot)
        self._size()
        self._draw()

    def _draw(self) -> None:
        timed = [sample for sample in self._samples if sample.ok and sample.latency_ms is not None]
        self.words.setText(self._words(timed))
        self.strip.setVisible(bool(self._samples))
        if self._now is not None:
            self.strip.show_samples(self._samples, self._now - self.span, self._now)
        if self.plot is None:
            return
        self.plot.setVisible(len(timed) > 1)
        if len(timed) > 1:
            from modelward.ui.kit.plots import Point

            points = [Point(each.at, each.latency_ms or 0.0) for each in thinned(timed)]
            self.plot.show_points(points, 0.0, max(1.0, *(point.value for point in points)))

    def _words(self, timed: Sequence[Sample]) -> str:
        if not self._samples:
            return _NOTHING
        last = f"{figures.milliseconds(timed[-1].latency_ms)} last" if timed else ""
        return " · ".join(part for part in (last, figures.up_text(self._samples)) if part)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE // 2)
        head.addWidget(self.title, 1)
        for number, (words, title, _span) in enumerate(_SPANS):
            button = QPushButton(words, self)
            button.setProperty("role", "quiet")
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.setAccessibleName(title)
            self.spans.addButton(button, number)
            head.addWidget(button)
        self.spans.idClicked.connect(self._on_span_clicked)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE // 2)
        self._column.addLayout(head)
        self._column.addWidget(self.strip)
        self._column.addWidget(self.words)

    def _size(self) -> None:
        if self.plot is not None:
            self.plot.setFixedHeight(self._theme.scaled(_HEIGHT))

    @guarded
    def _on_span_clicked(self, number: int) -> None:
        _words, title, self.span = _SPANS[number]
        self.title.setText(title)
        self.span_chosen.emit()


def thinned(samples: Sequence[Sample]) -> Sequence[Sample]:
    """At most about :data:`_MOST` of these, the slowest of each stretch: that is what a person looks for."""
    if len(samples) <= _MOST:
        return samples
    step = -(-len(samples) // _MOST)
    parts = (samples[at : at + step] for at in range(0, len(samples), step))
    return [max(part, key=lambda sample: sample.latency_ms or 0.0) for part in parts]
