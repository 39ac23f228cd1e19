"""The Backups tab: could I get yesterday back?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from modelward.backups import records
from modelward.backups.model import Backup, BackupHealth, Kind, State
from modelward.backups.upkeep import DRILL_EVERY
from modelward.core.changes import Changes
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import KnownError
from modelward.core.progress import Progress
from modelward.desk import Desk
from modelward.ui.backups import wording
from modelward.ui.backups.columns import columns
from modelward.ui.backups.details import DetailsCard
from modelward.ui.backups.hours import Day, last_weeks
from modelward.ui.backups.next_card import NextCard
from modelward.ui.backups.next_runs import next_runs
from modelward.ui.backups.overview import OverviewCard
from modelward.ui.backups.space import SpaceCard
from modelward.ui.backups.verbs import BackupVerbs
from modelward.ui.kit.card import Card, EmptyState
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.theme import SPACE, Theme, Tone
from modelward.ui.shell.layout_store import LayoutStore

_COLUMNS_KEY = "backups/columns"
_SIDE_WIDTH, _SIDE_SHARE = 356, 0.42
_EVERY_MS = 30_000
_FRESH = timedelta(seconds=_EVERY_MS / 1000)


@dataclass(frozen=True, slots=True)
class _Reading:
    """All that the tab shows, and when it was read."""

    at: datetime
    backups: Sequence[Backup]
    health: BackupHealth
    days: tuple[Day, ...]
    rows_today: Mapping[str, int]
    asks_first: bool


class BackupsTab(QWidget):
    """The age of the newest safe state, the hours one can go back to, the copies, and what can be done with them.

    Signals: ``changed`` carries what a verb changed, ``judged`` the health that is shown (also as time goes by).
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
        super().__init__(parent)
        self._desk = desk
        self._theme = theme
        self._layout_store = layout_store
        self._clock = clock
        self._reading: _Reading | None = None
        self._turn = asyncio.Lock()
        self.attention = NoticeBar(self, can_close=False)
        self.notice = NoticeBar(self)
        self.overview = OverviewCard(self)
        self.table: DataTable[Backup] = DataTable(columns(clock), lambda row: row.id, wording.haystack, theme, self)
        self.table.setAccessibleName("Backups")
        self.empty = EmptyState("backups", "", "", self)
        self.details = DetailsCard(self)
        self.space = SpaceCard(self)
        self.next = NextCard(self)
        self.plan = QPushButton("Rule…", self)
        self.verify_all = QPushButton("Verify all", self)
        self.back_up = QPushButton("Back up now", self)
        self.verbs = BackupVerbs(desk, theme, clock, self.notice, self)
        self._list = self._list_card()
        self._lay_out()
        self._make_actions()
        self._connect()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._on_time_passed)

    # ------------------------------------------------------------ what the shell calls

    async def reload(self) -> None:
        """Reads the copies anew and shows them."""
        async with self._turn:  # what was read last is shown last
            await self._read_and_show()

    async def _read_and_show(self) -> None:
        try:
            reading = await self._read()
        except KnownError as error:
            self.attention.tell(error.what, error.why, error.todo, tone=Tone.TROUBLE)
            self._show_empty(str(error))
            return
        self._reading = reading
        self.table.set_rows(reading.backups)
        self._stack.setCurrentIndex(0 if reading.backups else 1)
        if not reading.backups:
            self._show_empty("No copy has been made yet. The first one is made by itself, two minutes after the start.")
        self._list.set_title(_copies(reading.backups))
        self.overview.show_days(reading.days)
        self.space.show_space(reading.backups, reading.health)
        self._show_attention(reading)
        self._show_chosen()
        self._show_times()
        self._timer.start()

    def refresh_times(self) -> None:
        """Shows anew what depends on the present: ages, and what comes next."""
        self._show_times()

    def stop(self) -> None:
        """Follows time no longer."""
        self._timer.stop()

    def show_backup(self, backup_id: str) -> None:
        """Chooses a copy in the list."""
        self.table.select_id(backup_id)

    # ------------------------------------------------------------ parts

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._size()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # A command may have made copies beside this window.
        if self._reading is not None and self._clock() - self._reading.at > _FRESH:
            spawn(self.reload(), "backups")

    def _list_card(self) -> Card:
        card = Card("", self)
        self.back_up.setProperty("role", "primary")
        self.plan.setToolTip("What the rule keeps, what goes, and why")
        self.plan.setAccessibleName("The rule of what is kept")
        for button in (self.plan, self.verify_all, self.back_up):
            card.add_action(button)
        holder = QWidget(card)
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        card.body.addWidget(holder, 1)
        return card

    def _lay_out(self) -> None:
        left, column = self._column()
        column.addWidget(self.overview)
        column.addWidget(self._list, 1)
        self._side, column = self._column()
        for card in (self.details, self.next, self.space):
            column.addWidget(card)
        column.addStretch(1)
        parts = QHBoxLayout()
        parts.setSpacing(2 * SPACE)
        parts.addWidget(left, 1)
        parts.addWidget(self._side)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        whole.setSpacing(2 * SPACE)
        whole.addWidget(self.attention)
        whole.addWidget(self.notice)
        whole.addLayout(parts, 1)
        self._size()

    def _column(self) -> tuple[QScrollArea, QVBoxLayout]:
        """A column of cards, which scrolls where large text or a small window leave no room for all of it."""
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        return scroll, column

    def _size(self) -> None:
        self.table.setMinimumHeight(self._theme.row_height * 6)
        wanted, most = self._theme.scaled(_SIDE_WIDTH), round(self.width() * _SIDE_SHARE)
        self._side.setFixedWidth(max(self._theme.scaled(200), min(wanted, most)))

    def _make_actions(self) -> None:
        first_copy = self.table.actions()[0]
        self._restore = self._action("Restore…", "Ctrl+R", self._on_restore, first_copy)
        self._verify = self._action("Verify", "Ctrl+E", self._on_verify, first_copy)
        self._rebuild = self._action("Rebuild metadata", "", self._on_rebuild, first_copy)
        self._delete = self._action("Delete…", "Del", self._on_delete, first_copy)
        self._action("Open folder", "Ctrl+O", self.verbs.open_folder, first_copy)
        for text, keys, slot in (
            ("Back up now", "Ctrl+B", self._on_back_up),
            ("Verify all", "Ctrl+Shift+E", self._on_verify_all),
        ):
            action = QAction(text, self)
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(slot)
            self.addAction(action)
        self.back_up.setToolTip("Make a copy with a note of yours (Ctrl+B)")
        self.verify_all.setToolTip("Read every copy back and check it (Ctrl+Shift+E)")

    def _action(self, text: str, keys: str, slot: Callable[[], object], before: QAction | None) -> QAction:
        action = QAction(text, self.table)
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda _checked=False: slot())
        self.table.insertAction(before, action)  # type: ignore[arg-type]
        return action

    def _connect(self) -> None:
        self._theme.changed.connect(self._size)
        self.overview.chosen.connect(self.show_backup)
        self.table.row_changed.connect(self._on_row_changed)
        self.table.row_opened.connect(self._on_row_opened)
        self.table.header.setSortIndicator(0, Qt.SortOrder.DescendingOrder)
        self.table.header.restore(self._layout_store.text(_COLUMNS_KEY))
        self.table.header.layout_changed.connect(self._keep_columns)
        self.back_up.clicked.connect(self._on_back_up)
        self.empty.action_requested.connect(self._on_back_up)
        self.verify_all.clicked.connect(self._on_verify_all)
        self.plan.clicked.connect(self._on_plan)
        self.attention.action_requested.connect(self._on_attention)
        self.details.restore_requested.connect(self._on_restore)
        self.details.verify_requested.connect(self._on_verify)
        self.details.folder_requested.connect(self._on_folder)
        self.details.delete_requested.connect(self._on_delete)
        self.details.rebuild_requested.connect(self._on_rebuild)
        self.verbs.changed.connect(self.changed)
        self.verbs.made.connect(self._on_made)

    def _keep_columns(self) -> None:
        self._layout_store.keep(_COLUMNS_KEY, self.table.header.layout_text())

    # ------------------------------------------------------------ what is shown

    async def _read(self) -> _Reading:
        service = self._desk.backups
        backups, health = await service.list(), await service.health()
        days = await asyncio.to_thread(last_weeks, backups, health.covered, health.failed, self._clock())
        plan, _ = await service.prune(dry_run=True, progress=Progress())
        return _Reading(
            self._clock(), backups, health, days, await records.row_counts(self._desk.database), bool(plan.asks_first)
        )

    def _show_empty(self, sentence: str) -> None:
        self.empty.show_sentence(sentence, "Back up now")

    def _show_attention(self, reading: _Reading) -> None:
        said = reading.health.attention
        is_new = not reading.backups and not reading.health.failures_in_row  # the empty list says it
        if not said or is_new:
            self.attention.hide()
            return
        is_grave = (
            reading.health.failures_in_row > 1
            or reading.health.low_disk
            or wording.safety(reading.health.last_success_at, self._clock())[1] is Tone.TROUBLE
        )
        self.attention.tell(
            said[0],
            "\n".join(said[1:]),
            tone=Tone.TROUBLE if is_grave else Tone.ATTENTION,
            action="Show plan…" if reading.asks_first else "Show it" if self._first_bad() else "",
        )

    def _first_bad(self) -> str:
        """The newest copy that cannot be relied on."""
        backups = self._reading.backups if self._reading else ()
        return next((copy.id for copy in backups if copy.state in {State.DAMAGED, State.ORPHAN}), "")

    def _show_times(self) -> None:
        """What depends on the present alone."""
        if self._reading is None:
            return
        now, health = self._clock(), self._reading.health
        self.overview.show_age(health, now)
        self.next.show_runs(next_runs(self._desk.schedule, health.last_drill_at, DRILL_EVERY, now))
        self.judged.emit(health)

    def _show_chosen(self) -> None:
        row = self.table.current_row()
        self._allow(row)
        if row is None or self._reading is None:
            self.details.clear()
        else:
            self.details.show_backup(row, self._reading.rows_today, self._clock())

    def _allow(self, row: Backup | None) -> None:
        is_whole = row is not None and row.state in {State.GOOD, State.UNVERIFIED}
        is_orphan = row is not None and row.state is State.ORPHAN
        self._restore.setEnabled(is_whole)
        self._verify.setEnabled(row is not None and not is_orphan)
        self._rebuild.setEnabled(is_orphan and row is not None and row.size_bytes > 0)
        self._delete.setEnabled(row is not None and (row.kind is not Kind.HOURLY or not is_whole))

    # ------------------------------------------------------------ events

    @guarded
    def _on_time_passed(self) -> None:
        now = self._clock()
        if self._reading is not None and self._reading.days[-1].date != now.astimezone().date():
            spawn(self.reload(), "backups of a new day")
        self.table.viewport().update()
        self._show_times()

    @guarded
    def _on_row_changed(self) -> None:
        self._show_chosen()

    @guarded
    def _on_row_opened(self) -> None:
        self.details.restore.setFocus()

    def _on_made(self, backup_id: str) -> None:
        spawn(self._show_made(backup_id))

    async def _show_made(self, backup_id: str) -> None:
        await self.reload()
        self.show_backup(backup_id)

    @guarded
    def _on_back_up(self) -> None:
        spawn(self.verbs.back_up_now(), "back up now")

    @guarded
    def _on_verify_all(self) -> None:
        spawn(self.verbs.verify(None), "verify all")

    @guarded
    def _on_plan(self) -> None:
        spawn(self.verbs.show_plan(), "plan")

    @guarded
    def _on_attention(self) -> None:
        if self._reading is not None and self._reading.asks_first:
            self._on_plan()
        else:
            self.show_backup(self._first_bad())

    @guarded
    def _on_folder(self) -> None:
        self.verbs.open_folder()

    @guarded
    def _on_verify(self) -> None:
        if rows := self.table.selected_rows():
            spawn(self.verbs.verify([row.id for row in rows]), "verify")

    @guarded
    def _on_restore(self) -> None:
        self._on_current(self.verbs.restore)

    @guarded
    def _on_delete(self) -> None:
        self._on_current(self.verbs.delete)

    @guarded
    def _on_rebuild(self) -> None:
        self._on_current(self.verbs.rebuild)

    def _on_current(self, verb: Callable[[Backup], Coroutine[Any, Any, None]]) -> None:
        row = self.table.current_row()
        if row is not None:
            spawn(verb(row))


def _copies(backups: Sequence[Backup]) -> str:
    return "1 copy" if len(backups) == 1 else f"{len(backups):,} copies"
