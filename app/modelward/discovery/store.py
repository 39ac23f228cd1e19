"""Looks at providers in the database: kept for 30 days, thinned after two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from modelward.discovery.model import WORST_FIRST, Look, State
from modelward.store import tables
from modelward.store.engine import Database
from modelward.store.tables import upsert

KEPT = timedelta(days=30)
WHOLE = timedelta(days=2)
"""How long every look is kept; of older ones, the worst of each hour."""

CHUNK = timedelta(days=1)
"""Looks of so long a time are thinned in one transaction: of twenty providers about a thousand."""

_THINNED_TO = "availability.thinned_to"
_availability = tables.availability
_ALL = select(_availability)


class LookStore:
    """The history of who answered when."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, looks: Sequence[Look]) -> None:
        """Keep looks; providers that are missing are made."""

        def work(connection: Connection) -> None:
            known = set(connection.scalars(select(tables.provider.c.id)))
            missing = sorted({look.provider for look in looks} - known)
            upsert(connection, tables.provider, [{"id": id_, "enabled": True} for id_ in missing])
            upsert(connection, _availability, [_row(look) for look in looks])

        if looks:
            await self._database.write(work)

    async def of(self, provider: str, since: datetime | None) -> tuple[Look, ...]:
        """The looks at one provider, oldest first."""
        query = _ALL.where(_availability.c.provider == provider).order_by(_availability.c.at)
        if since is not None:
            query = query.where(_availability.c.at >= since)
        return await self._database.read(lambda connection: _looks(connection.execute(query)))

    async def latest(self) -> dict[str, Look]:
        """The last look at each provider."""
        its = _availability.alias()
        last = select(func.max(its.c.at)).where(its.c.provider == _availability.c.provider).scalar_subquery()
        query = _ALL.where(_availability.c.at == last)
        found = await self._database.read(lambda connection: _looks(connection.execute(query)))
        return {look.provider: look for look in found}

    async def thin(self, now: datetime) -> None:
        """Forget what is too old, and of what is not new all but the worst look of each hour at each provider.

        Each chunk is a transaction of its own, so that others write in between; what was thinned once is left alone.
        """
        end = (now - WHOLE).replace(minute=0, second=0, microsecond=0)
        await self._database.write(
            lambda connection: connection.execute(delete(_availability).where(_availability.c.at < now - KEPT)).close()
        )
        while await self._database.write(lambda connection: _thin_some(connection, end)):
            pass


def _thin_some(connection: Connection, end: datetime) -> bool:
    """Thin the oldest looks that were not yet; whether there are more."""
    state, at = tables.state, _availability.c.at
    text = connection.scalar(select(state.c.value).where(state.c.key == _THINNED_TO))
    left = [at < end] if text is None else [at < end, at >= datetime.fromisoformat(text)]
    oldest = connection.scalar(select(func.min(at)).where(*left))
    if oldest is None:
        return False
    until = min(end, oldest.replace(minute=0, second=0, microsecond=0) + CHUNK)
    looks = _looks(connection.execute(_ALL.where(at >= oldest, at < until)))
    _forget(connection, _all_but_worst(looks))
    upsert(connection, state, [{"key": _THINNED_TO, "value": until.isoformat()}])
    return True


def _all_but_worst(looks: Sequence[Look]) -> list[Look]:
    kept: dict[tuple[str, datetime], Look] = {}
    for look in sorted(looks, key=_by_badness):
        kept.setdefault((look.provider, look.at.replace(minute=0, second=0, microsecond=0)), look)
    return [look for look in looks if look not in kept.values()]


def _by_badness(look: Look) -> tuple[int, float, datetime]:
    return WORST_FIRST.index(look.state), -(look.latency_ms or 0.0), look.at


def _forget(connection: Connection, looks: Sequence[Look]) -> None:
    if looks:
        its = _availability.c
        statement = delete(_availability).where(its.provider == bindparam("who"), its.at == bindparam("when"))
        connection.execute(statement, [{"who": look.provider, "when": look.at} for look in looks])


def _row(look: Look) -> dict[str, object]:
    return {
        "provider": look.provider,
        "at": look.at,
        "state": look.state.value,
        "latency_ms": look.latency_ms,
        "detail": look.detail,
    }


def _looks(rows: Any) -> tuple[Look, ...]:
    return tuple(Look(row.provider, row.at, State(row.state), row.latency_ms, row.detail) for row in rows)
