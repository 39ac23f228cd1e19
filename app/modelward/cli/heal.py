"""``modelward heal``: a healing cycle now."""

from __future__ import annotations

from typing import Annotated

import typer

from modelward.catalog.fields import FIELDS, clip, decimal_text
from modelward.cli.output import print_json, print_line, print_table, say
from modelward.cli.session import command, with_desk
from modelward.core import units
from modelward.core.errors import ProtectionError
from modelward.core.progress import Progress
from modelward.desk import Desk
from modelward.healing.model import Cost, Cycle, CycleState, HealingReport

_MOST_NAMED = 20
"""Gaps named in words; --json counts them, and the window lists all."""


@command
def heal(
    survey_only: Annotated[
        bool, typer.Option("--survey-only", help="Only by the rules of names: no model is asked, no page read.")
    ] = False,
    once: Annotated[  # noqa: ARG001 - said for scripts; a cycle now is one cycle
        bool, typer.Option("--once", help="One cycle, which is all that is done anyway; serve repeats them.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")
    ] = False,
) -> None:
    """Fill what is missing of models: one cycle now. Before anything is changed, the store is copied."""

    async def work(desk: Desk, progress: Progress) -> HealingReport:
        report, _ = await desk.heal(progress, survey_only=survey_only)
        return report

    report = with_desk(work)
    is_skipped = report.cycle is not None and report.cycle.state is CycleState.SKIPPED
    if as_json:
        print_json(_json(report))
    else:
        _print(report)
    for note in report.notes:
        say(f"modelward: {clip(note, 1000)}")
    if is_skipped:
        raise typer.Exit(ProtectionError.exit_code)


def _print(report: HealingReport) -> None:
    print_line(_done(report.cycle))
    missing = report.total - report.complete
    rest = f"; {missing:,} lack something" if missing else ""
    print_line(f"{report.complete:,} of {report.total:,} models are complete{rest}.")
    if not report.left:
        return
    print_line()
    rows = [
        (each.model_id, FIELDS[each.field].title, each.means.value, f"{each.outcome.value}: {each.detail}")
        for each in report.left[:_MOST_NAMED]
    ]
    print_table(("MODEL", "MISSING", "TRIED BY", "RESULT"), rows)
    if len(report.left) > _MOST_NAMED:
        say(f"and {len(report.left) - _MOST_NAMED:,} more")


def _done(cycle: Cycle | None) -> str:
    if cycle is None:
        return "Nothing to be healed now."
    if cycle.state is CycleState.SKIPPED:
        return "Healing was skipped, as the store could not be copied before."
    filled = ", ".join(f"{count:,} by {means.value}" for means, count in cycle.filled.items()) or "nothing"
    cost = cycle.cost
    if not cost.calls:
        return f"Filled: {filled}. No tokens were used."
    usd = "an unknown amount" if cost.usd is None else units.money(cost.usd)
    return f"Filled: {filled}. {cost.calls:,} calls, {cost.input_tokens + cost.output_tokens:,} tokens, {usd}."


def _json(report: HealingReport) -> dict[str, object]:
    cycle, filled, cost = report.cycle, {}, Cost()
    if cycle is not None:
        filled, cost = {means.value: count for means, count in cycle.filled.items()}, cycle.cost
    return {
        "cycle": None if cycle is None else _cycle_json(cycle),
        "total": report.total,
        "complete": report.complete,
        "filled": filled,
        "calls": cost.calls,
        "inputTokens": cost.input_tokens,
        "outputTokens": cost.output_tokens,
        "usd": None if cost.usd is None else decimal_text(cost.usd),
        "left": len({(each.model_id, each.field) for each in report.left}),
        "notes": list(report.notes),
    }


def _cycle_json(cycle: Cycle) -> dict[str, object]:
    return {
        "id": cycle.id,
        "startedAt": cycle.started_at.isoformat(),
        "endedAt": cycle.ended_at.isoformat() if cycle.ended_at else None,
        "state": cycle.state.value,
        "completeBefore": cycle.complete_before,
        "completeAfter": cycle.complete_after,
        "error": cycle.error,
    }
