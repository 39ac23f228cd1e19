"""An address on the web: to read, to copy, to open."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from modelward.ui.kit.elided import ElidedLabel
from modelward.ui.kit.icons import icon
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Token


class LinkRow(QWidget):
    """What an address is for, the address, and buttons that copy and open it. Hidden without one."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._url = ""
        self._shown = ElidedLabel("", "", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(Text(title, "muted", self))
        row.addWidget(self._shown, 1)
        self.copy = self._button("copy", "Copy the address")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._url))
        self.open = self._button("external", "Open it in the browser")
        self.open.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(self._url)))
        row.addWidget(self.copy)
        row.addWidget(self.open)

    def show_url(self, url: str) -> None:
        """Show another address; only one of the web can be opened."""
        self._url = url if url.startswith(("https://", "http://")) else ""
        self._shown.setText(self._url)
        self.setVisible(bool(self._url))
        self.setAccessibleName(f"{self._title}: {self._url}")

    def _button(self, name: str, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name, Token.ACCENT))
        button.setProperty("role", "inline")
        button.setToolTip(words)
        button.setAccessibleName(f"{self._title}: {words.lower()}")
        return button
