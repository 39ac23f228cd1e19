"""Public catalogues: fetched where the person allows it, taken where they are whole."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harness.wire import Reply, WireServer
from modelward.catalog.editions import Mark
from modelward.catalog.model import Field, Source
from modelward.catalog.service import CatalogService
from modelward.catalog.store import CatalogStore
from modelward.core.changes import Room
from modelward.core.errors import AnswerError, NetworkError
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import JobCancelled, Progress
from modelward.core.settings import load
from modelward.discovery.model import CatalogueReport, ModelChange
from modelward.discovery.public import CATALOGUES, PublicCatalogues
from modelward.net.client import Client
from modelward.store.engine import Database

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
PATHS = {"models.dev": "/api.json", "OpenRouter catalogue": "/api/v1/models", "LiteLLM": "/map.json"}


def models_dev(count: int, *, price: float = 3, day: str = "2026-11-19") -> dict[str, Any]:
    """A catalogue of models of OpenAI, all with one price."""
    model = {"limit": {"context": 8192}, "cost": {"input": price, "output": 2}, "last_updated": day}
    return {"openai": {"id": "openai", "models": {f"m{number}": model for number in range(count)}}}


def openrouter(count: int) -> dict[str, Any]:
    """A list of models of OpenRouter."""
    return {"data": [{"id": f"lab/m{n}", "context_length": 9, "pricing": {"prompt": "0.1"}} for n in range(count)]}


def litellm(count: int, provider: str = "openai") -> dict[str, Any]:
    """A map of the prices of a provider's models."""
    row = {"litellm_provider": provider, "mode": "chat", "input_cost_per_token": 7e-06}
    return {"sample_spec": {"litellm_provider": "…"}, **{f"{provider}/m{number}": row for number in range(count)}}


@dataclass
class Public:
    """The catalogues at addresses of this test, and what came of refreshing them."""

    refreshing: PublicCatalogues
    catalog: CatalogService
    store: CatalogStore
    wire: WireServer
    identified: list[str] = field(default_factory=list)

    def serve(self, origin: str, body: object = b"", **more: Any) -> None:
        """Answer so from now on."""
        self.wire.route("GET", PATHS[origin], Reply(body=body, **more))

    async def refresh(self) -> dict[str, CatalogueReport]:
        """Refresh, and the report of each by its origin."""
        reports, _ = await self.refreshing.refresh(Progress())
        return dict(zip(PATHS, reports, strict=True))

    async def price(self, model_id: str) -> object:
        """The effective price for input of a model; None where there is no such model."""
        model = await self.store.model(model_id)
        return model.price_input if model else None


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path / "store.db")
    yield opened
    await opened.close()


@pytest.fixture
def preferences(home: Path, monkeypatch: pytest.MonkeyPatch) -> Preferences:
    monkeypatch.setenv("MODELWARD__DISCOVERY__PUBLIC_CATALOGUES", "yes")
    paths = Paths.locate()
    return Preferences(paths, load(paths, os.environ))


@pytest.fixture
async def public(wire: WireServer, database: Database, preferences: Preferences) -> AsyncIterator[Public]:
    store, identified = CatalogStore(database), []

    async def identify(ids: Any) -> None:
        identified.extend(ids)

    async def no_wait(_: float) -> None:
        """Tries come at once."""

    catalog = CatalogService(store, identify=identify, clock=lambda: NOW)
    client = Client(preferences, sleep=no_wait)
    moved = [replace(each, url=wire.url + PATHS[each.origin]) for each in CATALOGUES]
    made = Public(PublicCatalogues(catalog, client, preferences, lambda: NOW, moved), catalog, store, wire, identified)
    for origin, body in (
        ("models.dev", models_dev(60)), ("OpenRouter catalogue", openrouter(60)), ("LiteLLM", litellm(60)),
    ):  # fmt: skip
        made.serve(origin, body)
    yield made
    await client.close()


def test_the_addresses_are_those_of_the_catalogues_and_hold_no_key() -> None:
    assert [each.url for each in CATALOGUES] == [
        "https://models.dev/api.json",
        "https://openrouter.ai/api/v1/models",
        "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json",
    ]


