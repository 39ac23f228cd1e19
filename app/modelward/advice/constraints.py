"""What rules a model out. What is not known rules out only where a constraint needs it, and is told apart."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from modelward.advice.model import Cost, Figures, Place, Query, Reason, Why
from modelward.advice.use_cases import PROFILES
from modelward.catalog.kinds import kind_of
from modelward.catalog.model import Kind, Model, Status
from modelward.core import units

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


def reasons(model: Model, place: Place | None, query: Query) -> tuple[Reason, ...]:
    """Every reason of a model's facts that rules it out; none: it fits. ``place`` None: its provider is not in use."""
    found = [*_of_its_kind(model), *_of_its_place(model, place, query), *_of_its_skills(model, query)]
    if query.min_context is not None:
        found += _of_its_context(model, query.min_context)
    if query.max_price is not None:
        found += _of_its_prices(model, query)
    return tuple(found)


def reasons_of_cost(cost: Cost, query: Query) -> tuple[Reason, ...]:
    """Whether a task costs more than it may."""
    if query.max_task_price is None:
        return ()
    if cost.usd is None:
        return (Reason(Why.PRICE_UNKNOWN),)
    if cost.usd <= query.max_task_price:
        return ()
    return (Reason(Why.TOO_DEAR, f"{units.money(cost.usd)} a task, {units.money(query.max_task_price)} at most"),)


def reasons_of_speed(figures: Figures, query: Query) -> tuple[Reason, ...]:
    """Whether it is known to be too slow; for what is not measured see :func:`lacks_times`."""
    speed = figures.speed
    if speed is None:
        return ()
    bounds = (
        (speed.worst_latency, query.max_latency, "in all"),
        (speed.worst_ttft, query.max_ttft, "to the first word"),
    )
    return tuple(
        Reason(Why.TOO_SLOW, f"{took / 1000:,.1f} s {what}, {most:g} s at most")
        for took, most, what in bounds
        if took is not None and most is not None and took > most * 1000
    )


def lacks_times(figures: Figures, query: Query) -> bool:
    """Whether a constraint needs times that nobody measured."""
    speed = figures.speed
    no_latency = speed is None or speed.worst_latency is None
    no_ttft = speed is None or speed.worst_ttft is None
    return (query.max_latency is not None and no_latency) or (query.max_ttft is not None and no_ttft)


def _of_its_kind(model: Model) -> Iterator[Reason]:
    kind = model.kind or _guessed_kind(model.name)
    if kind is not None and kind is not Kind.CHAT:
        yield _reason(Why.KIND)
    if model.status is Status.RETIRED:
        yield _reason(Why.RETIRED)


def _of_its_place(model: Model, place: Place | None, query: Query) -> Iterator[Reason]:
    if (query.providers and model.provider not in query.providers) or model.provider in query.not_providers:
        yield _reason(Why.PROVIDER)
    if query.local_only and not is_on_own_machine(model, place or _NOWHERE):
        yield _reason(Why.NOT_LOCAL)
    if query.key_at_hand and not (place or _NOWHERE).has_key:
        yield _reason(Why.NO_KEY)
    if not query.available:
        return
    if place is None or place.answers is False or model.status is not Status.AVAILABLE:
        yield _reason(Why.NOT_AVAILABLE)
    elif place.answers is None:
        yield _reason(Why.AVAILABILITY_UNKNOWN)


def _of_its_skills(model: Model, query: Query) -> Iterator[Reason]:
    lacking = (query.require | PROFILES[query.use_case].needs) & model.not_capabilities
    if lacking:
        yield Reason(Why.LACKS, ", ".join(sorted(lacking)))
    unknown = query.require - lacking - (model.capabilities or frozenset())
    if unknown:
        yield Reason(Why.CAPABILITY_UNKNOWN, ", ".join(sorted(unknown)))


def _of_its_context(model: Model, wanted: int) -> Iterator[Reason]:
    context = effective_context(model)
    if context is None:
        yield _reason(Why.CONTEXT_UNKNOWN)
    elif context < wanted:
        yield Reason(Why.CONTEXT, f"{units.count(context)} tokens, {units.count(wanted)} wanted")


def _of_its_prices(model: Model, query: Query) -> Iterator[Reason]:
    prices = (model.price_input, model.price_output)
    dearest = max((price for price in prices if price is not None), default=None)
    assert query.max_price is not None
    if dearest is not None and dearest > query.max_price:
        yield Reason(Why.TOO_DEAR, f"{units.price(dearest)} per 1M tokens, {units.price(query.max_price)} at most")
    elif None in prices:
        yield _reason(Why.PRICE_UNKNOWN)


@cache
def _reason(why: Why) -> Reason:
    return Reason(why)
