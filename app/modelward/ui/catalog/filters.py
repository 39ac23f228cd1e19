"""Which models a person wants to see: the filter of the catalogue, without any window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from modelward.catalog.completeness import missing
from modelward.catalog.model import Capability, Field, Kind, Model, Status
from modelward.core.clock import utc_now

LOCAL_PROVIDERS = frozenset({"ollama", "lmstudio"})

Predicate = Callable[[Model], bool]


@dataclass(frozen=True, slots=True)
class CatalogFilter:
    """What must be true of a model to be shown; a part that is empty, false or ``None`` lets all pass.

    ``providers`` and ``kinds``: any of them; ``capabilities``: all of them. ``is_complete``: true for complete ones,
    false for incomplete ones. ``is_available``: its provider lists it. ``new_days``: appeared within so many days, at a
    provider or in a catalogue that was known before. ``min_context`` in tokens. ``max_price`` in USD per 1M tokens, for
    input and output alike. A model of which the value is unknown does not pass.
    """

    providers: frozenset[str] = frozenset()
    capabilities: frozenset[Capability] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    is_complete: bool | None = None
    missing: Field | None = None
    is_free: bool = False
    is_local: bool = False
    is_available: bool = False
    new_days: int | None = None
    min_context: int | None = None
    max_price: Decimal | None = None
    has_own_value: bool = False
    has_dissent: bool = False

    def __bool__(self) -> bool:
        return self != CatalogFilter()

    def without(self, part: str) -> CatalogFilter:
        """The filter with one part let go."""
        return replace(self, **{part: getattr(CatalogFilter(), part)})

    def tests(self) -> list[Predicate]:
        """A test for each part in use, all of which a model must pass."""
        tests: list[Predicate] = []
        if self.providers:
            providers = self.providers
            tests.append(lambda model: model.provider in providers)
        if self.kinds:
            kinds = self.kinds
            tests.append(lambda model: model.kind in kinds)
        if self.capabilities:
            wanted = self.capabilities
            tests.append(lambda model: model.capabilities is not None and wanted <= model.capabilities)
        if self.is_complete is not None:
            is_complete = self.is_complete
            tests.append(lambda model: model.is_complete is is_complete)
        if self.missing is not None:
            field = self.missing
            tests.append(lambda model: _lacks(model, field))
        if self.min_context is not None:
            least = self.min_context
            tests.append(lambda model: model.context_window is not None and model.context_window >= least)
        if self.max_price is not None:
            most = self.max_price
            tests.append(lambda model: costs_at_most(model, most))
        if self.new_days is not None:
            since = utc_now() - timedelta(days=self.new_days)
            tests.append(lambda model: model.new_at is not None and model.new_at >= since)
        tests += [test for is_set, test in self._flags() if is_set]
        return tests

    def _flags(self) -> tuple[tuple[bool, Predicate], ...]:
        return (
            (self.is_available, _is_available),
            (self.is_free, is_free),
            (self.is_local, is_local),
            (self.has_own_value, _has_own_value),
            (self.has_dissent, _has_dissent),
        )


def is_local(model: Model) -> bool:
    """True for a model that runs on a machine of one's own; Ollama's cloud models do not."""
    return model.provider in LOCAL_PROVIDERS and not model.name.endswith(("-cloud", ":cloud"))


def is_free(model: Model) -> bool:
    """True where input and output are known to cost nothing (or there is no output that could be priced)."""
    return costs_at_most(model, Decimal(0))


def costs_at_most(model: Model, price: Decimal) -> bool:
    """True where the dearer of input and output costs at most ``price`` USD per 1M tokens; unknown is not."""
    if model.price_input is None or model.price_input > price:
        return False
    if model.price_output is None:
        return Field.PRICE_INPUT not in missing(model)
    return model.price_output <= price


def haystack(model: Model, provider: str) -> str:
    """What the search looks through; ``provider`` is its name as people write it."""
    return "\n".join(part for part in (model.id, model.display_name, model.family, provider) if part)


def _lacks(model: Model, field: Field) -> bool:
    # "No output limit" and "no rate limit" are no gaps of completeness, but the Health tab counts them.
    if field in (Field.CONTEXT_WINDOW, Field.CAPABILITIES, Field.PRICE_INPUT):
        return field in missing(model)
    if field is Field.RPM:
        return model.rpm is None and model.tpm is None and model.rpd is None
    return getattr(model, field.value, None) is None


def _is_available(model: Model) -> bool:
    return model.status is Status.AVAILABLE


def _has_own_value(model: Model) -> bool:
    return model.has_user_value


def _has_dissent(model: Model) -> bool:
    return model.has_dissent
