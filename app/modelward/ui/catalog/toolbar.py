"""The strip above the table: search, how much is shown, import and export, and the filters."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from modelward.ui.catalog.filter_bar import FilterBar
from modelward.ui.kit.controls import SearchBox
from modelward.ui.kit.elided import ElidedLabel
from modelward.ui.kit.icons import icon
from modelward.ui.kit.theme import SPACE, Theme

_SCOPES = (("shown", "Shown models"), ("selected", "Selected models"), ("all", "All models"))


class Toolbar(QFrame):
    """Signals: ``left_down`` (the keyboard goes on to the table), ``import_requested``, ``export_requested`` (which
    models, and the file's ending), ``details_toggled``. ``selected`` tells how many rows are selected."""

    left_down = Signal()
    import_requested = Signal()
    export_requested = Signal(str, str)
    details_toggled = Signal(bool)

    def __init__(self, theme: Theme, selected: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.search = SearchBox("Search models", "Ctrl F", self)
        self.search.installEventFilter(self)
        self.filters = FilterBar(theme, self)
        self._count = ElidedLabel("", "muted", self)
        self._selected = selected
        self._import = QPushButton(icon("download"), "Import…", self)
        self._import.setToolTip("Read lists of models from JSON files; dropping them here does the same")
        self._import.clicked.connect(self.import_requested)
        self._export = QPushButton(icon("upload"), "Export…", self)
        self._export.clicked.connect(self._open_export)
        self.details = QToolButton(self)
        self.details.setIcon(icon("info"))
        self.details.setCheckable(True)
        self.details.setToolTip("Details of the chosen model (Enter)")
        self.details.setAccessibleName("Show details")
        self.details.toggled.connect(self.details_toggled)
        self._lay_out()
        theme.changed.connect(self._size)

    def show_total(self, total: int) -> None:
        """Says how much there is to search."""
        self.search.setPlaceholderText(f"Search {total:,} models")

    def show_count(self, shown: int, providers: int, total: int) -> None:
        """Says how many models of how many providers are shown."""
        word = "shown" if shown < total else "models"
        self._count.setText(f"{shown:,} {word} · {providers} provider{'' if providers == 1 else 's'}")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        keys = (Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in keys:
            self.left_down.emit()
            return True
        return super().eventFilter(watched, event)

    def _open_export(self) -> None:
        menu = QMenu(self)
        for scope, title in _SCOPES:
            if scope == "selected" and self._selected() < 2:
                continue
            for suffix, name in (("csv", "CSV"), ("json", "JSON with every fact")):
                label = f"{title} as {name}…"
                menu.addAction(label).triggered.connect(
                    lambda _checked=False, scope=scope, suffix=suffix: self.export_requested.emit(scope, suffix)
                )
            menu.addSeparator()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._export.mapToGlobal(self._export.rect().bottomLeft()))

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(SPACE)
        first.addWidget(self.search, 4)
        first.addWidget(self._count)
        first.addStretch(1)
        for button in (self._import, self._export, self.details):
            first.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, SPACE + SPACE // 2)
        column.setSpacing(SPACE)
        column.addLayout(first)
        column.addWidget(self.filters)
        self._size()

    def _size(self) -> None:
        self.search.setMinimumWidth(self._theme.scaled(120))
        self.search.setMaximumWidth(self._theme.scaled(420))
