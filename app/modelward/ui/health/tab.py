"""The Health tab: is what I know of the models complete, what is missing where, and what is done about it?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from modelward.catalog import health
from modelward.catalog.health import Health
from modelward.catalog.model import Field, Model
from modelward.core.changes import Changes
from modelward.core.clock import Clock, utc_now
from modelward.desk import Desk
from modelward.healing.model import Completion
from modelward.ui.health.chart_card import LONGEST, ChartCard
from modelward.ui.health.cycles_list import CyclesList
from modelward.ui.health.figures import Gaps, IncompleteModel, gaps, incomplete
from modelward.ui.health.gap_bars import GapsCard
from modelward.ui.health.lists_card import ListsCard
from modelward.ui.health.overview import OverviewCard
from modelward.ui.health.page import Page
from modelward.ui.health.review_list import ReviewList
from modelward.ui.health.standing import Standing
from modelward.ui.health.verbs import HealingVerbs
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.theme import Theme, Tone
from modelward.ui.shell.layout_store import LayoutStore

_EVERY_MS = 15_000


@dataclass(frozen=True, slots=True)
class _Counted:
    """What the models say of themselves, counted off the window's thread."""

    health: Health
    gaps: Gaps
    rows: list[IncompleteModel]


def _count(models: Sequence[Model]) -> _Counted:
    counted = health.count(models)
    return _Counted(counted, gaps(counted), incomplete(models))


