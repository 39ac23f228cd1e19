"""The card that looks at the chosen models: over time, beside each other, how values lie, claims, single calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QWidget,
)

from modelward.benchmarks.model import Metric, Workload
from modelward.benchmarks.service import BenchmarkService
from modelward.core.clock import Clock
from modelward.ui.benchmarks import looking
from modelward.ui.benchmarks.calls_panel import CallsPanel
from modelward.ui.benchmarks.chart_holder import ChartHolder
from modelward.ui.benchmarks.claims_panel import ClaimsPanel
from modelward.ui.benchmarks.figures import FIGURES
from modelward.ui.benchmarks.menu_button import MenuButton
from modelward.ui.benchmarks.rows import Lot, Row
from modelward.ui.benchmarks.scrolled import scrolled
from modelward.ui.benchmarks.sheets import as_csv
from modelward.ui.benchmarks.wording import workload_title
from modelward.ui.kit.card import Card
from modelward.ui.kit.chart_data import Bar, Heap, Line
from modelward.ui.kit.charting import load_bars, load_heap, load_trend
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme

if TYPE_CHECKING:
    from modelward.ui.kit.plots_bars import BarPlot
    from modelward.ui.kit.plots_heap import HeapPlot
    from modelward.ui.kit.plots_trend import TrendPlot

_SPANS = (("Week", timedelta(days=7)), ("Month", timedelta(days=30)), ("Year", timedelta(days=365)))
_FIRST_SPAN = 1
_TREND, _BARS, _HEAP, _CLAIMS, _CALLS = range(5)
_TABS = ("Over time", "Compare", "Spread", "Claims", "Calls")
_CHOOSE = "Choose a model in the table, or several with Ctrl."
_NO_TREND = "It was not measured in this time. Make it a favourite (★) to have it measured by the clock."
_NO_VALUES = "There are no values of this figure. Choose another, or measure the model."
_NOTES = {
    _TREND: "Line: the median. Band: 5th to 95th percentile.",
    _BARS: "Bar: the mean. Line across: where it lies with 95 % confidence; it takes five calls.",
    _HEAP: "Share of the calls of the last 30 days. Dashed: the median and the 95th percentile.",
}
_HEAP_DAYS = timedelta(days=30)
_MOST_LOTS = 4


class LookCard(Card):
    """What is shown belongs to the rows that are chosen. ``prove_requested`` carries a model's id."""

    prove_requested = Signal(str)

    def __init__(self, benchmarks: BenchmarkService, theme: Theme, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName("The chosen models")
        self._benchmarks = benchmarks
        self._theme = theme
        self._clock = clock
        self._rows: Sequence[Row] = ()
        self._lots: Sequence[Lot] = ()
        self._listed: Sequence[Workload] = ()
        self._metric = Metric.DECODE
        self._span = _FIRST_SPAN
        self._reading: asyncio.Task[None] | None = None
        self._lines: Sequence[Line] = ()
        self._bars: Sequence[Bar] = ()
        self._heaps: Sequence[Heap] = ()
        self.tabs = QTabBar(self)
        self.tabs.setAccessibleName("Views of the chosen models")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for words in _TABS:
            self.tabs.addTab(words)
        self.figure = MenuButton("Figure", "", self)
        self.spans = self._span_buttons()
        self.note = Text("", "small", self, wraps=True)
        self.trend: ChartHolder[TrendPlot] = ChartHolder(self._make_trend, "trend", self._trend_table, self)
        self.bars: ChartHolder[BarPlot] = ChartHolder(self._make_bars, "comparison", self._bars_table, self)
        self._bars_area = scrolled(self.bars, self)  # there may be more bars than room
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.trend)
        self._stack.addWidget(self._bars_area)
        self._lay_out()
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.figure.chosen.connect(self._on_metric_chosen)
        self.trend.made.connect(self._draw_trend)
        self.bars.made.connect(self._draw_bars)
        self._show_metric()
        self._show_tools()

    def show_rows(self, rows: Sequence[Row], lots: Sequence[Lot], listed: Sequence[Workload]) -> None:
        """Shows these models, the first ones where they are many; ``lots``: what else they were measured with."""
        self._rows, self._lots, self._listed = rows, lots, listed
        self._read()

    def show_tab(self, number: int) -> None:
        """Opens one of the views."""
        self.tabs.setCurrentIndex(number)

    # ------------------------------------------------------------ views that are made when they are first wanted

    @cached_property
    def heap(self) -> ChartHolder[HeapPlot]:
        """How the values lie."""
        holder: ChartHolder[HeapPlot] = ChartHolder(self._make_heap, "spread", self._heap_table, self)
        holder.made.connect(self._draw_heap)
        self._stack.addWidget(holder)
        return holder

    @cached_property
    def claims(self) -> ClaimsPanel:
        """What is claimed, and what was proven."""
        panel = ClaimsPanel(self._theme, self._clock, self)
        panel.prove_requested.connect(self.prove_requested)
        self._stack.addWidget(panel)
        return panel

    @cached_property
    def calls(self) -> CallsPanel:
        """The single calls."""
        panel = CallsPanel(self._benchmarks, self._theme, self)
        self._stack.addWidget(panel)
        return panel

    async def _make_trend(self, parent: QWidget) -> TrendPlot:
        return (await load_trend())("Over time", FIGURES[self._metric].say, parent)

    async def _make_bars(self, parent: QWidget) -> BarPlot:
        return (await load_bars())("Comparison", FIGURES[self._metric].say, parent)

    async def _make_heap(self, parent: QWidget) -> HeapPlot:
        return (await load_heap())("Spread", FIGURES[self._metric].say, parent)

    # ------------------------------------------------------------ reading and drawing

    def _read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._reading = spawn(self._read_and_show(), "look at models")

    async def _read_and_show(self) -> None:
        tab, rows, now = self.tabs.currentIndex(), self._rows, self._clock()
        match tab:
            case 0:
                await self._read_trend(now)
            case 1:
                self._bars = looking.bars(rows, self._metric)
                self._draw_bars()
            case 2:
                self._heaps = await looking.heaps(self._benchmarks, rows, self._metric, now - _HEAP_DAYS)
                self._draw_heap()
            case 3:
                first = rows[0].model_id if rows else None
                proofs = await self._benchmarks.proofs(first) if first is not None else ()
                self.claims.show_proofs(first, proofs)
            case _:
                await self.calls.show_rows(rows)

    async def _read_trend(self, now: datetime) -> None:
        rows = self._rows
        shown = rows[0].lot if rows else None
        # Suites are asked seldom; what is measured by the clock has a history.
        lots = [*([shown] if shown else []), *(lot for lot in self._lots if lot != shown)][:_MOST_LOTS]
        since = self._since(now)
        self._lines, lot = await looking.lines_of_any(self._benchmarks, rows, lots, self._metric, since)
        what = f" Measured with: {workload_title(lot.workload, self._listed)}." if lot and lot != shown else ""
        self.note.setText(f"{_NOTES[_TREND]}{what}")
        self._draw_trend()

    def _since(self, now: datetime) -> datetime:
        return now - _SPANS[self._span][1]

    @guarded
    def _draw_trend(self) -> None:
        has_any = any(line.points for line in self._lines)
        if not has_any:
            self.trend.say(_NO_TREND if self._rows else _CHOOSE)
            return
        self.trend.show_chart()
        if self.trend.chart is not None:
            now = self._clock()
            first, say = self._since(now).timestamp(), FIGURES[self._metric].say
            self.trend.chart.show_lines(self._lines, first, now.timestamp(), say)

    @guarded
    def _draw_bars(self) -> None:
        if not self._bars:
            self.bars.say(_NO_VALUES if self._rows else _CHOOSE)
            return
        self.bars.show_chart()
        if self.bars.chart is not None:
            self.bars.chart.show_bars(self._bars, FIGURES[self._metric].say)

    @guarded
    def _draw_heap(self) -> None:
        if not any(len(heap.values) for heap in self._heaps):
            self.heap.say(_NO_VALUES if self._rows else _CHOOSE)
            return
        self.heap.show_chart()
        if self.heap.chart is not None:
            self.heap.chart.show_heaps(self._heaps, FIGURES[self._metric].say)

    # ------------------------------------------------------------ tables of what is drawn

    def _trend_table(self) -> str:
        rows = ((line.key, point.at.isoformat(), *point[1:]) for line in self._lines for point in line.points)
        return as_csv(("model", "at", "p5", "p50", "p95"), rows)

    def _bars_table(self) -> str:
        return as_csv(("model", "mean", "low", "high"), ((b.key, b.value, b.low, b.high) for b in self._bars))

    def _heap_table(self) -> str:
        return as_csv(("model", self._metric.value), ((h.key, value) for h in self._heaps for value in h.values))

    # ------------------------------------------------------------ parts

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(SPACE // 2)
        tools.addWidget(self.figure)
        tools.addStretch(1)
        for button in self.spans.buttons():
            tools.addWidget(button)
        self.body.addWidget(self.tabs)
        self.body.addLayout(tools)
        self.body.addWidget(self._stack, 1)
        self.body.addWidget(self.note)

    def _span_buttons(self) -> QButtonGroup:
        group = QButtonGroup(self)
        for number, (words, _span) in enumerate(_SPANS):
            button = QPushButton(words, self)
            button.setProperty("role", "quiet")
            button.setCheckable(True)
            button.setChecked(number == _FIRST_SPAN)
            button.setAccessibleName(f"The last {words.lower()}")
            group.addButton(button, number)
        group.idClicked.connect(self._on_span_clicked)
        return group

    def _show_metric(self) -> None:
        self.figure.show_choices([(each.value, figure.title) for each, figure in FIGURES.items()], self._metric.value)
        self.figure.setToolTip(FIGURES[self._metric].explained)

    def _show_tools(self) -> None:
        tab = self.tabs.currentIndex()
        self.figure.setVisible(tab in _NOTES)
        for button in self.spans.buttons():
            button.setVisible(tab == _TREND)
        self.note.setText(_NOTES.get(tab, ""))
        self.note.setVisible(tab in _NOTES)

    @guarded
    def _on_tab_changed(self) -> None:
        self._show_tools()
        match self.tabs.currentIndex():
            case 0:
                shown: QWidget = self.trend
            case 1:
                shown = self._bars_area
            case 2:
                shown = self.heap
            case 3:
                shown = self.claims
            case _:
                shown = self.calls
        self._stack.setCurrentWidget(shown)
        self._read()

    @guarded
    def _on_metric_chosen(self, key: str) -> None:
        self._metric = Metric(key)
        self._show_metric()
        self._read()

    @guarded
    def _on_span_clicked(self, number: int) -> None:
        self._span = number
        self._read()
