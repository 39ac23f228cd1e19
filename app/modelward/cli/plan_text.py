"""Plans of jobs, jobs, and what came of them: as people read them, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from modelward.advice.division_model import Bill, Choice, Job, JobPlan, JobReport, JobState
from modelward.advice.tokens import Count
from modelward.catalog.fields import clip, decimal_text
from modelward.cli.output import print_line, print_table, say
from modelward.core import units

_MOST_CELLS = 20
"""Cells shown in words; --json lists all."""


def print_plan(plan: JobPlan) -> None:
    """A plan in words; warnings go to standard error."""
    print_line(f"Model     {plan.model_id} · {plan.window.usable:,} tokens a call ({plan.window.bound_by})")
    print_line(f"Text      {_tokens(plan.text_tokens)} tokens{'' if plan.is_calibrated else ', estimated'}")
    print_line(f"Each call {plan.most:,} tokens of text at most, {plan.overhead:,} around it")
    print_line(f"Plan      {in_short(plan)}")
    print_line(f"Tokens    {plan.bill.input_tokens:,} in, {plan.bill.output_tokens:,} out, {plan.overlap:,} sent twice")
    print_line(f"Cost      {_cost(plan.bill)}")
    print_line(f"Time      {_time(plan.bill.seconds)}")
    print_line(f"Covered   {plan.coverage:.0%} of the text")
    if plan.cells:
        print_line()
        print_table(("CELL", "FROM", "TO", "OVERLAP", "TOKENS"), _cell_rows(plan), right=frozenset(range(5)))
        if plan.parts > _MOST_CELLS:
            say(f"and {plan.parts - _MOST_CELLS:,} more")
    if len(plan.choices) > 1:
        print_line()
        rows = [_choice_row(choice) for choice in plan.choices]
        print_table(("MODEL", "WINDOW", "CELLS", "CALLS", "COST"), rows, right=frozenset({1, 2, 3, 4}))
    for warning in plan.warnings:
        say(f"modelward: {warning}")


def in_short(plan: JobPlan) -> str:
    """A plan in one line."""
    rounds = len(plan.joins)
    joins = f", joined in {rounds} {'round' if rounds == 1 else 'rounds'} ({sum(plan.joins):,})" if rounds else ""
    parts = f"{plan.parts:,} {'cell' if plan.parts == 1 else 'cells'}"
    return f"{parts}{joins}: {plan.bill.calls:,} {'call' if plan.bill.calls == 1 else 'calls'}, {_cost(plan.bill)}"


def print_report(report: JobReport) -> None:
    """What came of a run; what is wrong goes to standard error."""
    cost = "an unknown amount" if report.cost is None else units.money(report.cost)
    print_line(
        f"Job {report.job_id} is {report.state}: {report.done:,} of {report.parts:,} cells, "
        f"{report.coverage:.1%} of the text; {report.calls:,} calls now, {cost} in all."
    )
    if report.state in (JobState.DONE, JobState.INCOMPLETE) and report.done:
        print_line(f"Result: {report.output}")
    for number, why in report.failed[:_MOST_CELLS]:
        say(f"modelward: cell {number}: {clip(why, 500)}")
    if report.cut_off:
        say(f"modelward: {report.cut_off:,} answers ended at their limit of length.")
    if report.detail:
        say(f"modelward: {clip(report.detail, 1000)}")
    if report.state is not JobState.DONE:
        say(f"  Go on with: modelward plan resume {report.job_id}")


def print_jobs(jobs: Sequence[Job]) -> None:
    """The jobs as a table."""
    rows = [
        (
            str(job.id),
            units.local_time(job.at),
            str(job.state),
            f"{job.done:,} of {job.spec.parts:,}",
            job.spec.model_id,
            job.spec.file.name,
            job.detail,
        )
        for job in jobs
    ]
    if rows:
        print_table(("JOB", "PLANNED", "STATE", "CELLS", "MODEL", "TEXT", "WHY"), rows, right=frozenset({0, 3}))
    say(f"{len(jobs):,} jobs")


def _cell_rows(plan: JobPlan) -> list[tuple[str, ...]]:
    return [
        (str(number), f"{cell.core:,}", f"{cell.end:,}", f"{cell.core - cell.start:,}", _tokens(cell.tokens))
        for number, cell in enumerate(plan.cells[:_MOST_CELLS], 1)
    ]


def _choice_row(choice: Choice) -> tuple[str, ...]:
    cost = units.money(choice.bill.cost)
    return choice.model_id, f"{choice.window.usable:,}", f"{choice.cells:,}", f"{choice.bill.calls:,}", cost


def _tokens(count: Count) -> str:
    return f"{count.likely:,}" if count.low == count.high else f"{count.likely:,} ({count.low:,}–{count.high:,})"


def _cost(bill: Bill) -> str:
    if bill.cost is None:
        return "cost unknown"
    if not bill.most:
        return "free" if bill.most is not None else units.money(bill.cost)
    return f"about {units.money(bill.cost)}, {units.money(bill.most)} at most"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "unknown: the model was not measured"
    return f"about {seconds / 60:,.0f} min" if seconds >= 120 else f"about {seconds:,.0f} s"


# ---------------------------------------------------------------- JSON


def plan_json(plan: JobPlan) -> dict[str, object]:
    """A plan with all its cells."""
    return {
        "model": plan.model_id,
        "task": plan.asking.task.value,
        "window": {
            "usable": plan.window.usable,
            "answer": plan.window.answer,
            "boundBy": plan.window.bound_by.name.lower(),
            "isKnown": plan.window.is_known,
        },
        "textTokens": _count_json(plan.text_tokens),
        "isCalibrated": plan.is_calibrated,
        "overhead": plan.overhead,
        "mostPerCell": plan.most,
        "cells": plan.parts,
        "spans": [
            {"start": cell.start, "core": cell.core, "end": cell.end, "tokens": _count_json(cell.tokens)}
            for cell in plan.cells
        ],
        "overlapTokens": plan.overlap,
        "joins": list(plan.joins),
        **_bill_json(plan.bill),
        "coverage": plan.coverage,
        "warnings": list(plan.warnings),
        "choices": [
            {
                "model": choice.model_id,
                "usable": choice.window.usable,
                "cells": choice.cells,
                "isLocal": choice.is_local,
                **_bill_json(choice.bill),
            }
            for choice in plan.choices
        ],
    }


def job_json(job: Job) -> dict[str, object]:
    """A job as it stands."""
    spec = job.spec
    return {
        "id": job.id,
        "plannedAt": job.at.isoformat(),
        "state": job.state.value,
        "task": spec.task.value,
        "model": spec.model_id,
        "file": str(spec.file),
        "output": str(spec.output),
        "cells": spec.parts,
        "done": job.done,
        "detail": job.detail,
    }


def report_json(report: JobReport) -> dict[str, object]:
    """What came of a run."""
    return {
        "id": report.job_id,
        "state": report.state.value,
        "detail": report.detail,
        "output": str(report.output),
        "cells": report.parts,
        "done": report.done,
        "coverage": report.coverage,
        "calls": report.calls,
        "inputTokens": report.input_tokens,
        "outputTokens": report.output_tokens,
        "cost": _money(report.cost),
        "failed": [{"cell": number, "why": why} for number, why in report.failed],
        "cutOff": report.cut_off,
    }


def _bill_json(bill: Bill) -> dict[str, object]:
    return {
        "calls": bill.calls,
        "inputTokens": bill.input_tokens,
        "outputTokens": bill.output_tokens,
        "cost": _money(bill.cost),
        "mostCost": _money(bill.most),
        "seconds": bill.seconds,
    }


def _count_json(count: Count) -> dict[str, int]:
    return {"low": count.low, "likely": count.likely, "high": count.high}


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else decimal_text(amount)
