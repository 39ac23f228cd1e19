"""The line at the bottom: the running job with its bar and cancel at the left, the overall state at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QToolButton, QWidget

from modelward.ui.kit.icons import icon
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import Theme, Token, restyle

if TYPE_CHECKING:
    from modelward.core.job import Job
    from modelward.core.progress import ProgressState

_DOT = 8
_BAR_WIDTH = 120
_BAR_HEIGHT = 6
_STEPS = 1000


class Dot(QWidget):
    """A small round lamp in the colour of a token; always beside a word."""

    def __init__(self, theme: Theme, token: Token, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._token = token
        self.setFixedSize(QSize(_DOT + 2, _DOT + 2))
        theme.changed.connect(self.update)

    def set_token(self, token: Token) -> None:
        """Changes the colour."""
        self._token = token
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(self._token))
        painter.drawEllipse(1, 1, _DOT, _DOT)


class StatusBar(QFrame):
    """What runs and how all is. Emits :attr:`activity_requested` and :attr:`cancel_requested` (of the job shown), and
    :attr:`told` when completion or backup changed.
    """

    told = Signal()
    activity_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self._job_dot = Dot(theme, Token.FAINT, self)
        self.activity = QPushButton("Nothing is running", self)
        self.activity.setProperty("role", "quiet")
        self.activity.setToolTip("Show running and recent work (Ctrl+J)")
        self.activity.clicked.connect(self.activity_requested)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(_BAR_WIDTH, _BAR_HEIGHT)
        self.bar.setAccessibleName("Progress of the running job")
        self.cancel = QToolButton(self)
        self.cancel.setProperty("role", "quiet")
        self.cancel.setIcon(icon("close", Token.MUTED))
        self.cancel.setToolTip("Cancel")
        self.cancel.setAccessibleName("Cancel the running job")
        self.cancel.clicked.connect(self.cancel_requested)
        self.completion = Text("", "small", self)
        self.backup = Text("", "small", self)
        self.spending = Text("", "small", self)
        self._state_dot = Dot(theme, Token.FAINT, self)
        self.state = Text("", "small", self)
        self._lay_out()
        self.show_job(None)
        self.show_state(Token.WORKING, "Opening…")

    def show_job(self, job: Job[Any] | None, others: int = 0) -> None:
        """Shows a running job and how many run beside it; None when nothing runs."""
        self._job_dot.set_token(Token.FAINT if job is None else Token.WORKING)
        self.bar.setVisible(job is not None)
        self.cancel.setVisible(job is not None)
        if job is None:
            self.activity.setText("Nothing is running")
            return
        words = job_line(job.title, job.progress) + (f" · {others} more" if others else "")
        self.activity.setText(words)
        show_progress(self.bar, job.progress)
        self.cancel.setToolTip(f"Cancel: {job.title}")

    def show_completion(self, text: str, explained: str = "") -> None:
        """Shows how much of the catalogue is complete, in words."""
        self.completion.setText(text)
        self.completion.setToolTip(explained)
        self.told.emit()

    def show_backup(self, text: str, explained: str = "") -> None:
        """Shows how old the newest safe state is, in words."""
        self.backup.setText(text)
        self.backup.setToolTip(explained)
        self.told.emit()

    def show_spending(self, text: str, explained: str, *, token: Token | None) -> None:
        """Shows what was spent today, in words; in a colour where the budget is nearly or wholly used."""
        self.spending.setText(text)
        self.spending.setToolTip(explained)
        self.spending.setProperty("tone", "" if token is None else token.value)
        restyle(self.spending)

    def show_state(self, token: Token, word: str, explained: str = "") -> None:
        """Shows how all is: a lamp and a word."""
        self._state_dot.set_token(token)
        self.state.setText(word)
        self.state.setToolTip(explained)

    def _lay_out(self) -> None:
        self.activity.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(6)
        row.addWidget(self._job_dot)
        row.addWidget(self.activity)
        row.addWidget(self.bar)
        row.addWidget(self.cancel)
        row.addStretch(1)
        row.addWidget(self.completion)
        row.addSpacing(12)
        row.addWidget(self.backup)
        row.addSpacing(12)
        row.addWidget(self.spending)
        row.addSpacing(12)
        row.addWidget(self._state_dot)
        row.addWidget(self.state)


def job_line(title: str, progress: ProgressState) -> str:
    """A job in one line: title, what it does now, and how far it is."""
    parts = [title]
    if progress.text and progress.text != title:
        parts.append(progress.text)
    if progress.fraction is not None:
        parts.append(f"{progress.fraction:.0%}".replace("%", " %"))
    elif progress.done:
        parts.append(f"{progress.done:,} {progress.unit}".strip())
    return " · ".join(parts)


def show_progress(bar: QProgressBar, progress: ProgressState) -> None:
    """Sets a bar to a reading; it moves to and fro where the total is unknown."""
    if progress.fraction is None:
        bar.setRange(0, 0)
    else:
        bar.setRange(0, _STEPS)
        bar.setValue(round(progress.fraction * _STEPS))
