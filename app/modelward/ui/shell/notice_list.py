"""The list of recent notices under the bell."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from modelward.ui.kit.tag import Tag
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import Tone
from modelward.ui.shell.notices import Mood, Notice, Notices
from modelward.ui.shell.popup import Popup

_WORDS = {Mood.WELL: "done", Mood.ATTENTION: "attention", Mood.TROUBLE: "trouble"}


class NoticeList(Popup):
    """Shows the notices, newest first, each with a way to copy it; looking at it marks them read."""

    def __init__(self, notices: Notices, parent: QWidget) -> None:
        super().__init__("Notices", "Nothing to tell: all is well.", parent)
        self._notices = notices
        self.action.setText("Clear")
        self.action.clicked.connect(self._on_action_clicked)

    def open_at(self, anchor: QWidget) -> None:
        self._refresh()
        super().open_at(anchor)
        self._notices.mark_read()

    def _refresh(self) -> None:
        notices = self._notices.newest_first
        self.action.setVisible(bool(notices))
        self.fill([_row(notice) for notice in notices])

    def _on_action_clicked(self) -> None:
        self._notices.clear()
        self._refresh()


def _row(notice: Notice) -> QWidget:
    row = QWidget()
    grid = QGridLayout(row)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(0, 1)
    grid.addWidget(_label(notice.what, "strong", row), 0, 0)
    tag = Tag(_WORDS[notice.mood], Tone(notice.mood.value), row)
    grid.addWidget(tag, 0, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    told = "\n".join(part for part in (notice.why, notice.todo) if part)
    if told:
        grid.addWidget(_label(told, "muted", row), 1, 0, 1, 2)
    grid.addWidget(_label(f"{notice.at.astimezone():%H:%M:%S}", "muted", row), 2, 0)
    copy = QPushButton("Copy details" if notice.is_crash else "Copy", row)
    copy.setProperty("role", "link")
    copy.clicked.connect(partial(copy_notice, notice))
    grid.addWidget(copy, 2, 1, Qt.AlignmentFlag.AlignRight)
    return row


def copy_notice(notice: Notice, _checked: bool = False) -> None:
    """Puts the whole notice on the clipboard."""
    QGuiApplication.clipboard().setText(notice.to_text())


def _label(text: str, role: str, parent: QWidget) -> Text:
    label = Text(text, role, parent, wraps=True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
