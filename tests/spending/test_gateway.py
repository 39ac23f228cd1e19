"""Calls through the gateway, to a server that speaks OpenAI's wire: allowed, made, counted, settled."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.chat_doubles import OPENAI, Told
from harness.facts import fact
from harness.spending import NOON, StandingClock
from harness.wire import Reply, Seen, WireServer, wire
from modelward.catalog.model import Fact, Field, Source
from modelward.catalog.store import CatalogStore
from modelward.core.errors import (
    BadValueError,
    BudgetError,
    KeyRefusedError,
    RateLimitedError,
    StoreBusyError,
    UnknownModelError,
)
from modelward.core.preferences import Preferences
from modelward.net.client import Client
from modelward.net.model import Call, Patience
from modelward.providers.dialect import Line
from modelward.providers.keys import Keys
from modelward.providers.model import (
    Began,
    ChatRequest,
    Ended,
    Event,
    Failed,
    Message,
    Role,
    TextPart,
    Usage,
)
from modelward.providers.service import ProviderService
from modelward.spending.gateway import Gateway
from modelward.spending.model import Entry, EntryState, Purpose
from modelward.spending.service import SpendingService
from modelward.store.engine import Database

__all__ = ["wire"]

D = Decimal
KEY = "sk-planted-key-7f3a-openai"
PAID, FREE, UNKNOWN = "openai/paid", "openai/free", "openai/unknown"
REQUEST = ChatRequest("", (Message(Role.USER, "How are you?"),), 100)
CHAT = "/v1/chat/completions"
USAGE = Usage(1_000, 400, None, 20, 5)
COST = D("600") * 2 / 10**6 + D("400") * D("0.5") / 10**6 + D("20") * 8 / 10**6

Events = list[Event | Failed]


@pytest.fixture
def store_address(tmp_path: Path) -> Path:
    """SQLite alone: what is asked of the store itself is tested on both kinds."""
    return tmp_path / "data" / "modelward.db"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own proxies are no part of a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@dataclass
class Place:
    """A gateway with all that it stands on."""

    gateway: Gateway
    spending: SpendingService
    providers: ProviderService
    catalog: CatalogStore
    database: Database

    async def ask(self, model: str = PAID, request: ChatRequest = REQUEST) -> Events:
        """Every event of a call."""
        return [event async for event in self.gateway.chat(model, request, Purpose.TEST)]

    async def entry(self) -> Entry:
        """The one call in the ledger."""
        (found,) = await self.spending.entries(NOON)
        return found


def priced(model: str, **prices: str) -> list[Fact]:
    return [fact(model, Field(f"price_{name}"), price) for name, price in prices.items()]


@pytest.fixture
async def open_place(
    database: Database, wire: WireServer, clock: StandingClock, rules: Callable[..., Preferences]
) -> AsyncIterator[Callable[..., Place]]:
    """Makes the gateway with rules of its own; the models are at ``wire``."""
    catalog = CatalogStore(database)
    facts = [*priced(PAID, input="2", output="8", cache_read="0.5"), *priced(FREE, input="0", output="0")]
    await catalog.merge(facts, now=NOON, named=[UNKNOWN])
    environ = {"OPENAI_API_KEY": KEY}
    client = Client(rules())
    providers = ProviderService(database, Keys(environ), client, environ=environ, clock=clock)
    await providers.add("openai", url=f"{wire.url}/v1")

    def make(**limits: str | bool) -> Place:
        spending = SpendingService(database, rules(**limits), clock=clock)
        return Place(Gateway(spending, catalog, providers, clock=clock), spending, providers, catalog, database)

    yield make
    await client.close()


OpenPlace = Callable[..., Place]


def answers(wire: WireServer, usage: Usage = USAGE, headers: dict[str, str] | None = None) -> None:
    told = Told(text=("Fine, ", "thanks."), usage=usage)
    wire.route(
        "POST",
        CHAT,
        Reply(headers={"content-type": "text/event-stream", **(headers or {})}, chunks=OPENAI.pieces(told)),
    )


# ---------------------------------------------------------------- a call that ends well


async def test_a_call_is_handed_on_whole_and_entered_with_its_cost(open_place: OpenPlace, wire: WireServer) -> None:
    answers(wire)
    place = open_place(day="1")
    events = await place.ask()
    assert isinstance(events[0], Began)
    assert "".join(event.text for event in events if isinstance(event, TextPart)) == "Fine, thanks."
    assert [type(event) for event in events].count(Ended) == 1
    assert isinstance(events[-1], Ended)
    assert wire.requests[0].json["model"] == "paid"
    assert wire.requests[0].headers["authorization"] == f"Bearer {KEY}"
    entry = await place.entry()
    assert (entry.state, entry.cost, entry.error) == (EntryState.DONE, COST, None)
    assert (entry.usage.input_tokens, entry.usage.cache_read_tokens, entry.usage.output_tokens) == (1_000, 400, 20)
    assert (entry.provider, entry.model_id, entry.purpose, entry.at) == ("openai", PAID, Purpose.TEST, NOON)
    assert entry.seconds is not None
    assert entry.seconds > 0


async def test_when_the_last_event_comes_the_call_is_settled(open_place: OpenPlace, wire: WireServer) -> None:
    answers(wire)
    place = open_place()
    call = place.gateway.chat(PAID, REQUEST, Purpose.TEST)
    async for event in call:
        if isinstance(event, Ended):
            assert (await place.entry()).state is EntryState.DONE
            break
        assert (await place.entry()).state is EntryState.OPEN
    await call.aclose()
    assert (await place.entry()).state is EntryState.DONE


async def test_what_is_reserved_is_what_most_says_and_never_less_than_the_cost(
    open_place: OpenPlace, wire: WireServer
) -> None:
    answers(wire, Usage(50, None, None, 100))
    place = open_place()
    most = await place.gateway.most(PAID, REQUEST.messages, 100)
    await place.ask()
    entry = await place.entry()
    assert entry.reserved == most
    assert most is not None
    assert entry.cost is not None
    assert entry.cost <= most
    assert await place.gateway.most(UNKNOWN, REQUEST.messages, 100) is None


async def test_a_whole_answer_that_tells_no_usage_is_of_unknown_cost(open_place: OpenPlace, wire: WireServer) -> None:
    chunks = OPENAI.pieces(Told())
    wire.route("POST", CHAT, Reply(headers={"content-type": "text/event-stream"}, chunks=[*chunks[:-2], chunks[-1]]))
    place = open_place()
    assert isinstance((await place.ask())[-1], Ended)
    entry = await place.entry()
    assert (entry.state, entry.cost) == (EntryState.DONE, None)
    assert (await place.spending.state()).day.spent == entry.reserved


async def test_a_call_of_a_free_model_costs_nothing_and_goes_out_under_zero_burn(
    open_place: OpenPlace, wire: WireServer
) -> None:
    answers(wire, Usage())
    place = open_place(zero_burn=True, day="0")
    assert isinstance((await place.ask(FREE))[-1], Ended)
    entry = await place.entry()
    assert (entry.reserved, entry.cost) == (0, 0)


# ---------------------------------------------------------------- what never goes out


@pytest.mark.parametrize("model", [PAID, UNKNOWN])
async def test_zero_burn_sends_nothing_that_may_cost(open_place: OpenPlace, wire: WireServer, model: str) -> None:
    place = open_place(zero_burn=True)
    with pytest.raises(BudgetError):
        await place.ask(model)
    with pytest.raises(BudgetError):
        await place.gateway.embed(model, ["text"], Purpose.TEST)
    assert wire.requests == []
    assert await place.spending.entries(NOON) == ()


async def test_nothing_is_sent_without_a_true_bound_of_the_output(open_place: OpenPlace, wire: WireServer) -> None:
    place = open_place()
    for bound in (0, -1, 10**10):
        with pytest.raises(BadValueError):
            await place.ask(request=ChatRequest("", REQUEST.messages, bound))
    assert wire.requests == []


async def test_a_model_that_nobody_knows_is_refused_by_name(open_place: OpenPlace) -> None:
    with pytest.raises(UnknownModelError, match="openai/nothing"):
        await open_place().ask("openai/nothing")


async def test_a_call_without_its_key_is_not_entered(open_place: OpenPlace, wire: WireServer) -> None:
    place = open_place()
    await place.catalog.merge(priced("groq/m", input="1", output="1"), now=NOON)
    with pytest.raises(KeyRefusedError):
        await place.ask("groq/m")
    assert await place.spending.entries(NOON) == ()


async def test_of_many_calls_at_once_only_those_go_out_that_the_budget_holds(
    open_place: OpenPlace, wire: WireServer
) -> None:
    answers(wire)
    most = await open_place().gateway.most(PAID, REQUEST.messages, 100)
    assert most is not None
    place = open_place(day=str(most * 3 + D("0.000001")))
    gate = asyncio.Semaphore(0)
    wire.route("POST", CHAT, OPENAI.reply(Told(usage=USAGE), drip=gate))
    running = {asyncio.create_task(place.ask()) for _ in range(8)}
    refused: list[BaseException | None] = []
    while len(refused) < 5:
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        refused += [call.exception() for call in done]
    assert all(isinstance(error, BudgetError) for error in refused)
    for _ in range(100):
        gate.release()
    assert [type((await call)[-1]) for call in running] == [Ended] * 3
    assert len(wire.requests) == 3


# ---------------------------------------------------------------- a call that fails


@pytest.mark.parametrize(("status", "cost"), [(429, 0), (400, 0), (404, 0), (401, 0), (503, 0), (529, 0), (500, None)])
async def test_a_refused_call_cost_nothing_where_it_was_refused_before_any_work(
    open_place: OpenPlace, wire: WireServer, status: int, cost: int | None
) -> None:
    wire.route("POST", CHAT, Reply(status=status, body={"error": {"message": "No."}}))
    place = open_place()
    events = await place.ask()
    assert len(events) == 1
    assert isinstance(events[0], Failed)
    entry = await place.entry()
    assert (entry.state, entry.cost) == (EntryState.FAILED, cost)
    assert entry.error
    assert (await place.spending.state()).day.spent == (entry.reserved if cost is None else 0)


async def test_the_failure_is_handed_on_as_it_was_told(open_place: OpenPlace, wire: WireServer) -> None:
    wire.route("POST", CHAT, Reply(status=429, body={"error": {"message": "Slow down."}}))
    (failed,) = await open_place().ask()
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, RateLimitedError)


async def test_a_call_that_reached_nobody_cost_nothing(open_place: OpenPlace) -> None:
    place = open_place()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        await place.providers.add("openai", url=f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        assert isinstance((await place.ask())[-1], Failed)
    entry = await place.entry()
    assert (entry.state, entry.cost) == (EntryState.FAILED, 0)


async def test_a_question_that_arrived_and_was_not_answered_in_time_may_have_cost(
    open_place: OpenPlace, wire: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.route("POST", CHAT, Reply(hang=True))
    place = open_place()
    call = Line.call

    def impatient(line: Line, path: str, **told: Any) -> Call:
        return call(line, path, **told, patience=Patience(first_byte=0.05))

    monkeypatch.setattr(Line, "call", impatient)
    assert isinstance((await place.ask())[-1], Failed)
    entry = await place.entry()
    assert (entry.state, entry.cost) == (EntryState.FAILED, None)


@pytest.mark.parametrize(("model", "cost"), [(PAID, None), (FREE, 0)])
async def test_an_answer_that_breaks_off_counts_with_what_was_reserved(
    open_place: OpenPlace, wire: WireServer, model: str, cost: int | None
) -> None:
    chunks = OPENAI.pieces(Told())[:4]
    wire.route("POST", CHAT, Reply(headers={"content-type": "text/event-stream"}, chunks=chunks))
    place = open_place()
    events = await place.ask(model)
    assert isinstance(events[-1], Failed)
    assert any(isinstance(event, TextPart) for event in events)
    entry = await place.entry()
    assert (entry.state, entry.cost) == (EntryState.FAILED, cost)
    assert (await place.spending.state()).day.spent == entry.reserved


async def test_an_error_told_within_the_answer_counts_with_what_was_reserved(
    open_place: OpenPlace, wire: WireServer
) -> None:
    wire.route("POST", CHAT, Reply(headers={"content-type": "text/event-stream"}, chunks=[OPENAI.failure("rate")]))
    place = open_place()
    assert isinstance((await place.ask())[-1], Failed)
    assert (await place.entry()).cost is None


# ---------------------------------------------------------------- a call that is given up


async def test_a_call_that_is_closed_early_counts_with_what_was_reserved(
    open_place: OpenPlace, wire: WireServer
) -> None:
    wire.route("POST", CHAT, OPENAI.sent(OPENAI.pieces(Told())[:4], drip=(gate := asyncio.Semaphore(3))))
    place = open_place()
    call = place.gateway.chat(PAID, REQUEST, Purpose.TEST)
    async for event in call:
        if isinstance(event, TextPart):
            break
    await call.aclose()
    entry = await place.entry()
    assert (entry.state, entry.cost) == (EntryState.CANCELLED, None)
    assert (await place.spending.state()).day.spent == entry.reserved
    await wire.until(lambda: wire.open_connections == 0)
    assert gate.locked()


async def test_a_cancelled_task_settles_its_call(open_place: OpenPlace, wire: WireServer) -> None:
    wire.route("POST", CHAT, Reply(hang=True))
    place = open_place()
    task = asyncio.create_task(place.ask())
    await wire.until(lambda: wire.requests)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ((await place.entry()).state, (await place.entry()).cost) == (EntryState.CANCELLED, None)


@asynccontextmanager
async def writing_held(place: Place) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Nothing is written meanwhile; gives the way to wait until somebody wants to write."""
    free, held, loop = threading.Event(), asyncio.Event(), asyncio.get_running_loop()

    def hold(_: object) -> None:
        loop.call_soon_threadsafe(held.set)
        free.wait()

    holding = asyncio.create_task(place.database.write(hold))
    await held.wait()
    lane = place.database._writing
    assert lane is not None

    async def wanted() -> None:
        while not lane._executor._work_queue.qsize():  # noqa: ASYNC110 - the queue tells nobody
            await asyncio.sleep(0)

    try:
        yield wanted
    finally:
        free.set()
        await holding


