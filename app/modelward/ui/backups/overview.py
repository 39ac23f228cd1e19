"""The first card: could I get yesterday back? One figure, and the hours of the last four weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from modelward.backups.model import BackupHealth
from modelward.core import units
from modelward.ui.backups import wording
from modelward.ui.backups.hours import Day, HourState, counted
from modelward.ui.backups.strip import HourStrip, color_of
from modelward.ui.kit.bars import Legend
from modelward.ui.kit.card import Card
from modelward.ui.kit.rows import plain_tooltip
from modelward.ui.kit.tag import Tag
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Tone

_FIGURE_WIDTH = 148


class OverviewCard(Card):
    """The age of the newest safe state, and the strip of hours. ``chosen`` carries a copy's id."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Hours you can go back to", parent)
        self._theme = Theme.current()
        self.figure = Text("", "figure", self)
        self.safety = Tag("", Tone.NEUTRAL, self)
        self.caption = Text("", "small", self, wraps=True)
        self.strip = HourStrip(self)
        self.strip.chosen.connect(self.chosen)
        self._legend = Legend(self)
        self._words = QWidget(self)
        self._lay_out()
        self._dress()
        self._theme.changed.connect(self._dress)

    def show_age(self, health: BackupHealth, now: datetime) -> None:
        """Shows how old the newest safe state is."""
        moment = health.last_success_at
        self.figure.setText(wording.age_figure(moment, now))
        self.safety.show_state(*wording.safety(moment, now))
        self.caption.setText("since the last verified backup" if moment else "There is no verified backup.")
        self.figure.setToolTip(plain_tooltip(units.local_time(moment)) if moment else "")
        self._words.setAccessibleName(f"{self.figure.text()} {self.caption.text()}, {self.safety.text()}")

    def show_days(self, days: Sequence[Day]) -> None:
        """Shows the strip of these days and what its colours mean."""
        self.strip.set_days(days)
        self._legend.set_entries(
            [
                (f"{state.value} {count:,}", color_of(state))
                for state, count in counted(days).items()
                if state is not HourState.COMING
            ]
        )

    def _lay_out(self) -> None:
        column = QVBoxLayout(self._words)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addWidget(self.figure)
        column.addWidget(self.caption)
        column.addWidget(self.safety)
        column.addStretch(1)
        strip = QVBoxLayout()
        strip.setSpacing(SPACE + SPACE // 2)
        strip.addWidget(self.strip)
        strip.addWidget(self._legend)
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        row.addWidget(self._words)
        row.addLayout(strip, 1)
        self.body.addLayout(row)

    def _dress(self) -> None:
        self._words.setFixedWidth(self._theme.scaled(_FIGURE_WIDTH))
