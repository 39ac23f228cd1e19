"""What the catalogue claims of a model, and what was proven or refuted by asking."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from modelward.benchmarks.model import CapabilityProof
from modelward.catalog.fields import clip
from modelward.core import units
from modelward.core.clock import Clock
from modelward.ui.benchmarks import wording
from modelward.ui.kit.card import EmptyState
from modelward.ui.kit.elided import ElidedLabel
from modelward.ui.kit.rows import CellTag, Column
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.theme import SPACE, Theme

_CHOOSE = "Choose a model in the table to see what of its claims was proven."
_NOTHING = "Nothing was proven of this model yet. Proving asks it a few short questions, each with a known answer."


class ClaimsPanel(QWidget):
    """The claims of one model. ``prove_requested`` carries its id."""

    prove_requested = Signal(str)

    def __init__(self, theme: Theme, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model_id: str | None = None
        self.name = ElidedLabel("", "strong", self)
        self.prove = QPushButton("Prove…", self)
        self.prove.setToolTip("Ask the model whether it can do what is claimed of it")
        self.table: DataTable[CapabilityProof] = DataTable(
            _columns(clock), lambda proof: proof.subject, lambda proof: proof.subject, theme, self
        )
        self.table.setAccessibleName("Claims of the model")
        self.empty = EmptyState("check", _CHOOSE, "", self)
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.prove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addWidget(self.empty, 1)
        self.prove.clicked.connect(self._on_prove)
        self.empty.action_requested.connect(self._on_prove)

    def show_proofs(self, model_id: str | None, proofs: Sequence[CapabilityProof]) -> None:
        """Shows what was found of a model; None: no model is chosen."""
        self._model_id = model_id
        self.name.setText(wording.name_of(model_id) if model_id is not None else "")
        self.table.set_rows(proofs)
        self.table.setVisible(bool(proofs))
        self.prove.setVisible(bool(proofs))
        self.empty.setVisible(not proofs)
        if model_id is None:
            self.empty.show_sentence(_CHOOSE)
        else:
            self.empty.show_sentence(_NOTHING, "Prove…")

    def _on_prove(self) -> None:
        if self._model_id is not None:
            self.prove_requested.emit(self._model_id)


def _columns(clock: Clock) -> tuple[Column[CapabilityProof], ...]:
    return (
        Column(
            "subject",
            "What",
            text=lambda proof: wording.subject_text(proof.subject),
            sort=lambda proof: proof.subject,
            width=130,
            is_strong=True,
        ),
        Column(
            "claimed",
            "Claimed",
            text=wording.claimed_text,
            sort=wording.claimed_text,
            explained="What the catalogue says",
            width=76,
        ),
        Column(
            "found",
            "Found",
            text=wording.found_text,
            sort=lambda proof: proof.proof.value,
            tags=lambda proof: (CellTag(wording.found_text(proof), wording.PROOF_TONES[proof.proof]),),
            width=128,
        ),
        Column(
            "how",
            "How",
            text=lambda proof: clip(proof.detail, 200),
            sort=lambda proof: proof.detail,
            tooltip=lambda proof: clip(proof.detail, 600),
            width=120,
            is_muted=True,
            takes_slack=True,
        ),
        Column(
            "at",
            "When",
            text=lambda proof: units.ago(proof.at, clock()),
            sort=lambda proof: proof.at.timestamp() if proof.at else None,
            tooltip=lambda proof: units.local_time(proof.at),
            width=86,
            is_muted=True,
        ),
    )
