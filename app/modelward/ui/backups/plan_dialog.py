"""The rule of retention at work: what it keeps and why, and what it would remove, with the consent to do so."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtWidgets import QPushButton, QWidget

from modelward.backups.model import PruneReport
from modelward.backups.retention import Decision
from modelward.ui.backups.wording import when_text
from modelward.ui.kit.dialogs import Sheet
from modelward.ui.kit.rows import CellTag, Column
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.theme import Theme, Tone

_SIZE = (640, 460)
_RULE = (
    "Of the hourly copies the newest of 24 hours, 7 days and 4 weeks are kept, counting only those that have one. "
    "Copies by hand and before operations stay."
)


class PlanDialog(Sheet):
    """Every decision; accepted where the person consents to what would be removed."""

    def __init__(self, report: PruneReport, theme: Theme, now: datetime, parent: QWidget | None) -> None:
        going = sum(1 for decision in report.decisions if not decision.is_kept)
        super().__init__(
            parent, "What the rule keeps", f"{_RULE}\n{_summary(len(report.decisions), going)}", _tone(report)
        )
        self.table: DataTable[Decision] = DataTable(
            _columns(now), lambda row: row.copy.id, lambda row: row.copy.id, theme, self
        )
        self.table.setAccessibleName("Decisions of the rule")
        self.table.set_rows(sorted(report.decisions, key=lambda row: row.is_kept))
        self.table.setMinimumHeight(theme.scaled(240))
        self.column.addWidget(self.table, 1)
        self.action: QPushButton | None = None
        if going:
            copies = "1 copy" if going == 1 else f"{going:,} copies"
            self.action = self.add_buttons(f"Remove {copies}", is_danger=True)
        else:
            self.add_closing("\n".join(f"{row.copy.id}: {', '.join(row.reasons)}" for row in report.decisions))
        self.resize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))


def _summary(total: int, going: int) -> str:
    if not going:
        return "The one copy stays." if total == 1 else f"All {total:,} copies stay."
    return f"{going:,} of {total:,} copies would go."


def _tone(report: PruneReport) -> Tone:
    return Tone.ATTENTION if report.asks_first else Tone.ACCENT


def _columns(now: datetime) -> tuple[Column[Decision], ...]:
    return (
        Column(
            "verdict",
            "Verdict",
            text=lambda row: "stays" if row.is_kept else "goes",
            sort=lambda row: float(row.is_kept),
            tags=lambda row: (CellTag("stays", Tone.WELL) if row.is_kept else CellTag("goes", Tone.ATTENTION),),
            width=80,
        ),
        Column(
            "when",
            "When",
            text=lambda row: when_text(row.copy.made_at, now),
            sort=lambda row: row.copy.made_at.timestamp(),
            width=150,
            is_strong=True,
        ),
        Column("kind", "Kind", text=lambda row: row.copy.kind.value, sort=lambda row: row.copy.kind.value, width=110),
        Column(
            "why",
            "Because",
            text=lambda row: ", ".join(row.reasons),
            sort=lambda row: ", ".join(row.reasons),
            tooltip=lambda row: "\n".join(row.reasons),
            width=160,
            is_muted=True,
            takes_slack=True,
        ),
    )
