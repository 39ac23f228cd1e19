"""Money and times come back exactly as they went in, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.exc import StatementError

from modelward.store import tables
from modelward.store.engine import Database

PRICES = [Decimal(text) for text in ("0", "0.000001", "0.1", "2.50", "1E+3", "1000000", "0.30000000000000004")]
SQLITE = create_engine("sqlite://").dialect


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
def test_a_decimal_survives_sqlite_exactly(price: Decimal):
    kind = tables.ExactDecimal()
    stored = kind.process_bind_param(price, SQLITE)
    assert isinstance(stored, str)
    assert kind.process_result_value(stored, SQLITE) == price


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_times_sort_as_text_as_they_do_in_time(one: datetime, other: datetime):
    kind = tables.UtcTime()
    texts = [kind.process_bind_param(moment, SQLITE) for moment in (one, other)]
    assert (texts[0] < texts[1]) == (one < other)
    assert kind.process_result_value(texts[0], SQLITE) == one


async def test_prices_survive_the_store_exactly(database: Database):
    rows = [
        {"id": f"p/{number}", "provider": "p", "name": str(number), "status": "listed", "not_capabilities": "[]",
         "is_complete": False, "has_user_value": False, "has_dissent": False, "price_input": price,
         "first_seen": datetime(2026, 1, 1, tzinfo=UTC)}
        for number, price in enumerate(PRICES)
    ]  # fmt: skip
    await database.write(lambda it: tables.upsert(it, tables.provider, [{"id": "p", "enabled": True}]))
    await database.write(lambda it: tables.upsert(it, tables.model, rows))
    query = select(tables.model.c.price_input).order_by(tables.model.c.id)
    found = await database.read(lambda connection: list(connection.scalars(query)))
    assert found == PRICES
    assert {type(price) for price in found} == {Decimal}


async def test_a_moment_comes_back_in_utc_and_one_without_offset_is_refused(database: Database):
    moment = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))

    def log(at: datetime):
        row = tables.event_log.insert().values(at=at, verb="test", subject="", detail="{}")
        return lambda connection: connection.execute(row).close()

    await database.write(log(moment))
    with pytest.raises(StatementError, match="without an offset"):
        await database.write(log(moment.replace(tzinfo=None)))
    found = await database.read(lambda connection: list(connection.scalars(select(tables.event_log.c.at))))
    assert found == [moment]
    assert found[0].tzinfo is UTC
