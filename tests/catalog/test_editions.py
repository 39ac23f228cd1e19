"""Editions of public catalogues: read from what was fetched, filed whole, never put back by an older package."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.facts import fact
from modelward.catalog.editions import Editions, Mark
from modelward.catalog.facts import resolve
from modelward.catalog.model import Fact, Field, Source
from modelward.catalog.reference import models_dev
from modelward.catalog.reference.fetched import LITELLM_CONFIDENCE, OPENROUTER, Edition, read_edition
from modelward.catalog.service import CatalogService
from modelward.catalog.store import CatalogStore
from modelward.core.errors import InputError
from modelward.core.progress import Progress
from modelward.store.engine import Database

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
TODAY = datetime(2026, 11, 20, tzinfo=UTC)
ORIGINS = ("models.dev", OPENROUTER, "LiteLLM")


def read(origin: str, document: object, known: tuple[str, ...] = ()) -> Edition:
    return read_edition(origin, json.dumps(document).encode(), NOW, known)


def values(edition: Edition, model_id: str) -> dict[Field, object]:
    return {fact.field: fact.value for fact in edition.facts if fact.model_id == model_id}


MODELS_DEV = {
    "acme": {
        "id": "acme",
        "models": {
            "one": {"limit": {"context": 8192}, "cost": {"input": 1, "output": 2}, "last_updated": "2026-11-18"},
            "two": {"limit": {"context": 4096}, "last_updated": "2027-01-01"},
        },
    }
}


def test_models_dev_is_as_of_the_newest_day_that_it_names_and_that_is_not_ahead() -> None:
    edition = read("models.dev", MODELS_DEV)
    assert (edition.as_of, edition.models, edition.problems) == (datetime(2026, 11, 18, tzinfo=UTC), 2, 0)
    assert {(one.source, one.origin, one.observed_at) for one in edition.facts} == {
        (Source.REFERENCE, "models.dev", edition.as_of)
    }
    assert values(edition, "acme/one")[Field.PRICE_OUTPUT] == 2


OPENROUTER_ROW = {
    "id": "lab/chat:free",
    "name": "Lab: Chat",
    "context_length": 32768,
    "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
    "pricing": {"prompt": "0.0000005", "completion": "0"},
    "top_provider": {"max_completion_tokens": None},
}


def test_openrouters_list_is_a_reference_of_its_own_provider() -> None:
    edition = read(OPENROUTER, {"data": [OPENROUTER_ROW, "x", {"id": None}]})
    assert (edition.models, edition.problems) == (1, 2)
    assert {(one.source, one.origin, one.observed_at) for one in edition.facts} == {
        (Source.REFERENCE, OPENROUTER, TODAY)
    }
    found = values(edition, "openrouter/lab/chat:free")
    assert found[Field.CONTEXT_WINDOW] == 32768
    assert found[Field.PRICE_INPUT] == Decimal("0.5")


def row(provider: str, price: float = 1e-06, **more: object) -> dict[str, object]:
    return {"litellm_provider": provider, "mode": "chat", "input_cost_per_token": price, **more}


def test_litellm_speaks_only_of_models_that_are_known() -> None:
    document = {"together_ai/new": row("together_ai"), "strange_cloud/m": row("strange_cloud"), "gpt": row("openai")}
    edition = read("LiteLLM", document, known=("togetherai/old", "openai/gpt"))
    assert {one.model_id for one in edition.facts} == {"openai/gpt"}
    assert edition.models == 3
    assert {one.confidence for one in edition.facts} == {LITELLM_CONFIDENCE}


def test_a_name_of_litellm_that_differs_by_its_case_alone_is_no_second_model() -> None:
    document = {"azure_ai/Phi-4": row("azure_ai"), "azure_ai/phi-4": row("azure_ai", 2e-06)}
    edition = read("LiteLLM", document, known=("azure-cognitive-services/phi-4",))
    assert {one.model_id for one in edition.facts} == {"azure-cognitive-services/phi-4"}
    assert len({one.field for one in edition.facts}) == len(edition.facts)


@pytest.mark.parametrize(
    ("key", "said", "model_id"),
    [
        ("gmi/lab/m", "gmi", "gmicloud/lab/m"),
        ("gradient_ai/alibaba-qwen3-32b", "gradient_ai", "digitalocean/alibaba-qwen3-32b"),
        ("dashscope/qwen-flash", "dashscope", "alibaba/qwen-flash"),
        ("amazon-nova/nova-micro-v1", "amazon_nova", "nova/nova-micro-v1"),
        ("azure/gpt-35-turbo-instruct", "azure_text", "azure/gpt-35-turbo-instruct"),
        ("gemini/gemini-x", "gemini", "google/gemini-x"),
        ("vertex_ai/claude-x@1", "vertex_ai-anthropic_models", "google-vertex/claude-x@1"),
        ("eu.amazon.nova-x", "bedrock_converse", "amazon-bedrock/eu.amazon.nova-x"),
    ],
)
def test_litellms_words_for_providers_become_the_ids_that_are_used_here(key: str, said: str, model_id: str) -> None:
    edition = read("LiteLLM", {key: row(said)}, known=(model_id,))
    assert {one.model_id for one in edition.facts} == {model_id}


def test_a_search_is_no_model() -> None:
    assert read("LiteLLM", {"exa/search": row("openai") | {"mode": "search"}}, known=("openai/m",)).models == 0


def test_on_one_day_models_dev_counts_before_litellm() -> None:
    id_ = "acme/one"
    theirs = Fact(id_, Field.PRICE_INPUT, Source.REFERENCE, "LiteLLM", Decimal(9), TODAY, LITELLM_CONFIDENCE)
    ours = Fact(id_, Field.PRICE_INPUT, Source.REFERENCE, "models.dev", Decimal(1), TODAY)
    assert resolve([theirs, ours]).values[Field.PRICE_INPUT] == 1


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize(
    "content", [b"", b"<html>Log in", b'{"data": [', b"[]", b"17", b'{"error": "x"}', b"\xff\xfe\x00"]
)
def test_what_is_no_catalogue_names_no_models_or_is_refused(origin: str, content: bytes) -> None:
    try:
        assert read_edition(origin, content, NOW, ()).models == 0
    except InputError as error:
        assert error.what  # noqa: PT017 - either is right


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["data", "models", "id", "mode", "cost", "x"]), inner)
), max_leaves=12)  # fmt: skip


@given(st.sampled_from(ORIGINS), JSON)
def test_no_document_does_more_than_to_be_refused(origin: str, document: object) -> None:
    try:
        edition = read(origin, document, known=("openrouter/x", "x/y"))
    except InputError:
        return
    assert {one.origin for one in edition.facts} <= {origin}


# ---------------------------------------------------------------- filing


def mark(day: int = 0, models: int = 1, *, is_fetched: bool = True) -> Mark:
    return Mark(TODAY + timedelta(days=day), models, is_fetched=is_fetched, etag='"e"', modified="m", sha256="s")


async def test_what_an_edition_adds_is_new_unless_it_is_the_first(database: Database) -> None:
    store = CatalogStore(database)
    editions = Editions(store, lambda: NOW)
    await editions.file("book", [fact("p/a", Field.FAMILY, "f")], mark())
    await editions.file("book", [fact("p/a", Field.FAMILY, "f"), fact("p/b", Field.FAMILY, "f")], mark(models=2))
    assert {model.id: model.new_at for model in await store.models()} == {"p/a": None, "p/b": NOW}
    assert await editions.mark("book") == mark(models=2)


async def test_what_is_remembered_in_words_of_another_version_counts_as_nothing(database: Database) -> None:
    store = CatalogStore(database)
    editions = Editions(store, lambda: NOW)
    for text in ("", "[]", "7", '{"as_of": "never"}', '{"as_of": "2026-11-20T00:00:00+00:00", "pages": 3}'):
        await store.set_state("edition.book", text)
        assert await editions.mark("book") is None
        assert not await editions.is_superseded("book", TODAY)


@pytest.mark.parametrize(("fetched_on", "stays"), [("2099-01-01", True), ("2026-01-01", False)])
async def test_an_installed_package_takes_the_place_of_an_older_fetched_edition_alone(
    tmp_path: Path, fetched_on: str, stays: bool
) -> None:
    database = await Database.open(tmp_path / "store.db")
    store = CatalogStore(database)
    service = CatalogService(store, identify=_nothing, clock=lambda: NOW)
    newer = Mark(datetime.fromisoformat(f"{fetched_on}T00:00:00+00:00"), 1, is_fetched=True, etag='"e"')
    own = fact("openai/gpt-4o", Field.CONTEXT_WINDOW, 77, origin=models_dev.ORIGIN)
    await service.take_edition(models_dev.ORIGIN, [own], newer)
    report, _ = await service.load_reference(Progress())
    assert report.added > 500
    facts = [one for one in await store.facts("openai/gpt-4o") if one.origin == models_dev.ORIGIN]
    assert (facts == [own]) is stays
    remembered = await service.edition(models_dev.ORIGIN)
    assert remembered is not None
    assert remembered.is_fetched is stays
    assert await service.edition("genai-prices") is not None
    await database.close()


async def _nothing(ids: object) -> None:
    """Nobody identifies models here."""
