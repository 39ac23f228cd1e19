"""What calls came to, by day, provider, model and purpose."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple, TypeVar

from modelward.spending.model import Purpose
from modelward.spending.pricing import FREE

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Total:
    """Some calls together. Tokens are those that are known; ``cost`` in USD is that of the calls whose cost is known.

    ``unknown_calls``: calls of unknown cost, for which ``reserved`` USD were set aside, as far as that is known.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = FREE
    unknown_calls: int = 0
    reserved: Decimal = FREE

    def __add__(self, other: Total) -> Total:
        return Total(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
            self.unknown_calls + other.unknown_calls,
            self.reserved + other.reserved,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """The calls of some time: all, and by local day, provider, model id and purpose, each in order of first call."""

    everything: Total
    by_day: dict[date, Total]
    by_provider: dict[str, Total]
    by_model: dict[str, Total]
    by_purpose: dict[Purpose, Total]


class Part(NamedTuple):
    """What the calls of one day, provider, model and purpose came to."""

    day: date
    provider: str
    model_id: str
    purpose: Purpose
    total: Total


def total_up(parts: Sequence[Part]) -> Totals:
    """The totals of all parts."""

    def by(key: Callable[[Part], K]) -> dict[K, Total]:
        found: dict[K, Total] = {}
        for part in parts:
            found[key(part)] = found.get(key(part), Total()) + part.total
        return found

    return Totals(
        sum((part.total for part in parts), Total()),
        by(attrgetter("day")),
        by(attrgetter("provider")),
        by(attrgetter("model_id")),
        by(attrgetter("purpose")),
    )
