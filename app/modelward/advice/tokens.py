"""How many tokens a text has, without the tokenizer of its model: an estimate with error bars, in linear time.

See :mod:`.token_table` for the figures. What was learned of a model's own way of counting (:mod:`.calibration`) makes
the bars narrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from modelward.advice.token_table import GROUPS, classes, tables

_AT_ONCE = 1 << 20
"""Characters looked at in one step: so much memory is used, times 20 bytes, whatever the text's length."""

_LOW = 0.7  # of what is likely; no vocabulary that was measured made fewer tokens of any natural text


@dataclass(frozen=True, slots=True)
class Count:
    """Tokens of a text: as many as ``likely``, hardly fewer than ``low``, and no more than ``high``."""

    low: int
    likely: int
    high: int


@dataclass(frozen=True, slots=True)
class Rate:
    """What was learned of one group of characters: tokens per likely token, and by how much that varies (a share)."""

    ratio: float = 1.0
    margin: float | None = None

    @property
    def is_learned(self) -> bool:
        """Whether it was learned at all."""
        return self.margin is not None


class Counter:
    """Counts tokens as one model's tokenizer probably does; safe on any thread."""

    def __init__(self, rates: Sequence[Rate] = ()) -> None:
        """``rates``: what was learned, in the order of :data:`.token_table.GROUPS`; nothing where it is empty."""
        self._rates = tuple(rates) or (Rate(),) * len(GROUPS)
        likely, high, group = tables()
        ratios = np.array([rate.ratio for rate in self._rates], np.float32)[group]
        bounds = np.array([1 + (rate.margin or 0) for rate in self._rates], np.float32)[group]
        is_learned = np.array([rate.is_learned for rate in self._rates])[group]
        self._size = len(group)
        self._group = group
        self._likely = (likely * ratios).ravel()
        self._high = np.where(is_learned, likely * ratios * bounds, high).astype(np.float32).ravel()

    @property
    def is_learned(self) -> bool:
        """Whether anything was learned of the model."""
        return any(rate.is_learned for rate in self._rates)

    def count(self, text: str) -> Count:
        """The tokens of a text."""
        likely = high = 0.0
        for costs, most in self._costs(text):
            likely += float(costs.sum(dtype=np.float64))
            high += float(most.sum(dtype=np.float64))
        return _count(likely, high)

    def high(self, text: str) -> int:
        """The most tokens that a text can have; as :attr:`Count.high`."""
        return math.ceil(sum(float(most.sum(dtype=np.float64)) for _costs, most in self._costs(text)))

    def sums(self, text: str, ends: Sequence[int]) -> list[Count]:
        """The tokens of consecutive parts of a text; ``ends``: where each ends, rising."""
        if not ends:
            return []
        marks = np.asarray(ends, np.int64)
        likely, high = np.zeros(len(ends) + 1), np.zeros(len(ends) + 1)
        start, sum_likely, sum_high = 0, 0.0, 0.0
        for costs, most in self._costs(text):
            first, last = np.searchsorted(marks, (start, start + len(costs)), side="right")
            places = marks[first:last] - start - 1
            likely[first + 1 : last + 1] = sum_likely + np.cumsum(costs, dtype=np.float64)[places]
            high[first + 1 : last + 1] = sum_high + np.cumsum(most, dtype=np.float64)[places]
            sum_likely += float(costs.sum(dtype=np.float64))
            sum_high += float(most.sum(dtype=np.float64))
            start += len(costs)
        parts = zip(np.diff(likely).tolist(), np.diff(high).tolist(), strict=True)
        return [_count(each, most) for each, most in parts]

    def fitting(self, text: str, start: int, most: int) -> int:
        """Where a part of a text that begins at ``start`` and has at most ``most`` tokens ends at the latest."""
        left, place = float(most), start
        for _costs, high in self._costs(text[start : start + most * _MOST_CHARACTERS], _SMALL_STEP):
            sums = np.cumsum(high, dtype=np.float64)
            fits = int(np.searchsorted(sums, left, side="right"))
            place += fits
            if fits < len(sums):
                return place
            left -= float(sums[-1])
        return place

    def fitting_before(self, text: str, end: int, most: int) -> int:
        """Where a part of a text that ends at ``end`` and has at most ``most`` tokens begins at the earliest."""
        first = max(0, end - most * _MOST_CHARACTERS)
        part = text[first:end]
        high = [costs for _likely, costs in self._costs(part)]
        if not high:
            return end
        sums = np.cumsum(np.concatenate(high)[::-1], dtype=np.float64)
        return end - int(np.searchsorted(sums, most, side="right"))

    def shares(self, text: str) -> list[float]:
        """The likely tokens of a text by group."""
        table, _scripts = classes()
        found = np.zeros(len(GROUPS))
        start = 0
        for costs, _most in self._costs(text):
            codes = _codes(text[start : start + len(costs)])
            found += np.bincount(self._group[table[codes]], weights=costs, minlength=len(GROUPS))
            start += len(costs)
        return [float(each) for each in found]

    def _costs(self, text: str, step: int = _AT_ONCE) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """What each character costs, likely and at most, piece by piece."""
        table, _scripts = classes()
        before = ord("\n")
        for start in range(0, len(text), step):
            kinds = table[_codes(text[start : start + step])].astype(np.intp)
            pairs = np.empty_like(kinds)
            pairs[0] = before * self._size
            pairs[1:] = kinds[:-1] * self._size
            pairs += kinds
            before = int(kinds[-1])
            yield self._likely[pairs], self._high[pairs]


_MOST_CHARACTERS = 16
"""Characters that a token has at most when a part is measured out: longer runs (of spaces) make parts smaller."""
_SMALL_STEP = 1 << 14


@lru_cache(maxsize=1)
def plain() -> Counter:
    """Counts for a model of which nothing was learned."""
    return Counter()


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _count(likely: float, high: float) -> Count:
    most = max(likely, high)
    return Count(math.floor(min(likely, high) * _LOW), math.ceil(min(likely, most)), math.ceil(most))
