"""What the Health tab draws: bars of what is missing, by field and provider, and the list of incomplete models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from modelward.catalog.completeness import missing
from modelward.catalog.health import Health
from modelward.catalog.model import Field, Model, Status
from modelward.healing.model import Attempt

NAMED_PROVIDERS = 4
"""How many providers get a colour of their own; more could not be told apart."""

_TITLES = {
    Field.CONTEXT_WINDOW: "Context window",
    Field.CAPABILITIES: "Capabilities",
    Field.PRICE_INPUT: "Price",
    Field.MAX_OUTPUT_TOKENS: "Max output",
    Field.RPM: "Rate limits",
}
_SHORT = {Field.CONTEXT_WINDOW: "context", Field.CAPABILITIES: "capabilities", Field.PRICE_INPUT: "price"}


@dataclass(frozen=True, slots=True)
class Share:
    """How many models of one provider lack a field; ``provider`` is None for all the providers without a colour."""

    provider: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One field: how many models lack it, and at which providers (largest providers first, the others last)."""

    field: Field
    title: str
    count: int
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Gaps:
    """All bars: of the fields that make a model complete and of the others, and the providers that have a colour."""

    required: tuple[Bar, ...]
    optional: tuple[Bar, ...]
    providers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IncompleteModel:
    """One row of the list: a model, the required fields that are not known of it, and what was tried on these."""

    model: Model
    fields: tuple[Field, ...]
    attempts: tuple[Attempt, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The missing fields in short words."""
        return tuple(_SHORT[field] for field in self.fields)


def gaps(health: Health) -> Gaps:
    """The bars of a catalogue's health. The providers that lack most get the colours, the same ones in every bar."""
    lacking: Counter[str] = Counter()
    for by_provider in health.missing.values():
        lacking.update(by_provider)
    # What is only nice to know decides among providers that lack nothing required.
    spare: Counter[str] = Counter()
    for by_provider in health.optional.values():
        spare.update(by_provider)
    ranked = sorted(lacking | spare, key=lambda provider: (-lacking[provider], -spare[provider], provider))
    providers = tuple(ranked[:NAMED_PROVIDERS])
    return Gaps(_bars(health.missing, providers), _bars(health.optional, providers), providers)


def _bars(lacking: Mapping[Field, Mapping[str, int]], providers: tuple[str, ...]) -> tuple[Bar, ...]:
    return tuple(_bar(field, by_provider, providers) for field, by_provider in lacking.items())


def _bar(field: Field, by_provider: Mapping[str, int], providers: tuple[str, ...]) -> Bar:
    count = sum(by_provider.values())
    named = [Share(provider, by_provider.get(provider, 0)) for provider in providers]
    others = Share(None, count - sum(share.count for share in named))
    return Bar(field, _TITLES[field], count, tuple(share for share in (*named, others) if share.count))


def incomplete(models: Iterable[Model]) -> list[IncompleteModel]:
    """The models that lack a required field, those that lack most first; retired ones are history."""
    rows = [
        IncompleteModel(model, missing(model))
        for model in models
        if not model.is_complete and model.status is not Status.RETIRED
    ]
    return sorted((row for row in rows if row.fields), key=lambda row: (-len(row.fields), row.model.id))


def with_attempts(rows: Iterable[IncompleteModel], attempts: Iterable[Attempt]) -> list[IncompleteModel]:
    """The rows, with what was tried on the fields that they lack."""
    by_model: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        by_model.setdefault(attempt.model_id, []).append(attempt)
    return [replace(row, attempts=tuple(_concerning(row, by_model.get(row.model.id, ())))) for row in rows]


def _concerning(row: IncompleteModel, attempts: Iterable[Attempt]) -> Iterable[Attempt]:
    # A price counts as one field here, and by its parts where it is looked for.
    lacking = {*row.fields, *((Field.PRICE_OUTPUT,) if Field.PRICE_INPUT in row.fields else ())}
    return (attempt for attempt in attempts if attempt.field in lacking)


def percent(share: float) -> str:
    """A share as people read it; only what is whole is 100 %, and only what is nothing 0 %."""
    tenths = min(max(round(share * 1000), 1), 999) if 0 < share < 1 else round(share * 1000)
    return f"{tenths / 10:.1f}".removesuffix(".0") + " %"
