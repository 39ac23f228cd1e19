"""Chooses models to be measured: a list with search, favourites and local ones, of which some are ticked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from modelward.ui.benchmarks.wording import name_of, per_million
from modelward.ui.catalog.names import provider_name
from modelward.ui.kit.controls import FilterChip, SearchBox
from modelward.ui.kit.rows import CellTag, Column
from modelward.ui.kit.slots import guarded
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Tone


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that can be chosen; prices in USD per 1M tokens. ``is_at_hand``: its provider is in use."""

    model_id: str
    price_input: Decimal | None
    price_output: Decimal | None
    is_local: bool = False
    is_favourite: bool = False
    is_at_hand: bool = False


class _Table(DataTable[Choice]):
    """Space ticks the selected rows."""

    ticked = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.ticked.emit()
        else:
            super().keyPressEvent(event)


class ModelPicker(QWidget):
    """``changed``: others are ticked. A click, Enter or Space ticks a model, and takes the tick away."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ticked: dict[str, None] = {}
        self.search = SearchBox("Find a model", "", self)
        self.favourites = FilterChip("Favourites", self, is_switch=True)
        self.local = FilterChip("Local", self, is_switch=True)
        self.at_hand = FilterChip("In use", self, is_switch=True)
        self.only_ticked = FilterChip("Chosen", self, is_switch=True)
        self.table = _Table(self._columns(), lambda each: each.model_id, _haystack, theme, self)
        self.table.setAccessibleName("Models to measure")
        self.counted = Text("", "small", self)
        self.clear = QPushButton("Clear", self)
        self.clear.setProperty("role", "link")
        self._lay_out()
        self._connect()
        self._show()

    @property
    def _chips(self) -> tuple[FilterChip, ...]:
        return self.favourites, self.local, self.at_hand, self.only_ticked

    @property
    def ticked(self) -> list[str]:
        """The ids of what is ticked, in the order in which it was."""
        return list(self._ticked)

    def show_choices(self, choices: Sequence[Choice], ticked: Collection[str]) -> None:
        """Offers these models, of which some are ticked already."""
        known = {each.model_id for each in choices}
        self._ticked = dict.fromkeys(id_ for id_ in ticked if id_ in known)
        self.table.header.setSortIndicator(0 if self._ticked else 1, Qt.SortOrder.AscendingOrder)
        self.table.set_rows(choices)
        has_any = any(each.is_at_hand for each in choices)
        self.at_hand.setVisible(has_any)
        self.at_hand.show_value("on" if has_any else None)  # the others cannot be asked
        self._filter()
        self.favourites.setVisible(any(each.is_favourite for each in choices))
        self.local.setVisible(any(each.is_local for each in choices))
        self._show()

    def _columns(self) -> tuple[Column[Choice], ...]:
        return (
            Column(
                "tick",
                "✓",
                text=lambda each: "chosen" if each.model_id in self._ticked else "",
                sort=lambda each: 0 if each.model_id in self._ticked else 1,
                tags=lambda each: (CellTag("✓", Tone.ACCENT),) if each.model_id in self._ticked else (),
                explained="What will be measured",
                width=44,
            ),
            Column(
                "model",
                "Model",
                text=lambda each: name_of(each.model_id),
                sort=lambda each: each.model_id.casefold(),
                copied=lambda each: each.model_id,
                tooltip=lambda each: each.model_id,
                width=190,
                is_strong=True,
                takes_slack=True,
            ),
            Column(
                "in",
                "$ in",
                text=lambda each: per_million(each.price_input),
                sort=lambda each: each.price_input,
                explained="USD per 1M tokens read",
                width=70,
                is_number=True,
            ),
            Column(
                "out",
                "$ out",
                text=lambda each: per_million(each.price_output),
                sort=lambda each: each.price_output,
                explained="USD per 1M tokens written",
                width=74,
                is_number=True,
            ),
        )

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(SPACE)
        tools.addWidget(self.search, 1)
        for chip in self._chips:
            tools.addWidget(chip)
        foot = QHBoxLayout()
        foot.addWidget(self.counted, 1)
        foot.addWidget(self.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(tools)
        column.addWidget(self.table, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.search.textChanged.connect(self.table.rows.set_search)
        for chip in self._chips:
            chip.opened.connect(self._filter)
            chip.cleared.connect(self._filter)
        self.table.clicked.connect(self._on_clicked)
        self.table.row_opened.connect(self._on_opened)
        self.table.ticked.connect(self._on_space)
        self.clear.clicked.connect(self._on_clear)

    @guarded
    def _filter(self) -> None:
        tests = []
        if self.favourites.value is not None:
            tests.append(lambda each: each.is_favourite)
        if self.local.value is not None:
            tests.append(lambda each: each.is_local)
        if self.at_hand.value is not None:
            tests.append(lambda each: each.is_at_hand or each.model_id in self._ticked)
        if self.only_ticked.value is not None:
            tests.append(lambda each: each.model_id in self._ticked)
        self.table.rows.set_filter(tests)

    @guarded
    def _on_clicked(self, index: QModelIndex) -> None:
        self._turn([self.table.rows.id_at(index.row())])

    @guarded
    def _on_opened(self, id_: str) -> None:
        # A double click has ticked it twice by now, Enter not yet.
        if id_ not in self._ticked:
            self._turn([id_])

    @guarded
    def _on_space(self) -> None:
        self._turn([each.model_id for each in self.table.selected_rows()])

    @guarded
    def _on_clear(self) -> None:
        self._turn(self.ticked)
        self._filter()

    def _turn(self, ids: Sequence[str]) -> None:
        """Ticks these, or takes the ticks away where all of them have one."""
        if all(id_ in self._ticked for id_ in ids):
            for id_ in ids:
                del self._ticked[id_]
        else:
            self._ticked |= dict.fromkeys(ids)
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        count = len(self._ticked)
        self.counted.setText("None chosen yet" if not count else f"{count:,} chosen")
        self.clear.setVisible(count > 0)
        self.only_ticked.setVisible(count > 0)
        self.table.viewport().update()


def _haystack(each: Choice) -> str:
    return f"{each.model_id} {provider_name(each.model_id.partition('/')[0])}"
