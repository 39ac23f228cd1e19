"""Rate limits that answers state, filed as measured facts of the model that was asked."""

from __future__ import annotations

from collections.abc import Iterable

from modelward.catalog.fields import read
from modelward.catalog.model import Fact, Field, Source
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock
from modelward.core.errors import BadValueError
from modelward.providers.model import Limit, Per

ORIGIN = "answer headers"

_MEANING = {
    Per.REQUESTS_PER_SECOND: (Field.RPM, 60),
    Per.REQUESTS_PER_MINUTE: (Field.RPM, 1),
    Per.REQUESTS_PER_DAY: (Field.RPD, 1),
    Per.TOKENS_PER_SECOND: (Field.TPM, 60),
    Per.TOKENS_PER_MINUTE: (Field.TPM, 1),
}

Figures = dict[Field, int]


class LimitWatch:
    """Files a model's limits where they differ from those that were last seen: most answers cost one comparison."""

    def __init__(self, catalog: CatalogStore, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._seen: dict[str, Figures] = {}

    async def saw(self, model_id: str, limits: Iterable[Limit]) -> None:
        """An answer of a model stated these limits. Raises StoreError."""
        figures = figures_of(limits)
        if not figures or self._seen.get(model_id) == figures:
            return
        known = {fact.field: fact.value for fact in await self._catalog.facts(model_id) if _is_ours(fact)}
        now = self._clock()
        changed = [
            Fact(model_id, field, Source.MEASURED, ORIGIN, figure, now)
            for field, figure in figures.items()
            if known.get(field) != figure
        ]
        if changed:
            await self._catalog.merge(changed, now=now)
        self._seen[model_id] = figures


def figures_of(limits: Iterable[Limit]) -> Figures:
    """Limits per minute and per day; of several for one field (of input tokens, of all tokens) the strictest."""
    figures: Figures = {}
    for limit in limits:
        field, times = _MEANING[limit.per]
        try:
            figure = read(field, limit.limit * times)
        except BadValueError:
            continue
        if isinstance(figure, int) and figure > 0:
            figures[field] = min(figure, figures.get(field, figure))
    return figures


def _is_ours(fact: Fact) -> bool:
    return fact.source is Source.MEASURED and fact.origin == ORIGIN
