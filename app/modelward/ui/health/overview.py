"""The first card: how complete the catalogue is, at a glance, how healing stands, and what fills its gaps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from modelward.catalog.health import Health
from modelward.core.progress import ProgressState
from modelward.ui.health.controls import HealingControls
from modelward.ui.health.figures import percent
from modelward.ui.health.live import LiveRow
from modelward.ui.kit.card import Card
from modelward.ui.kit.icons import icon
from modelward.ui.kit.ring import Ring
from modelward.ui.kit.tag import Tag
from modelward.ui.kit.text import Text, rule
from modelward.ui.kit.theme import SPACE, Tone
from modelward.ui.shell.tray_menu import in_an_hour, never, tomorrow_morning

_LITTLE = 0.5
"""Below this share the ring is no longer green: most of the catalogue cannot be relied on."""

Until = Callable[[datetime], datetime | None]

_PAUSES: tuple[tuple[str, Until], ...] = (
    ("For an hour", in_an_hour),
    ("Until tomorrow morning", tomorrow_morning),
    ("Until I resume", never),
)


class OverviewCard(Card):
    """The ring, the counts, how healing stands, and the ways to fill gaps.

    Signals are wishes; ``pause_requested`` carries a function from now to the end of the pause, or None.
    """

    heal_requested = Signal()
    cancel_requested = Signal()
    survey_requested = Signal()
    pause_requested = Signal(object)
    resume_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName("Completion")
        self.ring = Ring(self)
        self.total = Text("", "figure", self)
        self.complete = Tag("", Tone.WELL, self)
        self.incomplete = Tag("", Tone.ATTENTION, self)
        self.standing = Text("", "", self, wraps=True)
        self.soon = Text("", "small", self, wraps=True)
        self.note = Text("", "small", self, wraps=True)
        self.heal = QPushButton("Heal now", self)
        self.heal.setProperty("role", "primary")
        self.heal.setToolTip("Look now for what is missing: by rules, then by models, then in documentation")
        self.pause = QPushButton("Pause", self)
        self.pause.setIcon(icon("chevron-down"))
        self.pause.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the mark stands behind the word
        self.pause.setToolTip("Pause all work by the clock, backups too")
        self.pauses = self._pause_menu()
        self.resume = QPushButton("Resume", self)
        self.survey = QPushButton("Survey only", self)
        self.survey.setToolTip("Read every model's name by the rules again; no network, no tokens")
        self.live = LiveRow(self)
        self.controls = HealingControls(self)
        self._lay_out()
        self._connect()
        self.show_pause(is_paused=False, can_resume=False)
        self.show_progress(None)

    def show_health(self, health: Health) -> None:
        """Shows these counts."""
        share = health.completion_rate
        self.ring.show_share(share, percent(share), "complete", Tone.WELL if share >= _LITTLE else Tone.ATTENTION)
        self.total.setText(f"{health.total:,}")
        self.complete.show_state(f"{health.complete:,} complete", Tone.WELL)
        self.incomplete.show_state(f"{health.incomplete:,} not yet", Tone.ATTENTION)
        self.incomplete.setVisible(health.incomplete > 0)

    def show_standing(self, standing: str, soon: str) -> None:
        """Shows how healing stands, and when it goes on."""
        self.standing.setText(standing)
        self.soon.setText(soon)
        self.soon.setVisible(bool(soon))

    def show_note(self, note: str) -> None:
        """Shows what came of the last look."""
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def show_pause(self, *, is_paused: bool, can_resume: bool) -> None:
        """While it is paused there is nothing to pause; only what the person paused can they resume."""
        self.pause.setVisible(not is_paused)
        self.resume.setVisible(is_paused)
        self.resume.setEnabled(can_resume)

    def show_progress(self, progress: ProgressState | None) -> None:
        """Shows how far the cycle is that runs; None: none does."""
        self.heal.setVisible(progress is None)
        self.live.show_progress(progress)

    def show_surveying(self, *, is_running: bool) -> None:
        """While a survey runs there is nothing to start."""
        self.survey.setEnabled(not is_running)
        self.survey.setText("Surveying…" if is_running else "Survey only")

    def _pause_menu(self) -> QMenu:
        menu = QMenu(self)
        for words, until in _PAUSES:
            menu.addAction(words).triggered.connect(
                lambda _checked=False, until=until: self.pause_requested.emit(until)
            )
        self.pause.setMenu(menu)
        return menu

    def _connect(self) -> None:
        self.heal.clicked.connect(self.heal_requested)
        self.survey.clicked.connect(self.survey_requested)
        self.resume.clicked.connect(self.resume_requested)
        self.live.cancel_requested.connect(self.cancel_requested)

    def _lay_out(self) -> None:
        tags = QHBoxLayout()
        tags.setSpacing(SPACE // 2)
        tags.addWidget(self.complete)
        tags.addWidget(self.incomplete)
        tags.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(SPACE // 2)
        words.addStretch(1)
        words.addWidget(Text("Models", "muted", self))
        words.addWidget(self.total)
        words.addLayout(tags)
        words.addStretch(1)
        head = QHBoxLayout()
        head.setSpacing(3 * SPACE)
        head.addWidget(self.ring)
        head.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        for button in (self.heal, self.pause, self.resume, self.survey):
            buttons.addWidget(button)
        buttons.addStretch(1)
        told = QVBoxLayout()
        told.setSpacing(SPACE // 2)
        for text in (self.standing, self.soon, self.note):
            told.addWidget(text)
        self.body.addLayout(head)
        self.body.addSpacing(SPACE // 2)
        self.body.addLayout(told)
        self.body.addWidget(self.live)
        self.body.addLayout(buttons)
        self.body.addWidget(rule(self))
        self.body.addWidget(self.controls)
