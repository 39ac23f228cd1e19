"""The bar at the top: mark and name, the tabs, and at the right search, notices and the menu."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QWidget

from modelward.ui.kit.icons import icon, pixmap
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import FontRole, Mode, Theme, Token, Tone, restyle
from modelward.ui.shell.tab_strip import TabStrip

_HEIGHT = 52
_BUTTON = 32
_SEARCH_WIDTH = 190
_MARK = 20
_BADGE = 16
# In this order words go where the window is narrow: of the search, of Zero-Burn, the program's name, of the tabs.
_SEARCH_GONE, _ZERO_BURN_GONE, _NAME_GONE, _MOST_GONE = 1, 2, 3, 4
_MODES = ((Mode.SYSTEM, "Follow the system"), (Mode.LIGHT, "Light"), (Mode.DARK, "Dark"))


class BellButton(QToolButton):
    """Opens the notices; a badge with a number says how many are unread."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._count = 0
        self._tone = Tone.ACCENT

    def show_unread(self, count: int, tone: Tone) -> None:
        """Shows how many notices are unread, in the colour of the worst."""
        self._count = count
        self._tone = tone
        words = "No new notices" if count == 0 else "1 new notice" if count == 1 else f"{count} new notices"
        self.setToolTip(f"{words} (Ctrl+N)")
        self.setAccessibleName(f"Notices: {words}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._count == 0:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(FontRole.TAG))
        words = str(min(self._count, 99))
        height = self._theme.scaled(_BADGE)
        width = max(height, painter.fontMetrics().horizontalAdvance(words) + height // 2)
        badge = QRect(self.width() - width, 0, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(self._tone.ink))
        painter.drawRoundedRect(badge, height / 2, height / 2)
        painter.setPen(self._theme.color(Token.ON_ACCENT))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, words)


class TopBar(QFrame):
    """Tabs at the left, what concerns the whole program at the right."""

    search_requested = Signal()
    notices_requested = Signal()
    theme_chosen = Signal(str)
    data_folder_requested = Signal()
    about_requested = Signal()
    settings_requested = Signal()
    zero_burn_requested = Signal()
    discover_requested = Signal()
    quit_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_placed = False
        self.setProperty("role", "bar")
        self._mark = QLabel(self)
        self._name = Text("Modelward", "name", self)
        self.tabs = TabStrip(theme, self)
        self.zero_burn = QPushButton(self)
        self.zero_burn.setProperty("role", "state")
        self.zero_burn.clicked.connect(self.zero_burn_requested)
        self.zero_burn.hide()
        self._zero_burn_words = ""
        self.search = QPushButton(self)
        self.search.setAccessibleName("Search models")
        self.search.setToolTip("Search the catalogue (Ctrl+K)")
        self.search.clicked.connect(self.search_requested)
        self._glass = QLabel(self.search)
        self._search_words = (Text("Search models", "muted", self.search), Text("Ctrl K", "keys", self.search))
        self.bell = BellButton(theme, self)
        self.bell.show_unread(0, Tone.ACCENT)
        self.bell.setIcon(icon("bell", Token.TEXT))
        self.bell.clicked.connect(self.notices_requested)
        self.menu_button = QToolButton(self)
        self.menu_button.setIcon(icon("gear", Token.TEXT))
        self.menu_button.setToolTip("Settings, look, folders, about, quit")
        self.menu_button.setAccessibleName("Menu")
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._modes: dict[Mode, QAction] = {}
        self.menu_button.setMenu(self._menu())
        self._lay_out()
        self._dress()
        theme.changed.connect(self._dress)

    def show_zero_burn(self, *, is_on: bool) -> None:
        """Shows whether only free calls may go out."""
        tone = Tone.WELL if is_on else Tone.ATTENTION
        self._zero_burn_words = "Zero-Burn on" if is_on else "Zero-Burn off"
        self.zero_burn.setAccessibleName(self._zero_burn_words)
        self.zero_burn.setIcon(icon("leaf", tone.ink))
        self.zero_burn.setToolTip(
            "Only calls that are known to be free may go out. Click to let calls cost money."
            if is_on
            else "Calls may cost money, up to your budgets. Click to let only free calls go out."
        )
        self.zero_burn.setProperty("tone", tone.value)
        restyle(self.zero_burn)
        self.zero_burn.show()
        self._fit()

    def add_tab(self, icon_name: str, title: str, keys: str) -> None:
        """Adds a tab; ``keys`` is the shortcut its tooltip names."""
        self.tabs.add(icon_name, title, keys)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._is_placed = True
        self._fit()

    def show_mode(self, mode: Mode) -> None:
        """Ticks the theme that is chosen."""
        self._modes[mode].setChecked(True)

    def _lay_out(self) -> None:
        inner = QHBoxLayout(self.search)
        inner.setContentsMargins(8, 0, 8, 0)
        inner.addWidget(self._glass)
        words, keys = self._search_words
        inner.addWidget(words, 1)
        inner.addWidget(keys, 0, Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        # The window may be narrower than all the words together: what gives way is decided in _fit.
        row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(self._mark)
        row.addWidget(self._name)
        row.addSpacing(14)
        row.addWidget(self.tabs)
        row.addStretch(1)
        row.addWidget(self.zero_burn)
        row.addSpacing(4)
        row.addWidget(self.search)
        row.addSpacing(4)
        row.addWidget(self.bell)
        row.addSpacing(4)
        row.addWidget(self.menu_button)

    def _fit(self) -> None:
        """Lets words go, the least missed first, until the bar is as wide as its window."""
        row = self.layout()
        if row is None or not self._is_placed:
            return
        for gone in range(_MOST_GONE + 1):
            self._show_words(gone)
            row.invalidate()
            if row.minimumSize().width() <= self.width():
                return

    def _show_words(self, gone: int) -> None:
        for words in self._search_words:
            words.setVisible(gone < _SEARCH_GONE)
        self.search.setFixedWidth(self._theme.scaled(_SEARCH_WIDTH if gone < _SEARCH_GONE else _BUTTON))
        self.zero_burn.setText(self._zero_burn_words if gone < _ZERO_BURN_GONE else "")
        self._name.setVisible(gone < _NAME_GONE)
        self.tabs.be_terse(is_terse=gone >= _MOST_GONE)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        settings = menu.addAction("Settings…")
        settings.setShortcut("Ctrl+,")
        settings.triggered.connect(self.settings_requested)
        menu.addAction("Look for new models now").triggered.connect(self.discover_requested)
        menu.addSection("Theme")
        group = QActionGroup(menu)
        for mode, words in _MODES:
            action = menu.addAction(words)
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(lambda _checked=False, mode=mode: self.theme_chosen.emit(mode.value))
            self._modes[mode] = action
        menu.addSeparator()
        menu.addAction("Open data folder").triggered.connect(self.data_folder_requested)
        menu.addAction("About Modelward").triggered.connect(self.about_requested)
        menu.addSeparator()
        leave = menu.addAction("Quit Modelward")
        leave.setShortcut("Ctrl+Q")
        leave.triggered.connect(self.quit_requested)
        return menu

    def _dress(self) -> None:
        self.setFixedHeight(self._theme.scaled(_HEIGHT))
        self._mark.setPixmap(pixmap("modelward", Token.ACCENT, self._theme.scaled(_MARK), self.devicePixelRatio()))
        self._glass.setPixmap(icon("search").pixmap(self._theme.icon_size, self._theme.icon_size))
        for button in (self.zero_burn, self.search, self.bell, self.menu_button):
            button.setFixedHeight(self._theme.scaled(_BUTTON))
            button.setIconSize(QSize(self._theme.icon_size, self._theme.icon_size))
        for button in (self.bell, self.menu_button):
            button.setFixedWidth(self._theme.scaled(_BUTTON))
        self._fit()