@pytest.mark.parametrize("answer", ["ask", "no"])
async def test_without_a_yes_nothing_at_all_is_sent(
    public: Public, preferences: Preferences, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setenv("MODELWARD__DISCOVERY__PUBLIC_CATALOGUES", answer)
    preferences.loaded = load(Paths.locate(), os.environ)
    reports, changes = await public.refreshing.refresh(Progress())
    assert (reports, bool(changes), public.wire.connections) == ((), False, 0)


async def test_all_three_are_fetched_without_any_key_and_filed_as_the_reference_source(public: Public) -> None:
    progress = Progress()
    reports, changes = await public.refreshing.refresh(progress)
    assert [(report.name, report.is_new, report.models, report.error) for report in reports] == [
        ("models.dev", True, 60, None), ("OpenRouter's list", True, 60, None), ("LiteLLM's price map", True, 60, None),
    ]  # fmt: skip
    assert len(await public.store.models()) == 120
    facts = await public.store.facts("openai/m1")
    assert {(fact.source, fact.origin) for fact in facts} == {
        (Source.REFERENCE, "models.dev"), (Source.REFERENCE, "LiteLLM"),
    }  # fmt: skip
    assert await public.price("openai/m1") == 3  # models.dev's, which is as new and surer
    assert changes.touched[Room.CATALOG] == frozenset(model.id for model in await public.store.models())
    assert set(public.identified) == changes.touched[Room.CATALOG]
    assert not any("authorization" in seen.headers for seen in public.wire.requests)
    assert progress.state.fraction == 1


async def test_of_a_first_edition_nothing_is_news(public: Public) -> None:
    reports = await public.refresh()
    assert all(not report.added and not report.changed for report in reports.values())
    assert {model.new_at for model in await public.store.models()} == {None}


async def test_what_a_later_edition_adds_and_changes_is_told_and_new(public: Public) -> None:
    await public.refresh()
    public.serve("models.dev", models_dev(61, price=2.5))
    report = (await public.refresh())["models.dev"]
    assert report.added == ("openai/m60",)
    assert len(report.changed) == 60
    assert ModelChange("openai/m0", "input price $3.00 → $2.50 per 1M tokens") in report.changed
    assert [model.id for model in await public.store.models() if model.new_at == NOW] == ["openai/m60"]


async def test_what_did_not_change_is_not_sent_again(public: Public) -> None:
    thursday = "Thu, 19 Nov 2026 08:00:00 GMT"
    public.serve("models.dev", models_dev(60), headers={"ETag": 'W/"one"', "Last-Modified": thursday})
    await public.refresh()
    public.serve("models.dev", status=304)
    report = (await public.refresh())["models.dev"]
    assert report == CatalogueReport("models.dev", is_new=False, models=60)
    asked = [seen.headers for seen in public.wire.requests if seen.path == PATHS["models.dev"]]
    assert "if-none-match" not in asked[0]
    assert (asked[1]["if-none-match"], asked[1]["if-modified-since"]) == ('W/"one"', thursday)


async def test_the_same_bytes_are_nothing_new_where_a_server_knows_no_etag(public: Public) -> None:
    await public.refresh()
    assert not any(report.is_new for report in (await public.refresh()).values())


async def test_not_modified_without_having_been_asked_is_no_catalogue(public: Public) -> None:
    await public.catalog.take_edition("models.dev", [], Mark(NOW, 60))  # as an installed package brings it
    public.serve("models.dev", status=304)
    assert isinstance((await public.refresh())["models.dev"].error, AnswerError)


def _refused() -> Iterator[tuple[str, object, str]]:
    yield "models.dev", models_dev(49), "at least 50"
    yield "models.dev", {"openai": {"models": []}}, "at least 50"
    yield "models.dev", [], "at least 50"
    yield "OpenRouter catalogue", {"data": {}}, "data"
    yield "OpenRouter catalogue", {"error": {"message": "later"}}, "data"
    yield "OpenRouter catalogue", {"data": [{"id": f"m{n}", "context_length": "x"} for n in range(60)]}, "60 of its"
    yield "LiteLLM", litellm(12), "at least 50"
    yield "LiteLLM", {f"m{number}": 5 for number in range(600)}, "no entry"
    yield "LiteLLM", "<!doctype html><title>Sign in</title>", "web page"
    yield "LiteLLM", b"\xff\xfe\xfd", "encoding"
    yield "LiteLLM", b"", "nothing in it"


@pytest.mark.parametrize(("origin", "body", "why"), list(_refused()))
async def test_what_is_not_whole_is_refused_and_yesterdays_stays(
    public: Public, origin: str, body: object, why: str
) -> None:
    await public.refresh()
    before = await _facts(public)
    public.serve(origin, body)
    reports = await public.refresh()
    error = reports[origin].error
    assert isinstance(error, AnswerError)
    assert why in error.why
    assert "What was known before stays." in error.todo
    assert await _facts(public) == before
    assert [report.error for other, report in reports.items() if other != origin] == [None, None]


async def test_a_catalogue_that_shrank_below_its_half_is_refused_until_it_is_whole_again(public: Public) -> None:
    public.serve("models.dev", models_dev(200))
    await public.refresh()
    public.serve("models.dev", models_dev(99))
    error = (await public.refresh())["models.dev"].error
    assert error is not None
    assert error.why == "It names 99 models, under half of the 200 before."
    public.serve("models.dev", models_dev(100))
    report = (await public.refresh())["models.dev"]
    assert (report.is_new, report.error) == (True, None)
    assert [fact.field for fact in await public.store.facts("openai/m150")] == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=models_dev(60), cut_after=500),
        Reply(endless=b" " * (1 << 20)),
        Reply(status=500, body="broken"),
        Reply(status=404),
        Reply(raw=b"no HTTP at all\r\n\r\n"),
    ],
    ids=["cut off", "huge", "failing", "gone", "not HTTP"],
)
async def test_what_cannot_be_fetched_costs_the_others_nothing(public: Public, reply: Reply) -> None:
    public.wire.route("GET", PATHS["models.dev"], reply)
    reports = await public.refresh()
    assert isinstance(reports["models.dev"].error, NetworkError)
    assert [reports[origin].is_new for origin in ("OpenRouter catalogue", "LiteLLM")] == [True, True]


