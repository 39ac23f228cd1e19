"""The models that are measured by the clock: shortly, where it is free or within the budget."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from modelward.benchmarks.matrix import joined
from modelward.benchmarks.model import CallKind, Cell, Plan
from modelward.benchmarks.planning import Planner
from modelward.benchmarks.store import MeasurementStore
from modelward.catalog.store import CatalogStore
from modelward.core.errors import KnownError, StoreError

log = logging.getLogger(__name__)

WORKLOAD = "chat"
CALLS = 2
"""Of each favourite; a trend over months has enough of them."""

_LAST = "benchmarks.light_at"


async def light_plan(store: MeasurementStore, planner: Planner) -> Plan:
    """What is asked of the favourites; those that cannot be asked now stand in ``refused``."""
    parts: list[list[Cell]] = []
    refused: dict[str, str] = {}
    for id_ in sorted(await store.favourites()):
        try:
            _, line = await planner.askable(id_, may_evict=False)
        except StoreError:
            raise
        except KnownError as error:
            log.info("%s is not measured now: %s", id_, error)
            refused[id_] = str(error)
            continue
        warm_up = [Cell(0, id_, WORKLOAD, CallKind.WARM_UP, 1)] if line.provider.known.is_local else []
        parts.append([*warm_up, Cell(0, id_, WORKLOAD, CallKind.LIGHT, CALLS)])
    cells = joined(parts)
    return Plan(cells, sum(cell.runs for cell in cells), 0, 0, None, None, None, refused)


async def is_due(catalog: CatalogStore, every: timedelta, now: datetime) -> bool:
    """Whether the last time is as long ago as that, or there was none, or the clock was set back since."""
    text = await catalog.state(_LAST)
    if text is None:
        return True
    last = datetime.fromisoformat(text)
    return not last <= now < last + every


async def remember(catalog: CatalogStore, now: datetime) -> None:
    """The favourites were measured."""
    await catalog.set_state(_LAST, now.isoformat())