class HealthTab(QWidget):
    """Completion now and over time, gaps by field and provider, and healing: how it stands, what it did, what is left.

    Signals: ``counted`` (the :class:`Health` now shown), ``filter_requested`` (a provider or "" for all, and a missing
    field), ``model_requested`` (a model's id), ``set_requested`` (a model's id and a field), ``survey_requested``,
    ``heal_requested``, ``zero_burn_requested``; ``changed`` carries what a verb changed.
    """

    counted = Signal(object)
    filter_requested = Signal(str, Field)
    model_requested = Signal(str)
    set_requested = Signal(str, Field)
    survey_requested = Signal()
    heal_requested = Signal()
    zero_burn_requested = Signal()
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
        self._theme = theme
        self._clock = clock
        self._health: Health | None = None
        self._reading: asyncio.Task[None] | None = None
        self._is_stale = True
        self.layout_store = layout_store
        self.notice = NoticeBar(self)
        self.waiting = NoticeBar(self, can_close=False)
        self.overview = OverviewCard(self)
        self.gaps = GapsCard(self)
        self.chart = ChartCard(self)
        self.standing = Standing(desk, self.overview, clock, self)
        self.verbs = HealingVerbs(desk, clock, self.notice, self)
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self._on_time_passed)

    async def finish(self) -> None:
        """Makes the lists, and puts everything in its place."""
        await asyncio.sleep(0)
        self.lists = ListsCard(self._theme, self.layout_store, self._clock, self)
        await asyncio.sleep(0)
        page = Page(
            self._theme,
            side=(self.overview, self.gaps),
            notices=(self.notice, self.waiting),
            chart=self.chart,
            lists=self.lists,
            parent=self,
        )
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(page)
        self._connect()

    # ------------------------------------------------------------ what the shell calls

    async def show_models(self, models: Sequence[Model]) -> None:
        """Counts these models, in a thread, and shows what came of it."""
        counted = await asyncio.to_thread(_count, models)
        self._health = counted.health
        self.overview.show_health(counted.health)
        self.gaps.show_gaps(counted.gaps)
        self.lists.missing.show_rows(counted.rows, counted.health)
        self.standing.show_health(counted.health)
        self.counted.emit(counted.health)

    def reload(self) -> None:
        """Reads anew what healing did and what is left, at once or when it is looked at."""
        self._is_stale = True
        if self.isVisible():
            self._read()

    def refresh_times(self) -> None:
        """Shows anew what depends on the present: how healing stands, and when it goes on."""
        self.standing.refresh()

    def stop(self) -> None:
        """Follows the desk and the time no longer."""
        self._timer.stop()
        self.standing.stop()

    @property
    def table(self) -> DataTable[IncompleteModel]:
        """The incomplete models."""
        return self.lists.missing.table

    @property
    def is_surveying(self) -> bool:
        """Whether it shows that a survey runs."""
        return not self.overview.survey.isEnabled()

    def show_surveying(self, *, is_running: bool) -> None:
        """A survey runs, or has ended."""
        self.overview.show_surveying(is_running=is_running)

    def focus_search(self) -> None:
        """Puts the cursor into the search of the incomplete models."""
        self.lists.missing.search.setFocus()

    # ------------------------------------------------------------ parts

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self.standing.refresh()
        if self._is_stale:
            self._read()

    def _connect(self) -> None:
        overview, missing = self.overview, self.lists.missing
        overview.survey_requested.connect(self.survey_requested)
        overview.heal_requested.connect(self.heal_requested)
        self.standing.broken_off.connect(lambda: self.changed.emit(Changes.everything()))
        overview.pause_requested.connect(self._on_pause_requested)
        overview.resume_requested.connect(self._on_resume_requested)
        overview.controls.zero_burn_requested.connect(self.zero_burn_requested)
        overview.controls.threshold_chosen.connect(lambda value: spawn(self.verbs.set_threshold(value), "threshold"))
        self.gaps.filter_requested.connect(self.filter_requested)
        missing.model_requested.connect(self.model_requested)
        missing.set_requested.connect(self.set_requested)
        missing.try_again_requested.connect(lambda ids: spawn(self.verbs.try_again(ids), "try again"))
        self.waiting.action_requested.connect(self.lists.show_review)
        self.lists.cycles_made.connect(self._on_cycles_made)
        self.lists.review_made.connect(self._on_review_made)
        self.verbs.changed.connect(self.changed)

    def _on_cycles_made(self, cycles: CyclesList) -> None:
        cycles.cycle_chosen.connect(self._on_cycle_chosen)
        cycles.fills.undo_requested.connect(lambda fill: spawn(self.verbs.undo_fill(fill), "undo"))
        cycles.fills.undo_cycle_requested.connect(lambda cycle: spawn(self.verbs.undo_cycle(cycle), "undo cycle"))

    def _on_review_made(self, review: ReviewList) -> None:
        review.accept_requested.connect(lambda ids: spawn(self.verbs.accept(ids), "accept"))
        review.reject_requested.connect(lambda ids: spawn(self.verbs.reject(ids), "reject"))

    # ------------------------------------------------------------ what is shown

    def _read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._is_stale = False
        self._reading = spawn(self._read_and_show(), "healing")

    async def _read_and_show(self) -> None:
        healing, now = self._desk.healing, self._clock()
        history = await healing.completion_history(now - LONGEST)
        if self._health is not None:
            self.chart.show_history(history, Completion(now, self._health.complete, self._health.total))
        await self._show_cycles()
        proposals = await healing.proposals()
        self.lists.review.show_proposals(proposals)
        self._show_waiting(len(proposals))
        # Last, as it looks at every model.
        self.lists.missing.show_attempts(await healing.left())

    async def _show_cycles(self) -> None:
        self.lists.cycles.show_cycles(await self._desk.healing.cycles())
        await self._show_fills()

    async def _show_fills(self) -> None:
        cycle = self.lists.cycles.chosen
        if cycle is not None:
            fills = await self._desk.healing.fills(cycle.id)
            if self.lists.cycles.chosen == cycle:
                self.lists.cycles.show_fills(cycle, fills)

    def _show_waiting(self, number: int) -> None:
        self.lists.show_counts(self._health.incomplete if self._health is not None else 0, number)
        if number:
            wait = "1 value waits" if number == 1 else f"{number:,} values wait"
            self.waiting.tell(f"{wait} for you.", tone=Tone.ATTENTION, action="Review")
        else:
            self.waiting.hide()

    # ------------------------------------------------------------ events

    @guarded
    def _on_time_passed(self) -> None:
        self.standing.refresh()
        self.table.viewport().update()
        if self.isVisible() and self.standing.is_healing:
            spawn(self._show_cycles(), "cycles")

    @guarded
    def _on_pause_requested(self, until: Any) -> None:
        self.verbs.pause(until)
        self.standing.refresh()

    @guarded
    def _on_resume_requested(self) -> None:
        self.verbs.resume()
        self.standing.refresh()

    @guarded
    def _on_cycle_chosen(self) -> None:
        spawn(self._show_fills(), "fills")