async def test_a_task_that_is_cancelled_while_it_reserves_sends_nothing_and_costs_nothing(
    open_place: OpenPlace, wire: WireServer
) -> None:
    place = open_place()
    async with writing_held(place) as wanted:
        task = asyncio.create_task(place.ask())
        await wanted()
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    entry = await place.entry()
    assert (entry.state, entry.cost) == (EntryState.CANCELLED, 0)
    assert wire.requests == []


async def test_a_task_that_is_cancelled_while_it_settles_settles_to_the_end(
    open_place: OpenPlace, wire: WireServer
) -> None:
    answers(wire)
    place = open_place()
    call = place.gateway.chat(PAID, REQUEST, Purpose.TEST)
    assert isinstance(await anext(call), Began)

    async def rest() -> None:
        async for _ in call:
            pass

    async with writing_held(place) as wanted:
        task = asyncio.create_task(rest())
        await wanted()
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    entry = await place.entry()
    assert (entry.state, entry.cost) == (EntryState.DONE, COST)


async def test_an_answer_is_not_lost_where_the_ledger_cannot_be_written(
    open_place: OpenPlace, wire: WireServer, caplog: pytest.LogCaptureFixture
) -> None:
    answers(wire)
    place = open_place()
    call = place.gateway.chat(PAID, REQUEST, Purpose.TEST)
    assert isinstance(await anext(call), Began)
    async with place.database.quiet("A backup is being restored."):
        rest = [event async for event in call]
        with pytest.raises(StoreBusyError):
            await place.ask()
    assert isinstance(rest[-1], Ended)
    assert (await place.entry()).state is EntryState.OPEN
    assert (await place.spending.state()).day.reserved == (await place.entry()).reserved
    assert "could not be entered" in caplog.text


