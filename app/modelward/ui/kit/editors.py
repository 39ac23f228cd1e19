"""What a setting is edited with: a switch, a choice, a number, a line; which one, its type says."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QPushButton, QSpinBox, QWidget

from modelward.core.redact import HIDDEN, redacted
from modelward.core.settings import Setting
from modelward.ui.kit.dialogs import choose_path
from modelward.ui.kit.rows import plain_tooltip
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.switch import Switch
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme

_MOST = 1_000_000
_LIMIT_WIDTH = 96
_NUMBER_WIDTH = _CHOICE_WIDTH = 150


class Editor(QWidget):
    """Emits ``stated`` with a value, or the text of one, when the person has stated it.

    ``is_wide``: it wants a line of its own.
    """

    stated = Signal(object)
    is_wide = False

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(SPACE)

    def show_value(self, value: object) -> None:
        """Show the value in force."""
        raise NotImplementedError

    def add(self, widget: QWidget, name: str = "", stretch: int = 0) -> None:
        """Put a control into the row, named after the setting or, where it is one of two, more closely."""
        widget.setAccessibleName(f"{self.setting.about.title}: {name}" if name else self.setting.about.title)
        widget.setAccessibleDescription(self.setting.about.help)
        self.row.addWidget(widget, stretch)


def editor_of(setting: Setting, parent: QWidget | None = None) -> Editor:
    """The editor of a setting."""
    if setting.choices:
        return ChoiceEditor(setting, parent)
    if setting.hint is bool:
        return SwitchEditor(setting, parent)
    if setting.hint is int:
        return NumberEditor(setting, parent)
    if setting.is_optional and {Decimal, int} & set(get_args(setting.hint)):
        return LimitEditor(setting, parent)
    return LineEditor(setting, parent)


class SwitchEditor(Editor):
    """On or off."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self._switch = Switch(self)
        self._switch.clicked.connect(lambda: self.stated.emit(self._switch.isChecked()))
        self.add(self._switch)

    def show_value(self, value: object) -> None:
        self._switch.setChecked(bool(value))


class ChoiceEditor(Editor):
    """One of a few words."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self._box = _Choices(self)
        self._box.setMinimumWidth(Theme.current().scaled(_CHOICE_WIDTH))
        for choice in setting.choices:
            self._box.addItem(choice.capitalize() if choice.islower() else choice, choice)
        self._box.activated.connect(lambda at: self.stated.emit(self._box.itemData(at)))
        self.add(self._box)

    def show_value(self, value: object) -> None:
        self._box.setCurrentIndex(self._box.findData(value))


class NumberEditor(Editor):
    """A whole number, with its unit."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self._stated: object = None
        self._spin = _Number(self)
        self._spin.setRange(0, _MOST)
        self._spin.setKeyboardTracking(False)
        self._spin.setSuffix(f" {setting.about.unit}" if setting.about.unit else "")
        self._spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._spin.setMinimumWidth(Theme.current().scaled(_NUMBER_WIDTH))
        self._spin.editingFinished.connect(lambda: self._spin.lineEdit().deselect())
        self._spin.valueChanged.connect(self._on_value_changed)
        self.add(self._spin)

    def show_value(self, value: object) -> None:
        self._stated = value
        if isinstance(value, int):
            self._spin.setValue(value)

    @guarded
    def _on_value_changed(self, value: int) -> None:
        if value != self._stated:
            self._stated = value
            self.stated.emit(value)


class LimitEditor(Editor):
    """A number or an amount that may also be none; the box says what none means."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self._stated: str | None = None
        self._box = QCheckBox(setting.about.empty, self)
        self._box.clicked.connect(self._on_box_clicked)
        self._field = _Line(self)
        self._field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._field.setFixedWidth(Theme.current().scaled(_LIMIT_WIDTH))
        self._field.editingFinished.connect(self._on_editing_finished)
        self._field.left.connect(self._on_field_left)
        self.add(self._box, setting.about.empty)
        self.add(self._field)
        if setting.about.unit:
            self.row.addWidget(Text(setting.about.unit, "muted", self))

    def show_value(self, value: object) -> None:
        self._box.setChecked(value is None)
        self._field.setEnabled(value is not None)
        self._stated = None if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
        self._field.show_text(self._stated or "")

    @guarded
    def _on_box_clicked(self) -> None:
        checked = self._box.isChecked()
        self._field.setEnabled(not checked)
        if checked:
            self.stated.emit(None)
        elif self.setting.default is not None:
            self.stated.emit(str(self.setting.default))
        if not checked:
            self._field.setFocus(Qt.FocusReason.TabFocusReason)

    @guarded
    def _on_editing_finished(self) -> None:
        text = self._field.text().strip()
        # An empty field is no wish for no limit: for that there is the box.
        if text != (self._stated or "") and not self._box.isChecked():
            self._stated = text
            self.stated.emit(text)

    def _on_field_left(self) -> None:
        if self._stated is None and not self._field.text().strip():
            self.show_value(None)


class LineEditor(Editor):
    """A text or a broken number in one line; a path can be chosen too. A password in it is not shown."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self._stated = ""
        self.is_wide = str in {setting.hint, *get_args(setting.hint)}
        self._field = _Line(self)
        self._field.setPlaceholderText(setting.about.empty)
        if not self.is_wide:
            self._field.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._field.setFixedWidth(Theme.current().scaled(_LIMIT_WIDTH))
        self._field.editingFinished.connect(self._on_editing_finished)
        self.add(self._field, stretch=1)
        if setting.about.path:
            button = QPushButton("Choose…", self)
            button.setAutoDefault(False)
            button.clicked.connect(lambda: spawn(self._choose(), "choose a path"))
            self.add(button, "choose")

    def show_value(self, value: object) -> None:
        text = "" if value is None else redacted(str(value))
        self._stated = text
        self._field.show_text(text)
        self._field.setToolTip(plain_tooltip(text) if text else "")

    @guarded
    def _on_editing_finished(self) -> None:
        self._state(self._field.text().strip())

    async def _choose(self) -> None:
        path = await choose_path(
            self.window(), self.setting.about.title, self._field.text(), is_folder=self.setting.about.path == "folder"
        )
        if path is not None:
            self._field.setText(str(path))
            self._state(str(path))

    def _state(self, text: str) -> None:
        if text == self._stated:
            return
        self._stated = text
        self.stated.emit(text if text or not self.setting.is_optional else None)


def hides_password(text: object) -> bool:
    """Whether a text still holds the mark under which a password was hidden, so that it cannot be saved."""
    return isinstance(text, str) and HIDDEN in text


class _Line(QLineEdit):
    """Escape takes back what was typed; a second one closes the dialog. ``left``: the keyboard went elsewhere."""

    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown = ""

    def show_text(self, text: str) -> None:
        self._shown = text
        self.setText(text)
        self.setCursorPosition(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._shown:
            self.setText(self._shown)
            self.editingFinished.emit()
            event.accept()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class _Choices(QComboBox):
    """The wheel scrolls the page, and changes nothing by the way."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Number(QSpinBox):
    """The wheel scrolls the page, and changes nothing by the way."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
