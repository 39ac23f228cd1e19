"""The verbs of providers over a real store and a real server: which are in use, whose key is where, who answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import keyring
import pytest
from sqlalchemy import select

from harness.secret_service import SecretService
from harness.wire import Reply, Seen, WireServer
from modelward.core.changes import Changes, Room
from modelward.core.errors import (
    BadValueError,
    KeyRefusedError,
    KeyStoreError,
    UnknownProviderError,
    UnreachableError,
    UsageError,
)
from modelward.net.client import Client
from modelward.providers.keys import KeyOrigin, Keys
from modelward.providers.service import ProviderService
from modelward.store import tables
from modelward.store.engine import Database

KEY = "sk-planted-key-7f3a-openai"
NEWER = "sk-planted-key-7f3a-newer"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OPENAI = Changes.of(Room.PROVIDERS, frozenset({"openai"}))

Make = Callable[..., ProviderService]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An open, empty store."""
    opened = await Database.open(tmp_path / "modelward.db")
    yield opened
    await opened.close()


@pytest.fixture
def make(database: Database, client: Client) -> Make:
    """The service over this test's store, with this environment."""

    def made(**environ: str) -> ProviderService:
        return ProviderService(database, Keys(environ), client, environ=environ, clock=lambda: NOW)

    return made


async def in_use(service: ProviderService) -> list[str]:
    return [each.provider.id for each in await service.mine()]


async def events(database: Database) -> list[tuple[str, str, str]]:
    log = tables.event_log.c
    query = select(log.verb, log.subject, log.detail).order_by(log.id)
    return await database.read(lambda connection: [tuple(row) for row in connection.execute(query)])


async def test_nothing_is_in_use_at_first_and_everything_known_can_be_added(make: Make) -> None:
    service = make()
    assert await in_use(service) == []
    known = await service.known()
    assert {"openai", "anthropic", "ollama"} <= {each.id for each in known}
    assert [each.title.casefold() for each in known] == sorted(each.title.casefold() for each in known)
    assert not any(each.is_added for each in known)


async def test_a_provider_that_was_added_is_in_use_until_it_is_removed(make: Make, database: Database) -> None:
    service = make()
    provider, changes = await service.add(" OpenAI ", title="  My\nOpenAI ")
    assert (provider.id, provider.title, provider.is_added, changes) == ("openai", "My OpenAI", True, OPENAI)
    assert await in_use(make()) == ["openai"]
    assert await service.remove("openai") == OPENAI
    assert await in_use(service) == []
    assert (await service.get("openai")).title == "OpenAI"
    assert await events(database) == [("add provider", "openai", "{}"), ("remove provider", "openai", "{}")]
    assert (await service.add("openai"))[0].enabled


async def test_a_key_in_the_environment_puts_a_provider_to_use_without_being_copied(make: Make) -> None:
    service = make(OPENAI_API_KEY=KEY)
    (state,) = await service.mine()
    assert (state.provider.id, state.provider.is_added) == ("openai", True)
    assert (state.key.origin, state.key.where) == (KeyOrigin.ENVIRONMENT, "OPENAI_API_KEY")
    assert await in_use(make()) == []
    await service.enable("openai", enabled=False)
    assert [each.provider.enabled for each in await service.mine()] == [False]
    await service.enable("openai", enabled=True)
    await service.remove("openai")
    assert [each.provider.enabled for each in await service.mine()] == [False]


async def test_a_local_server_is_in_use_once_it_was_found(make: Make) -> None:
    service = make()
    await service.record_discovery("ollama", NOW, error="Nothing answers.")
    assert await in_use(service) == []
    await service.record_discovery("ollama", NOW, models=0)
    assert await in_use(service) == ["ollama"]
    await service.remove("ollama")
    assert await in_use(service) == []


