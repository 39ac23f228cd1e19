"""The two settings that decide most about healing: whether it may cost money, and from when on a value is believed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QGridLayout, QMenu, QPushButton, QWidget

from modelward.ui.kit.icons import icon
from modelward.ui.kit.switch import Switch
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE

_THRESHOLDS = (0.6, 0.7, 0.8, 0.9, 0.95)


class HealingControls(QWidget):
    """Shows what is in force. ``zero_burn_requested`` is the wish to turn it; ``threshold_chosen`` carries 0.5 to 1."""

    zero_burn_requested = Signal()
    threshold_chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_on = True
        self.zero_burn = Switch(self)
        self.zero_burn.setAccessibleName("Zero-Burn")
        self.zero_burn.setToolTip("While it is on, only models that are known to be free are asked")
        self.zero_burn.clicked.connect(self._on_zero_burn_clicked)
        self.threshold = QPushButton("", self)
        self.threshold.setIcon(icon("chevron-down"))
        self.threshold.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the mark stands behind the figure
        self.threshold.setAccessibleName("Believe from")
        self.threshold.setToolTip("How sure a value that a model states must be before it is filed")
        self.menu = QMenu(self)
        self.threshold.setMenu(self.menu)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        grid.addWidget(Text("Zero-Burn: nothing may cost money", "muted", self), 0, 0)
        grid.addWidget(self.zero_burn, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(Text("Believe what models say from", "muted", self), 1, 0)
        grid.addWidget(self.threshold, 1, 1, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(0, 1)

    def show_values(self, *, zero_burn: bool, threshold: float) -> None:
        """Shows what is in force."""
        self._is_on = zero_burn
        self.zero_burn.setChecked(zero_burn)
        self.threshold.setText(_words(threshold))
        self.menu.clear()
        group = QActionGroup(self.menu)
        for value in sorted({*_THRESHOLDS, threshold}):
            action = QAction(_words(value), self.menu)
            action.setCheckable(True)
            action.setChecked(value == threshold)
            action.triggered.connect(lambda _checked=False, value=value: self.threshold_chosen.emit(value))
            group.addAction(action)
            self.menu.addAction(action)

    def _on_zero_burn_clicked(self) -> None:
        # It shows what counts: a question may stand before that.
        self.zero_burn.setChecked(self._is_on)
        self.zero_burn_requested.emit()


def _words(threshold: float) -> str:
    return f"{threshold * 100:g} %"
