"""Reads what the charts of chosen models show, and turns it into what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from modelward.benchmarks.model import Metric
from modelward.benchmarks.results import quality_interval
from modelward.benchmarks.service import BenchmarkService
from modelward.ui.benchmarks.figures import FIGURES
from modelward.ui.benchmarks.rows import Lot, Row
from modelward.ui.benchmarks.wording import many, name_of, short_names
from modelward.ui.kit.chart_data import SERIES, Bar, Heap, Line, Spread

MOST = len(SERIES)
"""So many models are compared at once."""


async def lines(
    benchmarks: BenchmarkService, rows: Sequence[Row], lot: Lot, metric: Metric, since: datetime
) -> list[Line]:
    """One figure of these models over time, within one lot."""
    names = short_names(row.model_id for row in rows[:MOST])
    found = []
    for row in rows[:MOST]:
        points = await benchmarks.trend(row.model_id, lot.workload, metric, since, concurrency=lot.concurrency)
        spreads = [Spread(point.at, point.p5, point.p50, point.p95) for point in points]
        found.append(Line(row.model_id, names[row.model_id], spreads))
    return found


async def lines_of_any(
    benchmarks: BenchmarkService, rows: Sequence[Row], lots: Sequence[Lot], metric: Metric, since: datetime
) -> tuple[list[Line], Lot | None]:
    """The same within the first of these lots that has a history, else within the first that has anything at all."""
    first: tuple[list[Line], Lot | None] = ([], None)
    for lot in lots:
        found = await lines(benchmarks, rows, lot, metric, since)
        if any(len(line.points) > 1 for line in found):
            return found, lot
        if not first[0] and any(line.points for line in found):
            first = found, lot
    return first


async def heaps(benchmarks: BenchmarkService, rows: Sequence[Row], metric: Metric, since: datetime) -> list[Heap]:
    """How the values of one figure of these models lie."""
    found = []
    for row in rows[:MOST]:
        values = await benchmarks.values(row.model_id, row.lot.workload, metric, since, concurrency=row.lot.concurrency)
        summary = row.summary(metric)
        p50, p95 = (summary.p50, summary.p95) if summary is not None else (None, None)
        found.append(Heap(row.model_id, name_of(row.model_id), values, p50, p95))
    return found


def bars(rows: Sequence[Row], metric: Metric) -> list[Bar]:
    """One figure of these models beside each other: the mean, with the interval that the true one lies in."""
    found = []
    for row in rows[:MOST]:
        bar = _quality(row) if metric is Metric.QUALITY else _mean(row, metric)
        if bar is not None:
            found.append(bar)
    return found


def _mean(row: Row, metric: Metric) -> Bar | None:
    summary = row.summary(metric)
    if summary is None:
        return None
    say = FIGURES[metric].say
    name = name_of(row.model_id)
    interval = "" if summary.low is None or summary.high is None else f", {say(summary.low)} to {say(summary.high)}"
    words = f"{name} · {say(summary.mean)}{interval} · {many(summary.n, 'call')}"
    return Bar(row.model_id, name, summary.mean, summary.low, summary.high, words)


def _quality(row: Row) -> Bar | None:
    if row.quality is None:
        return None
    score, probes = row.quality
    low, high = quality_interval(row.quality)
    name, say = name_of(row.model_id), FIGURES[Metric.QUALITY].say
    words = f"{name} · {say(score)}, {say(low)} to {say(high)} · {many(probes, 'question')}"
    return Bar(row.model_id, name, score, min(low, score), max(high, score), words)
