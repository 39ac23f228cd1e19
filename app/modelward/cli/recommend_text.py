"""Advice as text: tables, the reasons below, and the next step where there is nothing to recommend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from modelward.advice.grounds import Reason, RuledOut, Why
from modelward.advice.model import Advised, Confidence, Cost, Query, Recommendation, Spot, SweetSpot, Unmeasured
from modelward.advice.routing import RoutingTable
from modelward.advice.use_cases import PROFILES, how_to_measure
from modelward.catalog.fields import clip
from modelward.cli.output import print_line, print_table, say
from modelward.core import units

_MOST = 5
"""Unmeasured models that are named; the others are counted."""

_LOOSEN = {
    Why.CONTEXT: "a smaller --min-context",
    Why.CONTEXT_UNKNOWN: "a smaller --min-context",
    Why.TOO_DEAR: "a higher --max-price",
    Why.PRICE_UNKNOWN: "no --max-price",
    Why.TOO_SLOW: "a longer --max-latency",
    Why.LACKS: "less to --require",
    Why.CAPABILITY_UNKNOWN: "less to --require",
    Why.NOT_LOCAL: "models elsewhere too, without --local-only",
    Why.PROVIDER: "other providers",
    Why.NO_KEY: "another key (modelward keys set PROVIDER), or no --available",
    Why.NOT_AVAILABLE: "all models, without --available",
    Why.AVAILABILITY_UNKNOWN: "a look at your providers first (modelward discover)",
}


def print_recommendation(found: Recommendation) -> None:
    """The best models with their reasons, then what else there is."""
    profile = PROFILES[found.query.use_case]
    print_line(
        f"{profile.title}: of {found.considered:,} models {found.fitting:,} fit and were measured, "
        f"{len(found.unmeasured):,} wait to be measured, {len(found.ruled_out):,} are ruled out."
    )
    if found.top:
        print_line()
        rows = [_row(place, each) for place, each in enumerate(found.top, start=1)]
        print_table(("", "MODEL", "SCORE", "QUALITY", "$/TASK", "FIRST WORD"), rows, right=frozenset({0, 2, 3, 4, 5}))
        print_line()
        for each in found.top:
            print_line(clip(each.model_id, 200))
            _print_sentences((*each.why, *each.unknown))
        weights = ", ".join(f"{part} {weight * 100:.0f} %" for part, weight in profile.weights.items())
        print_line(f"Weights: {weights}. {profile.why}")
    _print_unmeasured(found.unmeasured)
    _print_counts(found.counts.items())


def print_sweet_spot(found: SweetSpot) -> None:
    """The sweet spot, its runners-up, and the front of cost against quality."""
    pick = found.pick
    if pick is None:
        print_line(f"No model that was measured reaches {found.threshold * 100:.0f} % at a known cost.")
    else:
        print_line(f"Sweet spot: {clip(pick.model_id, 200)}{_doubt(pick)}")
        _print_sentences(found.why)
        if found.baseline is not None and found.saving is not None and found.saving > 0:
            share = f" ({found.saving_share * 100:.0f} %)" if found.saving_share is not None else ""
            saved = units.money(found.saving)
            print_line(f"  It saves {saved} a task{share} against {clip(found.baseline.model_id, 200)}.")
    _print_spots("Next cheapest", found.runners_up)
    _print_spots("Cheaper, and perhaps good enough", found.undecided)
    _print_spots("Nobody is both cheaper and better", found.front)
    _print_spots("Of unknown cost", found.of_unknown_cost)
    _print_unmeasured(found.unmeasured)


def print_routing_table(table: RoutingTable) -> None:
    """Who serves which use case."""
    rows = [
        (
            PROFILES[route.use_case].title,
            route.model.id,
            f"{route.quality * 100:.0f} %",
            ", ".join(model.id for model in route.fallbacks),
        )
        for route in table.routes
    ]
    if rows:
        print_table(("USE CASE", "MODEL", "QUALITY", "FALLBACKS"), rows, right=frozenset({2}))
    if table.without:
        say(f"Without a route, as nothing that fits was measured: {', '.join(table.without)}.")


def say_next_step(query: Query, unmeasured: Sequence[Unmeasured], ruled_out: Sequence[RuledOut]) -> None:
    """What to do where nothing can be recommended."""
    say("Nothing can be recommended.")
    if unmeasured:
        say(f"  Measure the most promising model: {how_to_measure(unmeasured[0].model_id, query.use_case)}")
        if not unmeasured[0].at_hand:
            say("  None can be measured yet: add a key (modelward keys set PROVIDER), then modelward discover.")
        return
    # Those that only one thing keeps away come back first.
    single: Counter[Why] = Counter(each.reasons[0].why for each in ruled_out if _is_single(each.reasons))
    anyhow = Counter(reason.why for each in ruled_out for reason in each.reasons)
    for why, count in (*single.most_common(), *anyhow.most_common()):
        if why in _LOOSEN:
            say(f"  Try {_LOOSEN[why]}: {count:,} {'model is' if count == 1 else 'models are'} ruled out by it.")
            return
    say("  There are no models yet: modelward discover")


def _is_single(reasons: tuple[Reason, ...]) -> bool:
    return len(reasons) == 1


def _row(place: int, each: Advised) -> tuple[str, ...]:
    ttft = None if each.speed is None else each.speed.ttft
    return (
        str(place),
        each.model_id,
        f"{each.score * 100:.1f}",
        f"{each.quality.score * 100:.1f} %",
        _cost(each.cost),
        units.UNKNOWN if ttft is None else f"{ttft / 1000:,.2f} s",
    )


def _cost(cost: Cost) -> str:
    if cost.usd is None:
        return units.UNKNOWN
    if cost.usd == 0:
        return "free"
    return units.money(cost.usd) if cost.is_measured else f"~{units.money(cost.usd)}"


def _print_sentences(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print_line(f"  {clip(sentence, 400)}")


def _print_spots(title: str, spots: Sequence[Spot]) -> None:
    if not spots:
        return
    print_line()
    print_line(f"{title}:")
    for spot in spots:
        print_line(
            f"  {clip(spot.model_id, 200)}  {spot.quality.score * 100:.1f} %  {_cost(spot.cost)} a task{_doubt(spot)}"
        )


def _doubt(spot: Spot) -> str:
    if spot.confidence is Confidence.SURE:
        return ""
    return (
        f" · {spot.confidence} ({spot.low * 100:.0f} % to {spot.high * 100:.0f} % over {spot.quality.probes:,} answers)"
    )


def _print_unmeasured(unmeasured: Sequence[Unmeasured]) -> None:
    if not unmeasured:
        return
    print_line()
    print_line("Measure me:")
    for each in unmeasured[:_MOST]:
        print_line(f"  {clip(each.model_id, 200)}  {clip(each.why, 300)}")
    more = len(unmeasured) - _MOST
    if more > 0:
        print_line(f"  and {more:,} more; --json lists them all")


def _print_counts(counts: Iterable[tuple[Why, int]]) -> None:
    rows = [(why.value, f"{count:,}") for why, count in counts]
    if rows:
        print_line()
        print_table(("RULED OUT", "MODELS"), rows, right=frozenset({1}))
