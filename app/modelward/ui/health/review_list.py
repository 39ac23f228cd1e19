"""What waits for the person: values that a model stated, or a page, to be accepted or rejected."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from modelward.healing.model import Fill
from modelward.ui.health.fill_columns import PROPOSED, haystack
from modelward.ui.kit.card import EmptyState
from modelward.ui.kit.slots import guarded
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme
from modelward.ui.shell.layout_store import LayoutStore

_LAYOUT = "health/review"
_NOTHING = (
    "Nothing waits for you. With “Review first” in the settings, values that a model states, or a page, "
    "wait here until you accept them."
)


class ReviewList(QWidget):
    """The proposals. ``accept_requested`` and ``reject_requested`` carry their numbers."""

    accept_requested = Signal(object)
    reject_requested = Signal(object)

    def __init__(self, theme: Theme, layout_store: LayoutStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout_store = layout_store
        self.shown = Text("", "small", self)
        self.accept = QPushButton("Accept", self)
        self.accept.setProperty("role", "primary")
        self.reject = QPushButton("Reject", self)
        self.accept_all = QPushButton("Accept all", self)
        self.reject_all = QPushButton("Reject all", self)
        self.table: DataTable[Fill] = DataTable(PROPOSED, lambda fill: str(fill.id), haystack, theme, self)
        self.table.setAccessibleName("Values that wait for you")
        self.empty = EmptyState("check", _NOTHING, "", self)
        self.tools = QWidget(self)
        self._stack = QStackedLayout()
        self._lay_out()
        self._connect()
        self.show_proposals(())

    def show_proposals(self, proposals: Sequence[Fill]) -> None:
        """Shows these proposals."""
        self.table.set_rows(proposals)
        self._stack.setCurrentWidget(self.table if proposals else self.empty)
        self.tools.setVisible(bool(proposals))
        wait = "1 value waits" if len(proposals) == 1 else f"{len(proposals):,} values wait"
        self.shown.setText(f"{wait} for you")

    def _lay_out(self) -> None:
        row = QHBoxLayout(self.tools)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.shown, 1)
        for button in (self.reject_all, self.accept_all, self.reject, self.accept):
            row.addWidget(button)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.tools)
        column.addLayout(self._stack, 1)
        self.accept.setToolTip("Write the chosen values into the catalogue (Ctrl+Return)")
        self.reject.setToolTip("Drop the chosen values; they are not looked for this way again (Del)")

    def _connect(self) -> None:
        self.table.header.restore(self._layout_store.text(_LAYOUT))
        self.table.header.layout_changed.connect(self._on_header_layout_changed)
        self.accept.clicked.connect(self._on_accept)
        self.reject.clicked.connect(self._on_reject)
        # By their numbers, so that none is answered that came in the moment of the click.
        self.accept_all.clicked.connect(lambda: self.accept_requested.emit(_ids(self.table.rows.rows())))
        self.reject_all.clicked.connect(lambda: self.reject_requested.emit(_ids(self.table.rows.rows())))
        first = self.table.actions()[0]
        for words, keys, slot in (
            ("Accept", "Ctrl+Return", self._on_accept),
            ("Reject", "Del", self._on_reject),
        ):
            action = QAction(words, self.table)
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(slot)
            self.table.insertAction(first, action)

    @guarded
    def _on_accept(self) -> None:
        if rows := self.table.selected_rows():
            self.accept_requested.emit(_ids(rows))

    @guarded
    def _on_reject(self) -> None:
        if rows := self.table.selected_rows():
            self.reject_requested.emit(_ids(rows))

    def _on_header_layout_changed(self) -> None:
        self._layout_store.keep(_LAYOUT, self.table.header.layout_text())


def _ids(fills: Sequence[Fill]) -> list[int]:
    return [fill.id for fill in fills]
