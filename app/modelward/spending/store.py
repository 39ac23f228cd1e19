"""The ledger in the database: calls reserved, settled, listed, and summed up exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_UP, Decimal
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, Integer, Row, Text, case, cast, func, insert, literal, select, type_coerce, update
from sqlalchemy.sql.elements import ColumnElement

from modelward.providers.model import Usage
from modelward.spending.model import Entry, EntryState, Purpose
from modelward.spending.periods import Span, day_at, local_date
from modelward.spending.totals import Part, Total
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

    spent: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    unknown_calls: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.spent + other.spent, self.reserved + other.reserved, self.unknown_calls + other.unknown_calls)


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
            check(_sums(connection, since))
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
            sums = _sums(connection, since)
            told = news(sums, connection.scalar(select(tables.state.c.value).where(tables.state.c.key == _TOLD)))
            if told is None:
                return None
            upsert(connection, tables.state, [{"key": _TOLD, "value": told}])
            return sums

        return await self._database.write(work)

    async def sums(self, since: tuple[datetime, ...]) -> AllSums:
        """What was spent since each of these moments, latest first; what lies ahead of the clock counts too."""
        return await self._database.read(lambda connection: _sums(connection, since))

    async def totals(self, since: datetime) -> tuple[Part, ...]:
        """What the calls since a moment came to, by local day, provider, model and purpose, in order of first call."""

        def work(connection: Connection) -> tuple[Part, ...]:
            ends = select(func.min(_COLUMNS.at), func.max(_COLUMNS.at)).where(_COLUMNS.at >= since)
            first, last = connection.execute(ends).one()
            parts: list[Part] = []
            while first is not None and first <= last:
                span = Span(first, day_at(first).until)
                parts += _span_totals(connection, span)
                first = span.until
            return tuple(parts)

        return await self._database.read(work)

    async def entries(self, since: datetime, most: int) -> tuple[Entry, ...]:
        """Calls since a moment, newest first, so many at most."""
        query = select(tables.spending).where(_COLUMNS.at >= since).order_by(_COLUMNS.at.desc(), _COLUMNS.id.desc())
        rows = await self._database.read(lambda connection: connection.execute(query.limit(most)).all())
        return tuple(map(_entry, rows))


def _sums(connection: Connection, since: tuple[datetime, ...]) -> AllSums:
    """In one pass: calls are summed up between the moments, and the later parts belong to the earlier moments too."""
    if not since:
        return ()
    is_open = _COLUMNS.state == EntryState.OPEN.value
    counted = func.coalesce(_COLUMNS.cost, _COLUMNS.reserved)
    spent = case((~is_open, type_coerce(counted, Text)))
    reserved = case((is_open, type_coerce(_COLUMNS.reserved, Text)))
    unknown = func.count().filter(_COLUMNS.cost.is_(None), _COLUMNS.reserved.is_(None))
    part = case(*((_COLUMNS.at >= moment, position) for position, moment in enumerate(since)))
    columns = (part, *_exact(connection, spent), *_exact(connection, reserved), unknown)
    rows = connection.execute(select(*columns).where(_COLUMNS.at >= min(since)).group_by(part)).all()
    parts = {row[0]: Sums(_joined(row[1], row[2]), _joined(row[3], row[4]), row[5]) for row in rows}
    return tuple(accumulate((parts.get(position, Sums()) for position in range(len(since))), Sums.__add__))


def _span_totals(connection: Connection, span: Span) -> Iterator[Part]:
    is_unknown = _COLUMNS.cost.is_(None)
    columns = (
        _COLUMNS.provider,
        _COLUMNS.model_id,
        _COLUMNS.purpose,
        func.count(),
        func.sum(_COLUMNS.input_tokens),
        func.sum(_COLUMNS.output_tokens),
        func.count().filter(is_unknown),
        *_exact(connection, type_coerce(_COLUMNS.cost, Text)),
        *_exact(connection, case((is_unknown, type_coerce(_COLUMNS.reserved, Text)))),
    )
    query = select(*columns).where(_COLUMNS.at >= span.since, _COLUMNS.at < span.until)
    for row in connection.execute(query.group_by(*columns[:3]).order_by(func.min(_COLUMNS.id))):
        calls, input_, output, unknown, whole, places, reserved, reserved_places = row[3:]
        cost, set_aside = _joined(whole, places), _joined(reserved, reserved_places)
        total = Total(calls, int(input_ or 0), int(output or 0), cost, unknown, set_aside)
        yield Part(local_date(span.since), row[0], row[1], Purpose(row[2]), total)


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
