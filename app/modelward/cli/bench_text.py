"""What ``modelward bench`` prints for people, and its documents for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from modelward.benchmarks.model import (
    Batch,
    CapabilityProof,
    ImportedFile,
    Metric,
    Plan,
    Point,
    ProofPlan,
    Result,
    Summary,
    Workload,
)
from modelward.benchmarks.results import quality_interval
from modelward.catalog.export import time_text
from modelward.catalog.fields import clip, decimal_text
from modelward.cli.output import print_line, print_table
from modelward.core import units

_SHOWN = (Metric.TTFT, Metric.LATENCY, Metric.DECODE)
_TREND_COLUMNS = ("TIME", "CALLS", "TTFT MS", "LATENCY MS", "P95 MS", "TOKENS/S")
_RESULT_COLUMNS = (
    *("MODEL", "WORKLOAD", "AT ONCE", "CALLS", "ERRORS", "TTFT MS", "TOKENS/S"),
    *("LATENCY MS", "P95 MS", "COST", "QUALITY"),
)

Trends = Mapping[Metric, Sequence[Point]]


def print_plan(plan: Plan) -> None:
    """What a run will do, before anything is sent."""
    for model, why in plan.refused.items():
        print_line(f"{model} is left out: {why}")
    for note in plan.notes:
        print_line(note)
    if not plan.cells:
        return
    models = len({cell.model_id for cell in plan.cells})
    takes = "" if plan.seconds is None else f", about {_span(plan.seconds)}"
    print_line(
        f"{_many(models, 'model')}, {_many(plan.calls, 'call')}, about {plan.input_tokens:,} tokens in and "
        f"{plan.output_tokens:,} out{takes}."
    )
    print_line(cost_of(plan))


def cost_of(plan: Plan | ProofPlan) -> str:
    """What a plan costs, in words."""
    if not plan.most_usd:
        return "It is free."
    return f"It costs about {units.money(plan.usd)}, and {units.money(plan.most_usd)} at most."


def print_batch(batch: Batch, results: Sequence[Result]) -> None:
    """What came of a run."""
    print_line(f"Run {batch.id}: {batch.state.value}, {batch.done:,} of {_many(batch.total, 'call')}, {_spent(batch)}.")
    if batch.detail:
        print_line(batch.detail)
    if results:
        print_line()
        print_results(results)


def print_batches(batches: Iterable[Batch]) -> None:
    """The latest runs."""
    rows = [
        (str(each.id), units.local_time(each.started_at), each.state.value, f"{each.done}/{each.total}", _spent(each))
        for each in batches
    ]
    print_table(("RUN", "PLANNED", "STATE", "CALLS", "COST"), rows, right=frozenset({0, 3}))


def print_results(results: Iterable[Result]) -> None:
    """A table of results."""
    rows = [
        (
            each.model_id,
            each.workload,
            str(each.concurrency),
            str(each.runs),
            f"{each.error_rate:.0%}",
            _middle(each, Metric.TTFT),
            _middle(each, Metric.DECODE, 1),
            _middle(each, Metric.LATENCY),
            _figure(each.metrics[Metric.LATENCY].p95) if Metric.LATENCY in each.metrics else units.UNKNOWN,
            _mean_cost(each),
            ", ".join(f"{score:.0%}" for score, _ in each.quality.values()) or units.UNKNOWN,
        )
        for each in results
    ]
    print_table(_RESULT_COLUMNS, rows, right=frozenset(range(2, len(_RESULT_COLUMNS))))


def print_trends(trends: Trends) -> None:
    """Days of one model, a line each."""
    by_time = {metric: {point.at: point for point in trends[metric]} for metric in _SHOWN}
    rows = []
    for at in sorted({at for points in by_time.values() for at in points}):
        found = [by_time[metric].get(at) for metric in _SHOWN]
        ttft, latency, speed = (_figure(None if point is None else point.p50) for point in found)
        late = found[1]
        p95 = _figure(late.p95 if late is not None and late.n >= 20 else None)
        count = max(point.n for point in found if point is not None)
        rows.append((units.local_time(at), f"{count:,}", ttft, latency, p95, speed))
    print_table(_TREND_COLUMNS, rows, right=frozenset(range(1, 6)))


def print_workloads(workloads: Iterable[Workload]) -> None:
    """What models can be measured with."""
    rows = [(each.name, str(each.calls), each.title, each.about) for each in workloads]
    print_table(("NAME", "CALLS", "TITLE", "WHAT IT IS"), rows, right=frozenset({1}))


def print_proof_plan(plan: ProofPlan) -> None:
    """What proving will do, before anything is sent."""
    for model, why in plan.refused.items():
        print_line(f"{model} is left out: {why}")
    for note in plan.notes:
        print_line(note)
    if plan.subjects:
        print_line(f"{_many(len(plan.subjects), 'model')}, {_many(plan.calls, 'call')} at most. {cost_of(plan)}")


def print_proofs(proofs: Iterable[CapabilityProof]) -> None:
    """What was claimed, and what was found."""
    rows = [(each.model_id, each.subject, _claim(each.claimed), _found(each), each.detail) for each in proofs]
    print_table(("MODEL", "WHAT", "CLAIMED", "FOUND", "HOW"), rows)


def print_imported(file: Path, taken: ImportedFile) -> None:
    """What came of a file of another tool."""
    known = f", {taken.known:,} were there before" if taken.known else ""
    print_line(f"{file}: {_many(taken.calls, 'call')} of {taken.tool}{known}")
    for name, model in taken.models.items():
        print_line(f"  {clip(name)} is {model}")
    for problem in taken.problems:
        print_line(f"  {problem}")


# -------------------------------------------------------------------- documents


def plan_json(plan: Plan) -> dict[str, object]:
    """A plan as a document."""
    return {
        "models": list(dict.fromkeys(cell.model_id for cell in plan.cells)),
        "calls": plan.calls,
        "inputTokens": plan.input_tokens,
        "outputTokens": plan.output_tokens,
        "costUsd": _money(plan.usd),
        "mostCostUsd": _money(plan.most_usd),
        "seconds": plan.seconds,
        "refused": dict(plan.refused),
        "notes": list(plan.notes),
    }


def batch_json(batch: Batch) -> dict[str, object]:
    """A run as a document."""
    return {
        "run": batch.id,
        "state": batch.state.value,
        "plannedAt": time_text(batch.started_at),
        "endedAt": None if batch.ended_at is None else time_text(batch.ended_at),
        "done": batch.done,
        "total": batch.total,
        "spentUsd": decimal_text(batch.spent),
        "detail": batch.detail,
        "plan": plan_json(batch.plan),
    }


def result_json(result: Result) -> dict[str, object]:
    """A result as a document."""
    return {
        "model": result.model_id,
        "workload": result.workload,
        "concurrency": result.concurrency,
        "calls": result.runs,
        "errorRate": result.error_rate,
        "metrics": {metric.value: _summary_json(each) for metric, each in result.metrics.items()},
        "quality": {
            case.value: {"score": each[0], "probes": each[1], "interval": list(quality_interval(each))}
            for case, each in result.quality.items()
        },
        "successCostUsd": _money(result.success_cost),
        "lastAt": None if result.last_at is None else time_text(result.last_at),
    }


def trend_json(trends: Trends) -> dict[str, object]:
    """Trends as a document."""
    return {
        metric.value: [
            {"at": time_text(each.at), "n": each.n, "p5": each.p5, "p50": each.p50, "p95": each.p95} for each in points
        ]
        for metric, points in trends.items()
    }


def proof_json(proof: CapabilityProof) -> dict[str, object]:
    """A proof as a document."""
    return {
        "model": proof.model_id,
        "subject": proof.subject,
        "claimed": proof.claimed,
        "proof": proof.proof.value,
        "found": proof.found,
        "at": None if proof.at is None else time_text(proof.at),
        "detail": proof.detail,
    }


def imported_json(taken: ImportedFile) -> dict[str, object]:
    """What came of a file, as a document."""
    return {
        "tool": taken.tool,
        "calls": taken.calls,
        "known": taken.known,
        "models": dict(taken.models),
        "problems": list(taken.problems),
    }


def workload_json(workload: Workload) -> dict[str, object]:
    """A workload as a document."""
    return {
        "name": workload.name,
        "tag": workload.tag,
        "title": workload.title,
        "about": workload.about,
        "useCase": workload.use_case,
        "calls": workload.calls,
    }


def _summary_json(summary: Summary) -> dict[str, object]:
    return {name: getattr(summary, name) for name in Summary.__slots__}


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else decimal_text(amount)


# -------------------------------------------------------------------- words


def _many(number: int, word: str) -> str:
    return f"1 {word}" if number == 1 else f"{number:,} {word}s"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


def _spent(batch: Batch) -> str:
    return units.money(batch.spent)


def _figure(value: float | None, places: int = 0) -> str:
    return units.UNKNOWN if value is None else f"{value:,.{places if abs(value) < 100 else 0}f}"


def _middle(result: Result, metric: Metric, places: int = 0) -> str:
    summary = result.metrics.get(metric)
    return units.UNKNOWN if summary is None else _figure(summary.p50, places)


def _mean_cost(result: Result) -> str:
    summary = result.metrics.get(Metric.COST)
    return units.UNKNOWN if summary is None else units.money(Decimal(str(summary.mean)))


def _claim(claimed: bool | int | None) -> str:
    if claimed is None:
        return units.UNKNOWN
    return ("yes" if claimed else "no") if isinstance(claimed, bool) else f"{claimed:,}"


def _found(proof: CapabilityProof) -> str:
    return proof.proof.value if proof.found is None else f"{proof.proof.value}: {proof.found:,}"
