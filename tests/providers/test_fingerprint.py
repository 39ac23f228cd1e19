"""What answers at an address that a person typed, and which addresses are refused before anything is asked."""

from __future__ import annotations

import pytest

from harness.doubles import ProviderDouble
from harness.wire import Reply, WireServer
from modelward.core.errors import (
    AnswerError,
    BadValueError,
    KeyRefusedError,
    ServerFailedError,
    UnreachableError,
)
from modelward.core.secret import Secret
from modelward.net.client import Client
from modelward.providers.addresses import whole_address
from modelward.providers.fingerprint import look_at
from modelward.providers.listing import list_models
from modelward.providers.model import Provider

KEY = "sk-planted-key-7f3a-typed"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("localhost:8000", "http://localhost:8000"),
        (" 192.168.1.5:1234/v1 ", "http://192.168.1.5:1234/v1"),
        ("https://host.example/openai/v1/", "https://host.example/openai/v1"),
        ("api.example.com/v1", "https://api.example.com/v1"),
        ("gpu-box", "http://gpu-box"),
        ("HTTP://Host.example:80/V1", "http://host.example:80/V1"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        ("https://host.example/v1/chat/completions", "https://host.example/v1"),
        ("https://host.example/v1/models/", "https://host.example/v1"),
    ],
)
def test_an_address_is_made_whole(typed: str, address: str) -> None:
    assert whole_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "https://me:pass-of-mine@host.example/v1",
        "https://me@host.example",
        "me:pass-of-mine@localhost:8000",
        "https://host.example/v1?key=pass-of-mine-1234",
        "https://host.example/sk-pass-of-mine-0123456789abcdef/v1",
        "sk-pass-of-mine-0123456789abcdef",
        "https://host.example/pass-of-mine",
        "https://host.example/v1?x=1",
        "https://host.example/v1#top",
        "ftp://host.example",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "host name",
        "host\x00name",
        "host\nname",
        "host.example\\@other.example",
        "<b>host</b>",
        "https://",
        "/v1",
        "",
        "localhost:99999",
        "localhost:port",
        "http://[::1",
        "h" * 3_000,
    ],
)
def test_what_is_no_address_or_holds_a_secret_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(BadValueError) as told:
        whole_address(typed, Secret("pass-of-mine"))
    assert told.value.todo
    assert "pass-of-mine" not in str(told.value)


@pytest.mark.parametrize(
    ("provider_id", "what", "models"),
    [
        ("ollama", "Ollama 0.13.0", 3),
        ("lmstudio", "LM Studio", 2),
        ("llamacpp", "llama.cpp server", 1),
        ("vllm", "vLLM", 2),
    ],
)
@pytest.mark.parametrize("tail", ["", "/v1", "/v1/"])
async def test_each_kind_of_server_is_told_and_can_be_asked_at_once(
    provider_id: str, what: str, models: int, tail: str, wire: WireServer, client: Client
) -> None:
    double = ProviderDouble(wire, provider_id)
    found = await look_at(client, wire.url.removeprefix("http://") + tail, Secret(double.key))
    assert (found.known.id, found.what, found.models) == (provider_id, what, models)
    assert found.known.base_url == double.url
    line = double.line(client)
    asked = await list_models(type(line)(client, Provider("my-own", "My own", found.known), Secret(double.key)))
    assert len(asked.rows) == models


async def test_an_older_llama_cpp_is_told_by_its_properties(wire: WireServer, client: Client) -> None:
    wire.route("GET", "/v1/models", Reply(body={"data": [{"id": "model.gguf", "owned_by": "me"}]}))
    wire.route("GET", "/props", Reply(body={"default_generation_settings": {"n_ctx": 512}}))
    assert (await look_at(client, wire.url)).known.id == "llamacpp"


