"""The Ollama tab: are my local models intact?"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from modelward.core.changes import Changes
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import KnownError
from modelward.core.timetable import OLLAMA_WATCH
from modelward.desk import Desk
from modelward.ollama.model import GuardEvent, Overview
from modelward.ui.kit.card import Card
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.theme import SPACE, Theme
from modelward.ui.ollama.actions import TabActions
from modelward.ui.ollama.alerts import AlertsPanel
from modelward.ui.ollama.columns import columns, haystack
from modelward.ui.ollama.details import DetailsCard
from modelward.ui.ollama.following import Following
from modelward.ui.ollama.hints import Hint, hint_of
from modelward.ui.ollama.job_names import LOOK, PREFIX
from modelward.ui.ollama.lack import LackPage, lack_of
from modelward.ui.ollama.lists_card import ListsCard
from modelward.ui.ollama.page import Page, Room
from modelward.ui.ollama.rows import Count, Row, count, rows_of
from modelward.ui.ollama.server_card import Seen, ServerCard
from modelward.ui.ollama.verbs import OllamaVerbs
from modelward.ui.shell.layout_store import LayoutStore

_COLUMNS_KEY = "ollama/columns"
_EVERY_MS = 30_000
_LEAST_ROWS, _LEAST_BELOW = 3, 3


@dataclass(frozen=True, slots=True)
class _Reading:
    """All that the tab shows, and when it was read."""

    at: datetime
    overview: Overview
    events: Sequence[GuardEvent]
    rows: Sequence[Row]
    counted: Count
    free: int | None
    can_read: bool


class OllamaTab(QWidget):
    """The server and the vault, the models, what can be done with them, and what happened.

    Signals: ``changed`` carries what a verb changed, ``judged`` the alerts that are open.
    """

    changed = Signal(Changes)
    judged = Signal(object)

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
        self._layout_store = layout_store
        self._clock = clock
        self._reading: _Reading | None = None
        self._hint: Hint | None = None
        self._is_stale = True
        self._turn = asyncio.Lock()
        self.following = Following(desk.jobs, _is_followed, self)
        self.alerts = AlertsPanel(self)
        self.hint = NoticeBar(self, can_close=False)
        self.notice = NoticeBar(self)
        self.server = ServerCard(self.following, self)
        self.verbs = OllamaVerbs(desk, clock, self.following, self.notice, self)
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self._on_time_passed)

    async def finish(self) -> None:
        """Makes the lists and the card of a model, and puts everything in its place."""
        await asyncio.sleep(0)
        made = columns(self._clock, self.following.on_row)
        self.table: DataTable[Row] = DataTable(made, lambda row: row.title, haystack, self._theme, self)
        self.table.setAccessibleName("Local models")
        self.lack = LackPage(self)
        await asyncio.sleep(0)
        self.details = DetailsCard(self.following.on_layer, self)
        await asyncio.sleep(0)
        self.lists = ListsCard(self._theme, self._layout_store, self._clock, self)
        await asyncio.sleep(0)
        self._lay_out()
        await asyncio.sleep(0)
        self._deeds = TabActions(self.table, self.verbs, self)
        self._connect()
        self._show_lack()

    # ------------------------------------------------------------ what the shell calls

    async def reload(self) -> None:
        """Reads anew how all stands, at once or when it is looked at; the alerts at once in any case."""
        self._is_stale = True
        if self.isVisible():
            await self._read_and_show()
        else:
            self.judged.emit(await self._desk.ollama.alerts())

    def stop(self) -> None:
        """Follows the desk and the time no longer."""
        self._timer.stop()
        self.following.stop()

    def show_model(self, name: str) -> None:
        """Chooses a model in the list."""
        self.table.select_id(name)

    # ------------------------------------------------------------ parts

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        if self._is_stale:
            spawn(self._read_and_show(), "ollama")

    def _lay_out(self) -> None:
        self._list = Card("", self)
        margins = self._list.layout()
        assert margins is not None
        margins.setContentsMargins(SPACE, SPACE, SPACE, SPACE)  # cells have margins of their own
        self._list.setAccessibleName("Local models")
        # Not a stack, which would be as high as the higher of both.
        self._rows = Room(self.table, self._list)
        for widget in (self._rows, self.lack):
            self._list.body.addWidget(widget, 1)
        page = self._page = Page(
            self._theme,
            top=(self.alerts, self.hint, self.notice, self.server),
            lists=(self._list, self.lists),
            side=self.details,
            parent=self,
        )
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(page)
        self._size()

    def _size(self) -> None:
        row = self._theme.row_height
        self.table.setMinimumHeight(row * (_LEAST_ROWS + 1))
        for table in (self.lists.events, self.lists.strays):
            table.setMinimumHeight(row * _LEAST_BELOW)

    def _connect(self) -> None:
        self._theme.changed.connect(self._size)
        table, details = self.table, self.details
        table.row_changed.connect(self._on_row_changed)
        table.row_opened.connect(self._on_row_opened)
        table.header.restore(self._layout_store.text(_COLUMNS_KEY))
        table.header.layout_changed.connect(self._keep_columns)
        details.answers.span_chosen.connect(self._on_span_chosen)
        for signal in (self.following.moved, self.following.turned):
            signal.connect(self._on_following_moved)
        self._deeds.connect_card(self.server, self.lack)
        self._deeds.connect_details(details)
        self.hint.action_requested.connect(self._on_hint)
        self.alerts.action_requested.connect(self._deeds.follow_alert)
        self.alerts.new_vault_requested.connect(self._deeds.begin_vault)
        self.lists.remove_requested.connect(self._deeds.remove)
        self.verbs.changed.connect(self.changed)

    def _keep_columns(self) -> None:
        self._layout_store.keep(_COLUMNS_KEY, self.table.header.layout_text())

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

    async def _read(self) -> _Reading:
        overview = await self._desk.ollama.overview()
        events = await self._desk.ollama.events()
        return await asyncio.to_thread(_read_through, self._clock(), overview, events)

    def _show(self, reading: _Reading) -> None:
        overview, url = reading.overview, self._desk.ollama.url
        rows, counted = reading.rows, reading.counted
        self.server.show_seen(Seen(overview, counted, url, reading.free), self._clock())
        self._show_alerts(overview)
        self.table.set_rows(rows)
        self.lists.show_events(reading.events)
        self.lists.show_strays(overview.strays)
        self._show_lack()
        self._hint = hint_of(overview, counted, url) if rows else None
        if self._hint is not None:
            told = self._hint
            self.hint.tell(told.what, told.why, tone=told.tone, action=told.action.value)
        else:
            self.hint.hide()
        self._show_chosen()
        self.judged.emit(overview.alerts)

    def _show_alerts(self, overview: Overview) -> None:
        is_gone = overview.vault is not None and overview.vault.is_gone
        self.alerts.show_alerts(overview.alerts, self._clock(), is_vault_gone=is_gone)

    def _show_lack(self) -> None:
        reading = self._reading
        overview = reading.overview if reading else None
        lack = lack_of(overview, can_read=reading is None or reading.can_read)
        self._rows.setVisible(lack is None)
        self.lack.setVisible(lack is not None)
        self._page.show_side(is_shown=lack is None)
        self.lists.setVisible(lack is None or bool(reading and reading.events))
        if lack is not None:
            self.lack.show_lack(lack, overview, self._desk.ollama.url)

    def _show_chosen(self) -> None:
        row = self.table.current_row()
        self._deeds.allow()
        if row is None or self._reading is None:
            self.details.clear()
            return
        self.details.show_row(row, self._reading.overview.look, self._clock())
        spawn(self._show_samples(row.title), "answers")

    async def _show_samples(self, title: str) -> None:
        now = self._clock()
        samples = await self._desk.ollama.history(title, now - self.details.answers.span)
        row = self.table.current_row()
        if row is not None and row.title == title:
            self.details.show_samples(samples, now)

    # ------------------------------------------------------------ events

    @guarded
    def _on_time_passed(self) -> None:
        if not self.isVisible():
            return
        self.table.viewport().update()
        self.lists.events.viewport().update()
        if self._reading is not None:
            self._show_alerts(self._reading.overview)

    @guarded
    def _on_following_moved(self) -> None:
        self.table.viewport().update()
        self.details.layers.show_work()

    @guarded
    def _on_row_changed(self) -> None:
        self._show_chosen()

    @guarded
    def _on_row_opened(self) -> None:
        details = self.details
        buttons = (details.repair, details.verify, details.restore)
        next((button for button in buttons if button.isVisible()), details.export).setFocus()

    @guarded
    def _on_span_chosen(self) -> None:
        if (row := self.table.current_row()) is not None:
            spawn(self._show_samples(row.title), "answers")

    @guarded
    def _on_hint(self) -> None:
        if self._hint is not None:
            self._deeds.follow_hint(self._hint.action)


def _is_followed(job: str) -> bool:
    # A look every few minutes is over at once.
    return job.startswith(PREFIX) and job not in (OLLAMA_WATCH, LOOK)


def _read_through(at: datetime, overview: Overview, events: Sequence[GuardEvent]) -> _Reading:
    """What is told of an overview, and of the folder by a look at it. Blocking."""
    rows = rows_of(overview)
    free, can_read = None, True
    if overview.place is not None and overview.place.is_there:
        folder = overview.place.folder
        can_read = all(_can_read(each) for each in (folder, folder / "manifests", folder / "blobs"))
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(folder).free
    return _Reading(at, overview, events, rows, count(rows), free, can_read)


def _can_read(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK) or not os.access(folder, os.F_OK)
