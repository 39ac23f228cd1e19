"""The one window: top bar, a line for what must be said at once, the tabs' pages, status bar."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from modelward.core.errors import KnownError
from modelward.ui.kit.text import rule
from modelward.ui.kit.theme import SPACE, Theme
from modelward.ui.shell.layout_store import LayoutStore
from modelward.ui.shell.start_page import StartPage
from modelward.ui.shell.status_bar import StatusBar
from modelward.ui.shell.top_bar import TopBar

CATALOG, HEALTH, BENCHMARKS, BACKUPS, OLLAMA = "catalog", "health", "benchmarks", "backups", "ollama"
"""The keys of the tabs."""

_TABS = (
    (CATALOG, "catalogue", "Catalogue"),
    (HEALTH, "health", "Health"),
    (BENCHMARKS, "benchmarks", "Benchmarks"),
    (BACKUPS, "backups", "Backups"),
    (OLLAMA, "ollama", "Ollama"),
)
_FIRST_SIZE = (1280, 800)
_LEAST_SIZE = (1024, 640)
_GEOMETRY = "window/geometry"
_TAB = "window/tab"


class MainWindow(QWidget):
    """Holds a page for each tab and knows nothing of what is on it.

    Signals: ``painted`` once, when the window first stands on the screen; ``close_requested`` of the window alone;
    ``quit_requested`` of the whole program; ``retry_requested`` after a failed start; ``search_requested``;
    ``files_dropped`` (a list of paths).
    """

    painted = Signal()
    close_requested = Signal()
    quit_requested = Signal()
    retry_requested = Signal()
    search_requested = Signal()
    files_dropped = Signal(list)

    def __init__(self, theme: Theme, layout_store: LayoutStore) -> None:
        super().__init__()
        self._store = layout_store
        self._keys = [key for key, _, _ in _TABS]
        self._is_painted = False
        self.setWindowTitle("Modelward")
        self.setMinimumSize(*_LEAST_SIZE)
        self.setAcceptDrops(True)
        self.top = TopBar(theme, self)
        self.message_place = QVBoxLayout()
        self.message_place.setSpacing(SPACE)
        self.pages = QStackedWidget(self)
        self.status = StatusBar(theme, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(rule(self))
        column.addLayout(self.message_place)
        column.addWidget(self.pages, 1)
        column.addWidget(rule(self))
        column.addWidget(self.status)
        self._add_tabs()
        self.top.search_requested.connect(self.search_requested)
        self.bind("Ctrl+K").activated.connect(self.search_requested)
        self.bind("Ctrl+J").activated.connect(self.status.activity.click)
        self.bind("Ctrl+N").activated.connect(self.top.bell.click)
        self.top.quit_requested.connect(self.quit_requested)
        self.resize(*_FIRST_SIZE)
        self.restoreGeometry(layout_store.state(_GEOMETRY))

    def set_page(self, key: str, page: QWidget) -> None:
        """Shows another page on a tab; the one before is deleted."""
        place = self._keys.index(key)
        before = self.pages.widget(place)
        self.pages.insertWidget(place, page)
        if before is not None:
            self.pages.removeWidget(before)
            before.deleteLater()
        self.pages.setCurrentIndex(self.top.tabs.currentIndex())
        if self.focusWidget() is None and self.pages.currentWidget() is page:
            page.setFocus()  # so that keys have an effect before the first click

    def show_tab(self, key: str) -> None:
        """Opens a tab."""
        self.top.tabs.setCurrentIndex(self._keys.index(key))

    @property
    def current_tab(self) -> str:
        """The key of the tab that is open."""
        return self._keys[self.top.tabs.currentIndex()]

    def show_opening(self) -> None:
        """Every tab says that the catalogue is being opened."""
        for page in self.findChildren(StartPage):
            page.show_opening()

    def show_failed_start(self, error: KnownError) -> None:
        """Every tab says why there is no catalogue."""
        for page in self.findChildren(StartPage):
            page.show_failed(error)

    def bind(self, keys: str) -> QShortcut:
        """A shortcut that holds in the whole window."""
        return QShortcut(QKeySequence(keys), self)

    def come_forward(self) -> None:
        """Brings the window before all others."""
        self.setWindowState((self.windowState() & ~Qt.WindowState.WindowMinimized) | Qt.WindowState.WindowActive)
        self.show()
        self.raise_()
        self.activateWindow()

    def keep_layout(self) -> None:
        """Remembers place, size and tab for the next start."""
        self._store.keep(_GEOMETRY, self.saveGeometry())
        self._store.keep(_TAB, self.current_tab)
        self._store.save()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        # Somebody else decides whether it goes out of sight or to its end, before which the desk has to stop.
        event.ignore()
        self.close_requested.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.files_dropped.emit(files)

    def _open_by_key(self, key: str) -> None:
        self.show_tab(key)
        if (page := self.pages.currentWidget()) is not None:
            page.setFocus()

    def _add_tabs(self) -> None:
        for number, (key, icon_name, title) in enumerate(_TABS, 1):
            page = StartPage(self.pages)
            page.retry_requested.connect(self.retry_requested)
            self.pages.addWidget(page)
            self.top.add_tab(icon_name, title, f"Ctrl+{number}")
            self.bind(f"Ctrl+{number}").activated.connect(partial(self._open_by_key, key))
        self.top.tabs.currentChanged.connect(self.pages.setCurrentIndex)
        if (kept := self._store.text(_TAB)) in self._keys:
            self.show_tab(kept)
