"""All dialogs. Each is opened and awaited; none is executed, because a nested event loop stops the other tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QDir, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from modelward.core.errors import KnownError
from modelward.ui.kit.icons import pixmap
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Tone

T = TypeVar("T")

_WIDTH = 440
_PICTURE = 20
_Mode = QFileDialog.FileMode


async def finished(dialog: QDialog) -> bool:
    """Open a dialog and wait for its end: whether it was accepted. A cancelled wait closes it."""
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def settle(result: int) -> None:
        if not ended.done():
            ended.set_result(result)

    dialog.finished.connect(settle)
    dialog.open()
    try:
        return await ended == QDialog.DialogCode.Accepted
    finally:
        if dialog.isVisible():
            dialog.reject()
        dialog.deleteLater()


async def confirm(parent: QWidget | None, title: str, text: str, action: str, *, danger: bool = False) -> bool:
    """Ask before something is done; ``action`` is the verb on the button. Enter means yes only where it is harmless."""
    dialog = Sheet(parent, title, text, Tone.ATTENTION if danger else Tone.ACCENT)
    dialog.add_buttons(action, is_danger=danger)
    return await finished(dialog)


async def ask_text(
    parent: QWidget | None,
    title: str,
    text: str,
    action: str,
    *,
    value: str = "",
    check: Callable[[str], str] | None = None,
) -> str | None:
    """Ask for one line; None when the person leaves. ``check`` says in words why a text cannot be taken, or nothing."""
    dialog = Sheet(parent, title, text, Tone.ACCENT)
    field = QLineEdit(value, dialog)
    field.setAccessibleName(title)
    field.selectAll()
    complaint = Text("", "complaint", dialog, wraps=True)
    dialog.column.addWidget(field)
    dialog.column.addWidget(complaint)
    button = dialog.add_buttons(action)

    def judge(entered: str) -> None:
        wrong = check(entered.strip()) if check else ""
        complaint.setText(wrong)
        complaint.setVisible(bool(wrong))
        button.setEnabled(not wrong)

    field.textChanged.connect(judge)
    judge(value)
    field.setFocus()
    return field.text().strip() if await finished(dialog) else None


async def show_error(parent: QWidget | None, error: KnownError, details: str = "") -> None:
    """Say what went wrong, why, and what to do; ``details`` can be copied."""
    told = "\n\n".join(part for part in (error.why, error.todo) if part)
    dialog = Sheet(parent, error.what, told, Tone.TROUBLE)
    dialog.add_closing(f"{error}\n{details}" if details else str(error))
    await finished(dialog)


async def open_files(parent: QWidget | None, title: str, patterns: str = "All files (*)") -> list[Path]:
    """Let the person choose files that exist; an empty list when they leave."""
    dialog = _file_dialog(parent, title, patterns, _Mode.ExistingFiles)
    return [Path(name) for name in dialog.selectedFiles()] if await finished(dialog) else []


async def save_file(
    parent: QWidget | None, title: str, name: str, patterns: str = "All files (*)", suffix: str = ""
) -> Path | None:
    """Let the person say where a file is written; None when they leave. Replacing a file is asked about."""
    dialog = _file_dialog(parent, title, patterns, _Mode.AnyFile)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(name)
    return Path(dialog.selectedFiles()[0]) if await finished(dialog) else None


async def choose_path(parent: QWidget | None, title: str, start: str, *, is_folder: bool) -> Path | None:
    """Let the person choose a folder, or a file, that exists, beginning at ``start``; None when they leave."""
    dialog = _file_dialog(parent, title, "All files (*)", _Mode.Directory if is_folder else _Mode.ExistingFile)
    if start:
        dialog.setDirectory(start if is_folder else str(Path(start).parent))
    return Path(dialog.selectedFiles()[0]) if await finished(dialog) else None


def _file_dialog(parent: QWidget | None, title: str, patterns: str, mode: QFileDialog.FileMode) -> QFileDialog:
    dialog = QFileDialog(parent, title, QDir.homePath(), patterns)
    # The platform's own dialogs run loops of their own, and look like none of ours.
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setFileMode(mode)
    return dialog


class Sheet(QDialog):
    """A question or a message: a picture, a title, words, and buttons at the bottom right."""

    def __init__(self, parent: QWidget | None, title: str, text: str, tone: Tone) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        theme = Theme.current()
        picture = QLabel(self)
        name = {Tone.TROUBLE: "warning", Tone.ATTENTION: "warning"}.get(tone, "info")
        picture.setPixmap(pixmap(name, tone.ink, theme.scaled(_PICTURE), self.devicePixelRatio()))
        heading = Text(title, "name", self, wraps=True)
        head = QHBoxLayout()
        head.setSpacing(SPACE + SPACE // 2)
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(heading, 1)
        words = Text(text, "", self, wraps=True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.setVisible(bool(text))
        self.column = QVBoxLayout()
        self.column.setSpacing(SPACE)
        self.column.addWidget(words)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE)
        self._buttons.addStretch(1)
        whole = self._whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        whole.setSpacing(2 * SPACE)
        whole.addLayout(head)
        whole.addLayout(self.column, 1)
        whole.addLayout(self._buttons)
        self.setMinimumWidth(theme.scaled(_WIDTH))

    def sizeHint(self) -> QSize:
        width = self.minimumWidth()
        return QSize(width, self._whole.totalHeightForWidth(width))

    def add_buttons(self, action: str, *, is_danger: bool = False) -> QPushButton:
        """Cancel, and the button that does it."""
        cancel = QPushButton("Cancel", self)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        act = QPushButton(action, self)
        act.setProperty("role", "danger" if is_danger else "primary")
        act.clicked.connect(self.accept)
        self._buttons.addWidget(cancel)
        self._buttons.addWidget(act)
        # What cannot be undone is never what Enter does by itself.
        chosen = cancel if is_danger else act
        chosen.setDefault(True)
        chosen.setFocus()
        return act

    def add_closing(self, to_copy: str) -> None:
        """A way to copy everything, and Close."""
        copy = QPushButton("Copy details", self)
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(to_copy))
        close = QPushButton("Close", self)
        close.setProperty("role", "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        self._buttons.insertWidget(0, copy)
        self._buttons.addWidget(close)
        close.setFocus()