# ---------------------------------------------------------------- rate limits


async def test_limits_that_an_answer_states_become_measured_facts(open_place: OpenPlace, wire: WireServer) -> None:
    headers = {"x-ratelimit-limit-requests": "500", "x-ratelimit-limit-tokens": "30000"}
    answers(wire, headers=headers)
    place = open_place()
    await place.ask()
    measured = await measured_of(place)
    assert {each.field: each.value for each in measured} == {Field.RPM: 500, Field.TPM: 30_000}
    assert {(each.origin, each.evidence, each.observed_at) for each in measured} == {("answer headers", None, NOON)}
    model = await place.catalog.model(PAID)
    assert model is not None
    assert (model.rpm, model.tpm) == (500, 30_000)


async def test_limits_are_filed_again_only_where_they_changed(
    open_place: OpenPlace, wire: WireServer, clock: StandingClock
) -> None:
    answers(wire, headers={"x-ratelimit-limit-requests": "500"})
    await open_place().ask()
    clock.now = NOON.replace(hour=13)
    place = open_place()  # a new start, which remembers nothing
    await place.ask()
    assert [each.observed_at.hour for each in await measured_of(place)] == [12]
    answers(wire, headers={"x-ratelimit-limit-requests": "60"})
    await place.ask()
    assert [(each.value, each.observed_at.hour) for each in await measured_of(place)] == [(60, 13)]


