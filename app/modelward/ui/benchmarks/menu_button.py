"""A button that shows what is chosen, and a menu of what else there is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from modelward.ui.kit.icons import icon

_WIDEST = 34  # characters


class MenuButton(QPushButton):
    """``chosen`` carries the key of what the person chose."""

    chosen = Signal(str)

    def __init__(self, name: str, prefix: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self.setIcon(icon("chevron-down"))
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the mark stands behind the words
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.choices = QMenu(self)
        self.setMenu(self.choices)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 12, super().minimumSizeHint().height())

    def show_choices(self, choices: Sequence[tuple[str, str]], current: str | None) -> None:
        """Offer these, each with its key and words."""
        self.choices.clear()
        group = QActionGroup(self.choices)
        for key, words in choices:
            action = QAction(words.replace("&", "&&"), self.choices)
            action.setCheckable(True)
            action.setChecked(key == current)
            action.triggered.connect(lambda _checked=False, key=key: self.chosen.emit(key))
            group.addAction(action)
            self.choices.addAction(action)
        words = next((words for key, words in choices if key == current), "")
        shown = words if len(words) <= _WIDEST else f"{words[: _WIDEST - 1]}…"
        self.setText(f"{self._prefix}{shown}".replace("&", "&&"))
        self.setEnabled(bool(choices))
