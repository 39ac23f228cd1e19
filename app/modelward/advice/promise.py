"""In which order models that nobody measured deserve to be measured: a guess from price, size and family."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from statistics import fmean

from modelward.advice.model import Candidate, Part, Query, Unmeasured
from modelward.advice.scoring import MIDDLING, price_part
from modelward.advice.use_cases import PROFILES
from modelward.catalog.model import Status

_SMALLEST, _LARGEST = 9.0, 12.0
"""Powers of ten of parameters between which size tells something of quality: a billion, a million millions."""
_SIZE_LOW, _SIZE_HIGH = 0.3, 0.8


def family_qualities(measured: Iterable[Candidate]) -> dict[str, float]:
    """How good the measured models of each family are, in the mean."""
    found: dict[str, list[float]] = {}
    for each in measured:
        if each.model.family and each.figures.quality is not None:
            found.setdefault(each.model.family, []).append(each.figures.quality.score)
    return {family: fmean(scores) for family, scores in found.items()}


def in_order(unmeasured: Iterable[Candidate], families: Mapping[str, float], query: Query) -> tuple[Unmeasured, ...]:
    """What can be measured at once comes first, then what promises most; of the same promise by name."""
    profile = PROFILES[query.use_case]
    quality_weight, price_weight = profile.weights[Part.QUALITY], profile.weights[Part.PRICE]
    found = []
    for each in unmeasured:
        price = price_part(each.cost, profile)
        kin = families.get(each.model.family or "")
        promise = _guess(each, kin) ** quality_weight * (MIDDLING if price is None else price) ** price_weight
        is_graded = each.figures.quality is not None
        found.append(Unmeasured(each.model, round(promise, 6), _is_at_hand(each), each.cost, kin, is_graded))
    # Three times by one key is faster than once by three: few change their places.
    found.sort(key=lambda each: each.model.id)
    found.sort(key=lambda each: each.promise, reverse=True)
    found.sort(key=lambda each: each.at_hand, reverse=True)
    return tuple(found)


def _is_at_hand(each: Candidate) -> bool:
    return each.place.has_key and each.place.answers is not False and each.model.status is Status.AVAILABLE


def _guess(each: Candidate, kin: float | None) -> float:
    known = each.figures.quality
    if known is not None:
        return known.score
    if kin is not None:
        return kin
    size = each.model.parameter_count
    if not size:
        return MIDDLING
    place = (math.log10(size) - _SMALLEST) / (_LARGEST - _SMALLEST)
    return _SIZE_LOW + (_SIZE_HIGH - _SIZE_LOW) * min(max(place, 0.0), 1.0)
