"""Lists of models and checks of keys, against a double of each provider that answers on its own wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from harness.doubles import ProviderDouble
from harness.doubles.lists import Route
from harness.doubles.rows import PLAIN, ROWS
from harness.wire import Reply, Seen, WireServer
from modelward.catalog.rawfiles.recognise import LIST_FORMATS
from modelward.core.errors import (
    AnswerError,
    KeyRefusedError,
    NoCreditError,
    NotOfferedError,
    RateLimitedError,
    RefusedError,
    ServerFailedError,
    UnreachableError,
)
from modelward.net.client import Client
from modelward.net.model import Call
from modelward.providers.listing import check, list_models
from modelward.providers.pages import MOST_PAGES
from modelward.providers.registry import KNOWN

OWN_WIRE = [*ROWS, "vercel", "moonshotai"]
"""Every wire once; the last stands for the many clouds that speak plain OpenAI."""

TELLS_NOTHING_OF_KEYS = {"nvidia", "vercel", "ollama", "ollama-cloud"}
"""Whose list is public, as their rows say, or who wants no key."""

ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    10**30,
    0.5,
    "",
    "<b>x</b>\x00\u202e",
    "../../etc",
    [],
    [None],
    {},
    {"x": {"y": None}},
)

Doubles = Callable[..., ProviderDouble]


@pytest.fixture
def double(wire: WireServer) -> Doubles:
    """Makes the double of a provider on this test's server."""
    return lambda provider_id, **more: ProviderDouble(wire, provider_id, **more)


def _names(rows: list[object]) -> list[Any]:
    return [row.get("id") or row.get("name") or row.get("key") for row in rows if isinstance(row, dict)]


@pytest.mark.parametrize("provider_id", OWN_WIRE)
class TestEveryProvider:
    """What holds for each wire."""

    async def test_the_right_key_gets_all_rows_as_they_were_sent_and_a_wrong_one_is_told(
        self, provider_id: str, double: Doubles, client: Client
    ) -> None:
        own = double(provider_id)
        found = await list_models(own.line(client))
        assert set(_names(own.rows)) - {"openai/gpt-planted"} <= set(_names(found.rows))
        assert found.latency > 0
        assert found.url.startswith(own.wire.url)
        if found.format:
            rows = [row for row in found.rows if isinstance(row, dict)]
            assert any(known.label == found.format and known.fits(rows) for known in LIST_FORMATS)
        assert await check(own.line(client)) > 0
        await self._refuses_a_wrong_key(own, client)

    async def _refuses_a_wrong_key(self, own: ProviderDouble, client: Client) -> None:
        line = own.line(client, "sk-planted-key-7f3a-wrong")
        if line.key is None or "without a key" in own.original.note:
            assert own.id in TELLS_NOTHING_OF_KEYS
            return
        with pytest.raises(KeyRefusedError) as told:
            await check(line)
        assert "planted-key-7f3a" not in str(told.value)
        if own.id != "openrouter":
            with pytest.raises(KeyRefusedError):
                await list_models(line)

    async def test_rows_of_any_shape_come_through_in_any_container(
        self, provider_id: str, double: Doubles, client: Client
    ) -> None:
        own = double(provider_id)
        good = own.rows[0]
        rows: list[object] = [good, {}, "text", 5, None, [good]]
        rows += [{key: value for key, value in good.items() if key != missing} for missing in good]
        rows += [{**good, key: odd} for key in good for odd in ODD]
        rows += [{**good, "new_field": {"deep": [1]}}, good]
        few = rows[:8]
        for body in ({"data": rows}, few, {"models": few}, {"value": few}, {"data": few, "error": None}):
            own.broken = Reply(body=body)
            found = (await list_models(own.line(client))).rows
            sent = body if isinstance(body, list) else next(iter(body.values()))
            assert sent
            assert len(found) >= len(sent) if provider_id != "perplexity" else found

    async def test_what_is_no_list_of_models_or_an_error_is_told_as_that(
        self, provider_id: str, double: Doubles, client: Client
    ) -> None:
        own = double(provider_id)
        for own.broken in (
            Reply(body="<!doctype html><title>Sign in</title>", headers={"content-type": "text/html"}),
            Reply(body=b""),
            Reply(body=b'{"data": [{"id": "a"'),
            Reply(body={"object": "list"}),
            Reply(body={"data": {"a": 1}}),
            Reply(body={"data": [{"size": 5}, {"size": 6}]}),
            Reply(body={"models": ["a", "b"]}),
            Reply(body=[[1]]),
            Reply(body="true"),
            Reply(body=b'"text"'),
            Reply(body=b"[" * 5_000),
        ):
            with pytest.raises(AnswerError) as told:
                await list_models(own.line(client))
            assert told.value.todo
        await self._may_be_empty_where_it_is_ones_own(own, client)
        await self._tells_errors_inside_a_good_status(own, client)

    async def _may_be_empty_where_it_is_ones_own(self, own: ProviderDouble, client: Client) -> None:
        own.broken = Reply(body={"data": []})
        if own.original.is_local:
            assert (await list_models(own.line(client))).rows == []
        elif own.original.listing.names:
            assert _names((await list_models(own.line(client))).rows) == [*own.original.listing.names]
        else:
            with pytest.raises(AnswerError, match="empty"):
                await list_models(own.line(client))

    async def _tells_errors_inside_a_good_status(self, own: ProviderDouble, client: Client) -> None:
        for error, kind in (
            ({"code": 402, "message": "Insufficient credits"}, NoCreditError),
            ({"code": 429, "message": "Slow down"}, RateLimitedError),
            ({"type": "overloaded_error", "message": "Overloaded"}, ServerFailedError),
            ("unauthorized", KeyRefusedError),
            ({"message": ["odd"], "code": {"deep": 1}}, RefusedError),
            (5, RefusedError),
        ):
            own.broken = Reply(body={"error": error})
            for asking in (list_models, check):
                with pytest.raises(kind) as told:
                    await asking(own.line(client))
                assert told.value.status is None


