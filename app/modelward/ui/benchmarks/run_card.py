"""The card of a run: what is measured now, live, how far each model is; or a run that can go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from modelward.benchmarks.model import Batch, BatchState, CallKind, CellProgress, Measurement, Metric, Workload
from modelward.benchmarks.timing import value_of
from modelward.catalog.fields import clip
from modelward.ui.benchmarks import figures, wording
from modelward.ui.benchmarks.chart_holder import ChartHolder
from modelward.ui.benchmarks.sheets import as_csv
from modelward.ui.kit.card import Card
from modelward.ui.kit.charting import load_live
from modelward.ui.kit.rows import CellTag, Column
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Tone

if TYPE_CHECKING:
    from modelward.ui.kit.plots_live import LivePlot

_HEIGHT = 168
_STEPS = 1000
_WAITING = "The first answer begins this chart."


@dataclass(frozen=True, slots=True)
class Part:
    """A model within a run: the calls that were made, of all, and those that failed."""

    model_id: str
    done: int
    total: int
    errors: int
    detail: str

    @property
    def word(self) -> str:
        """How it stands."""
        if self.detail:
            return "given up"
        return "done" if self.done >= self.total else "running" if self.done else "waits"

    @property
    def tone(self) -> Tone:
        """And in which colour."""
        tones = {"given up": Tone.TROUBLE, "done": Tone.WELL, "running": Tone.WORKING}
        return tones.get(self.word, Tone.NEUTRAL)


def parts_of(cells: Sequence[CellProgress]) -> list[Part]:
    """The cells of each model together, in the order of the plan; warm-ups do not count."""
    found: dict[str, Part] = {}
    for each in cells:
        if each.cell.kind is CallKind.WARM_UP:
            continue
        id_ = each.cell.model_id
        before = found.get(id_, Part(id_, 0, 0, 0, ""))
        detail = before.detail or each.detail
        found[id_] = Part(
            id_, before.done + each.done, before.total + each.cell.runs, before.errors + each.errors, detail
        )
    return list(found.values())


class RunCard(Card):
    """Hidden while there is nothing to tell. Signals are wishes."""

    pause_requested = Signal()
    resume_requested = Signal()
    cancel_requested = Signal()
    dismiss_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Measuring", parent)
        self._theme = theme
        self._live: list[tuple[str, float]] = []
        self.words = Text("", "muted", self, wraps=True)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the run")
        self.pause = QPushButton("Pause", self)
        self.resume = QPushButton("Go on", self)
        self.cancel = QPushButton("Cancel", self)
        self.dismiss = QPushButton("Leave it", self)
        self.holder: ChartHolder[LivePlot] = ChartHolder(_made, "run", self._table, self)
        self.parts: DataTable[Part] = DataTable(
            _COLUMNS, lambda part: part.model_id, lambda part: part.model_id, theme, self
        )
        self._lay_out()
        self._connect()
        self.hide()

    def start(self) -> None:
        """Another run begins: what was drawn goes."""
        self._live.clear()
        if self.holder.chart is not None:
            self.holder.chart.start()
        self.holder.say(_WAITING)

    def show_run(
        self, batch: Batch, cells: Sequence[CellProgress], listed: Sequence[Workload], *, is_running: bool
    ) -> None:
        """Shows how far a run is."""
        title = wording.batch_title(batch, listed)
        self.set_title(f"Measuring · {title}" if is_running else f"Not finished · {title}")
        detail = "" if is_running else clip(batch.detail, 300)
        self.words.setText(" · ".join(part for part in (wording.batch_text(batch), detail) if part))
        self.bar.setRange(0, _STEPS)
        self.bar.setValue(round(_STEPS * batch.done / max(1, batch.total)))
        self.parts.set_rows(parts_of(cells))
        for widget in (self.pause, self.cancel, self.holder):
            widget.setVisible(is_running)
        for widget in (self.resume, self.dismiss):
            widget.setVisible(not is_running)
        self.resume.setText("Try again" if batch.state is BatchState.STOPPED else "Go on")
        self.parts.setVisible(is_running)
        self.setVisible(True)

    def add(self, call: Measurement) -> None:
        """A call has ended: its latency goes into the chart."""
        value = value_of(call, Metric.LATENCY)
        if value is None or call.kind is CallKind.WARM_UP:
            return
        self._live.append((call.model_id, value))
        self.holder.show_chart()
        if self.holder.chart is not None:
            self.holder.chart.add(call.model_id, wording.name_of(call.model_id), value)

    def _on_holder_made(self) -> None:
        assert self.holder.chart is not None
        for model_id, value in self._live:
            self.holder.chart.add(model_id, wording.name_of(model_id), value)

    def _table(self) -> str:
        return as_csv(("model", "latency_ms"), self._live)

    def _lay_out(self) -> None:
        for button in (self.pause, self.resume, self.cancel, self.dismiss):
            self.add_action(button)
        self.resume.setProperty("role", "primary")
        self.pause.setToolTip("End behind the calls that were sent; it can go on later")
        self.parts.setAccessibleName("Models of the run")
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        row.addWidget(self.holder, 3)
        row.addWidget(self.parts, 2)
        self.body.addWidget(self.words)
        self.body.addWidget(self.bar)
        self.body.addLayout(row)
        self._size()

    def _connect(self) -> None:
        self._theme.changed.connect(self._size)
        self.holder.made.connect(self._on_holder_made)
        self.pause.clicked.connect(self.pause_requested)
        self.resume.clicked.connect(self.resume_requested)
        self.cancel.clicked.connect(self.cancel_requested)
        self.dismiss.clicked.connect(self.dismiss_requested)
        self.holder.say(_WAITING)

    def _size(self) -> None:
        for widget in (self.holder, self.parts):
            widget.setFixedHeight(self._theme.scaled(_HEIGHT))


async def _made(parent: QWidget) -> LivePlot:
    return (await load_live())("Latency of each call as it ends", figures.seconds, parent)


_COLUMNS = (
    Column[Part](
        "model",
        "Model",
        text=lambda part: wording.name_of(part.model_id),
        sort=lambda part: wording.name_of(part.model_id).casefold(),
        copied=lambda part: part.model_id,
        tooltip=lambda part: part.model_id,
        width=130,
        is_strong=True,
        takes_slack=True,
    ),
    Column[Part](
        "calls",
        "Calls",
        text=lambda part: f"{part.done:,} of {part.total:,}",
        sort=lambda part: part.done / max(1, part.total),
        width=90,
        is_number=True,
    ),
    Column[Part](
        "errors",
        "Errors",
        text=lambda part: f"{part.errors:,}",
        sort=lambda part: part.errors,
        width=62,
        is_number=True,
        is_muted=True,
    ),
    Column[Part](
        "state",
        "State",
        text=lambda part: part.word,
        sort=lambda part: part.word,
        tags=lambda part: (CellTag(part.word, part.tone),),
        tooltip=lambda part: clip(part.detail, 400),
        width=84,
    ),
)
