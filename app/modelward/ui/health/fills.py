"""What a cycle filled: each value with those who say so, and the way to take it back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from modelward.catalog.fields import clip
from modelward.healing.model import Cycle, CycleState, Fill, FillState, Means
from modelward.ui.health import wording
from modelward.ui.health.fill_columns import FILLED, haystack
from modelward.ui.kit.card import EmptyState
from modelward.ui.kit.elided import ElidedLabel
from modelward.ui.kit.slots import guarded
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme

_SAFE = ("http", "https")


class FillsPanel(QWidget):
    """The fills of one cycle. ``undo_requested`` carries a fill, ``undo_cycle_requested`` a cycle."""

    undo_requested = Signal(object)
    undo_cycle_requested = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cycle: Cycle | None = None
        self.title = Text("", "title", self)
        self.undo_cycle = QPushButton("Take back the whole cycle…", self)
        self.table: DataTable[Fill] = DataTable(FILLED, lambda fill: str(fill.id), haystack, theme, self)
        self.table.setAccessibleName("What the cycle filled")
        self.empty = EmptyState("info", "", "", self)
        self.why = ElidedLabel("", "muted", self)
        self.evidence = QPushButton("Open the page", self)
        self.evidence.setProperty("role", "link")
        self.undo = QPushButton("Take back this value", self)
        self._stack = QStackedLayout()
        self._lay_out()
        self.table.row_changed.connect(self._show_chosen)
        self.evidence.clicked.connect(self._on_evidence_clicked)
        self.undo.clicked.connect(lambda: self.undo_requested.emit(self.table.current_row()))
        self.undo_cycle.clicked.connect(lambda: self.undo_cycle_requested.emit(self._cycle))

    def show_fills(self, cycle: Cycle, heading: str, fills: Sequence[Fill]) -> None:
        """Shows what a cycle filled."""
        self._cycle = cycle
        self.title.setText(heading)
        self.table.set_rows(fills)
        self._stack.setCurrentWidget(self.table if fills else self.empty)
        self.empty.show_sentence(_nothing(cycle))
        self.undo_cycle.setVisible(any(map(can_undo, fills)))
        self._show_chosen()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.undo_cycle)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE)
        foot.addWidget(self.why, 1)
        foot.addWidget(self.evidence)
        foot.addWidget(self.undo)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addLayout(self._stack, 1)
        column.addLayout(foot)

    @guarded
    def _show_chosen(self) -> None:
        fill = self.table.current_row()
        self.why.setText(wording.why(fill) if fill is not None else "")
        self.why.setVisible(fill is not None)
        address = fill.fact.evidence if fill is not None else None
        self.evidence.setVisible(bool(address) and QUrl(address or "").scheme() in _SAFE)
        self.evidence.setToolTip(clip(address or "", 200))
        self.undo.setVisible(fill is not None)
        self.undo.setEnabled(fill is not None and can_undo(fill))
        self.undo.setToolTip(_undo_hint(fill))

    @guarded
    def _on_evidence_clicked(self) -> None:
        fill = self.table.current_row()
        if fill is not None and fill.fact.evidence:
            QDesktopServices.openUrl(QUrl(fill.fact.evidence))


def can_undo(fill: Fill) -> bool:
    """Whether a fill can be taken back: what rules tell, they would tell again."""
    return fill.state is FillState.WRITTEN and fill.means is not Means.SURVEY


def _undo_hint(fill: Fill | None) -> str:
    if fill is not None and fill.means is Means.SURVEY:
        return "A rule would tell it again; set a value of your own instead"
    return "The value goes, and is not looked for this way again until you say so"


def _nothing(cycle: Cycle) -> str:
    if cycle.error:
        return clip(cycle.error, 300)
    return "It has not filled anything yet." if cycle.state is CycleState.RUNNING else "It filled nothing."