@pytest.mark.parametrize("provider_id", ["anthropic", "google", "cohere", "fireworks-ai"])
async def test_pages_are_read_to_the_end(provider_id: str, double: Doubles, client: Client, wire: WireServer) -> None:
    own = double(provider_id)
    found = await list_models(own.line(client))
    assert found.rows == own.rows
    assert len(wire.requests) == (len(own.rows) + 1) // 2


@pytest.mark.parametrize(
    ("provider_id", "more"),
    [
        ("anthropic", {"has_more": True, "last_id": "same"}),
        ("anthropic", {"has_more": True, "last_id": None}),
        ("anthropic", {"has_more": True, "last_id": ["a"]}),
        ("google", {"nextPageToken": "same"}),
        ("google", {"nextPageToken": {"a": 1}}),
        ("google", {"nextPageToken": "x" * 5_000}),
        ("cohere", {"next_page_token": "same"}),
        ("togetherai", {"next_cursor": "same"}),
    ],
)
async def test_a_list_that_does_not_end_is_refused(
    provider_id: str, more: dict[str, Any], double: Doubles, client: Client, wire: WireServer
) -> None:
    own = double(provider_id)
    rows = own.rows if more.get("last_id", "") is not None else [{"type": "model", "name": "x"}]
    own.broken = Reply(body={"data": rows, **more})
    with pytest.raises(AnswerError, match=r"does not come to an end"):
        await list_models(own.line(client))
    assert len(wire.requests) <= 4


async def test_a_list_of_ever_new_pages_is_given_up(double: Doubles, client: Client, wire: WireServer) -> None:
    own = double("google")
    row = own.rows[0]
    count = iter(range(10_000))
    wire.route("GET", "/v1beta/models", lambda _: Reply(body={"models": [row], "nextPageToken": f"{next(count)}"}))
    with pytest.raises(AnswerError, match="does not come to an end"):
        await list_models(own.line(client))
    assert len(wire.requests) == MOST_PAGES


async def test_a_list_of_too_many_rows_is_given_up(double: Doubles, client: Client) -> None:
    own = double("moonshotai")
    own.broken = Reply(body=b'{"data":[' + b'{"id":"a"},' * 100_000 + b'{"id":"b"}]}')
    with pytest.raises(AnswerError, match="does not come to an end"):
        await list_models(own.line(client))


async def test_a_failure_on_a_later_page_fails_the_list(double: Doubles, client: Client, wire: WireServer) -> None:
    own = double("google")
    first = Reply(body={"models": own.rows[:2], "nextPageToken": "at-2"})
    wire.route("GET", "/v1beta/models", [first, Reply(404, body={"error": {"message": "gone"}})])
    with pytest.raises(NotOfferedError):
        await list_models(own.line(client))


