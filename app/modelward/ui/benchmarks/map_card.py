"""The card of cost against quality: who is good, who is cheap, and who is both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from modelward.advice.model import Advised, Confidence, Recommendation, Spot, SweetSpot
from modelward.benchmarks.model import UseCase
from modelward.ui.benchmarks import figures
from modelward.ui.benchmarks.chart_holder import ChartHolder
from modelward.ui.benchmarks.menu_button import MenuButton
from modelward.ui.benchmarks.sheets import as_csv
from modelward.ui.benchmarks.wording import many, name_of, short_names, use_case_title
from modelward.ui.kit.card import Card
from modelward.ui.kit.chart_data import Dot
from modelward.ui.kit.charting import load_scatter
from modelward.ui.kit.slots import guarded
from modelward.ui.kit.text import Text

if TYPE_CHECKING:
    from modelward.ui.kit.plots_scatter import ScatterPlot

_THRESHOLDS = (0.6, 0.7, 0.8, 0.9, 0.95)
_NOTHING = (
    "Nobody was measured for this use case yet. Measure a few models, and the cheapest that is good enough is marked "
    "here."
)


class MapCard(Card):
    """Signals: ``use_case_chosen`` (its word), ``threshold_chosen``, ``model_chosen`` (an id), ``bench_requested``."""

    use_case_chosen = Signal(str)
    threshold_chosen = Signal(float)
    model_chosen = Signal(str)
    bench_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Cost against quality", parent)
        self._dots: list[Dot] = []
        self._found: tuple[Recommendation, SweetSpot] | None = None
        self._chosen: frozenset[str] = frozenset()
        self.use_case = MenuButton("Use case", "", self)
        self.use_case.setToolTip("What the models are wanted for")
        self.threshold = MenuButton("Good enough from", "Good enough: ", self)
        self.threshold.setToolTip("The quality from which a model will do")
        self.holder: ChartHolder[ScatterPlot] = ChartHolder(_made, "cost-against-quality", self._table, self)
        self.note = Text("", "small", self, wraps=True)
        self.note.hide()
        self.add_action(self.use_case)
        self.add_action(self.threshold)
        self.body.addWidget(self.holder, 1)
        self.body.addWidget(self.note)
        self.use_case.chosen.connect(self.use_case_chosen)
        self.threshold.chosen.connect(lambda key: self.threshold_chosen.emit(float(key)))
        self.holder.made.connect(self._on_holder_made)
        self.holder.wanted.connect(self.bench_requested)
        self.holder.say("")

    @property
    def dots(self) -> Sequence[Dot]:
        """What is drawn."""
        return self._dots

    def show_controls(self, use_case: UseCase, threshold: float) -> None:
        """Shows what is chosen."""
        self.use_case.show_choices([(each.value, use_case_title(each)) for each in UseCase], use_case.value)
        values = sorted({*_THRESHOLDS, threshold})
        self.threshold.show_choices([(repr(each), figures.quality(each)) for each in values], repr(threshold))

    def show_found(self, found: Recommendation, spot: SweetSpot) -> None:
        """Shows the models that were measured and fit."""
        self._found = found, spot
        self._draw()

    def show_chosen(self, ids: frozenset[str]) -> None:
        """Marks the models that are chosen in the table."""
        if ids != self._chosen:
            self._chosen = ids
            self._draw()

    @guarded
    def _on_holder_made(self) -> None:
        assert self.holder.chart is not None
        self.holder.chart.chosen.connect(self.model_chosen)
        self._draw()

    def _draw(self) -> None:
        if self._found is None:
            return
        found, spot = self._found
        shown = [each for each in found.top if each.cost.usd is not None]
        hidden = len(found.top) - len(shown)
        names = short_names(each.model_id for each in shown)
        self._dots = [self._dot(each, spot, names[each.model_id]) for each in shown]
        self.note.setText(f"{many(hidden, 'model')} of unknown cost {'is' if hidden == 1 else 'are'} not shown.")
        self.note.setVisible(hidden > 0)
        if not self._dots:
            self.holder.say(_NOTHING, "Benchmark…")
            return
        self.holder.show_chart()
        if self.holder.chart is not None:
            front = [each.model_id for each in spot.front]
            self.holder.chart.show_dots(self._dots, front, (spot.threshold, "good enough"))

    def _dot(self, each: Advised, spot: SweetSpot, name: str) -> Dot:
        low, high = each.quality.interval
        is_pick = spot.pick is not None and spot.pick.model_id == each.model_id
        cost = each.cost.usd
        assert cost is not None
        on_front = any(other.model_id == each.model_id for other in spot.front)
        return Dot(
            each.model_id,
            name,
            float(cost),
            each.quality.score,
            min(low, each.quality.score),
            max(high, each.quality.score),
            _words(each, _spot(each.model_id, spot)),
            rank=0 if is_pick else 1 if each.model_id in self._chosen else 2 if on_front else 3,
            is_marked=is_pick,
            is_open=not each.cost.is_measured and bool(cost),
            is_chosen=each.model_id in self._chosen,
        )

    def _table(self) -> str:
        titles = ("model", "usd_per_task", "quality", "low", "high", "sweet_spot")
        return as_csv(titles, ((dot.key, dot.x, dot.y, dot.low, dot.high, dot.is_marked) for dot in self._dots))


async def _made(parent: QWidget) -> ScatterPlot:
    make = await load_scatter()
    return make("Cost of a task against quality", figures.power_of_usd, _on_axis, "free", parent)


def _on_axis(score: float) -> str:
    return figures.quality(score) if score <= 1 else ""


def _spot(model_id: str, spot: SweetSpot) -> Spot | None:
    return next((each for each in (*spot.undecided, *spot.front) if each.model_id == model_id), None)


def _words(each: Advised, spot: Spot | None) -> str:
    task = "free" if each.cost.usd == 0 else f"{figures.cost(each.cost.usd)} a task"
    about = "" if each.cost.is_measured or not each.cost.usd else ", estimated"
    unsure = ", needs more runs" if spot is not None and spot.confidence is Confidence.NEEDS_RUNS else ""
    low, high = each.quality.interval
    interval = f"({figures.quality(low)} to {figures.quality(high)})"
    return f"{name_of(each.model_id)} · {figures.quality(each.quality.score)} {interval}{unsure} · {task}{about}"
