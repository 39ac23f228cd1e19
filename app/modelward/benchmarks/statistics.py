"""From many values to a few that may be shown: percentiles where there are enough, intervals that are honest."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from statistics import NormalDist, fmean, stdev
from typing import Any

from modelward.benchmarks.model import Summary

ENOUGH_FOR_INTERVAL = 5
ENOUGH_FOR_P5_P95 = 20
ENOUGH_FOR_P99 = 100

_RESAMPLES = 1000
_RESAMPLED_UP_TO = 50
"""Values; beyond, the mean is as good as normal, and resampling would take seconds."""
_CONFIDENCE = 0.95


def summary(values: Sequence[float]) -> Summary | None:
    """What may be said of these values; None where there are none that are finite."""
    ordered = sorted(value for value in values if math.isfinite(value))
    if not ordered:
        return None
    n = len(ordered)
    low, high = interval(ordered) if n >= ENOUGH_FOR_INTERVAL else (None, None)
    return Summary(
        n=n,
        mean=fmean(ordered),
        p5=percentile(ordered, 5) if n >= ENOUGH_FOR_P5_P95 else None,
        p50=percentile(ordered, 50),
        p95=percentile(ordered, 95) if n >= ENOUGH_FOR_P5_P95 else None,
        p99=percentile(ordered, 99) if n >= ENOUGH_FOR_P99 else None,
        low=low,
        high=high,
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """A percentile of values in order, by linear interpolation between the two nearest (numpy's default)."""
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    share = place - below
    return ordered[below] * (1 - share) + ordered[above] * share


def interval(ordered: Sequence[float]) -> tuple[float, float]:
    """A 95 % confidence interval of the mean: bootstrap percentiles of few values, the normal one of many.

    The same values always give the same interval.
    """
    n = len(ordered)
    if n <= _RESAMPLED_UP_TO:
        means = sorted(sum(drawn(ordered)) / n for drawn in _draws(n))
        tail = (1 - _CONFIDENCE) / 2 * 100
        return percentile(means, tail), percentile(means, 100 - tail)
    reach = NormalDist().inv_cdf((1 + _CONFIDENCE) / 2) * stdev(ordered) / math.sqrt(n)
    mean = fmean(ordered)
    return mean - reach, mean + reach


@lru_cache(maxsize=_RESAMPLED_UP_TO)
def _draws(n: int) -> tuple[itemgetter[Any], ...]:
    """Ways to draw ``n`` of ``n`` values with repetition: made once, as a table has thousands of intervals."""
    draw = random.Random(n)  # noqa: S311 - not for secrets: the same values shall give the same interval
    return tuple(itemgetter(*draw.choices(range(n), k=n)) for _ in range(_RESAMPLES))


def share_interval(passed: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share: it holds also for few tries, and for none or all that passed."""
    if n <= 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + _CONFIDENCE) / 2)
    share = passed / n
    centre = share + z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max((centre - reach) / (1 + z * z / n), 0.0), min((centre + reach) / (1 + z * z / n), 1.0)
