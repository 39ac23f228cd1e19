"""The card of the chosen model: what it is, what is wrong with it, its layers and copies, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from modelward.catalog.fields import clip
from modelward.ollama.model import Layer, LayerCheck, Sample, ServerLook
from modelward.ui.kit.card import Card
from modelward.ui.kit.elided import ElidedLabel
from modelward.ui.kit.flow import FlowLayout, TagRow
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.switch import Switch
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Tone, restyle
from modelward.ui.ollama import wording
from modelward.ui.ollama.answers import Answers
from modelward.ui.ollama.layers_list import LayersList
from modelward.ui.ollama.rows import Row
from modelward.ui.ollama.versions_list import VersionsList

_FIRST = "Choose a model to see its layers, its copies and how it answers."


class DetailsCard(Card):
    """One model. A signal for each thing that can be done with it; the tab knows which model is chosen."""

    verify_requested = Signal()
    repair_requested = Signal()
    backup_requested = Signal()
    restore_requested = Signal()
    download_requested = Signal()
    export_requested = Signal()
    protect_requested = Signal(bool)

    def __init__(self, work_on: Callable[[Layer], str], parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName("The chosen model")
        self.name = ElidedLabel("", "name", self)
        self.export = QPushButton("Export…", self)
        self.facts = Text("", "muted", self, wraps=True)
        self.tags = TagRow(parent=self)
        self.trouble = NoticeBar(self, can_close=False)
        self.buttons = QWidget(self)
        self.repair = QPushButton("Repair", self.buttons)
        self.verify = QPushButton("Verify", self.buttons)
        self.back_up = QPushButton("Back up", self.buttons)
        self.restore = QPushButton("Restore…", self.buttons)
        self.download = QPushButton("Re-download…", self.buttons)
        self.protect = Switch(self)
        self._protected = QWidget(self)
        self._layers_title = Text("Layers", "strong", self)
        self.layers = LayersList(work_on, self)
        self._versions_title = Text("Copies in the vault", "strong", self)
        self.versions = VersionsList(self)
        self.answers = Answers(self)
        self._lay_out()
        self._connect()
        self.clear()

    def clear(self) -> None:
        """Shows that no model is chosen."""
        self.name.setText("Nothing selected")
        self.facts.setText(_FIRST)
        self.facts.show()
        for widget in self._parts():
            widget.hide()

    def show_row(self, row: Row, look: ServerLook | None, now: datetime) -> None:
        """Shows a model; how it answered comes by :meth:`show_samples`."""
        self.name.setText(clip(row.title, 300))
        loaded = wording.is_loaded(row.name, look)
        facts = wording.facts_text(row, loaded)
        self.facts.setText("\n".join(part for part in (facts, wording.loaded_text(loaded) if loaded else "") if part))
        self.facts.setVisible(bool(self.facts.text()))
        self._show_tags(row)
        self._show_trouble(row, now)
        layers: Sequence[LayerCheck] = row.check.layers if row.check else ()
        self.layers.show_layers(layers, now)
        self.layers.setVisible(bool(layers))
        self._layers_title.setVisible(bool(layers))
        self.versions.show_versions(row.versions, row.manifest_digest, now)
        self.versions.setVisible(not row.is_remote)
        self._versions_title.setVisible(not row.is_remote)
        self._allow(row)

    def show_samples(self, samples: Sequence[Sample], now: datetime) -> None:
        """Shows how the model answered."""
        self.answers.show_samples(samples, now)
        self.answers.show()

    def _show_tags(self, row: Row) -> None:
        held = row.check.model.config.capabilities if row.check else ()
        self.tags.set_tags((clip(word, 24), Tone.NEUTRAL) for word in held[:12])
        self.tags.setVisible(bool(held))

    def _show_trouble(self, row: Row, now: datetime) -> None:
        tag = wording.verdict_tags(row, now)[0]
        if row.is_bad:
            self.trouble.tell(f"It is {tag.word}.", wording.verdict_text(row, now), tone=Tone.TROUBLE)
        elif row.check is not None and row.check.loads is False:
            self.trouble.tell("Ollama does not load it.", wording.verdict_text(row, now), tone=Tone.ATTENTION)
        elif row.check is None:
            self.trouble.tell("It is in the vault alone.", wording.verdict_text(row, now), tone=Tone.NEUTRAL)
        else:
            self.trouble.hide()

    def _allow(self, row: Row) -> None:
        is_local = row.check is not None and not row.is_remote
        has_any = is_local or bool(row.versions)
        self.repair.setVisible(row.is_bad)
        self.verify.setVisible(is_local)
        self.verify.setProperty("role", "" if row.is_bad else "primary")
        restyle(self.verify)
        self.back_up.setVisible(is_local)
        self.back_up.setEnabled(not row.is_bad)
        self.restore.setVisible(not row.is_remote)
        self.restore.setEnabled(bool(row.versions))
        self.restore.setProperty("role", "primary" if row.check is None else "")
        restyle(self.restore)
        self.download.setVisible(not row.is_remote)
        self.export.setVisible(has_any)
        self.export.setEnabled(not row.is_bad or bool(row.versions))
        self.buttons.setVisible(has_any)
        self.buttons.updateGeometry()
        self._protected.setVisible(is_local)
        self.protect.setChecked(row.is_protected)

    def _parts(self) -> Sequence[QWidget]:
        return (
            self.export,
            self.tags,
            self.trouble,
            self.buttons,
            self._protected,
            self._layers_title,
            self.layers,
            self._versions_title,
            self.versions,
            self.answers,
        )

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self.name, 1)
        head.addWidget(self.export, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        flow = FlowLayout(self.buttons, gap=SPACE)
        for button in (self.repair, self.verify, self.back_up, self.restore, self.download):
            flow.addWidget(button)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.buttons.setSizePolicy(policy)
        line = QHBoxLayout(self._protected)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(Text("Bring it back when it is gone", "muted", self._protected), 1)
        line.addWidget(self.protect)
        for widget in (self.facts, self.tags, self.trouble, self.buttons, self._protected):
            self.body.addWidget(widget)
        for widget in (self._layers_title, self.layers, self._versions_title, self.versions, self.answers):
            self.body.addSpacing(SPACE // 2 if widget in (self._layers_title, self._versions_title) else 0)
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.repair.setProperty("role", "primary")
        self.protect.setAccessibleName("Bring it back when it is gone")
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for button, told in (
            (self.repair, "Bring back what is bad: from the vault, from another model, by a download (Ctrl+R)"),
            (self.verify, "Read it whole and compare it with its digests (Ctrl+E)"),
            (self.back_up, "Copy it into the vault (Ctrl+B)"),
            (self.restore, "Put a version from the vault back (Ctrl+Shift+R)"),
            (self.download, "Fetch it anew through Ollama (Ctrl+D)"),
            (self.export, "Write it into one file (Ctrl+S)"),
        ):
            button.setToolTip(told)

    def _connect(self) -> None:
        for button, signal in (
            (self.repair, self.repair_requested),
            (self.verify, self.verify_requested),
            (self.back_up, self.backup_requested),
            (self.restore, self.restore_requested),
            (self.download, self.download_requested),
            (self.export, self.export_requested),
        ):
            button.clicked.connect(lambda _checked=False, signal=signal: signal.emit())
        self.protect.clicked.connect(self._on_protect_clicked)

    def _on_protect_clicked(self) -> None:
        self.protect_requested.emit(self.protect.isChecked())
