"""How the window tells: a line below the top bar, the bell with its list, and the overall state in the status bar."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QObject, Signal

from modelward.core.errors import KnownError
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.theme import SPACE, Token, Tone
from modelward.ui.shell.main_window import MainWindow
from modelward.ui.shell.notice_list import NoticeList
from modelward.ui.shell.notices import Mood, Notice, Notices, of_crash, of_known


class Stage(Enum):
    """How far the start is."""

    OPENING = "opening"
    FAILED = "failed"
    OPEN = "open"


class Telling(QObject):
    """Shows what the notices hold; success is quiet and goes to the list alone. ``changed``: the overall state did."""

    changed = Signal()

    def __init__(self, notices: Notices, window: MainWindow) -> None:
        super().__init__(window)
        self._notices = notices
        self._window = window
        self.stage = Stage.OPENING
        self.state = Token.WORKING
        self._alerts: tuple[str, Tone] = ("", Tone.WELL)
        self.bar = NoticeBar(window)
        self.list = NoticeList(notices, window)
        window.message_place.addWidget(self.bar)
        window.top.notices_requested.connect(self._on_notices_requested)
        self.bar.closed.connect(self._on_bar_closed)
        notices.added.connect(self._on_notices_added)
        notices.changed.connect(self._refresh)
        self._refresh()

    def show_stage(self, stage: Stage) -> None:
        """The start came this far."""
        self.stage = stage
        self._refresh()

    def show_alerts(self, words: str, tone: Tone) -> None:
        """These alerts are open, in a few words, until they are over: unlike notices, reading does not end them."""
        self._alerts = (words, tone)
        self._refresh()

    def show_error(self, error: BaseException) -> None:
        """Tells an error that ended something the person wanted."""
        self._notices.add(of_known(error) if isinstance(error, KnownError) else of_crash(error))

    def _on_notices_requested(self) -> None:
        self.list.open_at(self._window.top.bell)

    def _on_notices_added(self, notice: Notice) -> None:
        if notice.mood is not Mood.WELL:
            self._window.message_place.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, 0)
            self.bar.tell(notice.what, notice.why, notice.todo, tone=Tone(notice.mood.value), details=notice.details)

    def _on_bar_closed(self) -> None:
        self._window.message_place.setContentsMargins(0, 0, 0, 0)

    def _refresh(self) -> None:
        unread, worst = self._notices.unread, self._notices.worst_unread
        self._window.top.bell.show_unread(unread, Tone.ACCENT if worst is Mood.WELL else Tone(worst.value))
        self.state, word = self._judged(worst)
        self._window.status.show_state(self.state, word)
        self.changed.emit()

    def _judged(self, worst: Mood) -> tuple[Token, str]:
        if self.stage is Stage.OPENING:
            return Token.WORKING, "Opening…"
        if self.stage is Stage.FAILED:
            return Token.TROUBLE, "Not open"
        if worst is Mood.TROUBLE:
            return Token.TROUBLE, "Trouble: see the notices"
        words, tone = self._alerts
        if words and tone is Tone.TROUBLE:
            return Token.TROUBLE, words
        if worst is Mood.ATTENTION:
            return Token.ATTENTION, "See the notices"
        if words:
            return Token.ATTENTION, words
        return Token.WELL, "All well"