async def test_what_came_of_listing_is_remembered_and_an_error_leaves_the_last_list(make: Make) -> None:
    service = make()
    await service.record_discovery("openai", NOW, models=7)
    await service.record_discovery("openai", NOW, error=f"Refused: api_key={KEY}")
    provider = await service.get("openai")
    assert (provider.listed_models, provider.last_discovery_at) == (7, NOW)
    assert provider.last_error == "Refused: api_key=***"
    await service.record_discovery("openai", NOW, models=8)
    assert (await service.get("openai")).last_error is None


async def test_rows_that_catalogues_made_stay_as_they_are(make: Make, database: Database) -> None:
    rows = [{"id": "openai", "enabled": True}, {"id": "somebody", "enabled": True}]
    await database.write(lambda connection: tables.upsert(connection, tables.provider, rows))
    service = make()
    assert await in_use(service) == []
    assert "somebody" not in {each.id for each in await service.known()}
    with pytest.raises(UnknownProviderError, match="needs its address"):
        await service.add("somebody")
    await service.add("openai")
    provider, _ = await service.add("somebody", url="http://127.0.0.1:9/v1", kind="vllm")
    assert (provider.known.id, provider.base_url) == ("vllm", "http://127.0.0.1:9/v1")
    await service.remove("somebody")
    assert "somebody" not in {each.id for each in await service.known()}


async def test_a_server_of_ones_own_is_looked_at(make: Make, wire: WireServer) -> None:
    wire.route("GET", "/v1/models", Reply(body={"object": "list", "data": [{"id": "m", "object": "model"}]}))
    provider, _ = await make().add("", url=f"{wire.url}/v1", title="Büro Server!")
    assert (provider.id, provider.title) == ("b-ro-server", "Büro Server!")
    assert (provider.known.id, provider.base_url) == ("openai-compatible", f"{wire.url}/v1")
    again, _ = await make().add("", url=f"{wire.url}/v1")
    assert again.id == "127.0.0.1"
    assert (await make().add("", url=f"{wire.url}/v1"))[0].id == "127.0.0.1-2"


async def test_another_server_never_sees_the_key_of_a_variable(make: Make) -> None:
    service = make(OPENAI_API_KEY=KEY)
    await service.add("mine", url="http://127.0.0.1:9/v1", kind="openai")
    with pytest.raises(KeyRefusedError):
        await service.line("mine")


WRONG: list[tuple[type[UsageError], dict[str, str]]] = [
    (BadValueError, {"provider_id": ""}),
    (BadValueError, {"provider_id": "../x", "url": "http://localhost:1"}),
    (BadValueError, {"provider_id": "x" * 101, "url": "http://localhost:1"}),
    (UnknownProviderError, {"provider_id": "mine"}),
    (BadValueError, {"provider_id": "mine", "url": "http://localhost:1", "kind": "nonsense"}),
    (BadValueError, {"provider_id": "mine", "url": f"http://localhost:1/?key={KEY}", "kind": "vllm"}),
    (BadValueError, {"provider_id": "mine", "url": f"http://me:{KEY}@localhost:1", "kind": "vllm"}),
    (BadValueError, {"provider_id": "mine", "url": KEY, "kind": "vllm"}),
    (BadValueError, {"provider_id": "mine", "url": "plantedkey7f3aWithoutAnyShape01", "kind": "vllm"}),
    (UnknownProviderError, {"provider_id": KEY}),
    (BadValueError, {"provider_id": "openai", "kind": "vllm"}),
    (BadValueError, {"provider_id": "openai", "title": " "}),
    (BadValueError, {"provider_id": "openai", "title": "\u202e\x00"}),
]


async def test_what_cannot_be_added_is_refused_and_no_key_repeated(make: Make, database: Database) -> None:
    for error, arguments in WRONG:
        with pytest.raises(error) as caught:
            await make().add(**arguments)
        assert "planted" not in str(caught.value)
    assert await events(database) == []


async def test_an_unknown_provider_is_told_with_what_was_meant(make: Make) -> None:
    with pytest.raises(UnknownProviderError, match="Did you mean openai"):
        await make().get("opena")


