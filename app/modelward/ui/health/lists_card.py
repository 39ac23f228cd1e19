"""One card for the three lists of healing, of which one is looked at at a time."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QTabBar, QWidget

from modelward.core.clock import Clock
from modelward.ui.health.cycles_list import CyclesList
from modelward.ui.health.missing_list import MissingList
from modelward.ui.health.review_list import ReviewList
from modelward.ui.kit.card import Card
from modelward.ui.kit.theme import SPACE, Theme
from modelward.ui.shell.layout_store import LayoutStore

_MISSING, _CYCLES, _REVIEW = range(3)


class ListsCard(Card):
    """What is still missing, the last cycles, and what waits for the person.

    The latter two are made when they are first wanted, which ``cycles_made`` and ``review_made`` tell: the start of the
    program waits for neither.
    """

    cycles_made = Signal(CyclesList)
    review_made = Signal(ReviewList)

    def __init__(self, theme: Theme, layout_store: LayoutStore, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName("Healing")
        self._theme = theme
        self._layout_store = layout_store
        self._clock = clock
        self.missing = MissingList(theme, layout_store, clock, self)
        self.tabs = QTabBar(self)
        self.tabs.setAccessibleName("Lists")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for words in ("Still missing", "Last cycles", "Waits for you"):
            self.tabs.addTab(words)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.missing)
        self.body.addWidget(self.tabs)
        self.body.addSpacing(SPACE // 2)
        self.body.addLayout(self._stack, 1)
        self.tabs.currentChanged.connect(self._on_tab_changed)

    @cached_property
    def cycles(self) -> CyclesList:
        """The last cycles."""
        made = CyclesList(self._theme, self._layout_store, self._clock, self)
        self._stack.addWidget(made)
        self.cycles_made.emit(made)
        return made

    @cached_property
    def review(self) -> ReviewList:
        """What waits for the person."""
        made = ReviewList(self._theme, self._layout_store, self)
        self._stack.addWidget(made)
        self.review_made.emit(made)
        return made

    def show_counts(self, missing: int, waiting: int) -> None:
        """Says on the tabs how many there are."""
        self.tabs.setTabText(_MISSING, f"Still missing  {missing:,}" if missing else "Still missing")
        self.tabs.setTabText(_REVIEW, f"Waits for you  {waiting:,}" if waiting else "Waits for you")

    def show_review(self) -> None:
        """Shows what waits for the person."""
        self.tabs.setCurrentIndex(_REVIEW)

    def show_cycles(self) -> None:
        """Shows the last cycles."""
        self.tabs.setCurrentIndex(_CYCLES)

    def _on_tab_changed(self, index: int) -> None:
        shown = (lambda: self.missing, lambda: self.cycles, lambda: self.review)[index]
        self._stack.setCurrentWidget(shown())
