"""The icon in the system's tray, for as long as there is a tray: it may come late, go, and come again."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from modelward.ui.kit.theme import Theme
from modelward.ui.shell.tray_pictures import TrayState, picture

PATIENCE_SECONDS = 60.0
"""How long a tray is waited for: a session starts its programs before its panel is up."""

_LOOK_MS, _WATCH_MS = 1000, 2000
_MESSAGE_MS = 10_000
_PICTURES = {
    TrayState.ATTENTION: QSystemTrayIcon.MessageIcon.Warning,
    TrayState.TROUBLE: QSystemTrayIcon.MessageIcon.Critical,
}


class Tray(QObject):
    """Signals: ``appeared`` and ``vanished``; ``missed`` when none came in time; ``clicked`` on the icon,
    ``message_clicked`` on what :meth:`tell` showed.
    """

    appeared = Signal()
    vanished = Signal()
    missed = Signal()
    clicked = Signal()
    message_clicked = Signal()

    def __init__(self, theme: Theme, menu: QMenu, parent: QObject) -> None:
        super().__init__(parent)
        self._menu = menu
        self._state = TrayState.WELL
        self._words = "Modelward"
        self.icon: QSystemTrayIcon | None = None
        self._until = 0.0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        theme.changed.connect(self._paint)

    @property
    def is_there(self) -> bool:
        """Whether the icon can be seen."""
        return self.icon is not None

    def start(self) -> None:
        """Look for a tray now and, where there is none yet, again for a while."""
        self._wait()
        self.look()

    def look(self) -> None:
        """Make the icon where a tray has come, and take it away where it has gone."""
        is_there = QSystemTrayIcon.isSystemTrayAvailable()
        if is_there and self.icon is None:
            self._make()
        elif not is_there and self.icon is not None:
            self._drop()
            self._wait()
            self.vanished.emit()
        elif not is_there and self._timer.isActive() and time.monotonic() >= self._until:
            self._timer.stop()
            self.missed.emit()

    def show_state(self, state: TrayState) -> None:
        """Change the picture."""
        if state is not self._state:
            self._state = state
            self._paint()

    def show_words(self, words: str) -> None:
        """Change what is shown under the pointer."""
        self._words = words
        if self.icon is not None and self.icon.toolTip() != words:
            self.icon.setToolTip(words)

    def tell(self, what: str, why: str, state: TrayState = TrayState.WELL) -> None:
        """Show a message of the desktop's. Qt's word on whether that can be seen means nothing: never rely on it."""
        if self.icon is not None:
            shown = _PICTURES.get(state, QSystemTrayIcon.MessageIcon.Information)
            self.icon.showMessage(what, why, shown, _MESSAGE_MS)

    def close(self) -> None:
        """Take the icon away for good."""
        self._timer.stop()
        self._drop()

    def _wait(self) -> None:
        self._until = time.monotonic() + PATIENCE_SECONDS
        self._timer.start(_LOOK_MS)

    def _make(self) -> None:
        icon = self.icon = QSystemTrayIcon(self)
        icon.setContextMenu(self._menu)
        icon.setToolTip(self._words)
        icon.activated.connect(self._on_icon_activated)
        icon.messageClicked.connect(self.message_clicked)
        self._paint()
        icon.show()
        self._timer.start(_WATCH_MS)
        self.appeared.emit()

    def _drop(self) -> None:
        if self.icon is not None:
            self.icon.hide()
            self.icon.deleteLater()
            self.icon = None

    def _paint(self) -> None:
        if self.icon is not None:
            self.icon.setIcon(picture(self._state))

    def _on_icon_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.clicked.emit()
