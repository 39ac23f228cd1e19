"""Labels whose text is never taken for markup. The first paint needs them: this module imports little."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QWidget


class Text(QLabel):
    """Plain text in one of the theme's roles (see :mod:`modelward.ui.kit.theme`)."""

    def __init__(self, text: str = "", role: str = "", parent: QWidget | None = None, *, wraps: bool = False) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wraps)
        if role:
            self.setProperty("role", role)
        self.setText(text)


def rule(parent: QWidget | None = None) -> QFrame:
    """A thin line between two groups."""
    line = QFrame(parent)
    line.setProperty("role", "rule")
    return line
