"""Every provider asked for its models: what is filed, what is told, and what one of them cannot do to the others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.backups import TurnedClock
from harness.facts import fact
from harness.wire import Reply, Seen, WireServer
from modelward.catalog.model import Field, Model, Source, Status
from modelward.catalog.service import CatalogService
from modelward.catalog.store import CatalogStore, MergeReport
from modelward.core.changes import Changes, Room
from modelward.core.errors import AnswerError, KeyRefusedError, UnknownProviderError, UnreachableError
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.discovery.model import DiscoveryReport, ModelChange, ProviderReport, State
from modelward.discovery.service import DiscoveryService
from modelward.net.client import Client
from modelward.providers.keys import Keys
from modelward.providers.service import ProviderService
from modelward.store.engine import Database

KEY = "sk-planted-key-7f3a-discover"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def groq(*names: str, window: int = 8192) -> dict[str, Any]:
    """A list as Groq sends it."""
    return {"data": [{"id": name, "context_window": window, "active": True} for name in names]}


def plain(*names: object) -> dict[str, Any]:
    """A list that tells no more than names."""
    return {"data": [{"id": name} for name in names]}


@dataclass
class Scene:
    """Discovery over a store and a web server of this test."""

    discovery: DiscoveryService
    providers: ProviderService
    store: CatalogStore
    wire: WireServer
    clock: TurnedClock
    identified: list[str] = field(default_factory=list)

    async def add(self, id_: str, reply: object, *, kind: str | None = "openai-compatible") -> None:
        """Put a provider to use whose list is answered so (a Reply, a function, or the list itself)."""
        self.serve(id_, reply)
        await self.providers.add(id_, url=f"{self.wire.url}/{id_}", kind=kind)

    def serve(self, id_: str, reply: object) -> None:
        """Answer so from now on when the models of a provider are asked for."""
        answer = Reply(body=reply) if isinstance(reply, dict) else reply
        self.wire.route("GET", f"/{id_}/models", answer)  # type: ignore[arg-type]

    async def discover(self, *ids: str) -> tuple[DiscoveryReport, Changes]:
        return await self.discovery.discover(Progress(), ids or None)

    async def asked(self, id_: str) -> ProviderReport:
        """Ask one provider, and its report."""
        (report,) = (await self.discover(id_))[0].providers
        return report

    async def model(self, id_: str) -> Model:
        found = await self.store.model(id_)
        assert found is not None
        return found

    async def names(self) -> list[str]:
        return [model.id for model in await self.store.models()]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path / "store.db")
    yield opened
    await opened.close()


@pytest.fixture
def closed_port() -> int:
    """A port of this machine at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
async def scene(home: Path, database: Database, wire: WireServer, closed_port: int) -> AsyncIterator[Scene]:
    paths = Paths.locate({"MODELWARD_HOME": str(home)})
    paths.prepare()
    preferences = Preferences(paths, load(paths, {}), {})
    client = Client(preferences)
    clock = TurnedClock(NOW)
    store = CatalogStore(database)
    identified: list[str] = []

    async def identify(ids: Collection[str]) -> None:
        identified.extend(ids)

    catalog = CatalogService(store, identify=identify, clock=clock)
    environ = {"OLLAMA_HOST": f"127.0.0.1:{closed_port}"}
    providers = ProviderService(database, Keys({}), client, environ=environ, clock=clock)
    discovery = DiscoveryService(database, catalog, providers, client, preferences, clock=clock)
    # What may run on the machine of this test is none of its business.
    await providers.enable("lmstudio", enabled=False)
    yield Scene(discovery, providers, store, wire, clock, identified)
    await client.close()


