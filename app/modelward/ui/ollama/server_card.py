"""The first card: how Ollama stands, where its models lie, how many are proven, and how safe the vault is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from modelward.ollama.model import Overview
from modelward.ui.kit.card import Card
from modelward.ui.kit.elided import ElidedLabel
from modelward.ui.kit.flow import FlowLayout
from modelward.ui.kit.rows import plain_tooltip
from modelward.ui.kit.tag import Tag
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Tone
from modelward.ui.ollama import figures, standing
from modelward.ui.ollama.following import Following
from modelward.ui.ollama.rows import Count
from modelward.ui.ollama.work_strip import WorkStrip

_WIDEST = 480
_TOP = Qt.AlignmentFlag.AlignTop


@dataclass(frozen=True, slots=True)
class Seen:
    """What the card shows. ``free``: bytes left on the models' disk."""

    overview: Overview
    counted: Count
    url: str
    free: int | None


class ServerCard(Card):
    """The answer first: is it there, is it proven, is it copied."""

    verify_requested = Signal()
    backup_requested = Signal()
    import_requested = Signal()
    address_requested = Signal()
    folder_requested = Signal()

    def __init__(self, following: Following, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName("Ollama")
        self.server = Fact("Server", self, has_tag=True)
        self.address = Fact("Address", self)
        self.models = Fact("Models", self)
        self.proven = Fact("Intact", self, has_tag=True)
        self.place = Fact("Model folder", self)
        self.vault = Fact("Vault", self, has_tag=True)
        self.vault_menu = QPushButton("Vault", self)
        menu = QMenu(self.vault_menu)
        self.prove_copies = menu.addAction("Verify copies")
        self.begin_vault = menu.addAction("New vault…")
        self.vault_menu.setMenu(menu)
        self.take_in = QPushButton("Import…", self)
        self.back_up = QPushButton("Back up all", self)
        self.verify = QPushButton("Verify all", self)
        self.verify.setProperty("role", "primary")
        self.work = WorkStrip(following, self)
        self._lay_out()
        self._connect()

    def show_seen(self, seen: Seen, now: datetime) -> None:
        """Shows how all stands."""
        overview, counted = seen.overview, seen.counted
        self.server.show_tag(*standing.server_words(overview.look), standing.server_text(overview.look, now))
        self.address.show_text(standing.address_text(seen.url), seen.url)
        size = f" · {figures.size_text(counted.size)}" if counted.models else ""
        self.models.show_text(f"{counted.models:,}{size}", "Shared blobs are counted once")
        self.proven.show_tag(*standing.proven_words(counted), "Models of which every blob was hashed, unchanged since")
        self._show_place(seen)
        words, tone = standing.vault_words(overview.vault)
        self.vault.show_text(str(overview.vault.folder) if overview.vault else "", standing.vault_text(overview.vault))
        self.vault.show_tag(words, tone, standing.vault_text(overview.vault))
        vault = overview.vault
        self.prove_copies.setEnabled(vault is not None and bool(vault.versions))
        self.begin_vault.setEnabled(vault is not None and vault.is_gone)
        for button in (self.verify, self.back_up):
            button.setEnabled(counted.provable > 0)

    def _show_place(self, seen: Seen) -> None:
        place = seen.overview.place
        if place is None:
            self.place.show_text("not found", "Neither the settings nor the usual places have one")
            return
        free = f" · {figures.size_text(seen.free)} free" if seen.free is not None else ""
        gone = "" if place.is_there else " · not there"
        told = f"{place.folder}\nKnown from: {place.source.value}"
        if place.is_there and not place.can_write:
            told += "\nIt belongs to another user: repairs go through Ollama, or a command is shown."
        self.place.show_text(f"{place.folder}{free}{gone}", told)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self._line(self.server, self.address, self.models, self.proven), 1)
        for button in (self.take_in, self.back_up, self.verify):
            row.addWidget(button, 0, _TOP)
        self.body.addLayout(row)
        below = QHBoxLayout()
        below.setSpacing(SPACE)
        below.addWidget(self._line(self.place, self.vault), 1)
        below.addWidget(self.vault_menu, 0, _TOP)
        self.body.addLayout(below)
        self.body.addWidget(self.work)
        self.vault_menu.setToolTip("Prove the copies, or begin a new vault where the former one is lost")
        self.take_in.setToolTip("Put a model back from the file of an export (Ctrl+I)")
        self.back_up.setToolTip("Copy every new or changed model into the vault (Ctrl+Shift+B)")
        self.verify.setToolTip("Read every model whole and compare it with its digests (Ctrl+Shift+E)")

    def _line(self, *facts: Fact) -> QWidget:
        line = QWidget(self)
        flow = FlowLayout(line, gap=SPACE)
        for fact in facts:
            flow.addWidget(fact)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        line.setSizePolicy(policy)
        return line

    def _connect(self) -> None:
        self.verify.clicked.connect(self.verify_requested)
        self.back_up.clicked.connect(self.backup_requested)
        self.take_in.clicked.connect(self.import_requested)


class Fact(QWidget):
    """What something is called, and below it how it is: words, a tag, or both."""

    def __init__(self, key: str, parent: QWidget, *, has_tag: bool = False) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._key = key
        self._value = ElidedLabel("", "strong", self)
        self._tag = Tag("", Tone.NEUTRAL, self)
        self._tag.setVisible(has_tag)
        self._value.hide()
        below = QHBoxLayout()
        below.setSpacing(SPACE)
        below.addWidget(self._value, 1)
        below.addWidget(self._tag)
        below.addStretch(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 2 * SPACE, 0)
        column.setSpacing(2)
        column.addWidget(Text(key, "muted", self))
        column.addLayout(below)
        self._theme.changed.connect(self._size)
        self._size()

    @property
    def words(self) -> str:
        """All that it says."""
        return " ".join(part for part in (self._value.text(), self._tag.text()) if part)

    def show_text(self, text: str, explained: str = "") -> None:
        """Shows words."""
        self._value.setText(text)
        self._value.setVisible(bool(text))
        self._explain(explained)

    def show_tag(self, word: str, tone: Tone, explained: str = "") -> None:
        """Shows a tag."""
        self._tag.show_state(word, tone)
        self._tag.setVisible(bool(word))
        self._tag.updateGeometry()
        self._explain(explained)

    def _explain(self, explained: str) -> None:
        self.setToolTip(plain_tooltip(explained) if explained else "")
        self.setAccessibleName(f"{self._key}: {self.words}")
        self.updateGeometry()

    def _size(self) -> None:
        self.setMaximumWidth(self._theme.scaled(_WIDEST))
        self._value.setFixedHeight(self._theme.tag_height)
