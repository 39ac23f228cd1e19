"""The Catalogue tab: what can I call?"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QByteArray, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from modelward.catalog.fields import FIELDS
from modelward.catalog.model import Field, Model
from modelward.catalog.service import CatalogService
from modelward.core.changes import Changes, Room
from modelward.core.clock import utc_now
from modelward.core.errors import UnknownModelError
from modelward.core.jobs import Jobs
from modelward.ui.catalog.columns import COLUMNS, RELEASED
from modelward.ui.catalog.details import DetailsPane
from modelward.ui.catalog.drop import DropOverlay, files_of
from modelward.ui.catalog.filters import CatalogFilter, haystack
from modelward.ui.catalog.names import provider_name
from modelward.ui.catalog.toolbar import Toolbar
from modelward.ui.catalog.verbs import CatalogVerbs
from modelward.ui.kit.card import EmptyState
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.theme import SPACE, Theme

if TYPE_CHECKING:
    # Behind the first rows.
    from modelward.discovery.model import Look
    from modelward.discovery.standing import Standing

_COLUMNS_KEY, _SPLITTER_KEY, _DETAILS_KEY = "catalog/columns", "catalog/splitter", "catalog/details"
_DETAILS_WIDTH, _DETAILS_LEAST = 332, 250
_ROOM_FOR_BOTH = 1200
# Whoever holds the arrow key down passes by rows faster than their details need to be read.
_DETAILS_AFTER_SECONDS = 0.06


History = Callable[[str], Awaitable["Sequence[Look]"]]
"""Reads the looks at a provider, oldest first."""


class LayoutKeeper(Protocol):
    """Where the window remembers how it looks."""

    def text(self, key: str, default: str = "") -> str: ...
    def state(self, key: str) -> QByteArray: ...
    def keep(self, key: str, value: str | QByteArray) -> None: ...


class CatalogTab(QWidget):
    """Search, filters, the table of models, and the details of one. ``changed`` carries what a verb changed."""

    changed = Signal(Changes)

    def __init__(
        self,
        catalog: CatalogService,
        jobs: Jobs,
        theme: Theme,
        layout_store: LayoutKeeper,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._theme = theme
        self._layout_store = layout_store
        # Each part is made inside the one that holds it: moving it there later would style it a second time.
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._left = QWidget(self._splitter)
        self._stack = QStackedWidget(self._left)
        self.table: DataTable[Model] = DataTable(
            COLUMNS,
            lambda model: model.id,
            lambda model: haystack(model, provider_name(model.provider)),
            theme,
            self._stack,
        )
        self.table.setAccessibleName("Models")
        self.toolbar = Toolbar(theme, self.table.selected_count, self._left)
        self.details = DetailsPane(self._splitter)
        self.notice = NoticeBar(self._left)
        self.empty = EmptyState("search", "", "", self._stack)
        self._overlay = DropOverlay(self)
        self.verbs = CatalogVerbs(catalog, jobs, self.notice, self)
        self._history: History | None = None
        self._reading: asyncio.Task[None] | None = None
        self._is_filling = False
        self.setFocusProxy(self.table)
        self._lay_out()
        self._make_actions()
        self._connect()
        self._restore_layout()

    # ------------------------------------------------------------ what the shell calls

    def set_models(self, models: Sequence[Model]) -> None:
        """Shows these models; sorting, filters, search and the chosen row stay."""
        rows = list(models)
        self.toolbar.filters.set_models(rows)
        self.toolbar.show_total(len(rows))
        self.table.set_rows(rows)

    def show_providers(self, standings: Mapping[str, Standing], history: History) -> None:
        """Says how the providers in use stand, and where the looks at one can be read."""
        self.toolbar.filters.set_standings(standings)
        self._history = history
        self._read_details()

    def show_filling(self, *, is_filling: bool) -> None:
        """An empty catalogue is being filled, or nobody is about to fill it."""
        self._is_filling = is_filling
        self._on_shown_changed()

    async def reload(self, changes: Changes | None = None) -> None:
        """Reads the models anew, where the changes concern them."""
        if changes is None or Room.CATALOG in changes:
            self.set_models(await self._catalog.models())
            self._read_details()

    def show_filter(self, provider: str | None = None, missing: Field | None = None) -> None:
        """Shows the models of a provider that lack a field."""
        self.toolbar.search.clear()
        providers = frozenset({provider}) if provider else frozenset[str]()
        self.toolbar.filters.set_filter(CatalogFilter(providers=providers, missing=missing))
        self.table.setFocus()

    def show_model(self, model_id: str) -> None:
        """Shows one model and its details; filters that hide it are let go."""
        if not self.table.select_id(model_id):
            self._clear_all()
            self.table.select_id(model_id)
        self._show_details(is_shown=True)
        self.table.setFocus()

    def focus_search(self) -> None:
        """Puts the keyboard into the search, with its text selected."""
        self.toolbar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.toolbar.search.selectAll()

    def import_files(self, paths: Sequence[Path]) -> None:
        """Imports files that were dropped on the window."""
        spawn(self.verbs.import_files(list(paths)), "import")

    # ------------------------------------------------------------ events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and (self.toolbar.search.text() or self.toolbar.filters.filter):
            self._clear_all()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._overlay.isVisible():
            self._overlay.cover()
        if not self._layout_store.text(_DETAILS_KEY):
            self._show_details(is_shown=self.width() >= self._theme.scaled(_ROOM_FOR_BOTH))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if files_of(event.mimeData()):
            event.acceptProposedAction()
            self._overlay.cover()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        self._overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._overlay.hide()
        if files := files_of(event.mimeData()):
            event.acceptProposedAction()
            self.import_files(files)

    # ------------------------------------------------------------ parts

    def _lay_out(self) -> None:
        self.setAcceptDrops(True)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        noticed = QVBoxLayout()
        noticed.setContentsMargins(2 * SPACE, 0, 2 * SPACE, SPACE + SPACE // 2)
        noticed.addWidget(self.notice)
        column = QVBoxLayout(self._left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addLayout(noticed)
        column.addWidget(self._stack, 1)
        self._splitter.addWidget(self._left)
        self._splitter.addWidget(self.details)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._splitter)
        self._size()

    def _size(self) -> None:
        self.details.setMinimumWidth(self._theme.scaled(_DETAILS_LEAST))

    def _connect(self) -> None:
        self._theme.changed.connect(self._size)
        self.toolbar.search.textChanged.connect(self.table.rows.set_search)
        self.toolbar.filters.changed.connect(self._on_filter_changed)
        self.toolbar.left_down.connect(self._on_search_left)
        self.toolbar.import_requested.connect(lambda: spawn(self.verbs.choose_and_import()))
        self.toolbar.export_requested.connect(self._on_export_requested)
        self.toolbar.details_toggled.connect(self._on_details_toggled)
        self.table.row_changed.connect(self._on_row_changed)
        self.table.row_opened.connect(lambda _id: self._on_details_toggled(is_shown=True))
        self.table.shown_changed.connect(self._on_shown_changed)
        self.table.header.layout_changed.connect(self._keep_columns)
        self._splitter.splitterMoved.connect(self._keep_splitter)
        self.empty.action_requested.connect(self._clear_all)
        self.verbs.changed.connect(self.changed)
        pane = self.details
        pane.set_requested.connect(lambda: self._on_current(self.verbs.set_value))
        pane.copy_id_requested.connect(self._copy_current_id)
        pane.copy_json_requested.connect(lambda: self._copy_json([self.table.current_row()]))
        pane.withdraw_requested.connect(self._on_withdraw_requested)
        pane.evidence_requested.connect(self.verbs.open_evidence)

    def _make_actions(self) -> None:
        first_copy = self.table.actions()[0]
        self._withdraw = self._action("Withdraw own value…", "Shift+F2", self._choose_withdrawal, first_copy)
        before = self._withdraw
        self._action("Set a value…", "F2", lambda: self._on_current(self.verbs.set_value), before)
        self._separate(first_copy)
        self._action("Copy ID", "Ctrl+I", self._copy_selected_ids, first_copy)
        self._action("Copy as JSON", "Ctrl+Shift+J", lambda: self._copy_json(self.table.selected_rows()), first_copy)
        self._separate(None)
        self._action("Only this provider", "", self._filter_to_provider, None)
        self._action("Show details", "Return", lambda: self._on_details_toggled(is_shown=True), None)
        find = QAction("Search", self)
        find.setShortcut("Ctrl+F")
        find.triggered.connect(self.focus_search)
        self.addAction(find)

    def _action(self, text: str, keys: str, slot: Callable[[], object], before: QAction | None) -> QAction:
        action = QAction(text, self.table)
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda _checked=False: slot())
        self.table.insertAction(before, action)  # type: ignore[arg-type]
        return action

    def _separate(self, before: QAction | None) -> None:
        line = QAction(self.table)
        line.setSeparator(True)
        self.table.insertAction(before, line)  # type: ignore[arg-type]

    # ------------------------------------------------------------ layout

    def _restore_layout(self) -> None:
        if text := self._layout_store.text(_COLUMNS_KEY):
            self.table.header.restore(text)
        else:
            released = [column.key for column in COLUMNS].index(RELEASED)
            self.table.sortByColumn(released, Qt.SortOrder.DescendingOrder)
        if not self._splitter.restoreState(self._layout_store.state(_SPLITTER_KEY)):
            self._splitter.setSizes([10_000, self._theme.scaled(_DETAILS_WIDTH)])
        self._show_details(is_shown=self._layout_store.text(_DETAILS_KEY) == "open")

    def _keep_columns(self) -> None:
        self._layout_store.keep(_COLUMNS_KEY, self.table.header.layout_text())

    def _keep_splitter(self) -> None:
        self._layout_store.keep(_SPLITTER_KEY, self._splitter.saveState())

    def _on_details_toggled(self, is_shown: bool) -> None:
        self._layout_store.keep(_DETAILS_KEY, "open" if is_shown else "closed")
        self._show_details(is_shown=is_shown)

    def _show_details(self, *, is_shown: bool) -> None:
        self.details.setVisible(is_shown)
        self.toolbar.details.blockSignals(True)
        self.toolbar.details.setChecked(is_shown)
        self.toolbar.details.blockSignals(False)
        if is_shown and self.table.current_row() is not None:
            self._read_details()

    # ------------------------------------------------------------ what is shown

    @guarded
    def _on_filter_changed(self) -> None:
        self.table.rows.set_filter(self.toolbar.filters.filter.tests())

    @guarded
    def _on_shown_changed(self) -> None:
        rows = self.table.rows
        self.toolbar.show_count(rows.rowCount(), len({model.provider for model in rows.shown_rows()}), rows.total)
        is_empty = not rows.rowCount()
        if is_empty and rows.total:
            self.empty.show_sentence("No model matches the search and the filters.", "Clear search and filters")
        elif is_empty:
            filling = "The catalogue is being filled for the first time. This takes a few seconds."
            nothing = "The catalogue is empty. Import a list of models, or drop one here."
            self.empty.show_sentence(filling if self._is_filling else nothing)
        self._stack.setCurrentIndex(int(is_empty))

    @guarded
    def _on_search_left(self) -> None:
        self.table.setFocus()

    def _clear_all(self) -> None:
        self.toolbar.search.clear()
        self.toolbar.filters.clear()
        self.table.setFocus()

    def _filter_to_provider(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self.toolbar.filters.set_filter(CatalogFilter(providers=frozenset({row.provider})))

    # ------------------------------------------------------------ the chosen model

    @guarded
    def _on_row_changed(self) -> None:
        row = self.table.current_row()
        self._withdraw.setEnabled(row is not None and row.has_user_value)
        if row is None:
            self.details.clear()
        else:
            self._read_details()

    def _read_details(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._reading = spawn(self._show_chosen(), "details")

    async def _show_chosen(self) -> None:
        await asyncio.sleep(_DETAILS_AFTER_SECONDS)
        row = self.table.current_row()
        # Hidden, the pane is filled when it is shown.
        if row is not None and not self.details.isHidden():
            # Gone from the catalogue since? Then the reload that follows takes its row away, too.
            with contextlib.suppress(UnknownModelError):
                details = await self._catalog.details(row.id)
                await self.details.make_rows(details)
                self.details.show_details(details, utc_now())
                looks = await self._history(row.provider) if self._history is not None else ()
                self.details.show_looks(row.provider, looks, utc_now())

    def _on_current(self, verb: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        row = self.table.current_row()
        if row is not None:
            spawn(verb(row.id))

    def _on_withdraw_requested(self, field: Field) -> None:
        self._on_current(lambda model_id: self.verbs.withdraw(model_id, field))

    def _choose_withdrawal(self) -> None:
        self._on_current(self._ask_withdrawal)

    async def _ask_withdrawal(self, model_id: str) -> None:
        fields = await self.verbs.own_fields(model_id)
        if len(fields) == 1:
            await self.verbs.withdraw(model_id, fields[0])
        elif fields:
            menu = QMenu(self)
            for field in fields:
                menu.addAction(FIELDS[field].title).triggered.connect(
                    lambda _checked=False, field=field: spawn(self.verbs.withdraw(model_id, field))
                )
            menu.aboutToHide.connect(menu.deleteLater)
            place = self.table.visualRect(self.table.currentIndex()).bottomLeft() + QPoint(SPACE, 0)
            menu.popup(self.table.viewport().mapToGlobal(place))

    def _copy_current_id(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self.verbs.copy_ids([row])

    def _copy_selected_ids(self) -> None:
        self.verbs.copy_ids(self.table.selected_rows())

    def _copy_json(self, models: Sequence[Model | None]) -> None:
        if chosen := [model for model in models if model is not None]:
            spawn(self.verbs.copy_json(chosen))

    def _on_export_requested(self, scope: str, suffix: str) -> None:
        chosen = {"shown": self.table.rows.shown_rows, "selected": self.table.selected_rows}
        spawn(self.verbs.export(list(chosen[scope]()) if scope in chosen else None, suffix))
