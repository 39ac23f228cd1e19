"""One known field of a model: title and value, and beneath them who says so since when."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from modelward.catalog.model import Field, Source
from modelward.ui.catalog.wording import (
    SOURCE_MEANINGS,
    SOURCE_TONES,
    SOURCE_WORDS,
    FieldLine,
    day_text,
    exact_time,
)
from modelward.ui.kit.elided import ElidedLabel
from modelward.ui.kit.icons import icon
from modelward.ui.kit.rows import plain_tooltip
from modelward.ui.kit.tag import Tag
from modelward.ui.kit.text import Text, rule
from modelward.ui.kit.theme import SPACE, Theme, Token


class FieldRow(QWidget):
    """Shows one :class:`FieldLine`; made once a field and filled again for every model."""

    evidence_requested = Signal(str)
    withdraw_requested = Signal(Field)

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._evidence = ""
        self._title = Text("", "muted", self)
        self._value = Text("", "strong", self, wraps=True)
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        size = Theme.current().icon_size
        self._own_mark = QLabel(self)
        self._own_mark.setPixmap(icon("user", Token.ACCENT).pixmap(size, size))
        self._source = Tag("", parent=self)
        # Where room is short, the origin gives way.
        self._source.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._origin = ElidedLabel("", "small", self)
        self._date = Text("", "small", self)
        self._notes = Text("", "small", self, wraps=True)
        self._link = self._button("external", "Open the page that says so")
        self._link.clicked.connect(lambda: self.evidence_requested.emit(self._evidence))
        self._withdraw = self._button("undo", "Withdraw your value, so that the other sources count again")
        self._withdraw.clicked.connect(lambda: self.withdraw_requested.emit(self._field))
        for label in (self._title, self._value, self._date, self._notes):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()

    def show_line(self, line: FieldLine, now: datetime) -> None:
        """Fills the row."""
        fact = line.fact
        is_own = fact.source is Source.USER
        self._title.setText(line.title)
        self._value.setText(line.value)
        self._own_mark.setVisible(is_own)
        self._source.show_state(SOURCE_WORDS[fact.source], SOURCE_TONES[fact.source])
        self._source.setToolTip(plain_tooltip(SOURCE_MEANINGS[fact.source]))
        self._origin.setText(line.origin)
        self._origin.setVisible(bool(line.origin))
        dated = " · ".join(part for part in (day_text(fact.observed_at, now), line.doubt) if part)
        self._date.setText(f"· {dated}" if line.origin else dated)
        self._date.setToolTip(plain_tooltip(f"As of {exact_time(fact.observed_at)}"))
        self._notes.setText("\n".join(line.notes))
        self._notes.setVisible(bool(line.notes))
        self._evidence = fact.evidence or ""
        self._link.setVisible(self._evidence.startswith(("https://", "http://")))
        self._link.setToolTip(plain_tooltip(f"Open {self._evidence}"))
        self._withdraw.setVisible(is_own)
        self.setAccessibleName(f"{line.title}: {line.value}, {SOURCE_WORDS[fact.source]} {line.origin}, {dated}")

    def _button(self, icon_name: str, accessible: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(icon_name, Token.ACCENT))
        button.setProperty("role", "inline")
        button.setAccessibleName(accessible)
        button.setToolTip(accessible)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        return button

    def _lay_out(self) -> None:
        top = QGridLayout()
        top.setHorizontalSpacing(SPACE)
        top.addWidget(self._title, 0, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self._value, 0, 1)
        top.setColumnStretch(1, 1)
        below = QHBoxLayout()
        below.setSpacing(SPACE // 2)
        below.addWidget(self._own_mark)
        below.addWidget(self._source)
        below.addWidget(self._origin)
        below.addWidget(self._date)
        below.addStretch(1)
        below.addWidget(self._link)
        below.addWidget(self._withdraw)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addLayout(top)
        column.addLayout(below)
        column.addWidget(self._notes)
        column.addSpacing(SPACE // 2)
        column.addWidget(rule(self))
