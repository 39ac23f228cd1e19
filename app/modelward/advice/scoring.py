"""The score: parts between 0 and 1, put together so that a lack in one is not made up for by the others.

The score is the weighted geometric mean of its parts. Each part depends on its model alone, never on the others in the
list, so that a model keeps its score when another one comes or goes. What is not known counts as middling.
"""

from __future__ import annotations

import math

from modelward.advice.model import Candidate, Cost, Quality, ScorePart, Speed
from modelward.advice.use_cases import Profile, Slo

MIDDLING = 0.5

_PRICE_IN, _PRICE_OUT = 1.0, 4.0
"""USD per 1M tokens of a model of the middle, whose price counts as middling."""

_ELSEWHERE = 0.5
"""Privacy of what leaves one's own machines: providers promise much, and nobody can see it."""

_SPREAD = 3.0
"""Times its median that the 95th percentile of a steady model may take."""

_Z2 = 1.96**2


def parts(candidate: Candidate, profile: Profile) -> tuple[ScorePart, ...]:
    """The parts of a candidate's score, in the order of :class:`.model.Part`."""
    figures = candidate.figures
    values = (
        _quality(figures.quality),
        price_part(candidate.cost, profile),
        _speed(figures.speed, profile.slo),
        _steadiness(candidate),
        1.0 if candidate.is_local else _ELSEWHERE,
    )
    # Not looked up by part: the hash of an enumeration's member is slow, and this is done for every model.
    return tuple(
        ScorePart(part, MIDDLING if value is None else value, weight, value is not None)
        for (part, weight), value in zip(profile.weights.items(), values, strict=True)
    )


def score(of: tuple[ScorePart, ...]) -> float:
    """The score of these parts, 0 to 1; rounded, so that no last digit of arithmetic decides between equals."""
    return round(math.prod(math.pow(part.value, part.weight) for part in of), 6)


def price_part(cost: Cost, profile: Profile) -> float | None:
    """1 for free, 0.5 for the price of the middle, by the root: ten times dearer is felt more than a cent more."""
    if cost.usd is None:
        return None
    middle = (_PRICE_IN * profile.input_tokens + _PRICE_OUT * profile.output_tokens) / 1e6
    return 1 / (1 + math.sqrt(float(cost.usd) / middle))


def settled(share: float, n: int) -> float:
    """A share as far as so many tries tell: the middle of Wilson's interval, near 0.5 for few of them."""
    return (share + _Z2 / (2 * n)) / (1 + _Z2 / n) if n else MIDDLING


def _quality(quality: Quality | None) -> float | None:
    return None if quality is None else settled(quality.score, quality.probes)


def _speed(speed: Speed | None, goals: Slo) -> float | None:
    """As fast as is needed is 1; half as fast is 0.5. The mean over the goals whose figures are known."""
    if speed is None:
        return None
    pairs = ((speed.ttft, goals.ttft), (speed.tpot, goals.tpot), (speed.latency, goals.latency))
    met = [min(1.0, goal / took) if took > 0 else 1.0 for took, goal in pairs if took is not None and goal is not None]
    return sum(met) / len(met) if met else None


def _steadiness(candidate: Candidate) -> float | None:
    figures = candidate.figures
    if not figures.runs:
        return None
    answered = settled(1 - figures.error_rate, figures.runs)
    speed = figures.speed
    if speed is None or not speed.latency or not speed.worst_latency:
        return answered
    return answered * min(1.0, _SPREAD * speed.latency / speed.worst_latency)
