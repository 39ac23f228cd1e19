"""Whether something answered, over time: a strip of bars, each the looks of a stretch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from modelward.ollama.model import Sample
from modelward.ui.kit.rows import plain_tooltip
from modelward.ui.kit.theme import Theme, Token

STRETCHES = 48
"""So many bars there are."""

_HEIGHT, _GAP, _QUIET, _BAD_SHARE = 14, 1, 3, 0.5


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the time: how many looks there were, and how many were answered."""

    since: datetime
    looks: int
    answered: int


def stretches(samples: Sequence[Sample], since: datetime, now: datetime) -> list[Stretch]:
    """The looks since a moment in stretches of one length, eldest first."""
    length = (now - since) / STRETCHES
    looks, answered = [0] * STRETCHES, [0] * STRETCHES
    for sample in samples:
        place = min(int((sample.at - since) / length), STRETCHES - 1)
        if place >= 0:
            looks[place] += 1
            answered[place] += sample.ok
    return [Stretch(since + length * at, looks[at], answered[at]) for at in range(STRETCHES)]


def stretch_text(stretch: Stretch, length: timedelta) -> str:
    """A stretch in words."""
    begin, end = stretch.since.astimezone(), (stretch.since + length).astimezone()
    when = f"{begin.day} {begin:%b, %H:%M} to {end:%H:%M}"
    if not stretch.looks:
        return f"{when}: not looked at"
    return f"{when}: answered {stretch.answered:,} of {stretch.looks:,} looks"


class UpStrip(QWidget):
    """Pointed at, a bar says what it is. Not colour alone: where a look was not answered, a bar is half as high."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._stretches: Sequence[Stretch] = ()
        self._length = timedelta()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme.changed.connect(self.updateGeometry)

    def show_samples(self, samples: Sequence[Sample], since: datetime, now: datetime) -> None:
        """Shows these looks."""
        self._stretches, self._length = stretches(samples, since, now), (now - since) / STRETCHES
        answered = sum(sample.ok for sample in samples)
        self.setAccessibleName(f"Answered {answered:,} of {len(samples):,} looks")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(STRETCHES * (_QUIET + _GAP), self._theme.scaled(_HEIGHT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        for stretch, place in zip(self._stretches, self._places(), strict=True):
            is_bad = stretch.answered < stretch.looks
            token = Token.TROUBLE if is_bad else Token.WELL if stretch.looks else Token.GRID
            share = _BAD_SHARE if is_bad else 1.0 if stretch.looks else _QUIET / _HEIGHT
            height = round(place.height() * share)
            painter.setBrush(self._theme.color(token))
            painter.drawRect(QRect(place.left(), place.bottom() + 1 - height, place.width(), height))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = next((i for i, place in enumerate(self._places()) if place.contains(event.pos())), None)
            if at is None:
                QToolTip.hideText()
            else:
                words = stretch_text(self._stretches[at], self._length)
                QToolTip.showText(event.globalPos(), plain_tooltip(words), self)
            return True
        return super().event(event)

    def _places(self) -> list[QRect]:
        count = len(self._stretches)
        edges = [round(at * (self.width() + _GAP) / count) for at in range(count + 1)] if count else []
        return [QRect(edges[at], 0, max(1, edges[at + 1] - edges[at] - _GAP), self.height()) for at in range(count)]
