"""Known models: what is asked about together with the unknown ones, to see how far the answers can be trusted."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from modelward.catalog.facts import resolve
from modelward.catalog.model import Capabilities, Fact, FactValue, Field, Kind, Model, Source, Status
from modelward.catalog.store import CatalogStore
from modelward.healing.names import family, normalise
from modelward.healing.plausible import WORDS

Truths = Mapping[Field, FactValue]
"""What is true of one model, as far as it was stated by somebody who knows."""

_KNOWING = frozenset({Source.USER, Source.PROVIDER, Source.MEASURED, Source.REFERENCE})
"""Who states it from knowledge: no rule about names, no page that a model read, least of all a model."""

_CANDIDATES_PER_ROW = 4


def truths_of(facts: Iterable[Fact]) -> Truths:
    """What those who know agree on. A field of which they say different things is left out."""
    resolved = resolve(fact for fact in facts if fact.source in _KNOWING)
    found = {field: value for field, value in resolved.values.items() if field not in resolved.dissent}
    capabilities = found.pop(Field.CAPABILITIES, None)
    if isinstance(capabilities, Capabilities) and capabilities.has:
        found[Field.CAPABILITIES] = Capabilities(capabilities.has & set(WORDS), capabilities.lacks & set(WORDS))
    return found


class KnownModels:
    """The models of the catalogue that are complete, as they were when healing began."""

    def __init__(self, catalog: CatalogStore, models: Iterable[Model], chance: random.Random) -> None:
        """May run in a thread: thousands of names are looked at."""
        self._catalog = catalog
        self._models = [(model, _family(model)) for model in models if _is_fit(model)]
        self._chance = chance

    async def beside(
        self, asked: Sequence[Model], fields: Collection[Field], count: int, was_asked: Callable[[str], bool]
    ) -> dict[str, Truths]:
        """About ``count`` known models to ask about beside the unknown ones, by id.

        Those of the same families and providers are preferred, as what a model knows of famous ones says little of how
        it does on rarer ones; and those about which nobody ``was_asked`` before, as they tell something new.
        Raises StoreError.
        """
        candidates = await asyncio.to_thread(self._nearest, asked, count * _CANDIDATES_PER_ROW, was_asked)
        facts = await self._catalog.facts_of(candidates)
        truths = {id_: truths_of(facts.get(id_, ())) for id_ in candidates}

        def telling(id_: str) -> int:
            return sum(field in truths[id_] for field in fields)

        # A stable order: among those that tell of as many fields, the nearest stay first.
        best = sorted(truths, key=telling, reverse=True)[:count]
        return {id_: truths[id_] for id_ in best if telling(id_)}

    def _nearest(self, asked: Sequence[Model], most: int, was_asked: Callable[[str], bool]) -> list[str]:
        ids = {model.id for model in asked}
        families = {_family(model) for model in asked}
        providers = {model.provider for model in asked}

        def distance(known: tuple[Model, str | None]) -> tuple[bool, int, float]:
            model, its_family = known
            near = (its_family in families) + (model.provider in providers)
            return was_asked(model.id), -near, self._chance.random()

        return [model.id for model, _ in heapq.nsmallest(most, self._models, distance) if model.id not in ids]


def _is_fit(model: Model) -> bool:
    return model.is_complete and model.status is not Status.RETIRED and model.kind in (Kind.CHAT, None)


def _family(model: Model) -> str | None:
    return family(normalise(model.provider, model.name).text)
