"""What is learned of how a model counts tokens: from texts that it was sent, and the usage that it stated."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from modelward.advice.token_table import GROUPS
from modelward.advice.tokens import Counter, Rate, plain

_LEAST_TOKENS = 400  # of a text: below, what a provider writes around it weighs too much
_LEAST_SAMPLES = 4
_LEAST_MARGIN = 0.3
"""Texts of one group still differ: English and Finnish of one vocabulary do by so much."""
_CLEAR_SHARE = 0.8
"""Of one group of characters a text must have so much to teach anything of it."""
_BELIEVED = (0.3, 3.0)
"""Ratios beyond come from cut-off or repeated input, or from wrong usage."""
_MOST_SAMPLES = 200  # then the eldest count less and less: tokenizers change with a model's version


@dataclass(frozen=True, slots=True)
class Learned:
    """Samples of one group: how many, their mean ratio to what was likely, and the sum of squared deviations."""

    samples: int = 0
    mean: float = 1.0
    squares: float = 0.0

    def plus(self, ratio: float) -> Learned:
        """With one sample more."""
        samples = min(self.samples + 1, _MOST_SAMPLES)
        step = ratio - self.mean if self.samples else ratio - 1.0
        mean = ratio if not self.samples else self.mean + step / samples
        kept = self.squares * (samples - 1) / samples if self.samples == _MOST_SAMPLES else self.squares
        return Learned(samples, mean, kept + (step * (ratio - mean) if self.samples else 0.0))

    @property
    def rate(self) -> Rate:
        """What it says; nothing before there are enough samples."""
        if self.samples < _LEAST_SAMPLES:
            return Rate()
        deviation = math.sqrt(max(0.0, self.squares) / (self.samples - 1))
        return Rate(self.mean, max(_LEAST_MARGIN, 3 * deviation / self.mean))


@dataclass(frozen=True, slots=True)
class Calibration:
    """All that was learned of one model, by group of characters."""

    groups: Mapping[str, Learned] = field(default_factory=dict)

    def saw(self, samples: Iterable[tuple[str, int]]) -> Calibration:
        """With texts that were sent, and the tokens of input that the provider stated for each."""
        groups = dict(self.groups)
        for text, tokens in samples:
            if (sample := _sample(text, tokens)) is not None:
                group, ratio = sample
                groups[group] = groups.get(group, Learned()).plus(ratio)
        return Calibration(groups)

    def counter(self) -> Counter:
        """A counter that knows it."""
        rates = [self.groups.get(group, Learned()).rate for group in GROUPS]
        return Counter(rates) if any(rate.is_learned for rate in rates) else plain()

    def to_json(self) -> str:
        """As text for the store."""
        return json.dumps({name: [each.samples, each.mean, each.squares] for name, each in self.groups.items()})

    @classmethod
    def of_json(cls, text: str | None) -> Calibration:
        """As it was kept; nothing learned where it cannot be read."""
        try:
            return cls({name: _learned(each) for name, each in json.loads(text or "{}").items() if name in GROUPS})
        except (ValueError, TypeError, AttributeError):
            return cls()


def _learned(values: object) -> Learned:
    if not isinstance(values, list) or len(values) != 3:
        raise ValueError("three figures belong to a group")
    samples, mean, squares = int(values[0]), float(values[1]), float(values[2])
    if samples < 0 or not _BELIEVED[0] <= mean <= _BELIEVED[1] or not 0 <= squares < math.inf:
        raise ValueError("figures that cannot have been learned")
    return Learned(samples, mean, squares)


def _sample(text: str, tokens: int) -> tuple[str, float] | None:
    shares = plain().shares(text)
    likely = sum(shares)
    if likely < _LEAST_TOKENS or max(shares) < likely * _CLEAR_SHARE:
        return None
    ratio = tokens / likely
    return (GROUPS[shares.index(max(shares))], ratio) if _BELIEVED[0] <= ratio <= _BELIEVED[1] else None
