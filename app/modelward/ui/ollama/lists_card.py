"""What happened to local models, and which files in their folder no model needs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QTabBar, QVBoxLayout, QWidget

from modelward.core.clock import Clock
from modelward.ollama.model import GuardEvent, Stray
from modelward.ui.kit.card import Card, EmptyState
from modelward.ui.kit.slots import guarded
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme
from modelward.ui.ollama import event_columns, stray_columns
from modelward.ui.ollama.page import Room
from modelward.ui.shell.layout_store import LayoutStore

_EVENTS, _STRAYS = range(2)
_LAYOUT = "ollama/strays"
_QUIET = "Nothing happened yet. Verifying, copying and repairs are noted here."
_CLEAN = "Every file in the model folder is needed."
_ADVICE = "No model needs these. They are only removed by you."


class ListsCard(Card):
    """Two lists, of which one is looked at at a time. ``remove_requested`` carries strays."""

    remove_requested = Signal(object)

    def __init__(self, theme: Theme, layout_store: LayoutStore, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName("What happened, and what can be removed")
        self._layout_store = layout_store
        self.tabs = QTabBar(self)
        self.tabs.setAccessibleName("Lists")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for words in ("What happened", "Can be removed"):
            self.tabs.addTab(words)
        self.events: DataTable[GuardEvent] = DataTable(
            event_columns.columns(clock), _event_id, event_columns.haystack, theme, self
        )
        self.events.setAccessibleName("What happened")
        self.strays: DataTable[Stray] = DataTable(
            stray_columns.columns(clock), lambda stray: str(stray.path), stray_columns.haystack, theme, self
        )
        self.strays.setAccessibleName("Files that no model needs")
        self.words = Text(_ADVICE, "small", self)
        self.remove = QPushButton("Remove…", self)
        self.remove_all = QPushButton("Remove all…", self)
        self.quiet = EmptyState("clock", _QUIET, "", self)
        self.clean = EmptyState("check", _CLEAN, "", self)
        self._stack = QStackedLayout()
        self._has_events = self._has_strays = False
        self._lay_out()
        self._connect()
        self._show()

    def show_events(self, events: Sequence[GuardEvent]) -> None:
        """Shows what happened, newest first."""
        is_at_top = self.events.currentIndex().row() <= 0
        self.events.set_rows(events)
        if is_at_top and events:
            self.events.selectRow(0)  # who has not chosen any is not led away from the newest
        self._has_events = bool(events)
        self._show()

    def show_strays(self, strays: Sequence[Stray]) -> None:
        """Shows the files that no model needs."""
        self.strays.set_rows(strays)
        self._has_strays = bool(strays)
        told = stray_columns.strays_text(strays)
        self.tabs.setTabText(_STRAYS, f"Can be removed  {len(strays):,}" if strays else "Can be removed")
        self.words.setText(f"{told}. {_ADVICE}")
        self._show()

    def _lay_out(self) -> None:
        self._unneeded = QWidget(self)
        tools = QHBoxLayout()
        tools.setSpacing(SPACE)
        tools.addWidget(self.words, 1)
        tools.addWidget(self.remove_all)
        tools.addWidget(self.remove)
        column = QVBoxLayout(self._unneeded)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(tools)
        column.addWidget(Room(self.strays, self._unneeded), 1)
        self._happened = Room(self.events, self)
        for page in (self._happened, self.quiet, self._unneeded, self.clean):
            self._stack.addWidget(page)
        self.body.addWidget(self.tabs)
        self.body.addLayout(self._stack, 1)
        self.remove.setToolTip("Remove the chosen files, after asking (Del)")
        self.words.setWordWrap(True)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._show)
        self.events.header.hide()
        self.events.header.setSortIndicator(0, Qt.SortOrder.DescendingOrder)
        self.strays.header.setSortIndicator(2, Qt.SortOrder.DescendingOrder)
        self.strays.header.restore(self._layout_store.text(_LAYOUT))
        self.strays.header.layout_changed.connect(self._on_header_layout_changed)
        self.remove.clicked.connect(self._on_remove)
        self.remove_all.clicked.connect(lambda: self.remove_requested.emit(list(self.strays.rows.rows())))
        action = QAction("Remove…", self.strays)
        action.setShortcut("Del")
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(self._on_remove)
        self.strays.insertAction(self.strays.actions()[0], action)

    @guarded
    def _show(self) -> None:
        if self.tabs.currentIndex() == _EVENTS:
            self._stack.setCurrentWidget(self._happened if self._has_events else self.quiet)
        else:
            self._stack.setCurrentWidget(self._unneeded if self._has_strays else self.clean)

    @guarded
    def _on_remove(self) -> None:
        if strays := self.strays.selected_rows():
            self.remove_requested.emit(strays)

    def _on_header_layout_changed(self) -> None:
        self._layout_store.keep(_LAYOUT, self.strays.header.layout_text())


def _event_id(event: GuardEvent) -> str:
    return f"{event.at.isoformat()} {event.verb} {event.subject} {event.text}"
