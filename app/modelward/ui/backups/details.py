"""The card of the chosen copy: what it is, what is wrong with it, what a restore would change, and what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from modelward.backups.model import Backup, Engine, Kind, Meta, State
from modelward.catalog.fields import clip
from modelward.ui.backups import wording
from modelward.ui.kit.card import Card
from modelward.ui.kit.elided import KeyValueRow
from modelward.ui.kit.flow import FlowLayout, TagRow
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Tone, restyle

_RIGHT = Qt.AlignmentFlag.AlignRight
_KEPT_FIRST = "Today’s state is kept first, as a copy “before a restore”."
_FIRST = "Choose a copy to see what is in it, and what a restore would change."


class DetailsCard(Card):
    """One copy. A signal for each thing that can be done with it; the tab knows which copy is chosen."""

    restore_requested = Signal()
    verify_requested = Signal()
    folder_requested = Signal()
    delete_requested = Signal()
    rebuild_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Nothing selected", parent)
        self._sentence = _selectable("muted", self)
        self._tags = TagRow(parent=self)
        self._note = _selectable("", self)
        self._trouble = NoticeBar(self, can_close=False)
        self._facts = {key: KeyValueRow(key, "", self) for key in ("File", "SHA-256")}
        self._differences = Differences(self)
        self._buttons = QWidget(self)
        self.restore = QPushButton("Restore…", self._buttons)
        self.restore.setProperty("role", "primary")
        self.verify = QPushButton("Verify", self._buttons)
        self.folder = QPushButton("Open folder", self._buttons)
        self.rebuild = QPushButton("Rebuild metadata", self._buttons)
        self.delete = QPushButton("Delete…", self._buttons)
        self._lay_out()
        self._connect()
        self.clear()

    def clear(self) -> None:
        """Shows that no copy is chosen."""
        self.set_title("Nothing selected")
        self._sentence.setText(_FIRST)
        for widget in (self._tags, self._note, self._trouble, self._differences, self._buttons, *self._facts.values()):
            widget.hide()

    def show_backup(self, backup: Backup, today: Mapping[str, int], now: datetime) -> None:
        """Shows a copy; ``today`` holds the rows of each table of the store as it is."""
        self.set_title(f"Selected: {wording.when_text(backup.created_at, now)}")
        self._sentence.setText(f"{wording.sentence(backup, now)} {_store_text(backup.meta)}".strip())
        tags = [wording.state_tag(backup), *(tag for tag in wording.reason_tags(backup) if tag.tone is Tone.ACCENT)]
        self._tags.set_tags((tag.word, tag.tone) for tag in tags)
        self._tags.setToolTip(wording.reasons_text(backup))
        self._tags.show()
        self._show_note(backup)
        self._show_facts(backup)
        self._show_trouble(backup)
        self._show_actions(backup)
        meta = backup.meta
        can_restore = meta is not None and backup.state in {State.GOOD, State.UNVERIFIED}
        self._differences.setVisible(can_restore)
        if meta is not None and can_restore:
            self._differences.show_rows(meta.row_counts, today)

    def _show_note(self, backup: Backup) -> None:
        note = backup.meta.note if backup.meta else ""
        self._note.setText(f"“{clip(note, 1000)}”")
        self._note.setVisible(bool(note))

    def _show_facts(self, backup: Backup) -> None:
        meta = backup.meta
        words = {
            "File": backup.path.name,
            "SHA-256": meta.sha256 if meta else "",
        }
        for key, row in self._facts.items():
            row.set_value(words[key])
            row.setVisible(bool(words[key]))

    def _show_trouble(self, backup: Backup) -> None:
        if backup.trouble:
            self._trouble.tell(backup.trouble, backup.todo, tone=wording.state_tag(backup).tone)
        else:
            self._trouble.hide()

    def _show_actions(self, backup: Backup) -> None:
        is_whole = backup.state in {State.GOOD, State.UNVERIFIED}
        has_file = backup.size_bytes > 0
        self.restore.setVisible(backup.state is not State.ORPHAN)
        self.restore.setEnabled(is_whole)
        self.verify.setVisible(backup.state is not State.ORPHAN)
        self.rebuild.setVisible(backup.state is State.ORPHAN and has_file)
        self.delete.setVisible(backup.kind is not Kind.HOURLY or not is_whole)
        self._buttons.show()
        self._buttons.updateGeometry()

    def _lay_out(self) -> None:
        flow = FlowLayout(self._buttons, gap=SPACE)
        for button in (self.restore, self.verify, self.folder, self.rebuild, self.delete):
            flow.addWidget(button)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self._buttons.setSizePolicy(policy)
        for widget in (self._sentence, self._tags, self._note, self._trouble):
            self.body.addWidget(widget)
        self.body.addWidget(self._differences)
        self.body.addWidget(self._buttons)
        self.body.addSpacing(SPACE // 2)
        for row in self._facts.values():
            self.body.addWidget(row)

    def _connect(self) -> None:
        for button, signal in (
            (self.restore, self.restore_requested),
            (self.verify, self.verify_requested),
            (self.folder, self.folder_requested),
            (self.rebuild, self.rebuild_requested),
            (self.delete, self.delete_requested),
        ):
            button.clicked.connect(lambda _checked=False, signal=signal: signal.emit())


class Differences(QWidget):
    """How many rows a copy holds, table by table, and how many more or fewer that is than today."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, SPACE // 2, 0, 0)
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setVerticalSpacing(SPACE // 2)
        self._grid.setColumnStretch(0, 1)
        self._grid.addWidget(Text("If you restore it", "strong", self), 0, 0, 1, 3)
        self._rows: dict[str, tuple[Text, Text, Text]] = {}
        self._last = Text(_KEPT_FIRST, "small", self, wraps=True)

    def show_rows(self, copy: Mapping[str, int], today: Mapping[str, int]) -> None:
        """Shows these counts of rows, by table."""
        tables = [table for table in copy if wording.is_told(table)]
        self._grid.removeWidget(self._last)
        for place, table in enumerate(sorted(tables, key=wording.table_order), 1):
            row = self._rows.get(table) or self._made(table)
            for column, text in enumerate(row):
                self._grid.addWidget(text, place, column)
            change, tone = wording.change(copy[table], today.get(table, 0))
            row[1].setText(f"{copy[table]:,}")
            row[2].setText(change)
            row[2].setProperty("role", "complaint" if tone is Tone.TROUBLE else "muted")
            restyle(row[2])
        for table, row in self._rows.items():
            for text in row:
                text.setVisible(table in tables)
        self._grid.addWidget(self._last, len(tables) + 1, 0, 1, 3)

    def _made(self, table: str) -> tuple[Text, Text, Text]:
        row = Text(wording.table_title(table), "muted", self), Text("", "", self), Text("", "muted", self)
        for text in row[1:]:
            text.setAlignment(_RIGHT | Qt.AlignmentFlag.AlignVCenter)
        self._rows[table] = row
        return row


def _store_text(meta: Meta | None) -> str:
    if meta is None:
        return ""
    engine = "SQLite" if meta.engine is Engine.SQLITE else "PostgreSQL"
    return f"Store version {meta.schema_revision}, {engine} {meta.engine_version}".strip() + "."


def _selectable(role: str, parent: QWidget) -> Text:
    text = Text("", role, parent, wraps=True)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return text