class TestFiling:
    async def test_the_models_of_a_key_stand_in_the_catalogue_with_what_the_provider_says(self, scene: Scene) -> None:
        await scene.add("groq", groq("llama", "qwen"), kind=None)
        await scene.providers.set_key("groq", KEY, session=True)
        report, changes = await scene.discover()
        (told,) = report.providers
        assert (told.provider, told.title, told.state, told.models) == ("groq", "Groq", State.OK, 2)
        assert (told.is_first, told.new, told.problems, told.error) == (True, (), (), None)
        assert changes.touched == {
            Room.CATALOG: frozenset({"groq/llama", "groq/qwen"}),
            Room.PROVIDERS: frozenset({"groq"}),
        }
        model = await scene.model("groq/llama")
        assert (model.status, model.context_window, model.last_seen) == (Status.AVAILABLE, 8192, NOW)
        (fact,) = await scene.store.facts("groq/llama")
        assert (fact.source, fact.origin, fact.evidence) == (
            Source.PROVIDER,
            "Groq API",
            f"{scene.wire.url}/groq/models",
        )
        assert scene.wire.requests[-1].headers["authorization"] == f"Bearer {KEY}"
        assert scene.identified == ["groq/llama", "groq/qwen"]
        (mine,) = [state.provider for state in await scene.providers.mine()]
        assert (mine.last_discovery_at, mine.listed_models, mine.last_error) == (NOW, 2, None)

    async def test_a_second_list_tells_what_is_new_gone_back_retired_and_changed(self, scene: Scene) -> None:
        await scene.add("one", groq("stays", "goes"))
        await scene.discover()
        scene.serve("one", groq("stays", "comes", window=16384))
        scene.clock.turn(timedelta(days=1))
        told = await scene.asked("one")
        assert (told.is_first, told.new, told.gone) == (False, ("one/comes",), ("one/goes",))
        assert told.changed == (ModelChange("one/stays", "context window 8,192 → 16,384"),)
        assert (await scene.model("one/comes")).new_at == scene.clock()
        assert scene.identified == ["one/stays", "one/goes", "one/comes"]
        scene.clock.turn(timedelta(days=2))
        assert (await scene.asked("one")).retired == ("one/goes",)
        assert (await scene.model("one/goes")).status is Status.RETIRED
        scene.serve("one", groq("stays", "comes", "goes", window=16384))
        told = await scene.asked("one")
        assert (told.back, told.new) == (("one/goes",), ())
        assert told.changed == (ModelChange("one/goes", "context window 8,192 → 16,384"),)

    async def test_a_changed_price_is_told_in_words(self, scene: Scene) -> None:
        row = {"id": "m", "architecture": {}, "top_provider": {}}
        await scene.add("one", {"data": [row | {"pricing": {"prompt": "0.000003", "completion": "0"}}]})
        assert (await scene.asked("one")).changed == ()
        scene.serve("one", {"data": [row | {"pricing": {"prompt": "0.0000025", "completion": "0"}}]})
        told = await scene.asked("one")
        assert told.changed == (ModelChange("one/m", "input price $3.00 → $2.50 per 1M tokens"),)
        assert (await scene.model("one/m")).price_input == Decimal("2.5")

    async def test_what_a_catalogue_knew_already_is_no_change_when_the_provider_says_better(self, scene: Scene) -> None:
        await scene.add("one", groq("other"))
        await scene.asked("one")
        await scene.store.merge([fact("one/m", Field.CONTEXT_WINDOW, 1)], now=NOW)
        scene.serve("one", groq("other", "m"))
        told = await scene.asked("one")
        assert (told.new, told.changed) == (("one/m",), ())
        assert (await scene.model("one/m")).context_window == 8192

    async def test_a_provider_that_answers_with_others_ids_makes_models_of_its_own(self, scene: Scene) -> None:
        await scene.add("honest", groq("m"))
        await scene.discover()
        await scene.add("sly", groq("honest/m", "../honest/m", window=1))
        await scene.discover("sly")
        assert await scene.names() == ["honest/m", "sly/../honest/m", "sly/honest/m"]
        assert (await scene.model("honest/m")).context_window == 8192

    async def test_hostile_names_become_problems_or_plain_text(self, scene: Scene) -> None:
        await scene.add("one", plain("<b>bold</b>", "a\x1b[31m", "x" * 400, None, "turn\u202eed", "fine", "fine"))
        told = await scene.asked("one")
        assert await scene.names() == ["one/<b>bold</b>", "one/fine"]
        assert (told.models, len(told.problems)) == (2, 5)
        assert all(problem.isprintable() for problem in told.problems)

    async def test_a_list_under_half_of_the_last_one_is_told_and_retires_nothing(self, scene: Scene) -> None:
        names = [f"m{number:02}" for number in range(30)]
        await scene.add("one", plain(*names, "away"))
        await scene.discover()
        scene.serve("one", plain(*names))
        await scene.discover()
        scene.clock.turn(timedelta(days=3))
        scene.serve("one", plain(*names[:3]))
        told = await scene.asked("one")
        assert (told.retired, len(told.gone)) == ((), 27)
        assert "under half of the last one" in told.problems[0]
        assert "one/away" in (await scene.asked("one")).retired