async def test_an_older_lm_studio_is_told_by_the_owner_of_its_models(wire: WireServer, client: Client) -> None:
    unknown = Reply(body={"error": "Unexpected endpoint or method. (GET). Returning 200 anyway"})
    for path in ("/api/version", "/api/v1/models", "/props"):
        wire.route("GET", path, unknown)
    wire.route("GET", "/v1/models", Reply(body={"data": [{"id": "a", "owned_by": "organization_owner"}]}))
    found = await look_at(client, wire.url)
    assert (found.known.id, found.known.base_url) == ("lmstudio", wire.url + "/v1")


@pytest.mark.parametrize(("tail", "base"), [("", "/v1"), ("/v1", "/v1"), ("/openai", "/openai/v1")])
async def test_any_other_server_that_lists_models_is_compatible(
    tail: str, base: str, wire: WireServer, client: Client
) -> None:
    wire.route("GET", base + "/models", Reply(body={"object": "list", "data": [{"id": "a", "owned_by": "me"}]}))
    found = await look_at(client, wire.url + tail)
    assert (found.known.id, found.known.base_url, found.models) == ("openai-compatible", wire.url + base, 1)


async def test_a_list_below_the_address_as_typed_counts_too(wire: WireServer, client: Client) -> None:
    wire.route("GET", "/api/paas/v4/models", Reply(body={"data": [{"id": "a"}]}))
    found = await look_at(client, wire.url + "/api/paas/v4/")
    assert found.known.base_url == wire.url + "/api/paas/v4"


async def test_another_program_with_a_version_is_not_taken_for_ollama(wire: WireServer, client: Client) -> None:
    wire.route("GET", "/api/version", Reply(body={"version": "0.6.1"}))
    wire.route("GET", "/v1/models", Reply(body={"data": []}))
    assert (await look_at(client, wire.url)).known.id == "openai-compatible"


async def test_a_version_that_is_a_strangers_text_is_cut_and_cleaned(wire: WireServer, client: Client) -> None:
    ProviderDouble(wire, "ollama")
    wire.route("GET", "/api/version", Reply(body={"version": "1\u202e\x00" + "x" * 500}))
    what = (await look_at(client, wire.url)).what
    assert what.isprintable()
    assert len(what) < 60


async def test_something_that_wants_a_key_says_so(wire: WireServer, client: Client) -> None:
    double = ProviderDouble(wire, "vllm")
    with pytest.raises(KeyRefusedError, match="wants a key answers at 127"):
        await look_at(client, wire.url)
    with pytest.raises(KeyRefusedError, match="refused the key") as told:
        await look_at(client, wire.url, Secret(KEY))
    assert KEY not in str(told.value)
    assert (await look_at(client, wire.url, Secret(double.key))).known.id == "vllm"


async def test_a_web_page_is_told_as_one(wire: WireServer, client: Client) -> None:
    page = Reply(body="<!doctype html><title>Shop</title>", headers={"content-type": "text/html"})
    for path in ("/api/version", "/api/v1/models", "/v1/models", "/models"):
        wire.route("GET", path, page)
    with pytest.raises(AnswerError, match="web page"):
        await look_at(client, wire.url)


async def test_a_server_of_something_else_is_told_as_unknown(wire: WireServer, client: Client) -> None:
    with pytest.raises(AnswerError, match="no server of models"):
        await look_at(client, wire.url)
    wire.route("GET", "/v1/models", Reply(body={"data": [{"price": 5}]}))
    with pytest.raises(AnswerError, match="but not of models"):
        await look_at(client, wire.url)


async def test_a_server_that_is_still_loading_is_told_as_busy_and_asked_once(wire: WireServer, client: Client) -> None:
    loading = Reply(503, body={"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}})
    wire.route("GET", "/v1/models", loading)
    with pytest.raises(ServerFailedError, match="overloaded") as told:
        await look_at(client, wire.url)
    assert "Loading model" in str(told.value)
    assert len(wire.requests) == 4


async def test_nobody_there_is_told_after_one_question(client: Client) -> None:
    async with WireServer() as gone:
        url = gone.url
    with pytest.raises(UnreachableError):
        await look_at(client, url)
    assert gone.requests == []
