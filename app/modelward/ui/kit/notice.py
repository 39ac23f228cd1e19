"""A message within the window: what happened, why, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from modelward.ui.kit.icons import icon
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Tone, restyle

_PICTURES = {Tone.WELL: "check", Tone.ATTENTION: "warning", Tone.TROUBLE: "warning"}


class NoticeBar(QFrame):
    """Hidden until it has something to say; ``closed`` is emitted when the person closes it, ``action_requested`` when
    they press the button of what can be done."""

    closed = Signal()
    action_requested = Signal()

    def __init__(self, parent: QWidget | None = None, *, can_close: bool = True) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._tone = Tone.NEUTRAL
        self._details = ""
        self.setProperty("role", "notice")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._picture = QLabel(self)
        self._what = Text("", "strong", self, wraps=True)
        self._why = Text("", "", self, wraps=True)
        for label in (self._what, self._why):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._copy = QPushButton("Copy details", self)
        self._copy.setProperty("role", "link")
        self._copy.clicked.connect(self._on_copy_clicked)
        self._action = QPushButton("", self)
        self._action.clicked.connect(self.action_requested)
        self._close = QToolButton(self)
        self._close.setProperty("role", "quiet")
        self._close.setProperty("compact", True)
        self._close.setIcon(icon("close"))
        self._close.setAccessibleName("Close this message")
        self._close.setToolTip("Close")
        self._close.setVisible(can_close)
        self._close.clicked.connect(self._on_close_clicked)
        self._lay_out()
        self._theme.changed.connect(self._draw)
        self.hide()

    def tell(
        self,
        what: str,
        why: str = "",
        todo: str = "",
        *,
        tone: Tone | str = Tone.TROUBLE,
        details: str = "",
        action: str = "",
    ) -> None:
        """Say what happened, why, and what to do; ``details`` are copied, never shown; ``action`` is on a button."""
        self._tone, self._details = Tone(tone), details
        self._what.setText(what)
        self._why.setText("\n".join(part for part in (why, todo) if part))
        self._why.setVisible(bool(why or todo))
        self._copy.setVisible(bool(details))
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self.setProperty("tone", self._tone.value)
        self.setAccessibleName(" ".join(part for part in (what, why, todo) if part))
        restyle(self)
        self._draw()
        self.show()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._what)
        words.addWidget(self._why)
        words.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, SPACE, SPACE, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self._action, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)

    def _draw(self) -> None:
        size = self._theme.icon_size
        self._picture.setPixmap(icon(_PICTURES.get(self._tone, "info"), self._tone.ink).pixmap(size, size))

    def _on_copy_clicked(self) -> None:
        parts = (self._what.text(), self._why.text(), self._details)
        QGuiApplication.clipboard().setText("\n".join(part for part in parts if part))

    def _on_close_clicked(self) -> None:
        self.hide()
        self.closed.emit()
