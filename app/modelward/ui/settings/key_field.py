"""The field for a key: hidden as it is typed, with where to get one and where it will be kept."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from modelward.providers.keys import Keyring
from modelward.providers.model import KeyNeed, Provider
from modelward.ui.kit.icons import icon
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Tone
from modelward.ui.settings.link_row import LinkRow
from modelward.ui.settings.wording import keyring_text

_HIDDEN, _SHOWN = QLineEdit.EchoMode.Password, QLineEdit.EchoMode.Normal


class KeyField(QWidget):
    """``text`` is what was pasted; call :meth:`wipe` as soon as it is kept."""

    def __init__(self, keyring: Keyring, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit(self)
        self.field.setAccessibleName("Key")
        self.field.setEchoMode(_HIDDEN)
        self._eye = QAction(self)
        self._eye.triggered.connect(self._turn)
        self.field.addAction(self._eye, QLineEdit.ActionPosition.TrailingPosition)
        self.session = QCheckBox("Forget it when Modelward ends", self)
        self.session.setVisible(keyring.is_usable)
        self.notice = NoticeBar(self, can_close=False)
        self.link = LinkRow("Get a key at", self)
        self.link.hide()
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(Text("Key", "muted", self))
        for widget in (self.field, self.link, self.session, self.notice):
            column.addWidget(widget)
        if told := keyring_text(keyring):
            self.notice.tell(told, keyring.why, tone=Tone.ATTENTION)
        self._show_eye()

    @property
    def text(self) -> str:
        """What was pasted."""
        return self.field.text()

    @property
    def is_session(self) -> bool:
        """Whether the key is to be kept for this session only."""
        return self.session.isChecked()

    def minimumSizeHint(self) -> QSize:
        """As high as its words in the narrowest sheet; Qt takes them for as high as in the narrowest column."""
        least = super().minimumSizeHint().width()
        width = max(least, self.window().minimumWidth() - 6 * SPACE)
        return QSize(least, self._column.totalHeightForWidth(width))

    def show_provider(self, provider: Provider | None) -> None:
        """Whose key is asked for; None: that of an address whose kind is not known yet."""
        is_required = provider is not None and provider.known.key is KeyNeed.REQUIRED
        self.field.setPlaceholderText("Paste the key" if is_required else "Only where it wants one")
        self.link.show_url("" if provider is None else provider.known.key_page)

    def wipe(self) -> None:
        """Let nothing of the key stay in the field, nor in what it could undo."""
        self.field.setText("")

    def _turn(self) -> None:
        self.field.setEchoMode(_SHOWN if self.field.echoMode() == _HIDDEN else _HIDDEN)
        self._show_eye()

    def _show_eye(self) -> None:
        is_hidden = self.field.echoMode() == _HIDDEN
        self._eye.setIcon(icon("eye" if is_hidden else "eye-off"))
        self._eye.setText("Show the key" if is_hidden else "Hide the key")
        self._eye.setToolTip(self._eye.text())
