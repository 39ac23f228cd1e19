"""From results of all workloads to what they say of each model for one use case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from modelward.advice.model import Figures, Quality, Speed
from modelward.advice.use_cases import PROFILES
from modelward.benchmarks.model import Metric, Result, UseCase


class _Graded(NamedTuple):
    """What one suite says of a model. Of two, the lesser stands: the newest edition, then the fewest streams at once,
    then the latest."""

    is_older: bool
    concurrency: int
    age: float
    result: Result


def figures(results: Sequence[Result], use_case: UseCase) -> dict[str, Figures]:
    """What was measured of each model for that use case, by its id.

    Of each suite its newest edition counts, an older one where a model was asked no other; several suites of one use
    case count by their answers. Times come from the workload that is most like the use case.
    """
    graded = _graded(results, use_case)
    speeds = _nearest(results, use_case)
    return {id_: _together(graded.get(id_, ()), speeds.get(id_), use_case) for id_ in {**graded, **speeds}}


def _graded(results: Iterable[Result], use_case: UseCase) -> dict[str, tuple[_Graded, ...]]:
    told = [each for each in results if each.quality and each.quality.get(use_case, (0.0, 0))[1] > 0]
    newest: dict[str, Result] = {}
    for result in told:
        known = newest.get(_suite(result))
        if known is None or (_moment(result), result.workload) > (_moment(known), known.workload):
            newest[_suite(result)] = result
    best: dict[str, dict[str, _Graded]] = {}
    for result in told:
        suite = _suite(result)
        each = _Graded(result.workload != newest[suite].workload, result.concurrency, -_moment(result), result)
        of_model = best.setdefault(result.model_id, {})
        if suite not in of_model or each[:3] < of_model[suite][:3]:
            of_model[suite] = each
    return {id_: tuple(suites.values()) for id_, suites in best.items()}


def _nearest(results: Iterable[Result], use_case: UseCase) -> dict[str, Result]:
    """Of each model the result whose times tell most: a workload that is like the use case, then its own suite, then
    any; the fewest streams at once, the latest."""
    order = {name: rank for rank, name in enumerate(PROFILES[use_case].timing)}
    best: dict[str, tuple[int, int, float, Result]] = {}
    for result in results:
        metrics = result.metrics
        if Metric.LATENCY not in metrics and Metric.TTFT not in metrics and Metric.TPOT not in metrics:
            continue
        rank = order.get(_suite(result))
        if rank is None:
            rank = len(order) + (use_case not in result.quality)
        known = best.get(result.model_id)
        each = (rank, result.concurrency, -_moment(result), result)
        if known is None or each[:3] < known[:3]:
            best[result.model_id] = each
    return {id_: each[3] for id_, each in best.items()}


def _together(graded: Sequence[_Graded], timed: Result | None, use_case: UseCase) -> Figures:
    told = [each.result for each in graded]
    used = told if timed is None or any(timed is each for each in told) else [*told, timed]
    runs = sum(result.runs for result in used)
    failed = sum(result.runs * result.error_rate for result in used)
    success_cost, call_cost = _costs(told, use_case)
    return Figures(
        quality=_quality(graded, use_case),
        speed=None if timed is None else _speed(timed),
        error_rate=failed / runs if runs else 0.0,
        runs=runs,
        success_cost=success_cost,
        call_cost=call_cost,
    )


def _quality(graded: Sequence[_Graded], use_case: UseCase) -> Quality | None:
    pairs = [each.result.quality[use_case] for each in graded]
    probes = sum(n for _, n in pairs)
    if not probes:
        return None
    score = sum(score * n for score, n in pairs) / probes
    return Quality(min(max(score, 0.0), 1.0), probes, any(each.is_older for each in graded))


def _costs(told: Sequence[Result], use_case: UseCase) -> tuple[Decimal | None, float | None]:
    """USD of a passed probe and of a call, from the suite with the most answers."""
    if not told:
        return None, None
    most = max(told, key=lambda result: result.quality[use_case][1])
    cost = most.metrics.get(Metric.COST)
    return most.success_cost, None if cost is None else cost.mean


def _speed(result: Result) -> Speed:
    ttft, tpot, latency = (result.metrics.get(metric) for metric in (Metric.TTFT, Metric.TPOT, Metric.LATENCY))
    return Speed(
        workload=result.workload,
        runs=result.runs,
        ttft=None if ttft is None else ttft.p50,
        tpot=None if tpot is None else tpot.p50,
        latency=None if latency is None else latency.p50,
        worst_ttft=None if ttft is None else (ttft.p50 if ttft.p95 is None else ttft.p95),
        worst_latency=None if latency is None else (latency.p50 if latency.p95 is None else latency.p95),
    )


def _suite(result: Result) -> str:
    return result.workload.partition("@")[0]


def _moment(result: Result) -> float:
    return 0.0 if result.last_at is None else result.last_at.timestamp()
