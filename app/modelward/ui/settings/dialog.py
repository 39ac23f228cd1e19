"""The settings: a list of pages at the left, one page at the right; whatever is set counts at once."""

from __future__ import annotations

from typing import TypeAlias

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QStackedWidget, QWidget

from modelward.core.changes import Changes, Room
from modelward.desk import Desk
from modelward.ui.kit.icons import icon
from modelward.ui.kit.slots import spawn
from modelward.ui.kit.tasks import Tasks
from modelward.ui.kit.theme import Theme, Token
from modelward.ui.settings.form_page import FormPage
from modelward.ui.settings.pages import PAGES, PROVIDERS, SPENDING, Page
from modelward.ui.settings.providers_page import ProvidersPage
from modelward.ui.settings.spending_page import SpendingPage

_SIZE, _LEAST = (860, 620), (700, 440)
_NAV, _ENTRY = 184, 36
_CONCERNS = {PROVIDERS: Room.PROVIDERS, SPENDING: Room.SPENDING}

AnyPage: TypeAlias = ProvidersPage | SpendingPage | FormPage


class SettingsDialog(QDialog):
    """Opened without stopping anything; ends only when what it saves is saved, so that ``finished`` may delete it.

    Signals: ``changed`` carries what was set, ``discover_requested`` ids of providers whose models are to be listed
    now, as a job whose name begins with :data:`.timetable.DISCOVERY`. A page is made when it is first shown.
    """

    changed = Signal(Changes)
    discover_requested = Signal(list)

    def __init__(self, desk: Desk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self._desk = desk
        self._theme = theme
        self._tasks = Tasks()
        self._is_ending = False
        self._standings: dict[str, str] = {}
        self.pages: dict[str, AnyPage] = {}
        self.nav = QListWidget(self)
        self.nav.setAccessibleName("Pages of the settings")
        self._stack = QStackedWidget(self)
        for page in PAGES:
            item = QListWidgetItem(icon(page.icon, Token.TEXT), page.title, self.nav)
            item.setSizeHint(QSize(1, theme.scaled(_ENTRY)))
        self._lay_out()
        self.nav.currentRowChanged.connect(self._on_nav_current_row_changed)
        theme.changed.connect(self._dress)
        self._dress()

    @property
    def page(self) -> str:
        """The key of the page that is shown."""
        return PAGES[max(0, self.nav.currentRow())].key

    def open_page(self, page: str = "") -> None:
        """Open at a page, or at the first one; where it is open, come forward."""
        keys = [each.key for each in PAGES]
        if page or self.nav.currentRow() < 0:
            self.nav.setCurrentRow(keys.index(page) if page in keys else 0)
        if not self.isVisible():
            self.resize(self.sizeHint())  # Qt alone would give it two thirds of the screen at most
        self.open()
        self.raise_()
        self.activateWindow()
        self.nav.setFocus()

    def say_of_setting(self, key: str, words: str) -> None:
        """Say in the row of a setting what else bears on it, or nothing."""
        self._standings[key] = words
        for page in self.pages.values():
            self._show_standings(page)

    async def reload(self, changes: Changes) -> None:
        """Show anew what the changes concern, of the pages that were made."""
        for key, page in list(self.pages.items()):
            if _CONCERNS.get(key) in changes.touched and not self._is_ending:
                await page.reload()

    def sizeHint(self) -> QSize:
        wanted = QSize(self._theme.scaled(_SIZE[0]), self._theme.scaled(_SIZE[1]))
        window = self.parentWidget()
        room = window.window().size() if window is not None else QGuiApplication.primaryScreen().availableSize()
        return wanted.boundedTo(room)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.scaled(_LEAST[0]), self._theme.scaled(_LEAST[1])).boundedTo(self.sizeHint())

    def done(self, result: int) -> None:
        """Hidden at once; ended when nothing is being done any more."""
        if self._is_ending:
            return
        self._is_ending = True
        for sheet in self.findChildren(QDialog):
            sheet.reject()
        self.hide()  # a field that was just left states its value now
        for page in self.pages.values():
            page.stop()
        spawn(self._end(result), "end the settings")

    async def _end(self, result: int) -> None:
        await self._tasks.end()
        super().done(result)

    def _on_nav_current_row_changed(self, row: int) -> None:
        page = PAGES[row]
        made = self.pages.get(page.key)
        if made is None:
            made = self.pages[page.key] = self._make(page)
            made.changed.connect(self.changed)
            self._stack.addWidget(made)
            self._show_standings(made)
        self._stack.setCurrentWidget(made)
        self._tasks.start(made.reload(), f"show {page.key}", can_be_cut=True)

    def _show_standings(self, page: AnyPage) -> None:
        if isinstance(page, FormPage):
            for key in page.form.rows.keys() & self._standings:
                page.form.rows[key].stand(self._standings[key])

    def _make(self, page: Page) -> AnyPage:
        if page.key == PROVIDERS:
            made = ProvidersPage(page, self._desk, self._theme, self._tasks, self)
            made.discover_requested.connect(self.discover_requested)
            return made
        if page.key == SPENDING:
            return SpendingPage(page, self._desk, self._theme, self._tasks, self)
        return FormPage(page, self._desk.preferences, self._tasks, self)

    def _lay_out(self) -> None:
        side = QFrame(self)
        side.setProperty("role", "side")
        inner = QHBoxLayout(side)
        inner.setContentsMargins(8, 16, 8, 16)
        inner.addWidget(self.nav)
        self.nav.setFrameShape(QFrame.Shape.NoFrame)
        self.nav.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._side = side
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(side)
        row.addWidget(self._stack, 1)

    def _dress(self) -> None:
        self._side.setFixedWidth(self._theme.scaled(_NAV))
        self.nav.setIconSize(QSize(self._theme.icon_size, self._theme.icon_size))
        for row in range(self.nav.count()):
            self.nav.item(row).setSizeHint(QSize(1, self._theme.scaled(_ENTRY)))
