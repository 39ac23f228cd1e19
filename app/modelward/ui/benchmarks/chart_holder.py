"""The place of a chart: what stands there while it is empty, and the chart once it is wanted and loaded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from modelward.ui.kit import pictures
from modelward.ui.kit.card import EmptyState
from modelward.ui.kit.slots import guarded, spawn

if TYPE_CHECKING:
    from modelward.ui.kit.plots_chart import Chart

    C = TypeVar("C", bound=Chart)
else:
    C = TypeVar("C")


class ChartHolder(QWidget, Generic[C]):
    """Shows its chart, or why there is none. What draws it is loaded when the place is first seen.

    ``made``: the chart is there by now; ``wanted``: the person takes the way out that the empty place offers.
    """

    made = Signal()
    wanted = Signal()

    def __init__(
        self,
        make: Callable[[QWidget], Awaitable[C]],
        file_name: str,
        table: Callable[[], str],
        parent: QWidget | None = None,
    ) -> None:
        """``make`` makes the chart; ``table`` gives what it shows as CSV, for the file of that name."""
        super().__init__(parent)
        self._make = make
        self._file_name = file_name
        self._table = table
        self._is_wanted = False
        self._is_empty = True
        self.chart: C | None = None
        self.empty = EmptyState("benchmarks", "", "", self)
        self.empty.action_requested.connect(self.wanted)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self.empty, 1)

    def say(self, sentence: str, action: str = "") -> None:
        """There is nothing to draw: why, and what to do."""
        self._is_empty = True
        self.empty.show_sentence(sentence, action)
        self._show()

    def show_chart(self) -> None:
        """There is something to draw."""
        self._is_empty = False
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._is_wanted:
            self._is_wanted = True
            spawn(self._load(), "chart")

    async def _load(self) -> None:
        chart = self.chart = await self._make(self)
        for words, slot in (("Save as picture…", self._save_picture), ("Save as table…", self._save_table)):
            action = QAction(words, chart.view)
            action.triggered.connect(partial(_start, slot))
            chart.view.addAction(action)
        self._column.addWidget(chart, 1)
        self.made.emit()
        self._show()

    @guarded
    def _show(self) -> None:
        self.empty.setVisible(self._is_empty)
        if self.chart is not None:
            self.chart.setVisible(not self._is_empty)

    async def _save_picture(self) -> None:
        if self.chart is not None:
            await pictures.save_picture(self, self._file_name, self.chart.size(), self.chart.draw)

    async def _save_table(self) -> None:
        await pictures.save_table(self, self._file_name, self._table())


def _start(slot: Callable[[], Coroutine[Any, Any, None]], _checked: bool = False) -> None:
    spawn(slot(), "save the chart")
