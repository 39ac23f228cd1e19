"""Looks whether providers answer: all at once, at no cost, each in its own words."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.wire import Reply, WireServer
from modelward.core.changes import Room
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.discovery.looking import NO_NETWORK, Looking, Turns, changes_between
from modelward.discovery.model import Look, State
from modelward.discovery.store import LookStore
from modelward.net.client import Client
from modelward.providers.keys import Keys
from modelward.providers.service import ProviderService
from modelward.store.engine import Database

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
MODELS = {"object": "list", "data": [{"id": "m", "object": "model"}]}


@dataclass
class Watch:
    """Providers at a server of this test, and the one who looks at them. ``now`` can be turned on."""

    wire: WireServer
    providers: ProviderService
    looks: LookStore
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.looking = Looking(self.looks, self.providers, lambda: self.now)

    async def put(self, id_: str, reply: Reply | None = None, *, url: str = "", key: bool = True) -> None:
        """Add a provider that answers so; without a reply nothing is routed, at ``url`` somebody else answers."""
        await self.providers.add(id_, url=url or f"{self.wire.url}/{id_}")
        if key:
            await self.providers.set_key(id_, f"sk-planted-key-7f3a-{id_}", session=True)
        if reply is not None:
            self.wire.route("GET", f"/{id_}/models", reply)

    async def look(self) -> dict[str, Look]:
        """Look, and what was seen by provider."""
        looks, _ = await self.looking.look(Progress())
        return {look.provider: look for look in looks}


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path / "store.db")
    yield opened
    await opened.close()


@pytest.fixture
async def watch(home: Path, wire: WireServer, database: Database) -> AsyncIterator[Watch]:
    async def no_wait(_: float) -> None:
        """Tries come at once."""

    paths = Paths.locate()
    client = Client(Preferences(paths, load(paths, os.environ)), sleep=no_wait)
    yield Watch(wire, ProviderService(database, Keys(), client), LookStore(database))
    await client.close()


@pytest.fixture
def nowhere() -> str:
    """An address at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (Reply(body=MODELS), State.OK),
        (Reply(401, body={"error": {"message": "Incorrect key: sk-planted-key-7f3a-openai"}}), State.REFUSED),
        (Reply(402, body={"error": {"message": "Insufficient balance"}}), State.REFUSED),
        (Reply(429, body={"error": {"message": "slow down"}}), State.LIMITED),
        (Reply(503, body="busy"), State.FAILED),
        (Reply(404, body="what?"), State.FAILED),
        (Reply(body="<html>Sign in</html>"), State.FAILED),
        (Reply(body=b'{"object": "list", "da'), State.FAILED),
        (Reply(raw=b"SSH-2.0-OpenSSH\r\n"), State.FAILED),
    ],
)  # fmt: skip
async def test_the_state_tells_what_came(watch: Watch, reply: Reply, state: State) -> None:
    await watch.put("openai", reply)
    look = (await watch.look())["openai"]
    assert (look.state, look.at) == (state, NOW)
    assert (look.latency_ms is not None) is (state is State.OK)
    assert bool(look.detail) is (state is not State.OK)
    assert "planted-key" not in look.detail
    assert await watch.looks.latest() == {"openai": look}


async def test_where_nobody_answers_it_says_so(watch: Watch, nowhere: str) -> None:
    await watch.put("openai", url=nowhere)
    look = (await watch.look())["openai"]
    assert look.state is State.UNREACHABLE
    assert look.detail.startswith("OpenAI could not be reached.")


async def test_all_are_looked_at_at_once(watch: Watch) -> None:
    together = asyncio.Barrier(3)

    async def when_all_asked(_: object) -> Reply:
        await together.wait()
        return Reply(body=MODELS)

    for id_ in ("openai", "mistral", "deepseek"):
        await watch.put(id_)
        watch.wire.route("GET", f"/{id_}/models", when_all_asked)
    assert {look.state for look in (await watch.look()).values()} == {State.OK}


