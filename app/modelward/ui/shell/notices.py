"""What the window told the person: notices, newest first, each with a mood and text to copy."""

from __future__ import annotations

import platform
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from modelward import __version__
from modelward.core.errors import KnownError

MOST_KEPT = 100
"""Older notices are dropped; the log keeps everything."""


class Mood(StrEnum):
    """How a notice bears on the person."""

    WELL = "well"
    ATTENTION = "attention"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: ``what`` happened, ``why``, what ``todo``; ``details`` are for whoever mends it, not shown."""

    mood: Mood
    what: str
    why: str = ""
    todo: str = ""
    details: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def is_crash(self) -> bool:
        """True for our own bugs, which carry details to copy."""
        return bool(self.details)

    def to_text(self) -> str:
        """The whole notice as it is copied."""
        parts = (f"{self.at.astimezone():%Y-%m-%d %H:%M:%S%z}", self.what, self.why, self.todo, self.details)
        return "\n".join(part for part in parts if part)


def of_known(error: KnownError, mood: Mood = Mood.TROUBLE) -> Notice:
    """What went wrong in the world, in its own words."""
    return Notice(mood, error.what, error.why, error.todo)


def of_crash(error: BaseException) -> Notice:
    """A bug of ours: an apology, and everything that helps to mend it."""
    story = "".join(traceback.format_exception(error))
    where = f"Modelward {__version__}, Python {platform.python_version()}, {platform.platform()}"
    return Notice(
        Mood.TROUBLE,
        "Something in Modelward went wrong.",
        f"{type(error).__name__}: {error}".strip(": ")[:300],
        "Your data is safe. Copy the details and report them.",
        f"{where}\n{story}",
    )


class Notices(QObject):
    """The notices of this session; emits :attr:`added` for each new one and :attr:`changed` when the list or the count
    of unread ones changed."""

    added = Signal(Notice)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[Notice] = []
        self._unread = 0

    @property
    def newest_first(self) -> list[Notice]:
        """Every notice kept."""
        return self._all[::-1]

    @property
    def unread(self) -> int:
        """How many were added since the list was last looked at."""
        return self._unread

    @property
    def worst_unread(self) -> Mood:
        """The worst mood among the notices that were not looked at yet."""
        unread = self._all[len(self._all) - self._unread :]
        return max((notice.mood for notice in unread), key=list(Mood).index, default=Mood.WELL)

    def add(self, notice: Notice) -> None:
        """Adds a notice. The same words twice in a row count once, so that a fault that repeats does not flood."""
        if self._all and (self._all[-1].what, self._all[-1].why) == (notice.what, notice.why):
            self._all[-1] = notice
            self._unread = max(self._unread, 1)
        else:
            self._all = [*self._all, notice][-MOST_KEPT:]
            self._unread = min(self._unread + 1, len(self._all))
        self.added.emit(notice)
        self.changed.emit()

    def mark_read(self) -> None:
        """The person has seen the list."""
        self._unread = 0
        self.changed.emit()

    def clear(self) -> None:
        """Forgets every notice."""
        self._all = []
        self.mark_read()
