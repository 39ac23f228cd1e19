"""What rules a model out. What is not known rules out only where a constraint needs it, and is told apart."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache, lru_cache

from modelward.advice.grounds import PER_MILLION, Reason, Why
from modelward.advice.model import Candidate, Cost, Figures, Place, Query
from modelward.catalog.kinds import kind_of
from modelward.catalog.model import Capability, Kind, Model, Status

_NOWHERE = Place()

_guessed_kind = lru_cache(maxsize=20_000)(kind_of)


def effective_context(model: Model) -> int | None:
    """Tokens that fit in, as far as is known: the least of context window, input limit and served context."""
    known = [
        limit for limit in (model.context_window, model.max_input_tokens, model.served_context) if limit is not None
    ]
    return min(known, default=None)


def is_on_own_machine(model: Model, place: Place) -> bool:
    """Whether it runs where nobody else reads along. Ollama lists models of its cloud beside the local ones, by names
    that end in "cloud"."""
    return place.is_local and not model.name.endswith("cloud")


def reasons(model: Model, place: Place | None, query: Query, needs: frozenset[Capability]) -> list[Reason]:
    """Every reason of a model's facts that rules it out; none: it fits.

    ``place`` None: its provider is not in use. ``needs``: what it cannot do without, besides what is asked for.
    """
    found: list[Reason] = []
    kind = model.kind or _guessed_kind(model.name)
    if kind is not None and kind is not Kind.CHAT:
        found.append(_reason(Why.KIND))
    if model.status is Status.RETIRED:
        found.append(_reason(Why.RETIRED))
    found += _of_its_place(model, place or _NOWHERE, query)
    if query.available:
        found += _of_its_standing(model, place)
    if query.require or needs:
        found += _of_its_skills(model, query.require, needs)
    if query.min_context is not None:
        found += _of_its_context(model, query.min_context)
    if query.max_price is not None:
        found += _of_its_prices(model, query.max_price)
    return found


def reasons_of_figures(candidate: Candidate, query: Query) -> tuple[Reason, ...]:
    """Whether it costs more than it may, or is known to be too slow; for times that nobody measured see
    :func:`lacks_times`."""
    return (*_of_its_cost(candidate.cost, query), *_of_its_speed(candidate.figures, query))


def lacks_times(figures: Figures, query: Query) -> bool:
    """Whether a constraint needs times that nobody measured."""
    speed = figures.speed
    no_latency = speed is None or speed.worst_latency is None
    no_ttft = speed is None or speed.worst_ttft is None
    return (query.max_latency is not None and no_latency) or (query.max_ttft is not None and no_ttft)


def _of_its_cost(cost: Cost, query: Query) -> tuple[Reason, ...]:
    if query.max_task_price is None:
        return ()
    if cost.usd is None:
        return (Reason(Why.PRICE_UNKNOWN),)
    if cost.usd <= query.max_task_price:
        return ()
    return (Reason(Why.TOO_DEAR, cost.usd, query.max_task_price, "a task"),)


def _of_its_speed(figures: Figures, query: Query) -> tuple[Reason, ...]:
    speed = figures.speed
    if speed is None:
        return ()
    bounds = (
        (speed.worst_latency, query.max_latency, "in all"),
        (speed.worst_ttft, query.max_ttft, "to the first word"),
    )
    return tuple(
        Reason(Why.TOO_SLOW, took / 1000, most, what)
        for took, most, what in bounds
        if took is not None and most is not None and took > most * 1000
    )


def _of_its_place(model: Model, place: Place, query: Query) -> list[Reason]:
    found = []
    if (query.providers and model.provider not in query.providers) or model.provider in query.not_providers:
        found.append(_reason(Why.PROVIDER))
    if query.local_only and not is_on_own_machine(model, place):
        found.append(_reason(Why.NOT_LOCAL))
    if query.key_at_hand and not place.has_key:
        found.append(_reason(Why.NO_KEY))
    return found


def _of_its_standing(model: Model, place: Place | None) -> Iterator[Reason]:
    if place is None or place.answers is False or model.status is not Status.AVAILABLE:
        yield _reason(Why.NOT_AVAILABLE)
    elif place.answers is None:
        yield _reason(Why.AVAILABILITY_UNKNOWN)


def _of_its_skills(model: Model, require: frozenset[Capability], needs: frozenset[Capability]) -> Iterator[Reason]:
    lacking = (require | needs) & model.not_capabilities
    if lacking:
        yield Reason(Why.LACKS, wanted=lacking)
    unknown = require - lacking - (model.capabilities or frozenset())
    if unknown:
        yield Reason(Why.CAPABILITY_UNKNOWN, wanted=unknown)


def _of_its_context(model: Model, wanted: int) -> Iterator[Reason]:
    context = effective_context(model)
    if context is None:
        yield _reason(Why.CONTEXT_UNKNOWN)
    elif context < wanted:
        yield Reason(Why.CONTEXT, context, wanted, "tokens")


def _of_its_prices(model: Model, most: Decimal) -> Iterator[Reason]:
    prices = (model.price_input, model.price_output)
    dearest = max((price for price in prices if price is not None), default=None)
    if dearest is not None and dearest > most:
        yield Reason(Why.TOO_DEAR, dearest, most, PER_MILLION)
    elif None in prices:
        yield _reason(Why.PRICE_UNKNOWN)


@cache
def _reason(why: Why) -> Reason:
    return Reason(why)
