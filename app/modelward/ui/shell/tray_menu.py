"""The menu of the tray's icon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from modelward.ui.kit.icons import icon

_MORNING = time(7)
_NIGHT = timedelta(hours=4)


def in_an_hour(now: datetime) -> datetime | None:
    """An hour from now."""
    return now + timedelta(hours=1)


def tomorrow_morning(now: datetime) -> datetime | None:
    """Seven in the morning, local time, after the next night: who is still up at two means the same day."""
    day = now.astimezone().date()
    while True:
        morning = datetime.combine(day, _MORNING).astimezone()
        if morning - now >= _NIGHT:
            return morning
        day += timedelta(days=1)


def never(_now: datetime) -> datetime | None:
    """Until the person goes on."""
    return None


_PAUSES: tuple[tuple[str, Callable[[datetime], datetime | None]], ...] = (
    ("For an &hour", in_an_hour),
    ("Until &tomorrow morning", tomorrow_morning),
    ("Until &resumed", never),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the menu shows. ``paused`` stands on the entry that ends a pause, which ``can_resume`` allows."""

    paused: str = ""
    can_resume: bool = False
    is_healing: bool = False
    is_backing_up: bool = False
    is_verifying: bool = False
    zero_burn: bool = True


class TrayMenu(QMenu):
    """Signals are wishes; ``pause_requested`` carries a function from now to the end of the pause, or None."""

    open_requested = Signal()
    heal_requested = Signal()
    backup_requested = Signal()
    verify_requested = Signal()
    pause_requested = Signal(object)
    resume_requested = Signal()
    zero_burn_requested = Signal()
    quit_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Modelward", parent)
        self._open = self.addAction("&Open Modelward")
        self._open.triggered.connect(self.open_requested)
        self.setDefaultAction(self._open)
        self.addSeparator()
        self._heal = self.addAction(icon("health"), "&Heal now")
        self._heal.triggered.connect(self.heal_requested)
        self._back_up = self.addAction(icon("backups"), "&Back up now")
        self._back_up.triggered.connect(self.backup_requested)
        self._verify = self.addAction(icon("ollama"), "&Verify Ollama")
        self._verify.triggered.connect(self.verify_requested)
        self._pause = self.addMenu(icon("clock"), "&Pause background work")
        for words, until in _PAUSES:
            self._pause.addAction(words).triggered.connect(
                lambda _checked=False, until=until: self.pause_requested.emit(until)
            )
        self._resume = self.addAction(icon("clock"), "&Resume")
        self._resume.triggered.connect(self.resume_requested)
        self._zero_burn = self.addAction("&Zero-Burn")
        self._zero_burn.setCheckable(True)
        self._zero_burn.triggered.connect(self.zero_burn_requested)
        self.addSeparator()
        self._quit = self.addAction("&Quit Modelward")
        self._quit.triggered.connect(self.quit_requested)
        self.show_standing(Standing())

    def show_standing(self, standing: Standing) -> None:
        """Show how things stand; what runs already cannot be asked for again."""
        self._pause.menuAction().setVisible(not standing.paused)
        self._resume.setVisible(bool(standing.paused))
        self._resume.setText(f"&Resume ({standing.paused})" if standing.can_resume else standing.paused.capitalize())
        self._resume.setEnabled(standing.can_resume)
        self._heal.setText("Healing…" if standing.is_healing else "&Heal now")
        self._heal.setEnabled(not standing.is_healing)
        self._back_up.setText("Backing up…" if standing.is_backing_up else "&Back up now")
        self._back_up.setEnabled(not standing.is_backing_up)
        self._verify.setText("Verifying Ollama…" if standing.is_verifying else "&Verify Ollama")
        self._verify.setEnabled(not standing.is_verifying)
        self._zero_burn.setChecked(standing.zero_burn)
