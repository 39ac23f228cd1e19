"""The line that says what runs on local models, how far it is, and holds or ends it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from modelward.ui.kit.elided import ElidedLabel
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE
from modelward.ui.ollama.following import Following

_STEPS = 1000


class WorkStrip(QWidget):
    """Hidden while nothing runs. ``hold_requested`` carries whether to hold the work or go on."""

    hold_requested = Signal(bool)

    def __init__(self, following: Following, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._following = following
        self.words = ElidedLabel("", "strong", self)
        self.figures = Text("", "muted", self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the work on local models")
        self.hold = QPushButton("Pause", self)
        self.end = QPushButton("Cancel", self)
        self._lay_out()
        self.hold.clicked.connect(lambda: self.hold_requested.emit(not following.is_paused))
        self.end.clicked.connect(following.cancel)
        following.moved.connect(self._show)
        following.turned.connect(self._show)
        self._show()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(2 * SPACE)
        line.addWidget(self.words, 1)
        line.addWidget(self.figures)
        told = QVBoxLayout()
        told.setSpacing(SPACE // 2)
        told.addLayout(line)
        told.addWidget(self.bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addLayout(told, 1)
        row.addSpacing(SPACE)
        row.addWidget(self.hold)
        row.addWidget(self.end)

    def _show(self) -> None:
        following = self._following
        self.setVisible(following.job is not None)
        if following.job is None:
            return
        self.words.setText(following.title)
        self.figures.setText(following.figures)
        self.hold.setVisible(following.can_pause)
        self.hold.setText("Go on" if following.is_paused else "Pause")
        self.end.setEnabled(not following.is_cancelling)
        share = following.fraction
        self.bar.setRange(0, 0 if share is None else _STEPS)
        if share is not None:
            self.bar.setValue(round(share * _STEPS))
