"""What is shown over the tab while files hover above it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from modelward.ui.kit.text import Text


class DropOverlay(QFrame):
    """Covers its parent and says what a drop will do."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self.setProperty("role", "notice")
        self.setProperty("tone", "accent")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column = QVBoxLayout(self)
        column.addStretch(1)
        for text, role in (
            ("Drop to import", "name"),
            ("Lists of models as JSON: a provider's answer, a price map, an export of Modelward", "muted"),
        ):
            label = Text(text, role, wraps=True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addStretch(1)
        self.hide()

    def cover(self) -> None:
        """Covers the parent as large as it is now."""
        self.setGeometry(self._covered.rect().adjusted(12, 12, -12, -12))
        self.raise_()
        self.show()


def files_of(data: QMimeData) -> list[Path]:
    """The local files that are dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
