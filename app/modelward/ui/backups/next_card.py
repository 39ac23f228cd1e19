"""The card of what happens next."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from modelward.ui.backups.next_runs import SAFETY, NextRun
from modelward.ui.kit.card import Card
from modelward.ui.kit.rows import plain_tooltip
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE


class NextCard(Card):
    """The coming runs, one a line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Next", parent)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setVerticalSpacing(SPACE // 2)
        self._grid.setColumnStretch(1, 1)
        self._lines: list[tuple[Text, Text]] = []
        self.body.addLayout(self._grid)
        self.body.addWidget(Text(SAFETY, "small", self, wraps=True))

    def show_runs(self, runs: Sequence[NextRun]) -> None:
        """Shows these runs instead of the former ones."""
        while len(self._lines) < len(runs):
            line = Text("", "strong", self), Text("", "muted", self, wraps=True)
            for column, text in enumerate(line):
                self._grid.addWidget(text, len(self._lines), column, Qt.AlignmentFlag.AlignTop)
            self._lines.append(line)
        for place, (when, what) in enumerate(self._lines):
            run = runs[place] if place < len(runs) else NextRun("", "")
            when.setText(run.when)
            what.setText(run.what)
            for text in (when, what):
                text.setVisible(place < len(runs))
                text.setToolTip(plain_tooltip(run.exact) if run.exact else "")
