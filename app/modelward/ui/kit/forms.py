"""Forms made from the typed settings: one row each, saved at once, with where its value came from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from modelward.core.errors import KnownError, SettingsError
from modelward.core.preferences import Preferences
from modelward.core.settings import Setting, described
from modelward.ui.kit.editors import editor_of, hides_password
from modelward.ui.kit.icons import icon
from modelward.ui.kit.rows import plain_tooltip
from modelward.ui.kit.slots import guarded
from modelward.ui.kit.tasks import Tasks
from modelward.ui.kit.text import Text, rule
from modelward.ui.kit.theme import SPACE, restyle

_LATER = "Counts from the next start."
_PASSWORD = "Not saved. The password is hidden here: type the whole address again."  # noqa: S105 - a message


class SettingRow(QWidget):
    """One setting: what it is called and does, its editor, and a line on how it stands.

    ``stated`` carries key and value that the person wants.
    """

    stated = Signal(str, object)

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self._origin = ""
        self._standing = ""
        self.editor = editor_of(setting, self)
        self.editor.stated.connect(self._on_editor_stated)
        self.note = Text("", "small", self, wraps=True)
        self.reset = QToolButton(self)
        self.reset.setIcon(icon("undo"))
        self.reset.setProperty("role", "quiet")
        words = f"Back to the default: {default_text(setting)}"
        self.reset.setToolTip(plain_tooltip(words))
        self.reset.setAccessibleName(f"{setting.about.title}: {words}")
        self.reset.clicked.connect(lambda: self.stated.emit(setting.key, setting.default))
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self._lay_out()

    def show_value(self, value: object, origin: str, *, is_overruled: bool) -> None:
        """Show the value in force and where it came from; what is overruled elsewhere cannot be changed here."""
        self._origin = f"Set by {origin}." if is_overruled else ""
        self.editor.show_value(value)
        self.editor.setEnabled(not is_overruled)
        self.reset.setVisible(not is_overruled and value != self.setting.default)
        self.say("")

    def stand(self, words: str) -> None:
        """Say from now on what else bears on the setting, or nothing."""
        if words != self._standing:
            self._standing = words
            self.say("")

    def say(self, news: str) -> None:
        """Say quietly how the setting stands, after some news."""
        later = _LATER if self.setting.about.needs_restart else ""
        self._note("small", " ".join(part for part in (news, self._standing, self._origin, later) if part))

    def complain(self, words: str) -> None:
        """Say why a value was not taken."""
        self._note("complaint", words)

    def _note(self, role: str, words: str) -> None:
        self.note.setText(words)
        self.note.setVisible(bool(words))
        if self.note.property("role") != role:
            self.note.setProperty("role", role)
            restyle(self.note)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Text(self.setting.about.title, "strong", self))
        explained = Text(self.setting.about.help, "muted", self, wraps=True)
        explained.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        words.addWidget(explained)
        top = QHBoxLayout()
        top.setSpacing(2 * SPACE)
        top.addLayout(words, 1)
        beside = QHBoxLayout()
        beside.setSpacing(SPACE // 2)
        beside.addWidget(self.reset)
        if not self.editor.is_wide:
            beside.addWidget(self.editor)
        top.addLayout(beside)
        top.setAlignment(beside, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE + SPACE // 2, 0, SPACE + SPACE // 2)
        column.setSpacing(SPACE)
        column.addLayout(top)
        if self.editor.is_wide:
            column.addWidget(self.editor)
        column.addWidget(self.note)

    @guarded
    def _on_editor_stated(self, value: object) -> None:
        self.stated.emit(self.setting.key, value)


class SettingsForm(QWidget):
    """Rows of these settings, one beneath the other. Whatever is stated is saved and counts at once.

    ``saved`` carries the key. What is being saved is held in ``tasks``. :meth:`stop` ends following the preferences,
    before they end.
    """

    saved = Signal(str)

    def __init__(
        self, preferences: Preferences, keys: Sequence[str], tasks: Tasks, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._tasks = tasks
        self.rows: dict[str, SettingRow] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for key in keys:
            if self.rows:
                column.addWidget(rule(self))
            row = self.rows[key] = SettingRow(described()[key], self)
            row.stated.connect(self._on_row_stated)
            column.addWidget(row)
            self._show(key)
        self.stop = preferences.subscribe(self._show)

    def _show(self, key: str) -> None:
        if (row := self.rows.get(key)) is None:
            return
        group, _, name = key.partition(".")
        value = getattr(getattr(self._preferences.settings, group), name)
        row.show_value(value, self._preferences.origin(key), is_overruled=self._preferences.is_overruled(key))

    @guarded
    def _on_row_stated(self, key: str, value: object) -> None:
        row = self.rows[key]
        if hides_password(value):
            row.complain(_PASSWORD)
            return
        self._tasks.start(self._save(row, value), "save a setting")

    async def _save(self, row: SettingRow, value: object) -> None:
        try:
            await self._preferences.change(row.setting.key, value)
        except KnownError as error:
            row.complain(f"Not saved. {_why_not(row.setting, error)}")
            return
        for other in self.rows.values():
            if other is not row and other.note.property("role") == "small":
                other.say("")
        row.say("Saved.")
        self.saved.emit(row.setting.key)


def default_text(setting: Setting) -> str:
    """The default of a setting in words."""
    default, about = setting.default, setting.about
    if default is None:
        return about.empty.lower() or "none"
    if isinstance(default, bool):
        return "on" if default else "off"
    return f"{default} {about.unit}".strip()


def _why_not(setting: Setting, error: KnownError) -> str:
    # What the file of settings says of "null", the window has a box for.
    allowed = setting.allowed.partition(", or null")[0]
    is_value_wrong = isinstance(error, SettingsError) and setting.key in error.what
    return f"Allowed is {allowed}." if is_value_wrong else str(error)
