"""One provider's list on its way into the catalogue, and what is told of it."""

from __future__ import annotations

import asyncio

from modelward.catalog.listings import read_listing
from modelward.catalog.reports import FiledListing
from modelward.catalog.service import CatalogService
from modelward.catalog.sheet import FactSheet
from modelward.core.changes import Changes
from modelward.core.clock import Clock
from modelward.discovery.differences import differences
from modelward.discovery.model import ModelChange, ProviderReport, State
from modelward.providers.model import ModelList, Provider


async def file_list(
    catalog: CatalogService, provider: Provider, found: ModelList, clock: Clock
) -> tuple[ProviderReport, Changes]:
    """Read a list in a thread and file it; the rows of ``found`` are used up. Raises InputError, StoreError."""
    is_first = provider.listed_models is None
    sheet = await asyncio.to_thread(
        read_listing,
        found.rows,
        format=found.format,
        provider=provider.id,
        # Not the person's own name for it: called otherwise tomorrow, it would contradict itself.
        origin=f"{provider.known.title} API",
        observed_at=clock(),
        evidence=found.url,
        is_local=provider.known.is_local,
    )
    filed, changes = await catalog.file_listing(provider.id, sheet, is_first=is_first)
    revised = await asyncio.to_thread(_changes_of, filed)
    outcome = filed.outcome
    report = ProviderReport(
        provider.id,
        provider.title,
        State.OK,
        models=filed.models,
        is_first=is_first,
        new=outcome.new,
        gone=outcome.gone,
        retired=outcome.retired,
        back=outcome.back,
        changed=revised,
        problems=_problems(sheet, filed),
    )
    return report, changes


def _changes_of(filed: FiledListing) -> tuple[ModelChange, ...]:
    return tuple(change for old, new in filed.revised for change in differences(old, new))


def _problems(sheet: FactSheet, filed: FiledListing) -> tuple[str, ...]:
    told = tuple(f"{problem.place}: {problem.what}" for problem in sheet.all_problems())
    if not filed.outcome.is_short:
        return told
    short = f"the list: It names {filed.models:,} models, under half of the last one. Nothing is retired because of it."
    return (short, *told)
