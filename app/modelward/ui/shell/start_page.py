"""What a tab shows before the catalogue is open, or instead of it when it cannot be opened."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from modelward.core.errors import KnownError
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE

_WIDTH = 560


class StartPage(QWidget):
    """A quiet line in the middle; after a failed start what happened, why, what to do, and a way to try again."""

    retry_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = _line("title", self)
        self.why = _line("muted", self)
        self.todo = _line("muted", self)
        self.retry = QPushButton("Try again", self)
        self.retry.setProperty("role", "primary")
        self.retry.clicked.connect(self.retry_requested)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE)
        column.addStretch(2)
        for line in (self.title, self.why, self.todo):
            column.addWidget(line, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(SPACE)
        column.addWidget(self.retry, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.show_opening()

    def show_opening(self) -> None:
        """The catalogue is being opened."""
        self._show("Opening the catalogue…", "", "")
        self.retry.hide()

    def show_failed(self, error: KnownError) -> None:
        """The catalogue could not be opened."""
        self._show(error.what, error.why, error.todo)
        self.retry.show()

    def _show(self, *words: str) -> None:
        for line, text in zip((self.title, self.why, self.todo), words, strict=True):
            line.setText(text)
            line.setVisible(bool(text))


def _line(role: str, parent: QWidget) -> Text:
    line = Text("", role, parent, wraps=True)
    line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    line.setMinimumWidth(_WIDTH)
    return line
