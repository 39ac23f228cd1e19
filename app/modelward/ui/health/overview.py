"""The first card: how complete the catalogue is, at a glance, and what fills its gaps."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from modelward.catalog.health import Health
from modelward.ui.health.figures import percent
from modelward.ui.kit.card import Card
from modelward.ui.kit.ring import Ring
from modelward.ui.kit.tag import Tag
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Tone

_LITTLE = 0.5
"""Below this share the ring is no longer green: most of the catalogue cannot be relied on."""

_HOW = "The Surveyor fills gaps from the models’ names: no network, no tokens."


class OverviewCard(Card):
    """The ring, the counts, and the way to fill gaps. Emits ``survey_requested``."""

    survey_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName("Completion")
        self.ring = Ring(self)
        self.total = Text("", "figure", self)
        self.complete = Tag("", Tone.WELL, self)
        self.incomplete = Tag("", Tone.ATTENTION, self)
        self.survey = QPushButton("Survey now", self)
        self.survey.setProperty("role", "primary")
        self.survey.setToolTip("Read every model's name by the rules again; no network, no tokens")
        self.survey.clicked.connect(self.survey_requested)
        self._lay_out()

    def show_health(self, health: Health) -> None:
        """Shows these counts."""
        share = health.completion_rate
        self.ring.show_share(share, percent(share), "complete", Tone.WELL if share >= _LITTLE else Tone.ATTENTION)
        self.total.setText(f"{health.total:,}")
        self.complete.show_state(f"{health.complete:,} complete", Tone.WELL)
        self.incomplete.show_state(f"{health.incomplete:,} not yet", Tone.ATTENTION)
        self.incomplete.setVisible(health.incomplete > 0)

    def show_surveying(self, *, is_running: bool) -> None:
        """While a survey runs there is nothing to start."""
        self.survey.setEnabled(not is_running)
        self.survey.setText("Surveying…" if is_running else "Survey now")

    def _lay_out(self) -> None:
        tags = QHBoxLayout()
        tags.setSpacing(SPACE // 2)
        tags.addWidget(self.complete)
        tags.addWidget(self.incomplete)
        tags.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(SPACE // 2)
        words.addWidget(Text("Models", "muted", self))
        words.addWidget(self.total)
        words.addLayout(tags)
        words.addSpacing(SPACE // 2)
        words.addWidget(Text(_HOW, "small", self, wraps=True))
        words.addSpacing(SPACE)
        button = QHBoxLayout()
        button.addWidget(self.survey)
        button.addStretch(1)
        words.addLayout(button)
        row = QHBoxLayout()
        row.setSpacing(3 * SPACE)
        row.addWidget(self.ring)
        row.addLayout(words, 1)
        self.body.addLayout(row)
