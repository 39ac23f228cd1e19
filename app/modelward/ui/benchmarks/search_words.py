"""What is said of a search of the sweet spot: how it is done, its plan, and what it found."""

from __future__ import annotations

from modelward.advice.model import SweetSpot
from modelward.advice.searching import SearchPlan, SearchReport
from modelward.advice.strategies import Contender, End, Strategy, Tried
from modelward.catalog.fields import clip
from modelward.core import units
from modelward.ui.benchmarks import figures
from modelward.ui.benchmarks.wording import many, name_of, saving_text, use_case_title
from modelward.ui.kit.tokens import Tone

STRATEGIES = {
    Strategy.PROGRESSIVE: ("Progressive", "Asks little where little is enough, and confirms the model that it takes."),
    Strategy.CONSERVATIVE: ("Conservative", "Asks more of each model, and looks for the next dearer good one as well."),
    Strategy.AGGRESSIVE: ("Aggressive", "Takes the first model that looks good: the fewest calls, the least sure."),
}
"""The name of each, and how it searches in one sentence."""

_MOST_NAMED, _MOST_REFUSED = 6, 3


def plan_text(plan: SearchPlan) -> str:
    """Who is asked, until when, and how often at most."""
    each_at_most = plan.probes * plan.rounds
    calls = sum(max(0, each_at_most - each.asked) for each in plan.contenders)
    return (
        f"{use_case_title(plan.query.use_case)}: {many(len(plan.contenders), 'model')}, until one reaches "
        f"{figures.quality(plan.threshold)}. {many(calls, 'call')} at most, beside those that warm up or fail."
    )


def cost_text(plan: SearchPlan) -> str:
    """What a search costs."""
    if plan.most_usd:
        return f"It costs {units.money(plan.most_usd)} at most."
    costs = any(each.probe_cost for each in plan.contenders)
    return "Nothing may be spent: only free models are asked." if costs and not plan.budget else "It is free."


def order_text(plan: SearchPlan) -> str:
    """The models in the order in which they are asked."""
    lines = [f"{place}. {_contender(each)}" for place, each in enumerate(plan.contenders[:_MOST_NAMED], start=1)]
    if len(plan.contenders) > _MOST_NAMED:
        lines.append(f"and {len(plan.contenders) - _MOST_NAMED:,} more, each dearer")
    return "\n".join(lines)


def left_out_text(plan: SearchPlan) -> str:
    """Who is not asked, and why."""
    lines = [f"{name_of(id_)}: {clip(why, 200)}" for id_, why in list(plan.refused.items())[:_MOST_REFUSED]]
    if len(plan.refused) > _MOST_REFUSED:
        lines.append(f"and {len(plan.refused) - _MOST_REFUSED:,} more that cannot be asked")
    if plan.unpromising:
        lines.append(f"{many(plan.unpromising, 'unmeasured model')} that promise less")
    return "\n".join(["Left out:", *lines]) if lines else ""


def ended_text(report: SearchReport, spot: SweetSpot) -> tuple[str, str, Tone]:
    """What is told of a search that has ended: what, why, and its tone. ``spot``: the sweet spot by all results."""
    if report.pick is not None:
        what = f"{name_of(report.pick)} is the cheapest that is good enough."
        told = [_pick(report, report.pick, spot)]
    elif report.found.pick is not None:
        what = f"{name_of(report.found.pick)} is good enough, and does not fit."
        told = [clip(each, 300) for each in report.against]
    else:
        what, told = _nobody(report), [_best(report.best)]
    tone = Tone.ATTENTION if report.pick is None else Tone.WELL
    return what, " ".join(part for part in (*told, *_taken(report)) if part), tone


def _contender(each: Contender) -> str:
    cost = (
        "cost not known" if not each.cost.is_finite() else f"{figures.cost(each.cost)} a task" if each.cost else "free"
    )
    known = (
        f", {figures.quality(each.score / each.asked)} over {many(each.asked, 'answer')} so far" if each.asked else ""
    )
    return f"{name_of(each.model_id)}, {cost}{known}"


def _pick(report: SearchReport, pick: str, spot: SweetSpot) -> str:
    tried = next((each for each in report.found.tried if each.model_id == pick), None)
    saved = saving_text(spot) if spot.pick is not None and spot.pick.model_id == pick else ""
    return (
        ", ".join(part for part in (_quality(tried) if tried else "", saved and f"a task costs {saved}") if part) + "."
    )


def _nobody(report: SearchReport) -> str:
    threshold = figures.quality(report.plan.threshold)
    if report.found.end is End.BUDGET:
        return f"None that reaches {threshold} was found within what it may cost."
    return f"No model that was asked reaches {threshold}."


def _best(best: Tried | None) -> str:
    return "None answered." if best is None else f"The best was {name_of(best.model_id)}: {_quality(best).lower()}."


def _taken(report: SearchReport) -> tuple[str, ...]:
    found = report.found
    spent = f"for {units.money(found.spent)}{' at most' if found.unpriced else ''}" if found.spent else "for nothing"
    skipped = (
        f"{many(len(found.skipped), 'model')} could not be asked within what it may cost." if found.skipped else ""
    )
    return f"It took {many(found.calls, 'call')} {spent}.", skipped


def _quality(each: Tried) -> str:
    return f"Quality {figures.quality(each.quality)} over {many(each.asked, 'answer')}"
