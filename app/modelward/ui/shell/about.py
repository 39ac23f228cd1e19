"""What the menu opens: the data folder, and which versions of what are at work."""

from __future__ import annotations

import platform
import sqlite3
from pathlib import Path

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QUrl, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from modelward import __version__
from modelward.core.errors import FolderError
from modelward.core.paths import Paths
from modelward.ui.kit.elided import KeyValueRow
from modelward.ui.kit.icons import pixmap
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Token

_MARK = 40
_WIDTH = 420


def versions() -> dict[str, str]:
    """What is at work, by name."""
    return {
        "Modelward": __version__,
        "Python": platform.python_version(),
        "Qt": f"{qVersion()} (PySide6 {pyside_version})",
        "SQLite": sqlite3.sqlite_version,
        "System": platform.platform(),
    }


def open_folder(folder: Path) -> None:
    """Shows a folder in the system's file manager. Raises FolderError where there is none to show it with."""
    if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
        raise FolderError(f"The folder could not be shown: {folder}.", why="This system offers no file manager.")


class AboutDialog(QDialog):
    """Name, licence, versions and folders, with a way to copy them for a report."""

    def __init__(self, paths: Paths, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Modelward")
        theme = Theme.current()
        self._facts = {
            **versions(),
            "Data": str(paths.data),
            "Settings": str(paths.config_file),
            "Logs": str(paths.logs),
        }
        mark = QLabel(self)
        mark.setPixmap(pixmap("modelward", Token.ACCENT, theme.scaled(_MARK), self.devicePixelRatio()))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Text("Modelward", "name", self))
        words.addWidget(Text("Knows every model you can call. MIT licence.", "muted", self))
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addWidget(mark)
        head.addLayout(words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addSpacing(SPACE)
        for key, value in self._facts.items():
            column.addWidget(KeyValueRow(key, value, self))
        column.addSpacing(SPACE)
        column.addLayout(self._buttons())
        self.setMinimumWidth(theme.scaled(_WIDTH))

    def _buttons(self) -> QHBoxLayout:
        copy = QPushButton("Copy", self)
        copy.setAutoDefault(False)
        copy.clicked.connect(self._on_copy_clicked)
        close = QPushButton("Close", self)
        close.setProperty("role", "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(copy)
        row.addStretch(1)
        row.addWidget(close)
        return row

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{key}: {value}" for key, value in self._facts.items()))
