"""From the newest calls of each series to the table of results."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from statistics import fmean
from typing import Any

from modelward.benchmarks.figures import NO_ERROR
from modelward.benchmarks.model import CallKind, Metric, Result, Series, UseCase
from modelward.benchmarks.statistics import share_interval, summary


def result_of(series: Series, calls: Sequence[Any]) -> Result:
    """The figures of a series; ``calls`` are rows of :meth:`.MeasurementStore.newest`."""
    found = {metric: summary(_values(calls, metric)) for metric in Metric}
    errors = sum(row.state not in NO_ERROR for row in calls)
    return Result(
        series.model_id,
        series.workload,
        series.concurrency,
        runs=len(calls),
        error_rate=errors / len(calls) if calls else 0.0,
        metrics={metric: each for metric, each in found.items() if each is not None},
        quality=_quality(calls),
        success_cost=_success_cost(calls),
        last_at=max((row.at for row in calls), default=None),
    )


def quality_interval(quality: tuple[float, int]) -> tuple[float, float]:
    """A 95 % interval of a quality that rests on so many probes: Wilson's, as if each were passed or not.

    Parts of a score vary less than all or nothing, so that it is rather too wide than too narrow.
    """
    score, probes = quality
    return share_interval(score * probes, probes)


def _values(calls: Sequence[Any], metric: Metric) -> list[float]:
    return [value for row in calls if (value := getattr(row, metric.value)) is not None]


def _quality(calls: Sequence[Any]) -> dict[UseCase, tuple[float, int]]:
    """The mean of the probes' means: a probe that was asked more often than others counts no more."""
    scores: dict[UseCase, dict[str, list[float]]] = {}
    for row in calls:
        if row.use_case is not None:
            scores.setdefault(UseCase(row.use_case), {}).setdefault(row.probe, []).append(row.quality)
    return {case: (fmean(map(fmean, probes.values())), len(probes)) for case, probes in scores.items()}


def _success_cost(calls: Sequence[Any]) -> Decimal | None:
    """USD of all probes per passed one; None where none was passed, or the cost of one is not known."""
    probed = [row for row in calls if row.kind == CallKind.PROBE.value]
    passed = sum(bool(row.passed) for row in probed)
    if not passed or any(row.cost_exact is None for row in probed):
        return None
    return sum((row.cost_exact for row in probed), Decimal(0)) / passed