# ---------------------------------------------------------------- lists of several questions


async def test_xai_lists_other_kinds_too_where_it_has_them(double: Doubles, client: Client) -> None:
    found = await list_models(double("xai").line(client))
    assert _names(found.rows) == ["grok-planted", "grok-planted-mini", "grok-planted-image"]
    assert found.format == "xAI"


async def test_xai_without_the_rich_list_gives_its_thin_one(double: Doubles, client: Client, wire: WireServer) -> None:
    own = double("xai")
    wire.route("GET", "/v1/language-models", Reply(404, body={"error": "no such path"}))
    found = await list_models(own.line(client))
    assert found.url.endswith("/v1/models")
    assert found.format == ""


async def test_a_list_of_another_kind_that_fails_fails_the_whole(
    double: Doubles, client: Client, wire: WireServer
) -> None:
    own = double("xai")
    wire.route("GET", "/v1/image-generation-models", Reply(500, body={"error": "failed"}))
    with pytest.raises(ServerFailedError):
        await list_models(own.line(client))


async def test_together_is_read_in_its_newer_form_too(double: Doubles, client: Client, wire: WireServer) -> None:
    own = double("togetherai")
    row = {"id": "m", "name": "planted/Chat", "contextLength": "131072", "products": ["PRODUCT_SERVERLESS"]}
    wire.route("GET", "/v1/models", Reply(404, body={"error": {"message": "gone"}}))
    own.serve(Route("/v2/supported-models", lambda _rows, seen: _cursor(row, seen)))
    found = await list_models(own.line(client))
    assert _names(found.rows) == ["m", "m"]
    assert found.format == "Together"


def _cursor(row: dict[str, Any], seen: Seen) -> object:
    assert seen.query["product"] == "PRODUCT_SERVERLESS"
    return {"data": [row], "next_cursor": None if "after" in seen.query else "c2"}


async def test_cerebras_lists_what_the_key_may_call_with_what_everybody_is_told(
    double: Doubles, client: Client, wire: WireServer
) -> None:
    own = double("cerebras")
    found = await list_models(own.line(client))
    assert _names(found.rows) == ["planted-8b", "planted-120b"]
    assert all(isinstance(row, dict) and row["limits"]["max_context_length"] == 131_072 for row in found.rows)
    public = next(seen for seen in wire.requests if seen.path == "/public/v1/models")
    assert "authorization" not in public.headers
    wire.route("GET", "/public/v1/models", Reply(500))
    assert (await list_models(own.line(client))).rows == own.rows


async def test_perplexitys_own_models_are_known_by_name(double: Doubles, client: Client, wire: WireServer) -> None:
    own = double("perplexity")
    names = list(own.original.listing.names)
    assert _names((await list_models(own.line(client))).rows) == [*names, "sonar-new"]
    wire.route("GET", "/v1/models", Reply(404, body={"error": {"message": "no such path"}}))
    assert _names((await list_models(own.line(client))).rows) == names
    assert await check(own.line(client)) >= 0


async def test_ollama_is_asked_about_each_model(double: Doubles, client: Client, wire: WireServer) -> None:
    own = double("ollama")
    found = await list_models(own.line(client))
    first, embed, cloud = (row for row in found.rows if isinstance(row, dict))
    assert first["model_info"]["llama.context_length"] == 131_072
    assert first["digest"] == own.rows[0]["digest"]
    assert "tokenizer.ggml.tokens" not in first["model_info"]
    assert "license" not in first
    assert embed["capabilities"] == ["embedding"]
    assert cloud["remote_host"]
    assert {seen.json["model"] for seen in wire.requests if seen.method == "POST"} == set(_names(own.rows))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, body={"error": "model not found"}),
        Reply(500, body={"error": "failed"}),
        Reply(body=["odd"]),
        Reply(body={"details": 5, "model_info": [], "capabilities": None}),
        Reply(raw=b"nonsense\r\n\r\n"),
    ],
)
async def test_a_model_that_ollama_does_not_tell_about_is_listed_all_the_same(
    reply: Reply, double: Doubles, client: Client, wire: WireServer
) -> None:
    own = double("ollama")
    wire.route("POST", "/api/show", reply)
    found = await list_models(own.line(client))
    assert _names(found.rows) == _names(own.rows)
    assert all(row["details"]["family"] for row in found.rows if isinstance(row, dict))


