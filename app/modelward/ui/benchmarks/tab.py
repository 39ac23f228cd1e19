"""The Benchmarks tab: what is fast, good and cheap enough?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from modelward.advice.figures import figures
from modelward.advice.model import Figures, Query, Recommendation, SweetSpot
from modelward.benchmarks.model import Batch, BatchState, CellProgress, Measurement, Result, UseCase, Workload
from modelward.core.changes import Changes
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import KnownError
from modelward.desk import Desk
from modelward.ui.benchmarks.advice_card import AdviceCard
from modelward.ui.benchmarks.job_names import MEASURE
from modelward.ui.benchmarks.look_card import LookCard
from modelward.ui.benchmarks.map_card import MapCard
from modelward.ui.benchmarks.page import Page
from modelward.ui.benchmarks.results_card import ResultsCard
from modelward.ui.benchmarks.rows import Lot, Row, lot_for, lots_of, rows_of
from modelward.ui.benchmarks.run_card import RunCard
from modelward.ui.benchmarks.verbs import BenchVerbs
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.theme import Theme
from modelward.ui.shell.layout_store import LayoutStore

_USE_CASE, _LEFT = "benchmarks/use_case", "benchmarks/left_alone"
_MOST_DOTS = 300
_FIRST_LINES = 3
_TELL_MS = 400
_CAN_GO_ON = frozenset({BatchState.PAUSED, BatchState.STOPPED, BatchState.PLANNED})


@dataclass(frozen=True, slots=True)
class _Reading:
    """All that the tab shows of results and advice."""

    results: Sequence[Result]
    workloads: Sequence[Workload]
    figures: dict[str, Figures]
    favourites: frozenset[str]
    found: Recommendation
    spot: SweetSpot


class BenchmarksTab(QWidget):
    """Cost against quality, advice, results, and the chosen models over time; above them the run that is under way.

    ``changed`` carries what a verb changed.
    """

    changed = Signal(Changes)

    def __init__(
        self,
        desk: Desk,
        theme: Theme,
        layout_store: LayoutStore,
        *,
        clock: Clock = utc_now,
        parent: QWidget | None = None,
    ) -> None:
        """The first half of it; :meth:`finish` makes the rest, so that the window reacts in between."""
        super().__init__(parent)
        self._desk = desk
        self._benchmarks = desk.benchmarks
        self._theme = theme
        self._layout_store = layout_store
        self._clock = clock
        self._query = Query(_kept_use_case(layout_store))
        self._reading: _Reading | None = None
        self._lot: Lot | None = None
        self._batch: Batch | None = None
        self._running: int | None = None
        self._has_chosen = False
        self._is_stale = True
        self._turn = asyncio.Lock()
        self.notice = NoticeBar(self)
        self.verbs = BenchVerbs(desk, self.notice, self)
        self.map = MapCard(self)
        self._soon = QTimer(self, singleShot=True, interval=_TELL_MS)
        self._soon.timeout.connect(self._on_soon)
        self._unsubscribe = self._benchmarks.subscribe(self._on_measured)

    async def finish(self) -> None:
        """Makes the other cards, and puts everything in its place."""
        await asyncio.sleep(0)
        self.advice = AdviceCard(self._theme, self)
        await asyncio.sleep(0)
        self.results = ResultsCard(self._theme, self._layout_store, self._clock, self)
        await asyncio.sleep(0)
        self.run_card = RunCard(self._theme, self)
        await asyncio.sleep(0)
        self.look = LookCard(self._benchmarks, self._theme, self._clock, self)
        await asyncio.sleep(0)
        page = Page(
            self._theme,
            top=(self.notice, self.run_card),
            cards=((self.map, self.advice), (self.results, self.look)),
            whole=self.advice,
            parent=self,
        )
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(page)
        self._make_actions()
        self._connect()
        self._show_controls()

    # ------------------------------------------------------------ what the shell calls

    async def reload(self) -> None:
        """Reads everything anew, at once or when it is looked at."""
        self._is_stale = True
        if self.isVisible():
            await self._read_and_show()

    def stop(self) -> None:
        """Follows the desk no longer."""
        self._unsubscribe()
        self._soon.stop()

    def focus_search(self) -> None:
        """Puts the cursor into the search of the results."""
        self.results.search.setFocus()

    @property
    def table(self) -> DataTable[Row]:
        """The results."""
        return self.results.table

    @property
    def is_measuring(self) -> bool:
        """Whether a run is under way that was started here."""
        return any(job.name == MEASURE for job in self._desk.jobs.running)

    # ------------------------------------------------------------ parts

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            spawn(self._read_and_show(), "benchmarks")

    def _connect(self) -> None:
        self.map.use_case_chosen.connect(self._on_use_case_chosen)
        self.map.threshold_chosen.connect(lambda value: spawn(self.verbs.set_threshold(value), "threshold"))
        self.map.model_chosen.connect(self._on_model_chosen)
        self.map.bench_requested.connect(self._on_bench)
        self.advice.bench_requested.connect(self._on_bench)
        self.advice.needs_requested.connect(lambda: spawn(self._ask_needs(), "needs"))
        self.advice.search_requested.connect(lambda: spawn(self.verbs.search(self._query), "search"))
        self.advice.routing_requested.connect(lambda: spawn(self.verbs.export_routing(self._query), "routing"))
        self.advice.division_requested.connect(lambda: spawn(self.verbs.plan_job(), "plan a job"))
        self.advice.model_requested.connect(self._on_model_chosen)
        self.results.lot_chosen.connect(self._on_lot_chosen)
        self.results.bench_requested.connect(self._on_bench)
        self.results.export_requested.connect(lambda: spawn(self.verbs.export(*self._exported()), "export"))
        self.results.import_requested.connect(lambda: spawn(self.verbs.take_in(), "import"))
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.table.row_opened.connect(self._on_row_opened)
        self.look.prove_requested.connect(lambda id_: spawn(self.verbs.prove(id_), "prove"))
        self.run_card.pause_requested.connect(self._benchmarks.pause)
        self.run_card.cancel_requested.connect(self.verbs.cancel)
        self.run_card.resume_requested.connect(self._on_resume)
        self.run_card.dismiss_requested.connect(self._on_dismiss)
        self.verbs.started.connect(self._on_started)
        self.verbs.ended.connect(lambda _id: spawn(self._show_run(), "run"))
        self.verbs.changed.connect(self.changed)

    def _make_actions(self) -> None:
        table = self.table
        first = table.actions()[0]
        for text, keys, slot in (
            ("Benchmark…", "Ctrl+B", self._on_bench_selected),
            ("Favourite", "Ctrl+D", self._on_star),
            ("Prove claims…", "Ctrl+P", self._on_prove),
            ("Export data…", "Ctrl+S", lambda: spawn(self.verbs.export(*self._exported()), "export")),
        ):
            action = QAction(text, table)
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(slot)
            table.insertAction(first, action)

    def _show_controls(self) -> None:
        self.map.show_controls(self._query.use_case, self._desk.preferences.settings.benchmarks.good_enough)

    # ------------------------------------------------------------ what is shown

    async def _read_and_show(self) -> None:
        async with self._turn:  # what was read last is shown last
            if not self._is_stale:
                return
            self._is_stale = False
            try:
                self._reading = await self._read()
            except KnownError as error:
                self.notice.tell(error.what, error.why, error.todo)
                return
            self._show(self._reading)
            await self._show_run()

    async def _read(self) -> _Reading:
        results = await self._benchmarks.results()
        known = await asyncio.to_thread(figures, results, self._query.use_case)
        return _Reading(
            results,
            await self._benchmarks.workloads(),
            known,
            await self._benchmarks.favourites(),
            await self._desk.advice.recommend(self._query, _MOST_DOTS),
            await self._desk.advice.sweet_spot(self._query),
        )

    def _show(self, reading: _Reading) -> None:
        self._show_controls()
        self.map.show_found(reading.found, reading.spot)
        self.advice.show_found(reading.found, reading.spot)
        self._show_rows(reading)

    def _show_rows(self, reading: _Reading) -> None:
        lots = lots_of(reading.results)
        if self._lot not in lots:
            self._lot = lot_for(lots, self._query.use_case, reading.workloads)
        pick = reading.spot.pick.model_id if reading.spot.pick is not None else None
        rows = (
            rows_of(reading.results, self._lot, reading.figures, favourites=reading.favourites, sweet_spot=pick)
            if self._lot is not None
            else []
        )
        self.results.show_rows(rows, self._lot, lots, reading.workloads)
        if rows and not self._has_chosen:
            self._choose_first()
        self._show_chosen()

    def _choose_first(self) -> None:
        """The sweet spot and its neighbours, so that there is something to look at."""
        self._has_chosen = True
        shown = list(self.table.rows.shown_rows())
        shown.sort(key=lambda row: not row.is_sweet_spot)
        self.table.choose([row.model_id for row in shown[:_FIRST_LINES]])

    def _show_chosen(self) -> None:
        rows = self.table.selected_rows()
        self.map.show_chosen(frozenset(row.model_id for row in rows))
        others = lots_of(self._reading.results) if self._reading is not None else ()
        self.look.show_rows(rows, others, self._reading.workloads if self._reading is not None else ())

    async def _show_run(self) -> None:
        """The run that is under way, or the last one where it can go on."""
        latest = await self._benchmarks.batches(1)
        self._batch = latest[0] if latest else None
        is_running = self.is_measuring and self._batch is not None and self._batch.state is BatchState.RUNNING
        if self._batch is None or not (is_running or self._is_offered(self._batch)):
            self.run_card.hide()
            return
        cells: Sequence[CellProgress] = await self._benchmarks.cells(self._batch.id) if is_running else ()
        listed = self._reading.workloads if self._reading is not None else ()
        self.run_card.show_run(self._batch, cells, listed, is_running=is_running)

    def _is_offered(self, batch: Batch) -> bool:
        is_left = self._layout_store.text(_LEFT) == str(batch.id)
        return batch.state in _CAN_GO_ON and not is_left and not self.is_measuring

    async def _ask_needs(self) -> None:
        asked = await self.verbs.ask_needs(self._query)
        if asked is not None:
            self._query = asked
            await self.reload()

    def _exported(self) -> tuple[list[str], str | None]:
        """The models that are chosen, or all, and the workload that is shown."""
        chosen = self.table.selected_rows()
        ids = [row.model_id for row in chosen] if len(chosen) > 1 else []
        return ids, self._lot.workload if self._lot is not None else None

    # ------------------------------------------------------------ events

    def _on_measured(self, call: Measurement) -> None:
        if call.batch is not None and call.batch == self._running:
            self.run_card.add(call)
        if not self._soon.isActive():
            self._soon.start()

    @guarded
    def _on_soon(self) -> None:
        if self.isVisible():
            spawn(self._show_run(), "run")

    @guarded
    def _on_started(self, batch_id: int) -> None:
        self._running = batch_id  # at once, as its first answers may come before it was read
        self.notice.hide()
        self.run_card.start()
        self._soon.start()

    @guarded
    def _on_use_case_chosen(self, key: str) -> None:
        self._query = replace(self._query, use_case=UseCase(key))
        self._layout_store.keep(_USE_CASE, key)
        self._lot = None
        spawn(self.reload(), "use case")

    @guarded
    def _on_lot_chosen(self, lot: Lot) -> None:
        self._lot = lot
        if self._reading is not None:
            self._show_rows(self._reading)

    @guarded
    def _on_model_chosen(self, model_id: str) -> None:
        self.table.select_id(model_id)

    @guarded
    def _on_selection_changed(self) -> None:
        self._show_chosen()

    @guarded
    def _on_row_opened(self) -> None:
        self.look.show_tab(self.look.tabs.count() - 1)

    @guarded
    def _on_bench(self, ids: Sequence[str] | None = None) -> None:
        spawn(self.verbs.bench(list(ids or ()), self._workload_name(), is_proposal=True), "benchmark")

    @guarded
    def _on_bench_selected(self) -> None:
        ids = [row.model_id for row in self.table.selected_rows()]
        spawn(self.verbs.bench(ids, self._workload_name()), "benchmark")

    @guarded
    def _on_star(self) -> None:
        rows = self.table.selected_rows()
        if rows:
            is_on = not all(row.is_favourite for row in rows)
            spawn(self.verbs.star([row.model_id for row in rows], on=is_on), "favourite")

    @guarded
    def _on_prove(self) -> None:
        if (row := self.table.current_row()) is not None:
            self.look.show_tab(self.look.tabs.count() - 2)
            spawn(self.verbs.prove(row.model_id), "prove")

    @guarded
    def _on_resume(self) -> None:
        if self._batch is not None:
            spawn(self.verbs.run(self._batch.id), "go on")

    @guarded
    def _on_dismiss(self) -> None:
        if self._batch is not None:
            self._layout_store.keep(_LEFT, str(self._batch.id))
        self.run_card.hide()

    def _workload_name(self) -> str:
        """The suite of the use case, by which models are told apart."""
        listed = self._reading.workloads if self._reading is not None else ()
        return next((each.name for each in listed if each.use_case is self._query.use_case), "")


def _kept_use_case(layout_store: LayoutStore) -> UseCase:
    kept = layout_store.text(_USE_CASE)
    return UseCase(kept) if kept in list(UseCase) else UseCase.CODE_GENERATION
