"""Whether a model's provider answers: a line in words, and a strip of the last thirty days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from modelward.core import units
from modelward.discovery.days import Day, days
from modelward.discovery.model import Look, State
from modelward.ui.catalog.names import provider_name
from modelward.ui.kit.rows import plain_tooltip
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import Theme, Token

DAYS = 30
"""So long looks are kept."""

_HEIGHT, _GAP, _QUIET = 18, 2, 4
_COLORS = {
    State.OK: Token.WELL,
    State.LIMITED: Token.ATTENTION,
    State.FAILED: Token.TROUBLE,
    State.REFUSED: Token.TROUBLE,
    State.UNREACHABLE: Token.TROUBLE,
}
# Not colour alone: a day on which something failed does not stand at full height.
_SHARES = {State.OK: 1.0, State.LIMITED: 0.8}
_BAD_SHARE = 0.5
_WORDS = {
    State.OK: "always answered",
    State.LIMITED: "was busy at times",
    State.FAILED: "failed at times",
    State.REFUSED: "refused the key at times",
    State.UNREACHABLE: "could not be reached at times",
}
_NOW = {
    State.OK: "answers",
    State.LIMITED: "is busy",
    State.FAILED: "answers with an error",
    State.REFUSED: "refuses the key",
    State.UNREACHABLE: "cannot be reached",
    State.NO_KEY: "has no key here",
}


class Availability(QWidget):
    """Hidden until somebody has looked at the provider."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line = Text("", "small", self, wraps=True)
        self._strip = _Strip(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._line)
        column.addWidget(self._strip)
        self.hide()

    def show_looks(self, provider: str, looks: Sequence[Look], now: datetime) -> None:
        """Shows the looks at a provider, oldest first."""
        if looks:
            self._line.setText(sentence(provider, looks[-1], now))
            self._line.setToolTip(f"Checked {units.local_time(looks[-1].at)}")
            self._strip.show_days(days(looks, now.astimezone().date(), DAYS))
        self.setVisible(bool(looks))


def sentence(provider: str, look: Look, now: datetime) -> str:
    """The last look in words: ``OpenAI answers · 420 ms · checked 3 min ago``."""
    took = "" if look.latency_ms is None else f"{look.latency_ms:,.0f} ms"
    said = f"{provider_name(provider)} {_NOW[look.state]}"
    parts = (said, took, f"checked {units.ago(look.at, now)}", look.detail)
    return " · ".join(part for part in parts if part)


def day_words(day: Day) -> str:
    """A day in words: ``3 Nov: always answered (48 of 48 checks)``."""
    name = f"{day.day.day} {day.day:%b}"
    if day.worst is None:
        return f"{name}: not checked"
    return f"{name}: {_WORDS[day.worst]} ({day.answered} of {day.looks} checks)"


class _Strip(QWidget):
    """One bar a day; pointed at, it says what the day was."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._days: Sequence[Day] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme.changed.connect(self.update)

    def show_days(self, shown: Sequence[Day]) -> None:
        self._days = shown
        checked = [day for day in shown if day.worst is not None]
        well = sum(day.worst is State.OK for day in checked)
        self.setAccessibleName(f"Last {len(shown)} days: always answered on {well} of {len(checked)} days checked")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(DAYS * (_QUIET + _GAP), self._theme.scaled(_HEIGHT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        for day, place in zip(self._days, self._places(), strict=True):
            painter.setBrush(self._theme.color(_COLORS.get(day.worst, Token.GRID) if day.worst else Token.GRID))
            share = _SHARES.get(day.worst, _BAD_SHARE) if day.worst else _QUIET / _HEIGHT
            height = round(place.height() * share)
            painter.drawRoundedRect(QRect(place.left(), place.bottom() + 1 - height, place.width(), height), 1, 1)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = next((i for i, place in enumerate(self._places()) if place.contains(event.pos())), None)
            if at is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), plain_tooltip(day_words(self._days[at])), self)
            return True
        return super().event(event)

    def _places(self) -> list[QRect]:
        count = len(self._days)
        if not count:
            return []
        step = (self.width() + _GAP) / count
        edges = [round(number * step) for number in range(count + 1)]
        return [QRect(edges[at], 0, max(1, edges[at + 1] - edges[at] - _GAP), self.height()) for at in range(count)]
