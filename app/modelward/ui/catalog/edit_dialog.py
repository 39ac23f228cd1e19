"""The dialog in which a person states a value of their own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from modelward.catalog.completeness import missing
from modelward.catalog.derive import NO_COLUMN
from modelward.catalog.fields import FIELDS, FieldType, clip, read_typed, to_json
from modelward.catalog.model import Capabilities, Capability, Field, Kind
from modelward.catalog.reports import ModelDetails
from modelward.core.errors import BadValueError
from modelward.ui.catalog.names import SHORT_CAPABILITIES, capability_name
from modelward.ui.catalog.wording import SOURCE_WORDS, value_text
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme

_EDITABLE = [field for field in FIELDS if field not in NO_COLUMN]
_YES_NO = ("yes", "no")
_HINTS = {
    FieldType.INTEGER: "A whole number, such as 128000, 128k or 1M",
    FieldType.PRICE: "USD per 1,000,000 tokens, such as 0.25; 0 is free",
    FieldType.TEXT: "Text of one line",
    FieldType.DATE: "A date: 2025, 2025-07 or 2025-07-31",
    FieldType.CAPABILITIES: "The whole list: what is not ticked, the model lacks",
}


class EditDialog(QDialog):
    """Choose a field, see what counts now, state another value. ``field`` and ``value`` are what was stated."""

    def __init__(self, details: ModelDetails, field: Field | None, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Set a value")
        self._details = details
        self._fields = QComboBox()
        self._fields.setAccessibleName("Field")
        for each in _EDITABLE:
            self._fields.addItem(FIELDS[each].title, each)
        self._now = Text("", "small", wraps=True)
        self._line = QLineEdit()
        self._line.setAccessibleName("Value")
        self._words = QComboBox()
        self._words.setAccessibleName("Value")
        self._boxes = {word: QCheckBox(capability_name(word)) for word in SHORT_CAPABILITIES}
        self._list = QWidget()
        self._hint = Text("", "small", wraps=True)
        self._complaint = Text("", "complaint", wraps=True)
        self._set = QPushButton("Set value")
        self._lay_out()
        self._connect()
        lacking = missing(details.model)
        self._fields.setCurrentIndex(_EDITABLE.index(field or (lacking[0] if lacking else Field.CONTEXT_WINDOW)))
        self._show_field()
        # As by Tab: the old value is selected, so that typing replaces it.
        self._editor().setFocus(Qt.FocusReason.TabFocusReason)

    @property
    def field(self) -> Field:
        """The field chosen."""
        return _EDITABLE[self._fields.currentIndex()]

    @property
    def value(self) -> str:
        """The value as it was typed, ticked or chosen."""
        match FIELDS[self.field].type:
            case FieldType.CAPABILITIES:
                return ", ".join(word for word, box in self._boxes.items() if box.isChecked()) or "none"
            case FieldType.KIND | FieldType.FLAG:
                return self._words.currentText()
            case _:
                return self._line.text()

    def _editor(self) -> QWidget:
        match FIELDS[self.field].type:
            case FieldType.CAPABILITIES:
                return next(iter(self._boxes.values()))
            case FieldType.KIND | FieldType.FLAG:
                return self._words
            case _:
                return self._line

    def _connect(self) -> None:
        self._fields.currentIndexChanged.connect(self._show_field)
        self._line.textEdited.connect(self._check)
        self._words.activated.connect(self._check)
        for box in self._boxes.values():
            box.clicked.connect(self._check)
        self._set.clicked.connect(self.accept)

    def _show_field(self) -> None:
        spec = FIELDS[self.field]
        resolved = self._details.resolved
        known = resolved.values.get(self.field)
        if known is None:
            self._now.setText("Nobody states it yet.")
        else:
            source = SOURCE_WORDS[resolved.deciding[self.field].source]
            self._now.setText(f"Now: {value_text(self.field, known)} ({source}). Your value will count above it.")
        if spec.type is FieldType.CAPABILITIES:
            has = known.has if isinstance(known, Capabilities) else frozenset[Capability]()
            for word, box in self._boxes.items():
                box.setChecked(word in has)
        elif spec.type in (FieldType.KIND, FieldType.FLAG):
            self._words.clear()
            self._words.addItems(list(Kind) if spec.type is FieldType.KIND else _YES_NO)
            self._words.setCurrentText(known if isinstance(known, str) else _YES_NO[known is False])
        else:
            self._line.setText("" if known is None else str(to_json(self.field, known)))
            self._line.selectAll()
        editor = self._editor()
        self._line.setVisible(editor is self._line)
        self._words.setVisible(editor is self._words)
        self._list.setVisible(spec.type is FieldType.CAPABILITIES)
        self._check()

    def _check(self) -> None:
        is_empty = not self.value.strip()
        wrong = "" if is_empty else _fault(self.field, self.value)
        self._hint.setText(_HINTS.get(FIELDS[self.field].type, ""))
        self._hint.setVisible(not wrong)
        self._complaint.setText(wrong)
        self._complaint.setVisible(bool(wrong))
        self._set.setEnabled(not is_empty and not wrong)
        self.adjustSize()

    def _lay_out(self) -> None:
        theme = Theme.current()
        grid = QGridLayout(self._list)
        grid.setContentsMargins(0, 0, 0, 0)
        for place, box in enumerate(self._boxes.values()):
            grid.addWidget(box, place // 2, place % 2)
        cancel = QPushButton("Cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self._set.setProperty("role", "primary")
        self._set.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self._set)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(Text(clip(self._details.model.name), "name", wraps=True))
        column.addWidget(Text("Field", "muted"))
        column.addWidget(self._fields)
        column.addWidget(self._now)
        column.addWidget(Text("Your value", "muted"))
        for widget in (self._line, self._words, self._list, self._hint, self._complaint):
            column.addWidget(widget)
        column.addStretch(1)
        column.addLayout(buttons)
        self.setMinimumWidth(theme.scaled(440))


def _fault(field: Field, text: str) -> str:
    """Why a text is no value of a field, in words; empty where it is one."""
    try:
        read_typed(field, text)
    except BadValueError as error:
        return f"Not allowed. {error.why or error.what}"
    return ""
