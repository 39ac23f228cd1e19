"""The ledger in the database: calls reserved, settled, listed, and summed up exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_UP, Decimal
from typing import Any

from sqlalchemy import Connection, Integer, Row, Text, case, cast, func, insert, literal, select, type_coerce, update
from sqlalchemy.sql.elements import ColumnElement

from modelward.providers.model import Usage
from modelward.spending.model import Entry, EntryState, Purpose
from modelward.store import tables
from modelward.store.engine import Database
from modelward.store.tables import upsert

_PLACES = 12  # a price of six places times one token of a million: no amount of ours has more
_STEP = Decimal(1).scaleb(-_PLACES)
_COLUMNS = tables.spending.c
_TOLD = "spending.told"


@dataclass(frozen=True, slots=True)
class Reservation:
    """A call that wants to go out. ``most``: USD that it can cost; None is unknown."""

    at: datetime
    provider: str
    model_id: str
    purpose: Purpose
    most: Decimal | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of a call. ``cost`` in USD; None is unknown, and what was reserved goes on counting."""

    state: EntryState
    cost: Decimal | None
    usage: Usage
    seconds: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """The calls since a moment: USD spent and reserved, and the calls of which neither is known."""

    spent: Decimal
    reserved: Decimal
    unknown_calls: int


AllSums = tuple[Sums, ...]
News = Callable[[AllSums, str | None], str | None]


class Ledger:
    """Every call that went out. A row is never deleted, and settled once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, wanted: Reservation, since: tuple[datetime, ...], check: Callable[[AllSums], None]) -> int:
        """Enter a call that is about to go out; its id.

        In the same transaction, which no other reservation can come between, ``check`` is given the sums since each
        moment of ``since`` (on the writing thread) and refuses the call by raising.
        """

        def work(connection: Connection) -> int:
            check(tuple(_sums(connection, moment) for moment in since))
            row = {
                "at": wanted.at,
                "provider": wanted.provider,
                "model_id": wanted.model_id,
                "purpose": wanted.purpose.value,
                "state": EntryState.OPEN.value,
                "reserved": _kept(wanted.most),
            }
            key = connection.execute(insert(tables.spending).values(row)).inserted_primary_key
            assert key is not None
            return int(key[0])

        return await self._database.write(work)

    async def settle(self, entry: int, settled: Settlement, since: tuple[datetime, ...], news: News) -> AllSums | None:
        """Enter what came of a call; one that is settled stays as it is.

        In the same transaction ``news`` is given the sums since each moment of ``since`` and what was told of them;
        what it returns is remembered as told. The sums where there were news.
        """
        usage = settled.usage
        statement = (
            update(tables.spending)
            .where(_COLUMNS.id == entry, _COLUMNS.state == EntryState.OPEN.value)
            .values(
                state=settled.state.value,
                cost=_kept(settled.cost),
                input_tokens=usage.input_tokens,
                cache_read_tokens=usage.cache_read_tokens,
                cache_write_tokens=usage.cache_write_tokens,
                output_tokens=usage.output_tokens,
                reasoning_tokens=usage.reasoning_tokens,
                seconds=settled.seconds,
                error=settled.error,
            )
        )

        def work(connection: Connection) -> AllSums | None:
            connection.execute(statement)
            sums = tuple(_sums(connection, moment) for moment in since)
            told = news(sums, connection.scalar(select(tables.state.c.value).where(tables.state.c.key == _TOLD)))
            if told is None:
                return None
            upsert(connection, tables.state, [{"key": _TOLD, "value": told}])
            return sums

        return await self._database.write(work)

    async def sums(self, since: tuple[datetime, ...]) -> AllSums:
        """What was spent since each of these moments; what lies ahead of the clock counts too."""
        return await self._database.read(lambda connection: tuple(_sums(connection, moment) for moment in since))

    async def entries(self, since: datetime, most: int | None = None) -> tuple[Entry, ...]:
        """Calls since a moment, newest first, so many at most."""
        query = select(tables.spending).where(_COLUMNS.at >= since).order_by(_COLUMNS.at.desc(), _COLUMNS.id.desc())
        rows = await self._database.read(lambda connection: connection.execute(query.limit(most)).all())
        return tuple(map(_entry, rows))


def _sums(connection: Connection, since: datetime) -> Sums:
    is_open = _COLUMNS.state == EntryState.OPEN.value
    counted = func.coalesce(_COLUMNS.cost, _COLUMNS.reserved)
    spent = case((~is_open, type_coerce(counted, Text)))
    reserved = case((is_open, type_coerce(_COLUMNS.reserved, Text)))
    unknown = func.count().filter(_COLUMNS.cost.is_(None), _COLUMNS.reserved.is_(None))
    row = connection.execute(
        select(*_exact(connection, spent), *_exact(connection, reserved), unknown).where(_COLUMNS.at >= since)
    ).one()
    return Sums(_joined(row[0], row[1]), _joined(row[2], row[3]), row[4])


def _exact(connection: Connection, amount: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The sum of amounts, as a sum of whole dollars and one of what stands behind the point.

    SQLite would add its texts as floats: there both parts are added as integers.
    """
    if connection.dialect.name != "sqlite":
        return func.sum(amount), literal(0)
    return func.sum(cast(amount, Integer)), func.sum(cast(func.substr(amount, -_PLACES), Integer))


def _joined(whole: object, places: object) -> Decimal:
    return Decimal(str(whole or 0)) + Decimal(str(places or 0)).scaleb(-_PLACES)


def _kept(amount: Decimal | None) -> Decimal | None:
    # Always of so many places, as the sums rely on it; what a provider says in more is rounded up.
    return None if amount is None else amount.quantize(_STEP, ROUND_UP)


def _entry(row: Row[Any]) -> Entry:
    usage = Usage(
        row.input_tokens, row.cache_read_tokens, row.cache_write_tokens, row.output_tokens, row.reasoning_tokens
    )
    return Entry(
        row.id,
        row.at,
        row.provider,
        row.model_id,
        Purpose(row.purpose),
        EntryState(row.state),
        row.reserved,
        row.cost,
        usage,
        row.seconds,
        row.error,
    )
