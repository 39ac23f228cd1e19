"""Cards: one calm surface with a title, actions at its right, and a body; and what stands in an empty one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from modelward.ui.kit.icons import icon
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Token

_PICTURE = 32


class Card(QFrame):
    """A surface with rounded corners. Add widgets and layouts to ``body``."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName(title)
        self._title = Text(title, "title", self)
        self._title.setVisible(bool(title))
        self._head = QHBoxLayout()
        self._head.setSpacing(SPACE)
        self._head.addWidget(self._title, 1)
        self.body = QVBoxLayout()
        self.body.setSpacing(SPACE)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addLayout(self._head)
        column.addLayout(self.body, 1)

    def set_title(self, title: str) -> None:
        """Give the card another title."""
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self.setAccessibleName(title)

    def add_action(self, widget: QWidget) -> None:
        """Put a button, or another small thing, at the right of the title."""
        self._head.addWidget(widget)


class EmptyState(QWidget):
    """What stands where there is nothing yet: why, and the next step. Emits ``action_requested`` for that step."""

    action_requested = Signal()

    def __init__(self, icon_name: str, sentence: str, action: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._icon_name = icon_name
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence = Text(sentence, "muted", self, wraps=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._button = QPushButton(action, self)
        self._button.setProperty("role", "primary")
        self._button.setVisible(bool(action))
        self._button.clicked.connect(self.action_requested)
        column = QVBoxLayout(self)
        column.setSpacing(2 * SPACE)
        column.addStretch(1)
        column.addWidget(self._picture)
        column.addWidget(self._sentence)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self.show_sentence(sentence, action)
        self._draw()
        self._theme.changed.connect(self._draw)

    def show_sentence(self, sentence: str, action: str = "") -> None:
        """Say something else; without an action there is no button."""
        self._sentence.setText(sentence)
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self.setAccessibleName(sentence)

    def _draw(self) -> None:
        size = self._theme.scaled(_PICTURE)
        self._picture.setPixmap(icon(self._icon_name, Token.FAINT).pixmap(size, size))
