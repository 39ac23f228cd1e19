"""The card of advice: which model to take, why, who comes next, and who was left out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from modelward.advice.model import Advised, Query, Recommendation, SweetSpot
from modelward.ui.benchmarks import figures, wording
from modelward.ui.benchmarks.columns import SWEET_SPOT
from modelward.ui.benchmarks.wording import name_of
from modelward.ui.kit.card import Card
from modelward.ui.kit.elided import ElidedLabel
from modelward.ui.kit.flow import FlowLayout
from modelward.ui.kit.icons import icon
from modelward.ui.kit.rows import Column, plain_tooltip
from modelward.ui.kit.slots import guarded
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.tag import Tag
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Tone

_PICTURE, _NEXT, _REASONS = 24, 3, 3
_NOBODY = "No model that fits was measured yet."
_MEASURE = "Measure these first: {names}."
_NONE_FITS = "No model fits. Ask for less, or look for more models in the catalogue."


class AdviceCard(Card):
    """Signals are wishes: ``bench_requested`` carries the ids to begin with; ``model_requested`` an id to show."""

    bench_requested = Signal(list)
    search_requested = Signal()
    routing_requested = Signal()
    division_requested = Signal()
    needs_requested = Signal()
    model_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Advice", parent)
        self._theme = theme
        self._first: list[str] = []
        self.needs = QPushButton("Anything will do", self)
        self.needs.setProperty("role", "link")
        self.needs.setAccessibleName("What a model must have")
        self.picture = QLabel(self)
        self.name = ElidedLabel("", "name", self)
        self.tag = Tag(SWEET_SPOT, Tone.WELL, self)
        self.why = Text("", "muted", self, wraps=True)
        self.next: DataTable[Advised] = DataTable(
            _COLUMNS, lambda each: each.model_id, lambda each: each.model_id, theme, self
        )
        self.rest = Text("", "small", self, wraps=True)
        self.bench = QPushButton("Benchmark…", self)
        self.search = QPushButton("Find it…", self)
        self.routing = QPushButton("Export routing table", self)
        self.division = QPushButton("Plan a large job…", self)
        self._lay_out()
        self._connect()
        self._dress()

    def show_found(self, found: Recommendation, spot: SweetSpot) -> None:
        """Shows who is advised, and why."""
        self.set_title(f"Advice: {wording.use_case_title(found.query.use_case).lower()}")
        self._show_needs(found.query)
        best = found.top[0] if found.top else None
        self.picture.setVisible(best is not None)
        self.tag.setVisible(False)
        self.why.setToolTip("")
        self.next.setVisible(len(found.top) > 1)
        self.next.set_rows(found.top[1 : 1 + _NEXT])
        self.next.clearSelection()  # nobody has chosen one
        self._first = [each.model_id for each in found.unmeasured[:_NEXT]]
        self.rest.setText(wording.ruled_out_text(found))
        self.rest.setVisible(bool(self.rest.text()))
        self.routing.setEnabled(best is not None)
        if best is None:
            self._show_nobody(found)
            return
        is_spot = spot.pick is not None and spot.pick.model_id == best.model_id
        self.name.setText(name_of(best.model_id))
        self.tag.setVisible(is_spot)
        told = [*best.why[:_REASONS], *best.unknown, *([] if is_spot else [wording.spot_text(spot)])]
        self.why.setText(" ".join(told))
        self.why.setToolTip(plain_tooltip("\n".join((f"Score {best.score:.2f}.", *best.why, *best.unknown))))

    def _show_nobody(self, found: Recommendation) -> None:
        self.name.setText("Nobody yet")
        if not self._first:
            self.why.setText(_NONE_FITS if found.considered else _NOBODY)
            return
        self.why.setText(f"{_NOBODY} {_MEASURE.format(names=', '.join(map(name_of, self._first)))}")

    def _show_needs(self, query: Query) -> None:
        self.needs.setText(wording.needs_text(query).replace("&", "&&") or "Anything will do")

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE + SPACE // 2)
        words = QVBoxLayout()
        words.setSpacing(SPACE // 2)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self.name, 1)
        line.addWidget(self.tag)
        words.addLayout(line)
        words.addWidget(self.why)
        head.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        buttons = QWidget(self)
        flow = FlowLayout(buttons, gap=SPACE)
        for button in (self.bench, self.search, self.routing, self.division):
            flow.addWidget(button)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        buttons.setSizePolicy(policy)
        self.add_action(self.needs)
        self.body.addLayout(head)
        self.body.addWidget(self.next)
        self.body.addStretch(1)
        self.body.addWidget(self.rest)
        self.body.addWidget(buttons)

    def _connect(self) -> None:
        self.bench.setProperty("role", "primary")
        self.needs.setToolTip("Say what a model must have")
        self.search.setToolTip("Measure from the cheapest model up, until one is good enough")
        self.routing.setToolTip("Which model serves which use case, as a table for LiteLLM and other routers")
        self.division.setToolTip("Divide a text that no window holds")
        self.next.setAccessibleName("Next best models")
        self.next.header.setSortIndicator(len(_COLUMNS) - 1, Qt.SortOrder.DescendingOrder)
        self.bench.clicked.connect(self._on_bench_clicked)
        self.search.clicked.connect(self.search_requested)
        self.routing.clicked.connect(self.routing_requested)
        self.division.clicked.connect(self.division_requested)
        self.needs.clicked.connect(self.needs_requested)
        self.next.row_opened.connect(self.model_requested)
        self._theme.changed.connect(self._dress)

    @guarded
    def _on_bench_clicked(self) -> None:
        self.bench_requested.emit(self._first)

    def _dress(self) -> None:
        size = self._theme.scaled(_PICTURE)
        self.picture.setPixmap(icon("check", Tone.WELL.ink).pixmap(size, size))
        self.next.setFixedHeight(self._theme.row_height * (1 + _NEXT) + 2)


_COLUMNS = (
    Column[Advised](
        "model",
        "Next best",
        text=lambda each: name_of(each.model_id),
        sort=lambda each: name_of(each.model_id).casefold(),
        copied=lambda each: each.model_id,
        tooltip=lambda each: each.model_id,
        width=160,
    ),
    Column[Advised](
        "why",
        "Why",
        text=wording.why_text,
        sort=wording.why_text,
        tooltip=lambda each: "\n".join((*each.why, *each.unknown)),
        width=120,
        is_muted=True,
        takes_slack=True,
    ),
    Column[Advised](
        "score",
        "Score",
        text=lambda each: figures.quality(each.score),
        sort=lambda each: each.score,
        tooltip=lambda each: "\n".join(f"{part.part}: {part.value:.2f} × {part.weight:.2f}" for part in each.parts),
        explained="0 to 1, of quality, price, speed, steadiness and privacy as the use case weighs them",
        width=58,
        is_number=True,
    ),
)
