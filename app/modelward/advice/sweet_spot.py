"""The sweet spot: the cheapest model that is good enough, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from modelward.advice import wording
from modelward.advice.model import Candidate, Confidence, Facts, Query, Spot, SweetSpot
from modelward.advice.recommend import best_measured
from modelward.advice.sifting import Sifted, sift
from modelward.advice.use_cases import how_to_measure
from modelward.core.errors import UnknownModelError

RUNNERS_UP = 3


def sweet_spot(facts: Facts, query: Query, threshold: float, baseline: str | None = None) -> SweetSpot:
    """The cheapest model whose measured quality reaches ``threshold``, 0 to 1.

    ``baseline``: the id of a measured model that the saving is counted against, whether it fits the query or not; the
    best measured one that fits, if none is named. Raises UnknownModelError.
    """
    sifted = sift(facts, query)
    known = [each for each in sifted.fitting if each.cost.usd is not None]
    by_cost = sorted(known, key=_cheapest_first)
    good = [each for each in by_cost if _quality(each) >= threshold]
    pick = good[0] if good else None
    cheaper = by_cost if pick is None else by_cost[: by_cost.index(pick)]
    against = _baseline(facts, query, sifted, baseline)
    saving, share = _saving(pick, against)
    return SweetSpot(
        query=query,
        threshold=threshold,
        pick=None if pick is None else _spot(pick, threshold),
        runners_up=_spots(good[1 : 1 + RUNNERS_UP], threshold),
        undecided=tuple(spot for spot in _spots(cheaper, threshold) if spot.high >= threshold),
        front=_spots(pareto(by_cost), threshold),
        of_unknown_cost=_spots((each for each in sifted.fitting if each.cost.usd is None), threshold),
        baseline=None if against is None else _spot(against, threshold),
        saving=saving,
        saving_share=share,
        why=_why(pick, against, threshold),
        unmeasured=sifted.unmeasured,
        ruled_out=sifted.ruled_out,
    )


def pareto(by_cost: Sequence[Candidate]) -> list[Candidate]:
    """Those whom nobody beats in both: each is better than all that are cheaper. ``by_cost``: cheapest first."""
    front: list[Candidate] = []
    for each in by_cost:
        if not front or _quality(each) > _quality(front[-1]):
            front.append(each)
    return front


def _cheapest_first(each: Candidate) -> tuple[Decimal, float, str]:
    assert each.cost.usd is not None
    return each.cost.usd, -_quality(each), each.model.id


def _quality(each: Candidate) -> float:
    assert each.figures.quality is not None
    return each.figures.quality.score


def _spots(candidates: Iterable[Candidate], threshold: float) -> tuple[Spot, ...]:
    return tuple(_spot(each, threshold) for each in candidates)


def _spot(each: Candidate, threshold: float) -> Spot:
    quality = each.figures.quality
    assert quality is not None
    low, high = quality.interval
    is_sure = not low < threshold <= high
    return Spot(each.model.id, quality, low, high, each.cost, Confidence.SURE if is_sure else Confidence.NEEDS_RUNS)


def _baseline(facts: Facts, query: Query, sifted: Sifted, named: str | None) -> Candidate | None:
    if named is None:
        return best_measured([each for each in sifted.fitting if each.cost.usd is not None])
    everybody = sift(facts, Query(query.use_case))
    found = next((each for each in everybody.fitting if each.model.id == named), None)
    if found is None:
        raise UnknownModelError(
            f"{named} was not measured for this use case.",
            todo=f"Measure it first: {how_to_measure(named, query.use_case)}",
        )
    return found


def _saving(pick: Candidate | None, against: Candidate | None) -> tuple[Decimal | None, float | None]:
    if pick is None or against is None or pick.cost.usd is None or against.cost.usd is None:
        return None, None
    saving = against.cost.usd - pick.cost.usd
    return saving, float(saving / against.cost.usd) if against.cost.usd else None


def _why(pick: Candidate | None, against: Candidate | None, threshold: float) -> tuple[str, ...]:
    if pick is None:
        return ()
    said = [f"The cheapest measured model that reaches {threshold * 100:.0f} %."]
    if against is not None and against.model.id != pick.model.id:
        said.append(f"{wording.compared(pick, against)}.")
    elif against is not None:
        said.append("It is the best measured one as well.")
    return tuple(said)
