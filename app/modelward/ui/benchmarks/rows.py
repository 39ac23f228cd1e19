"""What the table of results shows: each model's figures within one workload, and what else is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from modelward.advice.model import Figures
from modelward.advice.use_cases import PROFILES
from modelward.benchmarks.model import Metric, Result, Summary, UseCase, Workload
from modelward.ui.benchmarks.wording import short_names

_NEVER = datetime.min.replace(tzinfo=UTC)


class Lot(NamedTuple):
    """Results that may be compared: those of one workload, so many streams at once."""

    workload: str
    concurrency: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A model in the table, under a name that tells it from the others. ``quality``: its score, over so many probes."""

    result: Result
    title: str
    quality: tuple[float, int] | None
    success_cost: Decimal | None
    is_favourite: bool = False
    is_sweet_spot: bool = False

    @property
    def model_id(self) -> str:
        """The model."""
        return self.result.model_id

    @property
    def lot(self) -> Lot:
        """With whom it may be compared."""
        return Lot(self.result.workload, self.result.concurrency)

    def summary(self, metric: Metric) -> Summary | None:
        """One of its figures."""
        return self.result.metrics.get(metric)

    def middle(self, metric: Metric) -> float | None:
        """The median of one of its figures."""
        found = self.summary(metric)
        return None if found is None else found.p50


def rows_of(
    results: Iterable[Result],
    lot: Lot,
    figures: Mapping[str, Figures],
    *,
    favourites: frozenset[str],
    sweet_spot: str | None,
) -> list[Row]:
    """The rows of one lot; quality that the lot itself does not tell comes from ``figures`` of the use case."""
    shown = [result for result in results if Lot(result.workload, result.concurrency) == lot]
    names = short_names(result.model_id for result in shown)
    found = []
    for result in shown:
        known = figures.get(result.model_id, Figures())
        own = next(iter(result.quality.values()), None)
        other = (known.quality.score, known.quality.probes) if known.quality is not None else None
        found.append(
            Row(
                result,
                names[result.model_id],
                own or other,
                result.success_cost if result.success_cost is not None else known.success_cost,
                result.model_id in favourites,
                result.model_id == sweet_spot,
            )
        )
    return found


def lots_of(results: Iterable[Result]) -> list[Lot]:
    """What there is to choose from, the newest first."""
    newest: dict[Lot, datetime] = {}
    for result in results:
        lot = Lot(result.workload, result.concurrency)
        newest[lot] = max(newest.get(lot, _NEVER), result.last_at or _NEVER)
    return sorted(newest, key=lambda lot: (newest[lot], lot), reverse=True)


def lot_for(lots: Sequence[Lot], use_case: UseCase, listed: Iterable[Workload]) -> Lot | None:
    """What tells most of a use case: its suite as it is now, else an older one, else the times that fit best."""
    suites = [each for each in listed if each.use_case is use_case]
    tags = [each.tag for each in suites]
    names = {each.name for each in suites}
    timed = PROFILES[use_case].timing

    def rank(lot: Lot) -> tuple[int, int]:
        name = lot.workload.partition("@")[0]
        if lot.workload in tags:
            return 0, lot.concurrency
        if name in names:
            return 1, lot.concurrency
        return (2 + timed.index(name), lot.concurrency) if name in timed else (9, lot.concurrency)

    return min(lots, key=rank, default=None)