async def test_setting_a_key_puts_the_provider_to_use(
    make: Make, database: Database, secret_service: SecretService
) -> None:
    service = make()
    state, changes = await service.set_key("openai", f' "{KEY}"\n')
    assert (state.origin, changes) == (KeyOrigin.KEYRING, OPENAI)
    assert keyring.get_password("modelward", "openai") == KEY
    assert await in_use(make()) == ["openai"]
    line = await make().line("openai")
    assert line.key is not None
    assert line.key.reveal() == KEY
    assert await service.delete_key("openai") == (True, OPENAI)
    assert await service.delete_key("openai") == (False, Changes.nothing())
    assert await in_use(service) == ["openai"]
    assert await events(database) == [("set key", "openai", "{}"), ("delete key", "openai", "{}")]


async def test_removing_a_provider_deletes_its_key(make: Make, secret_service: SecretService) -> None:
    service = make()
    await service.set_key("openai", KEY)
    await service.remove("openai")
    assert keyring.get_password("modelward", "openai") is None


@pytest.mark.filterwarnings("ignore:.*unclosed <socket:ResourceWarning")  # keyring 25.7, where it stays locked
async def test_a_provider_whose_key_cannot_be_deleted_stays(make: Make, locked_secret_service: SecretService) -> None:
    service = make()
    await service.add("openai")
    await service.add("ollama")
    with pytest.raises(KeyStoreError, match="is locked"):
        await service.remove("openai")
    assert await in_use(service) == ["ollama", "openai"]
    await service.remove("ollama")  # it never had a key
    assert await in_use(service) == ["openai"]
    line = await service.line("lmstudio")  # it answers without one too
    assert line.key is None
    with pytest.raises(KeyStoreError, match="is locked"):
        await service.line("openai")


async def test_a_provider_that_takes_no_key_gets_none(make: Make) -> None:
    with pytest.raises(BadValueError, match="takes no key"):
        await make().set_key("ollama", KEY)
    assert (await make().line("ollama")).key is None


async def test_a_missing_key_is_said_before_anything_is_sent(make: Make) -> None:
    with pytest.raises(KeyRefusedError) as caught:
        await make().line("openai")
    assert caught.value.todo == "Add a key: Settings > Providers, or: modelward keys set openai"
    report = await make().test("openai")
    assert isinstance(report.error, KeyRefusedError)


async def test_ollama_is_where_its_own_variable_says(make: Make) -> None:
    assert (await make(OLLAMA_HOST="box:1234").get("ollama")).base_url == "http://box:1234"
    service = make(OLLAMA_HOST="box:1234")
    await service.add("ollama", url="http://other:1/")
    assert (await service.get("ollama")).base_url == "http://other:1"


def guarded(seen: Seen) -> Reply:
    """Lists a model for whoever has the newer key."""
    if seen.headers.get("authorization") != f"Bearer {NEWER}":
        return Reply(401, body={"error": {"message": f"Incorrect API key: {KEY}", "type": "invalid_request_error"}})
    return Reply(body={"data": [{"id": "m"}]})


async def test_a_key_that_another_program_rotated_is_looked_up_anew(
    make: Make, wire: WireServer, secret_service: SecretService
) -> None:
    wire.route("GET", "/v1/models", guarded)
    service = make()
    await service.add("openai", url=f"{wire.url}/v1")
    await service.set_key("openai", KEY)
    refused = await service.test("openai")
    assert isinstance(refused.error, KeyRefusedError)
    assert "planted" not in str(refused.error)
    asked = len(wire.requests)
    await asyncio.to_thread(keyring.set_password, "modelward", "openai", NEWER)
    report = await service.test("openai")
    assert report.error is None
    assert report.seconds is not None
    assert len(wire.requests) == asked + 2


async def test_a_server_that_is_not_there_is_an_error_in_the_report(make: Make, wire: WireServer) -> None:
    service = make()
    await service.add("mine", url="http://127.0.0.1:9", kind="vllm")
    report = await service.test("mine")
    assert isinstance(report.error, UnreachableError)
    with pytest.raises(UnknownProviderError):
        await service.test("nobody")