class TestAtOnce:
    async def test_one_that_hangs_does_not_keep_the_others_out_of_the_catalogue(self, scene: Scene) -> None:
        await scene.add("hangs", Reply(hang=True))
        for number in range(19):
            await scene.add(f"p{number:02}", groq("m"))
        progress = Progress()
        told = asyncio.Event()
        real_update = progress.update

        def update(**said: Any) -> None:
            real_update(**said)
            if said.get("done") == 19:
                told.set()

        progress.update = update  # type: ignore[method-assign]
        job = asyncio.ensure_future(scene.discovery.discover(progress))
        await told.wait()
        assert len(await scene.names()) == 19
        assert not job.done()
        state = progress.state
        assert (state.done, state.total, state.unit, state.text) == (19, 20, "providers", "Waiting for hangs")
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert len(await scene.names()) == 19

    async def test_every_list_is_asked_for_before_the_first_is_answered(self, scene: Scene) -> None:
        everybody = asyncio.Barrier(5)

        async def together(seen: Seen) -> Reply:
            await everybody.wait()
            return Reply(body=groq(seen.path.split("/")[1]))

        for number in range(5):
            await scene.add(f"p{number}", together)
        report, _ = await scene.discover()
        assert [(told.provider, told.models) for told in report.providers] == [(f"p{n}", 1) for n in range(5)]

    async def test_each_failure_stands_in_its_report_and_costs_the_others_nothing(
        self, scene: Scene, closed_port: int
    ) -> None:
        await scene.add("fine", groq("m"))
        await scene.add("page", Reply(body="<html>Please log in</html>"))
        await scene.add("empty", plain())
        await scene.add("refuses", Reply(401, body={"error": {"message": "bad key"}}))
        await scene.providers.add("off", url=f"http://127.0.0.1:{closed_port}/v1", kind="openai-compatible")
        await scene.providers.add("groq")
        report, changes = await scene.discover()
        told = {each.provider: each for each in report.providers}
        assert {id_: each.state for id_, each in told.items()} == {
            "fine": State.OK,
            "page": State.FAILED,
            "empty": State.FAILED,
            "refuses": State.REFUSED,
            "off": State.UNREACHABLE,
            "groq": State.NO_KEY,
        }
        assert isinstance(told["page"].error, AnswerError)
        assert isinstance(told["refuses"].error, KeyRefusedError)
        assert isinstance(told["off"].error, UnreachableError)
        assert len(report.failed) == 5
        assert await scene.names() == ["fine/m"]
        assert changes.touched[Room.PROVIDERS] == frozenset(told)
        errors = {state.provider.id: state.provider.last_error for state in await scene.providers.mine()}
        assert errors["page"] == str(told["page"].error)
        assert (errors["fine"], errors["groq"]) == (None, None)

    async def test_a_failed_list_leaves_the_models_of_the_last_one_available(self, scene: Scene) -> None:
        await scene.add("one", groq("m"))
        await scene.discover()
        scene.serve("one", Reply(401))
        await scene.discover()
        assert (await scene.model("one/m")).status is Status.AVAILABLE

    async def test_a_huge_list_does_not_hold_back_a_small_one(self, scene: Scene) -> None:
        """The small list is only asked for once the large one is being filed, and is in first."""
        begun = asyncio.Event()

        async def late(_seen: Seen) -> Reply:
            await begun.wait()
            return Reply(body=groq("m"))

        await scene.add("large", groq(*(f"m{number}" for number in range(20_000))))
        await scene.add("small", late)
        job = asyncio.ensure_future(scene.discover())
        while len(await scene.names()) == 0:
            assert not job.done()
        begun.set()
        while "small/m" not in (names := await scene.names()):
            assert not job.done()
        assert len(names) < 20_001
        await job
        assert len(await scene.names()) == 20_001

    async def test_what_is_cut_off_in_the_middle_is_taken_up_by_the_next_list(self, scene: Scene) -> None:
        await scene.add("one", groq("old"))
        await scene.discover()
        scene.serve("one", groq("old", *(f"m{number}" for number in range(5_000))))
        job = asyncio.ensure_future(scene.discover())
        while len(await scene.names()) < 100:
            assert not job.done()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert await scene.store.rebuild() == MergeReport()
        scene.identified.clear()
        told = await scene.asked("one")
        assert (told.models, len(told.new), told.gone) == (5_001, 5_000, ())
        assert len(scene.identified) == 5_000
        assert {model.status for model in await scene.store.models()} == {Status.AVAILABLE}


class TestWhoIsAsked:
    async def test_a_disabled_provider_is_asked_only_by_name(self, scene: Scene) -> None:
        await scene.add("one", groq("m"))
        await scene.providers.enable("one", enabled=False)
        assert (await scene.discover()) == (DiscoveryReport(), Changes.nothing())
        assert (await scene.asked("one")).models == 1

    async def test_a_name_that_is_no_providers_is_refused_before_anybody_is_asked(self, scene: Scene) -> None:
        await scene.add("one", groq("m"))
        with pytest.raises(UnknownProviderError):
            await scene.discover("one", "nobody")
        assert scene.wire.requests == []

    async def test_a_provider_that_is_named_twice_is_asked_once(self, scene: Scene) -> None:
        await scene.add("one", groq("m"))
        report, _ = await scene.discover("one", "one")
        assert len(report.providers) == 1

    async def test_a_server_that_does_not_run_here_is_no_news(self, scene: Scene) -> None:
        assert await scene.discover() == (DiscoveryReport(), Changes.nothing())
        assert await scene.providers.mine() == []

    async def test_a_server_that_runs_here_is_found_and_asked_from_then_on(
        self, scene: Scene, closed_port: int
    ) -> None:
        async with WireServer(port=closed_port) as ollama:
            row = {"name": "m:1b", "model": "m:1b", "digest": "ab", "size": 5, "details": {"family": "fam"}}
            ollama.route("GET", "/api/tags", Reply(body={"models": [row]}))
            (told,) = (await scene.discover())[0].providers
            assert (told.provider, told.models, told.is_first) == ("ollama", 1, True)
        assert (await scene.model("ollama/m:1b")).price_input == 0
        assert [state.provider.id for state in await scene.providers.mine()] == ["ollama"]
        (told,) = (await scene.discover())[0].providers
        assert told.state is State.UNREACHABLE
        assert (await scene.model("ollama/m:1b")).status is Status.AVAILABLE
