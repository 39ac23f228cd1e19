"""The alerts that are open, at the top of the tab: each in words, with what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from modelward.catalog.fields import clip
from modelward.core import units
from modelward.ollama.model import Alert, AlertKind
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.theme import SPACE, Tone

_MOST = 2
_NEW_VAULT = "New vault…"
_GRAVE = frozenset({AlertKind.MODEL_MISSING, AlertKind.LIBRARY_GONE, AlertKind.CHECKSUM, AlertKind.RESTORE})
_ACTIONS = {
    AlertKind.SERVICE_DOWN: "Look again",
    AlertKind.MODEL_MISSING: "Bring it back",
    AlertKind.LIBRARY_GONE: "Choose the folder…",
    AlertKind.CHECKSUM: "Repair",
    AlertKind.RESTORE: "Try again",
    AlertKind.BACKUP: "Back up",
    AlertKind.COPY: "Verify copies",
    AlertKind.MAINTENANCE: "Run it now",
    AlertKind.SLOW: "Show it",
}


class AlertsPanel(QWidget):
    """Hidden while there is none.

    Signals: ``action_requested`` carries the alert whose button was pressed; where that button offers to begin a new
    vault, ``new_vault_requested`` is emitted instead.
    """

    action_requested = Signal(object)
    new_vault_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._alerts: Sequence[Alert] = ()
        self._shows_all = self._is_vault_gone = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE)
        self.bars: list[NoticeBar] = []
        self.more = NoticeBar(self, can_close=False)
        self.more.action_requested.connect(self._show_all)
        self._column.addWidget(self.more)
        self.hide()

    def show_alerts(self, alerts: Sequence[Alert], now: datetime, *, is_vault_gone: bool = False) -> None:
        """Shows these alerts, the grave ones first."""
        self._alerts, self._is_vault_gone = ranked(alerts), is_vault_gone
        self._shows_all = self._shows_all and len(alerts) > _MOST
        shown = self._alerts if self._shows_all else self._alerts[:_MOST]
        while len(self.bars) < len(shown):
            self._add_bar()
        for place, bar in enumerate(self.bars):
            if place < len(shown):
                self._tell(bar, shown[place], now)
            else:
                bar.hide()
        if rest := self._alerts[len(shown) :]:
            kinds = ", ".join(dict.fromkeys(alert.kind.value for alert in rest))
            words = "1 more alert" if len(rest) == 1 else f"{len(rest):,} more alerts"
            self.more.tell(f"{words}: {kinds}.", tone=Tone.NEUTRAL, action="Show all")
        else:
            self.more.hide()
        self.setVisible(bool(alerts))

    def _add_bar(self) -> None:
        bar = NoticeBar(self, can_close=False)
        bar.action_requested.connect(partial(self._on_bar_action_requested, len(self.bars)))
        self._column.insertWidget(len(self.bars), bar)
        self.bars.append(bar)

    def _show_all(self) -> None:
        self._shows_all = True
        now = max(alert.last_seen_at for alert in self._alerts)
        self.show_alerts(self._alerts, now, is_vault_gone=self._is_vault_gone)

    def _tell(self, bar: NoticeBar, alert: Alert, now: datetime) -> None:
        tell(bar, alert, now, _NEW_VAULT if self._wants_vault(alert) else _ACTIONS[alert.kind])

    def _wants_vault(self, alert: Alert) -> bool:
        return self._is_vault_gone and alert.kind is AlertKind.BACKUP

    def _on_bar_action_requested(self, place: int) -> None:
        if self._wants_vault(self._alerts[place]):
            self.new_vault_requested.emit()
        else:
            self.action_requested.emit(self._alerts[place])


def tone(alert: Alert) -> Tone:
    """How grave an alert is: trouble where models are at stake."""
    return Tone.TROUBLE if alert.kind in _GRAVE else Tone.ATTENTION


def ranked(alerts: Sequence[Alert]) -> list[Alert]:
    """The grave ones first, of these the newest."""
    return sorted(alerts, key=lambda alert: (tone(alert) is Tone.TROUBLE, alert.opened_at), reverse=True)


def tell(bar: NoticeBar, alert: Alert, now: datetime, action: str) -> None:
    """Shows an alert in a bar, with what its button does."""
    since = f"Since {units.ago(alert.opened_at, now)}." if (now - alert.opened_at).total_seconds() >= 60 else ""
    why = " ".join(part for part in (clip(alert.why, 600), since) if part)
    bar.tell(clip(alert.what, 300), why, clip(alert.todo, 400), tone=tone(alert), action=action)


def summary(alerts: Sequence[Alert]) -> str:
    """All alerts in a few words, for the status bar; empty without any."""
    if not alerts:
        return ""
    return f"Ollama: {ranked(alerts)[0].kind.value}" if len(alerts) == 1 else f"Ollama: {len(alerts):,} alerts"