async def test_ollama_is_asked_about_four_models_at_once_at_most(
    double: Doubles, client: Client, wire: WireServer
) -> None:
    own = double("ollama", rows=[{"name": f"m{number}", "digest": "d"} for number in range(12)])
    may_answer = asyncio.Event()

    async def shown(_seen: Seen) -> Reply:
        await may_answer.wait()
        return Reply(body={"model_info": {"general.architecture": "llama"}})

    wire.route("POST", "/api/show", shown)
    listing = asyncio.create_task(list_models(own.line(client)))
    await wire.until(lambda: len(wire.requests) == 5)
    for _ in range(20):  # a fifth would have come by now
        await client.ask(Call("other", "other", wire.url + "/api/version"))
    assert sum(seen.method == "POST" for seen in wire.requests) == 4
    may_answer.set()
    assert len((await listing).rows) == 12


async def test_an_older_lm_studio_answers_in_its_own_ways(double: Doubles, client: Client, wire: WireServer) -> None:
    own = double("lmstudio")
    unknown = Reply(body={"error": "Unexpected endpoint or method. (GET /api/v1/models). Returning 200 anyway"})
    wire.route("GET", "/api/v1/models", unknown)
    wire.route("GET", "/api/v0/models", unknown)
    assert (await list_models(own.line(client))).url.endswith("/v1/models")
    old = {"id": "planted", "type": "llm", "compatibility_type": "gguf", "max_context_length": 4_096}
    wire.route("GET", "/api/v0/models", Reply(body={"object": "list", "data": [old]}))
    found = await list_models(own.line(client))
    assert found.rows == [old]
    assert found.format == "LM Studio"


async def test_llama_cpp_tells_the_context_that_it_serves(double: Doubles, client: Client, wire: WireServer) -> None:
    own = double("llamacpp")
    row = (await list_models(own.line(client))).rows[0]
    assert isinstance(row, dict)
    assert row["meta"]["n_ctx"] == 8_192
    own.rows[0]["meta"] = None  # while it loads
    wire.route("GET", "/props", Reply(501, body={"error": {"message": "This server does not support it"}}))
    assert (await list_models(own.line(client))).rows == own.rows


# ---------------------------------------------------------------- checks


async def test_a_check_of_another_host_is_not_sent_there_from_a_proxys_address(
    double: Doubles, client: Client, wire: WireServer
) -> None:
    assert "://" in KNOWN["huggingface"].check_path
    await check(double("huggingface").line(client))
    assert [seen.path for seen in wire.requests] == ["/v1/models"]


async def test_a_check_asks_where_a_key_counts(double: Doubles, client: Client, wire: WireServer) -> None:
    await check(double("openrouter").line(client))
    await check(double("ollama").line(client))
    assert [seen.path for seen in wire.requests] == ["/api/v1/key", "/api/version"]


async def test_a_server_that_does_not_run_is_told_as_unreachable(double: Doubles, client: Client) -> None:
    own = double("vllm")
    wire, own.wire = own.wire, WireServer()
    async with own.wire:
        line = own.line(client)
    for asking in (list_models, check):
        with pytest.raises(UnreachableError):
            await asking(line)
    assert wire.requests == []


async def test_limits_in_the_headers_of_a_list_are_told(double: Doubles, client: Client) -> None:
    own = double("groq")
    own.broken = Reply(body={"data": PLAIN}, headers={"x-ratelimit-limit-requests": "1000"})
    found = await list_models(own.line(client))
    assert [(limit.per.value, limit.limit) for limit in found.limits] == [("requests/day", 1_000)]


async def test_every_other_cloud_is_asked_below_its_address(wire: WireServer, client: Client) -> None:
    others = [row for row in KNOWN.values() if row.id not in OWN_WIRE]
    assert len(others) > 20
    for row in others:
        own = ProviderDouble(wire, row.id)
        found = await list_models(own.line(client))
        assert found.rows == own.rows
        assert found.url == own.url + "/models"
        with pytest.raises(KeyRefusedError):
            await check(own.line(client, "sk-planted-key-7f3a-wrong"))
