"""Is one model good enough? A sequential test: it ends as soon as the answer is clear.

Wald's sequential probability ratio test (1945) of "a margin above the threshold" against "a margin below it". Scores
between 0 and 1 count as parts of a pass. Where a bound of probes is reached first, the mean decides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

_LEAST, _MOST = 0.02, 0.98
"""Qualities between which the test tells them apart: beyond, one single answer would decide."""


class Verdict(StrEnum):
    """What a trial found."""

    GOOD = "good enough"
    BAD = "not good enough"
    UNDECIDED = "undecided"
    SILENT = "does not answer"


@dataclass(frozen=True, slots=True)
class Rules:
    """How sure one wants to be.

    ``margin``: qualities that near to the threshold need not be told apart. ``lost`` and ``false``: the chance that a
    good model is dropped, and that a bad one is taken, beyond the margin. ``false`` is much the smaller one, because it
    is run again with each model before the right one. No verdict before ``least`` probes; from ``most`` on a mean below
    the threshold is enough to drop a model, and one that has held out for ``confirm`` is taken.
    """

    margin: float
    lost: float
    false: float
    least: int
    most: int
    confirm: int


class Trial:
    """The test of one model; begins with what was measured of it before, if anything was."""

    def __init__(self, threshold: float, rules: Rules, score: float = 0.0, asked: int = 0) -> None:
        """``score``: the sum over the ``asked`` probes so far."""
        self._threshold = threshold
        self._rules = rules
        self._upper = math.log((1 - rules.lost) / rules.false)
        self._lower = math.log(rules.lost / (1 - rules.false))
        good = min(max(threshold + rules.margin, 2 * _LEAST), _MOST)
        bad = min(max(threshold - rules.margin, _LEAST), good - _LEAST)
        self._of_pass = math.log(good / bad)
        self._of_fail = math.log((1 - good) / (1 - bad))
        self.score = score
        self.asked = asked

    def add(self, score: float) -> None:
        """Count one answer, graded 0 to 1."""
        self.score += min(max(score, 0.0), 1.0)
        self.asked += 1

    @property
    def mean(self) -> float:
        """The quality so far; 0 before the first answer."""
        return self.score / self.asked if self.asked else 0.0

    @property
    def verdict(self) -> Verdict:
        """What is clear by now."""
        if self.asked < self._rules.least:
            return Verdict.UNDECIDED
        ratio = self.score * self._of_pass + (self.asked - self.score) * self._of_fail
        if ratio <= self._lower:
            return Verdict.BAD
        if self.mean < self._threshold:
            return Verdict.BAD if self.asked >= self._rules.most else Verdict.UNDECIDED
        is_good = ratio >= self._upper or self.asked >= self._rules.confirm
        return Verdict.GOOD if is_good else Verdict.UNDECIDED
