"""Asks how the sweet spot is searched, and shows who would be asked and what it costs before anything is sent."""

from __future__ import annotations

import asyncio
import re
from decimal import Decimal

from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import QButtonGroup, QFormLayout, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from modelward.advice.model import Query
from modelward.advice.searching import SearchPlan
from modelward.advice.service import AdviceService
from modelward.advice.strategies import Strategy
from modelward.core.errors import KnownError
from modelward.ui.benchmarks import search_words
from modelward.ui.benchmarks.scrolled import scrolled
from modelward.ui.kit.dialogs import Sheet
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Tone

_SIZE = (560, 580)
_SOON_MS = 250
_TEXT = (
    "Models that fit and can be called now are asked from the cheapest up. "
    "Nothing is sent before you press Start, and what was measured is kept when you cancel."
)
_AMOUNT = re.compile(r"(?=.*[0-9])[0-9]{0,6}(\.[0-9]{0,6})?")
_WRONG = "Give an amount in USD, such as 0.20, or nothing."


class SearchDialog(Sheet):
    """Accepted when the person starts what :attr:`plan` says."""

    def __init__(self, advice: AdviceService, query: Query, parent: QWidget | None) -> None:
        super().__init__(parent, "Find the cheapest model that is good enough", _TEXT, Tone.ACCENT)
        self._advice = advice
        self._query = query
        self._planning: asyncio.Task[None] | None = None
        self.plan: SearchPlan | None = None
        self.strategies = {each: QRadioButton(title, self) for each, (title, _) in search_words.STRATEGIES.items()}
        self.budget = QLineEdit(self)
        self.planned = Text("", "strong", self, wraps=True)
        self.cost = Text("", "", self, wraps=True)
        self.order = Text("", "", self, wraps=True)
        self.left_out = Text("", "small", self, wraps=True)
        self.complaint = Text("", "complaint", self, wraps=True)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._on_soon)
        self._lay_out()
        self.start = self.add_buttons("Start")
        self._connect()
        self.resize(self.sizeHint())
        self._ask()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))

    @property
    def strategy(self) -> Strategy:
        """How it is searched."""
        return next(each for each, button in self.strategies.items() if button.isChecked())

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(SPACE)
        group = QButtonGroup(self)
        for each, button in self.strategies.items():
            about = Text(search_words.STRATEGIES[each][1], "small", self, wraps=True)
            about.setIndent(3 * SPACE)  # under the word, behind the mark
            button.setAccessibleDescription(about.text())
            group.addButton(button)
            column.addWidget(button)
            column.addWidget(about)
        self.strategies[Strategy.PROGRESSIVE].setChecked(True)
        form = QFormLayout()
        form.setSpacing(SPACE)
        form.addRow("USD at most", self.budget)
        column.addLayout(form)
        for text in (self.planned, self.cost, self.order, self.complaint, self.left_out):
            column.addWidget(text)
        column.addStretch(1)
        holder = QWidget(self)
        holder.setLayout(column)
        self.column.addWidget(scrolled(holder, self), 1)

    def _connect(self) -> None:
        self.budget.setAccessibleName("USD at most")
        self.budget.setPlaceholderText("what measuring may still cost today")
        self.budget.textChanged.connect(self._ask)
        for button in self.strategies.values():
            button.toggled.connect(self._ask)
        self.finished.connect(self._on_finished)

    @guarded
    def _ask(self) -> None:
        """Plans anew, once the person has stopped changing things."""
        self.plan = None
        self.start.setEnabled(False)
        self._soon.start()

    @guarded
    def _on_soon(self) -> None:
        self._planning = spawn(self._plan_after(self._planning), "plan a search")

    @guarded
    def _on_finished(self) -> None:
        self._soon.stop()
        if self._planning is not None:
            self._planning.cancel()

    async def _plan_after(self, former: asyncio.Task[None] | None) -> None:
        if former is not None:  # only one may look at what can be measured
            former.cancel()
            await asyncio.wait([former])
        amount = self.budget.text().strip()
        if amount and not _AMOUNT.fullmatch(amount):
            self._show(None, complaint=_WRONG)
            return
        self.planned.setText("Planning…")
        budget = Decimal(amount) if amount else None
        try:
            plan = await self._advice.plan_search(self.strategy, self._query, budget=budget)
        except KnownError as error:
            self._show(None, complaint=str(error))
            return
        self._show(plan)

    def _show(self, plan: SearchPlan | None, *, complaint: str = "") -> None:
        self.plan = plan
        self.start.setEnabled(plan is not None)
        self.planned.setText(search_words.plan_text(plan) if plan else "")
        self.cost.setText(search_words.cost_text(plan) if plan else "")
        self.order.setText(search_words.order_text(plan) if plan else "")
        self.left_out.setText(search_words.left_out_text(plan) if plan else "")
        self.complaint.setText(complaint)
        for text in (self.planned, self.cost, self.order, self.left_out, self.complaint):
            text.setVisible(bool(text.text()))
