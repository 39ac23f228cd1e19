"""The question before a restore: which copy, what would change by count and by name, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from modelward.backups.preview import Names, Preview
from modelward.catalog.fields import clip
from modelward.ui.backups import wording
from modelward.ui.kit.dialogs import Sheet
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Tone, restyle

_NAMED = 10
_WIDTH = 520
_MOST_HEIGHT = 320
_RIGHT = Qt.AlignmentFlag.AlignRight


class RestoreDialog(Sheet):
    """Accepted when the person wants the copy back. Enter alone leaves everything as it is."""

    def __init__(self, preview: Preview, running: Sequence[str], now: datetime, parent: QWidget | None) -> None:
        when = wording.when_text(preview.backup.created_at, now)
        super().__init__(parent, f"Restore {when}?", wording.sentence(preview.backup, now), Tone.TROUBLE)
        self.setMinimumWidth(Theme.current().scaled(_WIDTH))
        note = preview.backup.meta.note if preview.backup.meta else ""
        if note:
            self.column.addWidget(Text(f"“{clip(note, 300)}”", "muted", self, wraps=True))
        self.column.addWidget(self._scrolled(*self._changes(preview)), 1)
        kept = NoticeBar(self, can_close=False)
        stopped = f"What runs is stopped first: {', '.join(running)}. It can be started again." if running else ""
        kept.tell("Today’s state is kept first, as a copy “before a restore”.", stopped, tone=Tone.ACCENT)
        self.column.addWidget(kept)
        self.action = self.add_buttons("Restore", is_danger=True)

    def _changes(self, preview: Preview) -> tuple[QWidget, QVBoxLayout]:
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, SPACE, 0)
        column.setSpacing(SPACE)
        if preview.trouble:
            column.addWidget(Text(f"Today’s store cannot be read: {preview.trouble}", "complaint", content, wraps=True))
        elif preview.is_same:
            column.addWidget(
                Text("Nothing would change: the store holds the same today.", "strong", content, wraps=True)
            )
        if preview.tables:
            column.addLayout(_table(preview, content))
        for title, names, tone in (
            ("Values of your own that are lost", preview.own_values_lost, Tone.TROUBLE),
            ("Values of your own that come back", preview.own_values_regained, Tone.WELL),
            ("Models that go", preview.models_removed, Tone.TROUBLE),
            ("Models that come back", preview.models_added, Tone.WELL),
            ("Models with other values", preview.models_changed, Tone.ATTENTION),
        ):
            if names.count:
                column.addWidget(_names(title, names, tone, content))
        column.addStretch(1)
        return content, column

    def _scrolled(self, content: QWidget, column: QVBoxLayout) -> QWidget:
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        for ground in (scroll.viewport(), content):
            ground.setAutoFillBackground(False)
        wanted = column.totalHeightForWidth(self.minimumWidth() - 6 * SPACE) + SPACE
        scroll.setFixedHeight(min(wanted, Theme.current().scaled(_MOST_HEIGHT)))
        return scroll


def names_text(names: Names) -> str:
    """The first names, a line each, and how many more there are."""
    shown = [clip(name, 120) for name in names.first[:_NAMED]]
    rest = names.count - len(shown)
    return "\n".join([*shown, *([f"and {rest:,} more"] if rest else [])])


def _names(title: str, names: Names, tone: Tone, parent: QWidget) -> QWidget:
    box = QWidget(parent)
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    head = Text(f"{title}: {names.count:,}", "complaint" if tone is Tone.TROUBLE else "strong", box)
    listed = Text(names_text(names), "muted", box, wraps=True)
    listed.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    column.addWidget(head)
    column.addWidget(listed)
    return box


def _table(preview: Preview, parent: QWidget) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(3 * SPACE)
    grid.setVerticalSpacing(SPACE // 2)
    grid.setColumnStretch(0, 1)
    for column, title in enumerate(("", "Today", "Then", "")):
        grid.addWidget(Text(title, "small", parent), 0, column, _RIGHT)
    for place, rows in enumerate(sorted(preview.tables, key=lambda rows: wording.table_order(rows.table)), 1):
        change, tone = wording.change(rows.copy, rows.today)
        grid.addWidget(Text(wording.table_title(rows.table), "muted", parent), place, 0)
        for column, words in enumerate((f"{rows.today:,}", f"{rows.copy:,}", change), 1):
            text = Text(words, "", parent)
            if column == 3:
                text.setProperty("role", "complaint" if tone is Tone.TROUBLE else "muted")
                restyle(text)
            grid.addWidget(text, place, column, _RIGHT)
    return grid
