"""A provider's own list, filed: its facts, which models can be called, and which of them changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime

from modelward.catalog.model import Model, Source, Status
from modelward.catalog.reports import FiledListing
from modelward.catalog.sheet import FactSheet
from modelward.catalog.store import CatalogStore


async def file_listing(
    store: CatalogStore,
    identify: Callable[[Collection[str]], Awaitable[object]],
    provider: str,
    sheet: FactSheet,
    now: datetime,
    *,
    is_first: bool,
) -> FiledListing:
    """File what a provider's list states, part by part, and have its new models identified.

    Models are marked as available last of all: where this is cut off, the next list takes up what was left undone.
    """
    named = list(sheet.ids)
    before = {model.id: model for model in await store.models_with(named)}
    merged = await store.replace_source(Source.PROVIDER, sheet.facts, ids=named, origin=sheet.origin, now=now)
    if fresh := [id_ for id_ in named if id_ not in before or before[id_].status is Status.LISTED]:
        await identify(fresh)
    outcome = await store.apply_listing(provider, named, now, is_first=is_first)
    after = await store.models_with(sorted(merged.changed)) if merged.changed else []
    revised = await asyncio.to_thread(_revised, before, after)
    return FiledListing(len(named), outcome, merged.added, merged.changed, revised)


def _revised(before: Mapping[str, Model], after: Sequence[Model]) -> tuple[tuple[Model, Model], ...]:
    # What was only known from catalogues is stated better now: that is no change of the model.
    pairs = ((before[model.id], model) for model in after if model.id in before)
    return tuple((old, new) for old, new in pairs if old.status is not Status.LISTED)
