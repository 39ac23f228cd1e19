"""In which order models that nobody measured deserve to be measured: a guess from price, size and family."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from statistics import fmean

from modelward.advice.model import Candidate, Part, Query, Unmeasured
from modelward.advice.scoring import MIDDLING, price_part
from modelward.advice.use_cases import PROFILES
from modelward.core import units

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
    """Most promising first; of the same promise by name."""
    profile = PROFILES[query.use_case]
    quality_weight, price_weight = profile.weights[Part.QUALITY], profile.weights[Part.PRICE]
    ranked = []
    for each in unmeasured:
        price = price_part(each.cost, profile)
        guess = _guess(each, families)
        promise = guess**quality_weight * (MIDDLING if price is None else price) ** price_weight
        ranked.append((-round(promise, 6), each.model.id, each))
    ranked.sort(key=lambda item: item[:2])
    return tuple(Unmeasured(id_, -less, each.cost, _why(each, families)) for less, id_, each in ranked)


def _guess(each: Candidate, families: Mapping[str, float]) -> float:
    known = each.figures.quality
    if known is not None:
        return known.score
    family = families.get(each.model.family or "")
    if family is not None:
        return family
    size = each.model.parameter_count
    if not size:
        return MIDDLING
    place = (math.log10(size) - _SMALLEST) / (_LARGEST - _SMALLEST)
    return _SIZE_LOW + (_SIZE_HIGH - _SIZE_LOW) * min(max(place, 0.0), 1.0)


def _why(each: Candidate, families: Mapping[str, float]) -> str:
    model = each.model
    lacking = "no answers graded" if each.figures.quality is None else "no times measured"
    said = [lacking, _price(each)]
    if model.parameter_count:
        said.append(f"{model.parameter_count / 1e9:,.3g} billion parameters")
    if model.family is not None and model.family in families:
        said.append(f"others of the family {model.family} reach {families[model.family]:.0%}")
    return ", ".join(said)


def _price(each: Candidate) -> str:
    model = each.model
    if each.cost.usd is None:
        return "price not known"
    if each.cost.usd == 0:
        return "free"
    return f"{units.price(model.price_input)} in and {units.price(model.price_output)} out per 1M tokens"
