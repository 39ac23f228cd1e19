"""The way through the gateway against the bare dialect: one server, one answer, one run; and a full ledger."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from statistics import median

import pytest

from harness.chat_doubles import OPENAI, Told
from harness.facts import fact
from harness.wire import WireServer, wire
from modelward.catalog.model import Field
from modelward.catalog.store import CatalogStore
from modelward.core.clock import utc_now
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.settings import load
from modelward.net.client import Client
from modelward.providers.keys import Keys
from modelward.providers.model import ChatRequest, Event, Failed, Message, Role
from modelward.providers.registry import dialect_of
from modelward.providers.service import ProviderService
from modelward.spending.gateway import Gateway
from modelward.spending.model import Purpose
from modelward.spending.service import SpendingService
from modelward.store.engine import Database
from modelward.store.tables import spending as ledger

pytestmark = pytest.mark.bench

__all__ = ["wire"]

ROUNDS = 60
MODEL = "openai/gpt-bench"
REQUEST = ChatRequest("gpt-bench", (Message(Role.USER, "Hello."),), 100)
PIECES = 200
MONTH_OF_CALLS = 10_000


@dataclass
class Place:
    gateway: Gateway
    providers: ProviderService
    database: Database


@pytest.fixture
async def place(wire: WireServer) -> AsyncIterator[Place]:
    paths = Paths.locate()
    paths.prepare()
    environ = {
        "OPENAI_API_KEY": "sk-planted-key-7f3a-bench",
        "MODELWARD__SPENDING__ZERO_BURN": "false",
        "NO_PROXY": "*",
    }
    preferences = Preferences(paths, load(paths, environ), environ)
    database, client = await Database.open(paths.database), Client(preferences)
    catalog, providers = CatalogStore(database), ProviderService(database, Keys(environ), client, environ=environ)
    prices = [fact(MODEL, field, "0.01") for field in (Field.PRICE_INPUT, Field.PRICE_OUTPUT, Field.PRICE_CACHE_READ)]
    await catalog.merge(prices, now=utc_now())
    await providers.add("openai", url=f"{wire.url}/v1")
    wire.route("POST", "/v1/chat/completions", OPENAI.reply(Told(text=("word ",) * PIECES)))
    yield Place(Gateway(SpendingService(database, preferences), catalog, providers), providers, database)
    await client.close()
    await database.close()


async def timed(events: AsyncGenerator[Event] | AsyncGenerator[Event | Failed]) -> tuple[float, float]:
    """Milliseconds to the first event, and from there to the last."""
    begun = time.perf_counter()
    first = 0.0
    async with aclosing(events):
        async for event in events:
            assert not isinstance(event, Failed)
            first = first or time.perf_counter()
    return (first - begun) * 1e3, (time.perf_counter() - first) * 1e3


async def compared(place: Place, rounds: int) -> tuple[float, float]:
    """How much later the first event comes through the gateway, and how much longer the rest takes: medians, in ms."""
    line = await place.providers.line("openai")
    dialect = dialect_of(line.provider.known)
    ways: tuple[Callable[[], AsyncGenerator[Event] | AsyncGenerator[Event | Failed]], ...] = (
        lambda: dialect.chat(line, REQUEST),
        lambda: place.gateway.chat(MODEL, REQUEST, Purpose.TEST),
    )
    results: tuple[list[tuple[float, float]], ...] = ([], [])
    for _ in range(rounds):
        for way, result in zip(ways, results, strict=True):
            result.append(await timed(way()))
    bare, metered = ([median(column) for column in zip(*result, strict=True)] for result in results)
    return metered[0] - bare[0], metered[1] - bare[1]


async def test_the_gateway_costs_a_few_milliseconds_a_call_and_next_to_nothing_an_event(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    await compared(place, 10)
    before, after = await compared(place, ROUNDS)
    now = utc_now()
    row = {"provider": "openai", "model_id": MODEL, "purpose": "work", "state": "done", "seconds": 1.0}
    rows = [
        {**row, "at": now - timedelta(seconds=index), "cost": Decimal("0.000001000000")}
        for index in range(MONTH_OF_CALLS)
    ]
    await place.database.write(lambda connection: connection.execute(ledger.insert(), rows).close())
    full, _ = await compared(place, 20)
    with capsys.disabled():
        print(  # noqa: T201 — the figure is what one runs this for
            f"\nGateway: {before:.2f} ms more to the first event, {after:.2f} ms more for {PIECES} further ones and "
            f"the settlement; {full:.2f} ms to the first with {MONTH_OF_CALLS:,} calls in the month"
        )
    assert before < 25
    assert after < 25