async def measured_of(place: Place) -> list[Fact]:
    return [each for each in await place.catalog.facts(PAID) if each.source is Source.MEASURED]


# ---------------------------------------------------------------- embeddings


async def test_embeddings_are_metered_too(open_place: OpenPlace, wire: WireServer) -> None:
    body = {
        "data": [{"index": 0, "embedding": [0.5, 1.0]}, {"index": 1, "embedding": [0.25, 0.0]}],
        "usage": {"prompt_tokens": 1_000_000, "total_tokens": 1_000_000},
    }
    wire.route("POST", "/v1/embeddings", Reply(body=body))
    place = open_place()
    found = await place.gateway.embed(PAID, ["one", "two"], Purpose.HEALING)
    assert found.vectors == ((0.5, 1.0), (0.25, 0.0))
    entry = await place.entry()
    assert (entry.state, entry.cost, entry.purpose) == (EntryState.DONE, D(2), Purpose.HEALING)


async def test_embeddings_that_are_refused_cost_nothing(open_place: OpenPlace, wire: WireServer) -> None:
    def refuse(_: Seen) -> Reply:
        return Reply(status=429, body={"error": {"message": "Slow down."}})

    wire.route("POST", "/v1/embeddings", refuse)
    place = open_place()
    with pytest.raises(RateLimitedError):
        await place.gateway.embed(PAID, ["one"], Purpose.TEST)
    entry = await place.entry()
    assert (entry.state, entry.cost) == (EntryState.FAILED, 0)