async def test_one_without_its_key_is_told_and_neither_asked_nor_kept(watch: Watch) -> None:
    await watch.put("openai", Reply(body=MODELS), key=False)
    look = (await watch.look())["openai"]
    assert look.state is State.NO_KEY
    assert "there is none" in look.detail
    assert watch.wire.connections == 0
    assert await watch.looks.latest() == {}


async def test_a_disabled_one_is_left_alone(watch: Watch) -> None:
    await watch.put("openai", Reply(body=MODELS))
    await watch.providers.enable("openai", enabled=False)
    assert await watch.look() == {}
    assert watch.wire.connections == 0


async def test_progress_and_changes_name_those_that_were_looked_at(watch: Watch) -> None:
    await watch.put("openai", Reply(body=MODELS))
    await watch.put("mistral", Reply(503))
    progress = Progress()
    _, changes = await watch.looking.look(progress)
    assert progress.state.fraction == 1
    assert changes.touched == {Room.PROVIDERS: frozenset({"openai", "mistral"})}


async def test_without_any_provider_nothing_happens(watch: Watch) -> None:
    looks, changes = await watch.looking.look(Progress())
    assert (looks, bool(changes)) == ((), False)


async def test_where_all_fail_alike_it_is_the_network_and_nobodys_fault(watch: Watch, nowhere: str) -> None:
    await watch.put("openai", url=nowhere)
    await watch.put("mistral", url=nowhere)
    await watch.put("lmstudio", url=nowhere, key=False)
    looks = await watch.look()
    assert {looks[id_].detail for id_ in ("openai", "mistral")} == {NO_NETWORK}
    assert looks["lmstudio"].detail != NO_NETWORK  # it runs on this machine


async def test_where_one_answers_the_others_are_told_each_by_itself(watch: Watch, nowhere: str) -> None:
    await watch.put("openai", url=nowhere)
    await watch.put("mistral", url=nowhere)
    await watch.put("deepseek", Reply(401))
    assert "OpenAI" in (await watch.look())["openai"].detail


async def test_a_proxy_that_fails_is_named(watch: Watch, nowhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A proxy refuses to connect: the server of this test, which knows no such way.
    monkeypatch.setenv("https_proxy", watch.wire.url)
    await watch.put("openai", url="https://openai.invalid/v1")
    await watch.put("mistral", url="https://mistral.invalid/v1")
    assert {look.state for look in (await watch.look()).values()} == {State.UNREACHABLE}
    assert all("proxy" in look.detail for look in (await watch.looks.latest()).values())


async def test_old_looks_are_thinned_after_a_look_at_most_once_an_hour(watch: Watch) -> None:
    await watch.put("openai", Reply(body=MODELS))

    async def old(day: int) -> None:
        first = watch.now - timedelta(days=day)
        await watch.looks.add([Look("openai", first - timedelta(minutes=minute), State.OK, 1.0) for minute in (1, 2)])

    await old(3)
    await watch.look()
    assert len(await watch.looks.of("openai", None)) == 2
    watch.now += timedelta(minutes=30)
    await old(31)
    await watch.look()
    assert len(await watch.looks.of("openai", None)) == 5
    watch.now += timedelta(minutes=31)
    await watch.look()
    assert len(await watch.looks.of("openai", None)) == 4


def look(provider: str, state: State) -> Look:
    return Look(provider, NOW, state)


def test_who_turned_between_two_looks_is_told() -> None:
    before = {
        "a": look("a", State.OK), "b": look("b", State.LIMITED), "c": look("c", State.FAILED),
        "d": look("d", State.UNREACHABLE), "e": look("e", State.OK), "f": look("f", State.OK),
        "h": look("h", State.REFUSED), "i": look("i", State.OK),
    }  # fmt: skip
    after = [
        look("a", State.UNREACHABLE), look("b", State.REFUSED), look("c", State.OK), look("d", State.LIMITED),
        look("e", State.LIMITED), look("f", State.NO_KEY), look("g", State.FAILED), look("h", State.UNREACHABLE),
    ]  # fmt: skip
    assert changes_between(before, after) == Turns(lost=(after[0], after[1]), back=(after[2], after[3]))
    assert changes_between({}, after) == Turns()
