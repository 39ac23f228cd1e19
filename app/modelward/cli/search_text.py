"""A search of the sweet spot, its plan and what it found, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from modelward.advice.strategies import Contender, End, Tried
from modelward.advice.trial import Verdict
from modelward.advice.use_cases import PROFILES
from modelward.catalog.fields import clip, decimal_text
from modelward.cli.output import print_line, print_table
from modelward.core import units

if TYPE_CHECKING:
    from modelward.advice.searching import SearchPlan, SearchReport

_MOST = 12
"""Models that are named one by one; the others are counted."""
_MOST_REFUSED = 3  # mostly for the same reason


def print_plan(plan: SearchPlan) -> None:
    """Who would be asked, in which order, and what that can cost."""
    title, count = PROFILES[plan.query.use_case].title, len(plan.contenders)
    print_line(
        f"{title}: {_many(count, 'model')} that can be called now, from the cheapest up, until one reaches "
        f"{plan.threshold * 100:.0f} %. Each is asked {_many(plan.probes * plan.rounds, 'probe')} at most."
    )
    rows = [_row(place, each) for place, each in enumerate(plan.contenders[:_MOST], start=1)]
    print_table(("", "MODEL", "$/TASK", "ANSWERS SO FAR"), rows, right=frozenset({0, 2, 3}))
    _print_more(count, "models, each dearer")
    if plan.unpromising:
        print_line(f"{_many(plan.unpromising, 'unmeasured model')} that promise less are left out.")
    for model, why in list(plan.refused.items())[:_MOST_REFUSED]:
        print_line(f"{clip(model, 200)} is left out: {clip(why, 300)}")
    _print_more(len(plan.refused), "are left out", _MOST_REFUSED)
    print_line(cost_of(plan))
    print_line()


def cost_of(plan: SearchPlan) -> str:
    """What a search costs, in words."""
    if not plan.most_usd:
        costs = any(each.probe_cost for each in plan.contenders)
        return "Nothing may be spent: only free models are asked." if costs and not plan.budget else "It is free."
    return f"It costs {units.money(plan.most_usd)} at most."


def print_report(report: SearchReport) -> None:
    """The sweet spot with its reasons, who was passed over, and what it took."""
    found = report.found
    print_line(_headline(report))
    for sentence in (*report.why, *report.against):
        print_line(f"  {clip(sentence, 400)}")
    _print_tried([each for each in found.tried if each.model_id != found.pick])
    if found.skipped:
        print_line(f"{_many(len(found.skipped), 'model')} could not be asked within what it may cost.")
    print_line(
        f"{_many(found.calls, 'call')} for {units.money(found.spent)}; asking every model every probe "
        f"{_times(report.plan.rounds)} takes {report.plan.testing_all:,}."
    )
    if found.unpriced:
        count = _many(found.unpriced, "call")
        print_line(f"What {count} cost is not known: counted is the most that it can be.")


def report_json(report: SearchReport) -> dict[str, object]:
    """The plan and what came of it; money in USD as decimal strings."""
    plan, found = report.plan, report.found
    return {
        "useCase": plan.query.use_case.value,
        "strategy": plan.strategy.value,
        "threshold": plan.threshold,
        "budget": decimal_text(plan.budget),
        "contenders": [each.model_id for each in plan.contenders],
        "refused": dict(plan.refused),
        "leftOut": plan.unpromising,
        "pick": report.pick,
        "why": list(report.why),
        "against": list(report.against),
        "alsoGood": list(found.dearer),
        "best": None if report.best is None else report.best.model_id,
        "end": found.end.name.lower(),
        "tried": [_tried_json(each) for each in found.tried],
        "skipped": list(found.skipped),
        "calls": found.calls,
        "testingAll": plan.testing_all,
        "spent": decimal_text(found.spent),
        "unpriced": found.unpriced,
    }


def _headline(report: SearchReport) -> str:
    found, threshold = report.found, f"{report.plan.threshold * 100:.0f} %"
    if report.pick is not None:
        also = f" Dearer, and good enough as well: {', '.join(found.dearer)}." if found.dearer else ""
        return f"Sweet spot: {clip(report.pick, 200)}.{clip(also, 400)}"
    if found.pick is not None:
        return f"{clip(found.pick, 200)} reaches {threshold}, and does not fit:"
    why = f"No model that was asked reaches {threshold}."
    if found.end is End.BUDGET:
        why = f"None was found that reaches {threshold} before what it may cost was used up."
    best = report.best
    if best is None:
        return f"{why} None answered."
    return f"{why} The best was {clip(best.model_id, 200)}: {_quality(best)}."


def _print_tried(tried: Sequence[Tried]) -> None:
    for each in tried[:_MOST]:
        told = _quality(each) if each.asked else "no answer graded"
        verdict = "" if each.verdict is Verdict.UNDECIDED else f", {each.verdict.value}"
        why = f": {clip(each.why, 300)}" if each.why else ""
        print_line(f"  {clip(each.model_id, 200)}  {told}{verdict}{why}")
    _print_more(len(tried), "models")


def _print_more(count: int, what: str, most: int = _MOST) -> None:
    if count > most:
        print_line(f"  and {count - most:,} more {what}")


def _row(place: int, each: Contender) -> tuple[str, ...]:
    cost = units.UNKNOWN if not each.cost.is_finite() else units.money(each.cost) if each.cost else "free"
    so_far = f"{each.score / each.asked * 100:.0f} % of {each.asked:,}" if each.asked else "none"
    return str(place), each.model_id, cost, so_far


def _quality(each: Tried) -> str:
    return f"{each.quality * 100:.0f} % over {_many(each.asked, 'answer')}"


def _tried_json(each: Tried) -> dict[str, object]:
    return {
        "model": each.model_id,
        "quality": each.quality if each.asked else None,
        "answers": each.asked,
        "verdict": each.verdict.name.lower(),
        "why": each.why,
    }


def _times(number: int) -> str:
    return "once" if number == 1 else "twice" if number == 2 else f"{number} times"


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
