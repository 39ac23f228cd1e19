"""Providers in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from modelward.store import tables
from modelward.store.engine import Database


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider as the store has it.

    ``kind``: what it speaks like (an id of the registry or of its compatible kinds), where its own id does not say so.
    ``added_at``: when the person added it; None for one that is known from catalogues or from what its server answered.
    """

    id: str
    enabled: bool
    kind: str | None
    base_url: str | None
    title: str | None
    added_at: datetime | None
    last_discovery_at: datetime | None
    last_error: str | None
    listed_models: int | None


_COLUMNS = {"kind": "dialect"}
_ALL = select(*(tables.provider.c[_COLUMNS.get(name, name)].label(name) for name in ProviderRow.__slots__))


class ProviderStore:
    """The providers' part of the store. Catalogues make rows here too: of those only what is given is changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(self) -> dict[str, ProviderRow]:
        """Every provider that the store has heard of, by its id."""
        found = await self._database.read(lambda connection: connection.execute(_ALL).all())
        return {row.id: ProviderRow(*row) for row in found}

    async def row(self, provider_id: str) -> ProviderRow | None:
        """One provider; None where the store has never heard of it."""
        query = _ALL.where(tables.provider.c.id == provider_id)
        found = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if found is None else ProviderRow(*found)

    async def change(
        self, provider_id: str, values: dict[str, object], *, event: tuple[datetime, str] | None = None
    ) -> None:
        """Set columns of a provider, which is made where it is missing.

        ``event``: when and by which verb; the audit log gets one line of it in the same transaction, which names the
        provider and no more.
        """
        row = {_COLUMNS.get(name, name): value for name, value in values.items()}

        def work(connection: Connection) -> None:
            _put(connection, provider_id, row)
            if event is not None:
                at, verb = event
                line = tables.event_log.insert().values(at=at, verb=verb, subject=provider_id, detail="{}")
                connection.execute(line).close()

        await self._database.write(work)


def _put(connection: Connection, provider_id: str, row: dict[str, object]) -> None:
    provider = tables.provider
    if not row:  # only the audit log is told
        return
    if connection.scalar(select(provider.c.id).where(provider.c.id == provider_id)) is None:
        connection.execute(provider.insert().values(id=provider_id, **{"enabled": True, **row})).close()
    else:
        connection.execute(provider.update().where(provider.c.id == provider_id).values(**row)).close()
