"""Which looks are kept as they age: all of the last two days, then two an hour, then two a day, for a year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from modelward.ollama.model import Sample

WHOLE = timedelta(days=2)
"""How long every look is kept."""

HOURLY = timedelta(days=30)
"""Until this age the worst and the median look of each hour are kept; beyond it those of each day."""

KEPT = timedelta(days=365)
"""What is older is forgotten."""


def superfluous(samples: Sequence[Sample], *, by_day: bool) -> tuple[Sample, ...]:
    """All but the worst and the median look of each hour, or day, at each model. Every look lies in its time whole."""
    groups: dict[tuple[str, datetime], list[Sample]] = {}
    for sample in samples:
        start = sample.at.replace(minute=0, second=0, microsecond=0)
        groups.setdefault((sample.model, start.replace(hour=0) if by_day else start), []).append(sample)
    return tuple(sample for group in groups.values() for sample in _beside_the_kept(group))


def _beside_the_kept(group: list[Sample]) -> list[Sample]:
    ordered = sorted(group, key=_by_badness)
    answered = [sample for sample in ordered if sample.ok]
    kept = [ordered[0], *answered[len(answered) // 2 : len(answered) // 2 + 1]]
    return [sample for sample in group if sample not in kept]


def _by_badness(sample: Sample) -> tuple[bool, float, datetime]:
    return sample.ok, -(sample.latency_ms or 0.0), sample.at