async def test_hostile_rows_are_left_out_and_the_rest_is_taken(public: Public) -> None:
    document = models_dev(60)
    document["openai"]["models"] |= {"a\x00b": {}, "x" * 400: {}, "m0 ": {}, "good": {"limit": {"context": -5}}}
    document["ev/il"] = {"models": {"m": {}}}
    public.serve("models.dev", document)
    report = (await public.refresh())["models.dev"]
    assert (report.error, report.models) == (None, 61)
    assert {model.provider for model in await public.store.models()} == {"openai", "openrouter"}


async def test_litellm_makes_no_provider_that_is_not_known(public: Public) -> None:
    public.serve("LiteLLM", litellm(60) | litellm(60, "strange_cloud"))
    report = (await public.refresh())["LiteLLM"]
    assert report.models == 120
    assert await public.store.providers() == ["openai", "openrouter"]


async def test_litellm_knows_nothing_of_what_runs_on_this_machine(public: Public) -> None:
    await public.store.merge([], named=["ollama/mine"], now=NOW)
    public.serve("LiteLLM", litellm(60) | litellm(60, "ollama"))
    await public.refresh()
    assert [model.id for model in await public.store.models() if model.provider == "ollama"] == ["ollama/mine"]


async def test_a_catalogue_that_never_answers_can_be_cancelled(public: Public) -> None:
    public.wire.route("GET", PATHS["LiteLLM"], Reply(hang=True))
    task = asyncio.create_task(public.refreshing.refresh(Progress()))
    await public.wire.until(lambda: len(public.wire.requests) == 3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await public.wire.until(lambda: public.wire.open_connections < 3)
    assert await public.store.models() == []


async def test_a_refresh_that_was_asked_to_stop_takes_no_further_catalogue(public: Public) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(JobCancelled):
        await public.refreshing.refresh(progress)
    assert await public.store.models() == []


async def _facts(public: Public) -> object:
    return await public.store.facts_of([model.id for model in await public.store.models()])


async def test_one_field_of_a_model_stands_once_per_origin(public: Public) -> None:
    await public.refresh()
    keys = [(fact.field, fact.origin) for fact in await public.store.facts("openai/m1")]
    assert len(keys) == len(set(keys))
    assert (Field.PRICE_INPUT, "LiteLLM") in keys
