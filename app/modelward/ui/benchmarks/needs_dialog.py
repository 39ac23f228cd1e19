"""Asks what a model must have to be advised."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from PySide6.QtWidgets import QCheckBox, QFormLayout, QGridLayout, QLineEdit, QWidget

from modelward.advice.model import Query
from modelward.catalog.model import Capability
from modelward.ui.catalog.names import capability_name
from modelward.ui.kit.dialogs import Sheet
from modelward.ui.kit.slots import guarded
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Tone

_OFFERED = (
    Capability.TOOLS,
    Capability.VISION,
    Capability.STRUCTURED_OUTPUT,
    Capability.REASONING,
    Capability.PDF_INPUT,
    Capability.PROMPT_CACHING,
)
_WRONG = "These must be numbers, or empty."


class NeedsDialog(Sheet):
    """Accepted with what :meth:`query` says."""

    def __init__(self, query: Query, parent: QWidget | None) -> None:
        super().__init__(parent, "What must a model have?", "Models that lack any of it are not advised.", Tone.ACCENT)
        self._query = query
        self.capabilities = {each: QCheckBox(capability_name(each), self) for each in _OFFERED}
        self.local = QCheckBox("on a machine of mine", self)
        self.available = QCheckBox("available now", self)
        self.key = QCheckBox("its key at hand", self)
        self.context = _field(query.min_context, "Context of at least, in tokens", self)
        self.price = _field(query.max_price, "USD per 1M tokens at most", self)
        self.task = _field(query.max_task_price, "USD a task at most", self)
        self.latency = _field(query.max_latency, "Seconds a call at most", self)
        self.complaint = Text(_WRONG, "complaint", self)
        self.complaint.hide()
        self._lay_out()
        self.button = self.add_buttons("Advise")
        for box, is_on in (
            *((box, each in query.require) for each, box in self.capabilities.items()),
            (self.local, query.local_only),
            (self.available, query.available),
            (self.key, query.key_at_hand),
        ):
            box.setChecked(is_on)
        for field in self._fields:
            field.textChanged.connect(self._judge)

    @property
    def query(self) -> Query:
        """What is asked for now. Raises InvalidOperation or ValueError where a field is no number."""
        context, price, task, latency = (field.text().strip().replace(",", "") for field in self._fields)
        return Query(
            self._query.use_case,
            frozenset(each for each, box in self.capabilities.items() if box.isChecked()),
            _whole(context),
            _amount(price),
            _amount(task),
            None if not latency else float(_amount(latency) or 0),
            local_only=self.local.isChecked(),
            available=self.available.isChecked(),
            key_at_hand=self.key.isChecked(),
        )

    @property
    def _fields(self) -> tuple[QLineEdit, ...]:
        return self.context, self.price, self.task, self.latency

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(SPACE)
        boxes = [*self.capabilities.values(), self.local, self.available, self.key]
        for number, box in enumerate(boxes):
            grid.addWidget(box, number // 2, number % 2)
        form = QFormLayout()
        form.setSpacing(SPACE)
        for field in self._fields:
            form.addRow(field.accessibleName(), field)
        self.column.addLayout(grid)
        self.column.addLayout(form)
        self.column.addWidget(self.complaint)

    @guarded
    def _judge(self) -> None:
        try:
            _ = self.query
            is_well = True
        except (InvalidOperation, ValueError):
            is_well = False
        self.complaint.setVisible(not is_well)
        self.button.setEnabled(is_well)


def _field(value: object, name: str, parent: QWidget) -> QLineEdit:
    field = QLineEdit("" if value is None else f"{value:f}" if isinstance(value, Decimal) else f"{value}", parent)
    field.setAccessibleName(name)
    field.setPlaceholderText("any")
    return field


def _whole(text: str) -> int | None:
    amount = _amount(text.lower().removesuffix("k").strip())
    if amount is None:
        return None
    return int(amount * 1000) if text.lower().endswith("k") else int(amount)


def _amount(text: str) -> Decimal | None:
    if not text:
        return None
    amount = Decimal(text)
    if not amount.is_finite() or amount < 0:
        raise ValueError(text)
    return amount
