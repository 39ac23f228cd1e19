"""Sheets whose button does something that takes a while and may fail: they stay open until it is done."""

from __future__ import annotations

import asyncio

from PySide6.QtWidgets import QWidget

from modelward.core.errors import KnownError
from modelward.ui.kit.dialogs import Sheet
from modelward.ui.kit.slots import spawn
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import Tone


class WorkingSheet(Sheet):
    """Accepted when :meth:`work` has ended well; what it raises is told here, and nothing typed is lost.

    Put what is asked for into ``column``, then call :meth:`finish`.
    """

    def __init__(self, parent: QWidget | None, title: str, text: str) -> None:
        super().__init__(parent, title, text, Tone.ACCENT)
        self._task: asyncio.Task[None] | None = None
        self.complaint = Text("", "complaint", self, wraps=True)
        self.complaint.hide()
        self.doing = Text("One moment…", "small", self)
        self.doing.hide()

    def finish(self, action: str) -> None:
        """The line for what went wrong, and the buttons."""
        self.column.addWidget(self.complaint)
        self.column.addWidget(self.doing)
        self.column.addStretch(1)
        self.button = self.add_buttons(action)

    async def work(self) -> None:
        """Do it. Raises KnownError."""
        raise NotImplementedError

    @property
    def is_working(self) -> bool:
        """Whether it is being done."""
        return self._task is not None and not self._task.done()

    def accept(self) -> None:
        if not self.is_working:
            self._task = spawn(self._work(), "work of a sheet")

    def reject(self) -> None:
        if not self.is_working:
            super().reject()

    def complain(self, words: str) -> None:
        """Say what cannot be taken; nothing: that all can."""
        self.complaint.setText(words)
        self.complaint.setVisible(bool(words))
        self.make_room()

    def make_room(self) -> None:
        """Grow where what is said now needs more height; never shrink under the pointer."""
        self.resize(self.width(), max(self.height(), self._whole.totalHeightForWidth(self.width())))

    async def _work(self) -> None:
        self.complain("")
        self.doing.show()
        try:
            await self.work()
        except KnownError as error:
            self.doing.hide()
            self.complain(str(error))
            return
        super().accept()
