"""One provider in the settings: how it stands, its key, its models, what can be done; details when it is chosen."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from modelward.core import units
from modelward.providers.keys import KeyOrigin
from modelward.providers.model import KeyNeed
from modelward.providers.service import ProviderState
from modelward.ui.kit.elided import ElidedLabel, KeyValueRow
from modelward.ui.kit.icons import icon
from modelward.ui.kit.tag import Tag
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import RADIUS_CONTROL, SPACE, FontRole, Theme, Token, Tone
from modelward.ui.settings.link_row import LinkRow
from modelward.ui.settings.wording import Told, key_text, listed_text, models_text

_MARK = 32


class ProviderRow(QFrame):
    """Shows a :class:`ProviderState`. Every signal carries the provider's id; ``verb_requested`` also a verb's name.

    Verbs: ``test``, ``list``, ``key``, ``forget``, ``edit``, ``on``, ``off``, ``remove``.
    """

    chosen = Signal(str)
    verb_requested = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self.provider_id = ""
        self._is_open = False
        self._is_hovered = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.mark = _Mark(self)
        self.title = ElidedLabel("", "strong", self)
        self.tag = Tag("", parent=self)
        self.tag.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.models = Text("", "", self)
        self.models.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.line = ElidedLabel("", "small", self)
        self.news = Text("", "small", self, wraps=True)
        self.trouble = Text("", "complaint", self, wraps=True)
        self.trouble.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.test = QPushButton("Test", self)
        self.test.setAutoDefault(False)
        self.test.clicked.connect(lambda: self._request("test"))
        self.menu_button = QToolButton(self)
        self.menu_button.setIcon(icon("more", Token.TEXT))
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.verbs: dict[str, QAction] = {}
        self.menu_button.setMenu(self._menu())
        self.details = QWidget(self)
        self._facts = {
            name: KeyValueRow(name, "", self.details) for name in ("Address", "Key", "Last list", "Last check")
        }
        self.link = LinkRow("Get a key at", self.details)
        self._lay_out()
        self._dress()
        self._theme.changed.connect(self._dress)

    def show_state(self, state: ProviderState, told: Told, checked_at: datetime | None, now: datetime) -> None:
        """Shows a provider, and how it stands."""
        provider, key = state.provider, state.key
        self.provider_id = provider.id
        self.mark.show_initial(provider.title)
        self.title.setText(provider.title)
        self.tag.show_state(told.word, told.tone)
        self.models.setText(models_text(provider.listed_models))
        self.line.setText(f"{key_text(provider, key)} · {listed_text(provider, now)}")
        self.trouble.setText(told.trouble)
        self.trouble.setVisible(bool(told.trouble))
        self.news.setVisible(bool(self.news.text()))
        where = (
            f"{key_text(provider, key)} ({key.where})" if key.origin is KeyOrigin.KEYRING else key_text(provider, key)
        )
        self._facts["Address"].set_value(provider.base_url)
        self._facts["Key"].set_value(where)
        self._facts["Last list"].set_value(units.local_time(provider.last_discovery_at))
        self._facts["Last check"].set_value(units.local_time(checked_at))
        self.link.show_url(provider.known.key_page)
        self._show_verbs(state)
        self._name(told.word)

    def show_busy(self, word: str, doing: str = "") -> None:
        """Shows that something is being done with the provider."""
        self.tag.show_state(word, Tone.WORKING)
        self.trouble.hide()
        self.say(doing)
        self._name(word)

    def say(self, news: str) -> None:
        """Say quietly what came of the last verb."""
        self.news.setText(news)
        self.news.setVisible(bool(news))

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """Where the keyboard stops, in order."""
        return self, self.test, self.menu_button, self.link.copy, self.link.open

    @property
    def is_open(self) -> bool:
        """Whether its details are shown."""
        return self._is_open

    def set_open(self, *, is_open: bool) -> None:
        """Show or hide the details."""
        self._is_open = is_open
        self.details.setVisible(is_open)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self.provider_id)
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match Qt.Key(event.key()):
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self.chosen.emit(self.provider_id)
            case Qt.Key.Key_Delete if self.verbs["remove"].isEnabled():
                self._request("remove")
            case _:
                super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._is_hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._is_hovered = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.rect().adjusted(1, 1, -1, -1)
        if self._is_open or self._is_hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color(Token.SELECTION if self._is_open else Token.RAISED))
            painter.drawRoundedRect(area, RADIUS_CONTROL, RADIUS_CONTROL)
        if self.hasFocus():
            painter.setPen(self._theme.color(Token.ACCENT))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, RADIUS_CONTROL, RADIUS_CONTROL)
        super().paintEvent(event)

    def _dress(self) -> None:
        self.menu_button.setFixedSize(self._theme.control_height, self._theme.control_height)

    def _request(self, verb: str) -> None:
        self.verb_requested.emit(self.provider_id, verb)

    def _name(self, word: str) -> None:
        title = self.title.text()
        parts = (title, word, self.models.text(), self.line.text(), self.trouble.text())
        self.setAccessibleName(", ".join(part for part in parts if part))
        self.test.setAccessibleName(f"Test {title}")
        self.menu_button.setAccessibleName(f"More for {title}")
        self.menu_button.setToolTip("Key, list, address, remove")

    def _show_verbs(self, state: ProviderState) -> None:
        provider, key = state.provider, state.key
        has_own_key = key.origin in (KeyOrigin.KEYRING, KeyOrigin.SESSION)
        self.verbs["key"].setText("Replace key…" if has_own_key else "Set key…")
        self.verbs["key"].setVisible(provider.known.key is not KeyNeed.NONE)
        self.verbs["forget"].setVisible(has_own_key)
        self.verbs["on"].setVisible(not provider.enabled)
        self.verbs["off"].setVisible(provider.enabled)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        for verb, words in (
            ("list", "List models now"),
            ("key", "Set key…"),
            ("forget", "Delete key…"),
            ("edit", "Edit…"),
            ("on", "Turn on"),
            ("off", "Turn off"),
            ("remove", "Remove…"),
        ):
            action = self.verbs[verb] = menu.addAction(words)
            action.triggered.connect(lambda _checked=False, verb=verb: self._request(verb))
            if verb in ("list", "forget", "off"):
                menu.addSeparator()
        return menu

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self.title)
        head.addWidget(self.tag)
        head.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addLayout(head)
        words.addWidget(self.line)
        top = QHBoxLayout()
        top.setSpacing(SPACE + SPACE // 2)
        top.addWidget(self.mark)
        top.addLayout(words, 1)
        top.addWidget(self.models)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE // 2)
        buttons.addWidget(self.test)
        buttons.addWidget(self.menu_button)
        top.addLayout(buttons)
        below = QVBoxLayout()
        below.setContentsMargins(self._theme.scaled(_MARK) + SPACE + SPACE // 2, 0, 0, 0)
        below.setSpacing(SPACE // 2)
        for widget in (self.trouble, self.news, self.details):
            widget.hide()
            below.addWidget(widget)
        facts = QVBoxLayout(self.details)
        facts.setContentsMargins(0, SPACE // 2, 0, 0)
        facts.setSpacing(SPACE // 2)
        for row in (*self._facts.values(), self.link):
            facts.addWidget(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        column.setSpacing(SPACE // 2)
        column.addLayout(top)
        column.addLayout(below)


class _Mark(QWidget):
    """The first letter of a provider's title, on a soft ground."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._initial = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_initial(self, title: str) -> None:
        self._initial = next((letter.upper() for letter in title if letter.isalnum()), "?")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.scaled(_MARK), self._theme.scaled(_MARK))

    def paintEvent(self, _event: QPaintEvent) -> None:
        ground, ink = self._theme.tone(Tone.NEUTRAL)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(self.rect(), RADIUS_CONTROL, RADIUS_CONTROL)
        painter.setPen(ink)
        painter.setFont(self._theme.font(FontRole.STRONG))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._initial)
