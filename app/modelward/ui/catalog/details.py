"""The details pane: everything that is known of one model, and who says so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from modelward.catalog.fields import clip
from modelward.catalog.model import Field, Model
from modelward.catalog.reports import ModelDetails
from modelward.discovery.model import Look
from modelward.ui.catalog.availability import Availability
from modelward.ui.catalog.columns import status_tags
from modelward.ui.catalog.field_row import FieldRow
from modelward.ui.catalog.names import SHORT_CAPABILITIES, in_order, provider_name
from modelward.ui.catalog.wording import SHOWN, dissent_sentences, field_lines, missing_sentence, unknown_titles
from modelward.ui.kit.card import EmptyState
from modelward.ui.kit.flow import FlowLayout, TagRow
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.rows import CellTag
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Tone


class DetailsPane(QFrame):
    """One model, from top to bottom: what it is, what is missing, each known field, dissent, what nobody states."""

    set_requested = Signal()
    copy_id_requested = Signal()
    copy_json_requested = Signal()
    withdraw_requested = Signal(Field)
    evidence_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self.setAccessibleName("Details")
        self._rows: dict[Field, FieldRow] = {}
        # Each part is made inside the one that holds it: moving it there later would style it a second time.
        self._filled = QWidget(self)
        self._scroll = QScrollArea(self._filled)
        content = self._content = QWidget()
        self._scroll.setWidget(content)
        self._name = _selectable("name", content)
        self._what = _selectable("muted", content)
        self._tags = TagRow(parent=content)
        self._availability = Availability(content)
        self._missing = NoticeBar(content, can_close=False)
        self._dissent = NoticeBar(content, can_close=False)
        self._fields = QVBoxLayout()
        self._unknown = _selectable("small", content)
        self._stack = QStackedLayout()
        self._lay_out()

    def clear(self) -> None:
        """Shows that no model is chosen."""
        self._stack.setCurrentIndex(0)

    def show_model(self, model: Model) -> None:
        """Shows at once what the row itself tells; the fields follow with :meth:`show_details`."""
        self._name.setText(clip(model.name, 200))
        family = f"family {clip(model.family, 60)}" if model.family else ""
        parts = (provider_name(model.provider), model.kind.value if model.kind else "", family)
        self._what.setText(" · ".join(part for part in parts if part))
        self._show_tags(model)

    async def make_rows(self, details: ModelDetails) -> None:
        """Makes the rows that these details need for the first time, one at a turn of the loop: together they would
        keep the window from reacting for a moment.
        """
        for line in field_lines(details):
            if line.field not in self._rows:
                row = self._row(line.field)
                row.hide()
                for part in row.findChildren(QWidget):
                    part.ensurePolished()
                await asyncio.sleep(0)

    def show_details(self, details: ModelDetails, now: datetime) -> None:
        """Shows all that is known of the model."""
        self.show_model(details.model)
        _say(self._missing, "Incomplete", missing_sentence(details))
        _say(self._dissent, "Sources differ", "\n".join(dissent_sentences(details, now)))
        lines = {line.field: line for line in field_lines(details)}
        for field, line in lines.items():
            self._row(field).show_line(line, now)
        for field, row in self._rows.items():
            row.setVisible(field in lines)
        unknown = unknown_titles(details)
        self._unknown.setText(f"Unknown: {', '.join(unknown)}." if unknown else "")
        self._stack.setCurrentIndex(1)

    def show_looks(self, provider: str, looks: Sequence[Look], now: datetime) -> None:
        """Shows whether the model's provider answers, and did."""
        self._availability.show_looks(provider, looks, now)

    def _show_tags(self, model: Model) -> None:
        tags = list(status_tags(model))
        if model.is_complete:
            tags.append(CellTag("complete", Tone.WELL))
        tags += [CellTag(SHORT_CAPABILITIES[word]) for word in in_order(model.capabilities or ())]
        self._tags.set_tags((tag.word, tag.tone) for tag in tags)

    def _row(self, field: Field) -> FieldRow:
        row = self._rows.get(field)
        if row is None:
            row = self._rows[field] = FieldRow(field, self._content)
            row.evidence_requested.connect(self.evidence_requested)
            row.withdraw_requested.connect(self.withdraw_requested)
            order = list(SHOWN)
            place = sum(1 for other in self._rows if order.index(other) < order.index(field))
            self._fields.insertWidget(place, row)
        return row

    def _lay_out(self) -> None:
        column = QVBoxLayout(self._content)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self._name)
        column.addWidget(self._what)
        column.addWidget(self._tags)
        column.addWidget(self._availability)
        column.addWidget(self._missing)
        column.addWidget(self._dissent)
        column.addLayout(self._fields)
        column.addWidget(self._unknown)
        column.addStretch(1)
        scroll = self._scroll
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        for ground in (scroll.viewport(), self._content):
            ground.setAutoFillBackground(False)
        outer = QVBoxLayout(self._filled)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        outer.addWidget(self._actions())
        nothing = "Choose a model to see what is known of it, and who says so."
        self._stack.addWidget(EmptyState("info", nothing, parent=self))
        self._stack.addWidget(self._filled)
        self.setLayout(self._stack)

    def _actions(self) -> QWidget:
        bar = QFrame(self._filled)
        row = FlowLayout(bar, gap=SPACE)
        row.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE + SPACE // 2)
        for text, signal in (
            ("Set a value…", self.set_requested),
            ("Copy ID", self.copy_id_requested),
            ("Copy JSON", self.copy_json_requested),
        ):
            button = QPushButton(text, bar)
            button.clicked.connect(lambda _checked=False, signal=signal: signal.emit())
            row.addWidget(button)
        return bar


def _say(notice: NoticeBar, head: str, text: str) -> None:
    if text:
        notice.tell(head, text, tone=Tone.ATTENTION)
    else:
        notice.hide()


def _selectable(role: str, parent: QWidget) -> Text:
    text = Text("", role, parent, wraps=True)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return text
