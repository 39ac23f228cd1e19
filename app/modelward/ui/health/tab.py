"""The Health tab: is what I know of the models complete, and what is missing where?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from modelward.catalog import health
from modelward.catalog.health import Health
from modelward.catalog.model import Field, Model
from modelward.ui.health.columns import COLUMNS, haystack
from modelward.ui.health.figures import Gaps, IncompleteModel, gaps, incomplete
from modelward.ui.health.gap_bars import GapsCard
from modelward.ui.health.overview import OverviewCard
from modelward.ui.kit.card import Card, EmptyState
from modelward.ui.kit.controls import SearchBox
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme
from modelward.ui.shell.layout_store import LayoutStore

_SIDE_WIDTH = 384
_SEARCH_WIDTH = 240
_MISSING = next(at for at, column in enumerate(COLUMNS) if column.key == "missing")
_LAYOUT = "health/columns"


@dataclass(frozen=True, slots=True)
class _Reading:
    """All that the tab shows, counted off the window's thread."""

    health: Health
    gaps: Gaps
    rows: list[IncompleteModel]


def _read(models: Sequence[Model]) -> _Reading:
    counted = health.count(models)
    return _Reading(counted, gaps(counted), incomplete(models))


class HealthTab(QWidget):
    """Completion, gaps by field and provider, and the incomplete models.

    Signals: ``counted`` (the :class:`Health` now shown), ``filter_requested`` (a provider or "" for all, and a missing
    field), ``model_requested`` (a model's id), ``survey_requested``.
    """

    counted = Signal(object)
    filter_requested = Signal(str, Field)
    model_requested = Signal(str)
    survey_requested = Signal()

    def __init__(self, theme: Theme, layout_store: LayoutStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.layout_store = layout_store
        self.overview = OverviewCard(self)
        self.overview.survey_requested.connect(self.survey_requested)
        self.gaps = GapsCard(self)
        self.gaps.filter_requested.connect(self.filter_requested)
        self.search = SearchBox("Search this list", parent=self)
        self.table: DataTable[IncompleteModel] = DataTable(COLUMNS, lambda row: row.model.id, haystack, theme, self)
        self.shown = Text("", "small", self)
        self.empty = EmptyState("check", "", "", self)
        self._list = self._list_card()
        self._lay_out()
        self._connect()

    async def show_models(self, models: Sequence[Model]) -> None:
        """Counts these models, in a thread, and shows what came of it."""
        reading = await asyncio.to_thread(_read, models)
        self.overview.show_health(reading.health)
        self.gaps.show_gaps(reading.gaps)
        self.table.set_rows(reading.rows)
        self._show_list_or_words(reading.health)
        self.counted.emit(reading.health)

    @property
    def is_surveying(self) -> bool:
        """Whether it shows that a survey runs."""
        return not self.overview.survey.isEnabled()

    def show_surveying(self, *, is_running: bool) -> None:
        """A survey runs, or has ended."""
        self.overview.show_surveying(is_running=is_running)

    def focus_search(self) -> None:
        """Puts the cursor into the search of the incomplete models."""
        self.search.setFocus()

    def _list_card(self) -> Card:
        card = Card("What is still missing", self)
        card.add_action(self.shown)
        card.add_action(self.search)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        card.body.addLayout(self._stack, 1)
        return card

    def _lay_out(self) -> None:
        side = QWidget(self)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.overview)
        column.addWidget(self.gaps)
        column.addStretch(1)
        self._side = QScrollArea(self)
        self._side.setWidgetResizable(True)
        self._side.setFrameShape(QScrollArea.Shape.NoFrame)
        self._side.setWidget(side)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        row.setSpacing(2 * SPACE)
        row.addWidget(self._side)
        row.addWidget(self._list, 1)
        self._dress()

    def _connect(self) -> None:
        self._theme.changed.connect(self._dress)
        self.search.textChanged.connect(self.table.rows.set_search)
        self.table.shown_changed.connect(self._on_table_shown_changed)
        self.table.row_opened.connect(self.model_requested)
        # Those that lack most come first, until the person sorts otherwise.
        self.table.sortByColumn(_MISSING, Qt.SortOrder.AscendingOrder)
        self.table.header.restore(self.layout_store.text(_LAYOUT))
        self.table.header.layout_changed.connect(self._on_header_layout_changed)

    def _dress(self) -> None:
        self._side.setFixedWidth(self._theme.scaled(_SIDE_WIDTH))
        self.search.setMaximumWidth(self._theme.scaled(_SEARCH_WIDTH))

    def _show_list_or_words(self, counted: Health) -> None:
        is_listed = counted.incomplete > 0
        self._stack.setCurrentWidget(self.table if is_listed else self.empty)
        self.search.setVisible(is_listed)
        if counted.total == 0:
            self.empty.show_sentence("The catalogue is empty. Drop a list of models on the window to fill it.")
        elif not is_listed:
            self.empty.show_sentence("All models are complete.")

    def _on_table_shown_changed(self) -> None:
        shown, total = self.table.rows.rowCount(), self.table.rows.total
        self.shown.setText(f"{shown:,} of {total:,}" if shown != total else f"{total:,} models" if total else "")

    def _on_header_layout_changed(self) -> None:
        self.layout_store.keep(_LAYOUT, self.table.header.layout_text())
