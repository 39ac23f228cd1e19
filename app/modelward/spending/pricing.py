"""What a call costs, and can cost at most: exact decimals in USD, from the catalogue's prices per 1M tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from modelward.catalog.completeness import missing
from modelward.catalog.facts import resolve
from modelward.catalog.fields import PRICES
from modelward.catalog.model import Fact, Field, Model, PriceTier, Source
from modelward.providers.model import Usage
from modelward.spending.conditions import REASONING, can_hold, holds, threshold_of

FREE = Decimal(0)
_INPUT_PRICES = (Field.PRICE_INPUT, Field.PRICE_CACHE_READ, Field.PRICE_CACHE_WRITE)
# Beyond any call: what claims more is no figure of usage. Prices have up to 12 digits, so that no product is rounded.
_MOST_TOKENS = 10**15
_MOST_USD = Decimal(10**6)


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a model's tokens cost: the known base prices, USD per 1M tokens, and the tiers that differ from them."""

    base: Mapping[Field, Decimal]
    tiers: tuple[PriceTier, ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether a call of any size is known to cost nothing."""
        return {Field.PRICE_INPUT, Field.PRICE_OUTPUT} <= self.base.keys() and not any(map(self.dearest, PRICES))

    def dearest(self, field: Field, most_input_tokens: int | None = None) -> Decimal | None:
        """The highest known price that a call of ours may meet; None where none is known."""
        tiers = (tier for tier in self.tiers if tier.field is field and can_hold(tier.condition, most_input_tokens))
        prices = [tier.price for tier in tiers]
        return max([*prices, self.base[field]] if field in self.base else prices, default=None)

    def price(self, field: Field, input_tokens: int, at: datetime) -> Decimal | None:
        """The price that a call meets: of the tiers that are known to hold the most special one, else the base."""
        held = [tier for tier in self.tiers if tier.field is field and holds(tier.condition, input_tokens, at)]
        return max(held, key=_speciality).price if held else self.base.get(field)

    def reasoning_price(self) -> Decimal | None:
        """What reasoning costs where it has a price of its own."""
        prices = [tier.price for tier in self.tiers if tier.field is Field.PRICE_OUTPUT and tier.condition == REASONING]
        return max(prices, default=None)


def tariff_of(model: Model, facts: Iterable[Fact]) -> Tariff:
    """The tariff of a model. A price that the person set is the whole truth of its field: it has no tiers."""
    base = {field: price for field in PRICES if (price := getattr(model, field.value)) is not None}
    if Field.PRICE_OUTPUT not in base and Field.PRICE_INPUT not in missing(model):
        base[Field.PRICE_OUTPUT] = FREE  # it puts out no tokens
    resolved = resolve(fact for fact in facts if fact.field in (*PRICES, Field.PRICE_TIERS))
    tiers = resolved.values.get(Field.PRICE_TIERS)
    own = {field for field, fact in resolved.deciding.items() if fact.source is Source.USER}
    return Tariff(base, tuple(tier for tier in tiers if tier.field not in own) if isinstance(tiers, tuple) else ())


def most(tariff: Tariff, most_input_tokens: int, most_output_tokens: int) -> Decimal | None:
    """What a call within these bounds can cost at most; None where a price is unknown.

    Input counts at the dearest of its known prices, those of caching among them: nobody reads from a cache at a higher
    price than anew, and no request of ours asks for one to be written.
    """
    if Field.PRICE_INPUT not in tariff.base or Field.PRICE_OUTPUT not in tariff.base:
        return None
    prices = (tariff.dearest(field, most_input_tokens) for field in _INPUT_PRICES)
    highest = max(price for price in prices if price is not None)
    output = tariff.dearest(Field.PRICE_OUTPUT, most_input_tokens) or FREE
    return _cost(most_input_tokens, highest) + _cost(most_output_tokens, output)


def cost_of(tariff: Tariff, usage: Usage, at: datetime) -> Decimal | None:
    """What a call cost that was sent at a moment; None where it cannot be known, never 0 instead.

    What the provider itself says counts first. Tokens of a part whose price is unknown make the cost unknown, and so do
    figures that contradict each other. A tier whose condition no call can tell (a service tier) is left out.
    """
    usage = plausible(usage)
    if usage.cost is not None:
        return usage.cost
    if tariff.is_free:
        return FREE
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    read, written = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
    own_price = tariff.reasoning_price()
    reasoning = usage.reasoning_tokens or 0 if own_price is not None else 0
    parts = (
        (usage.input_tokens - read - written, Field.PRICE_INPUT),
        (read, Field.PRICE_CACHE_READ),
        (written, Field.PRICE_CACHE_WRITE),
        (usage.output_tokens - reasoning, Field.PRICE_OUTPUT),
    )
    total = _cost(reasoning, own_price or FREE)
    for tokens, field in parts:
        price = tariff.price(field, usage.input_tokens, at) if tokens else FREE
        if price is None or tokens < 0:
            return None
        total += _cost(tokens, price)
    return total


def plausible(usage: Usage) -> Usage:
    """The figures of usage that can be true; the others become unknown."""

    def tokens(stated: int | None) -> int | None:
        return stated if stated is not None and 0 <= stated <= _MOST_TOKENS else None

    cost = usage.cost
    return Usage(
        tokens(usage.input_tokens),
        tokens(usage.cache_read_tokens),
        tokens(usage.cache_write_tokens),
        tokens(usage.output_tokens),
        tokens(usage.reasoning_tokens),
        cost if cost is not None and cost.is_finite() and 0 <= cost <= _MOST_USD else None,
    )


def _cost(tokens: int, price: Decimal) -> Decimal:
    return (tokens * price).scaleb(-6)


def _speciality(tier: PriceTier) -> tuple[int, int, Decimal]:
    return tier.condition.count(", "), threshold_of(tier.condition) or 0, tier.price
