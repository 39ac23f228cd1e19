"""What calls came to, by day, provider, model and purpose."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from modelward.spending.model import Entry, Purpose
from modelward.spending.periods import local_date
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


def total_up(entries: Iterable[Entry]) -> Totals:
    """The totals of entries, given newest first."""
    singles = [(entry, _single(entry)) for entry in entries][::-1]

    def by(key: Callable[[Entry], K]) -> dict[K, Total]:
        found: dict[K, Total] = {}
        for entry, single in singles:
            found[key(entry)] = found.get(key(entry), Total()) + single
        return found

    return Totals(
        sum((single for _, single in singles), Total()),
        by(lambda entry: local_date(entry.at)),
        by(lambda entry: entry.provider),
        by(lambda entry: entry.model_id),
        by(lambda entry: entry.purpose),
    )


def _single(entry: Entry) -> Total:
    usage = entry.usage
    tokens = usage.input_tokens or 0, usage.output_tokens or 0
    if entry.cost is None:
        return Total(1, *tokens, unknown_calls=1, reserved=entry.reserved or FREE)
    return Total(1, *tokens, entry.cost)
