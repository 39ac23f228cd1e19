"""The cycle that runs: the model at hand, how far it is, and the way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from modelward.core.progress import ProgressState
from modelward.ui.kit.elided import ElidedLabel
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE
from modelward.ui.shell.status_bar import show_progress


class LiveRow(QWidget):
    """Hidden while nothing runs. Emits ``cancel_requested``."""

    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = ElidedLabel("", "", self)
        self.counted = Text("", "small", self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.cancel = QPushButton("Cancel", self)
        self.cancel.setToolTip("Stop after the step at hand; what was found until then stays")
        self.cancel.clicked.connect(self.cancel_requested)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.bar, 1)
        row.addWidget(self.counted)
        row.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addWidget(self.words)
        column.addLayout(row)

    def show_progress(self, progress: ProgressState | None) -> None:
        """Shows how far it is; None: nothing runs."""
        self.setVisible(progress is not None)
        if progress is None:
            return
        self.words.setText(progress.text or "Starting…")
        self.counted.setText(f"{progress.done:,} of {progress.total:,}" if progress.total else "")
        show_progress(self.bar, progress)
