"""Files that people have lying about: what they are is told by their content, and what they state becomes facts."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from modelward.catalog.model import Capabilities, Capability, FactValue, Field, PriceTier, Source
from modelward.catalog.rawfiles import RawFile, read_bytes, read_file
from modelward.core.errors import BadValueError, InputError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

Values = dict[Field, FactValue]


def read(document: object, name: str = "file.json", provider: str | None = None) -> RawFile:
    return read_bytes(json.dumps(document).encode(), name, NOW, provider)


def values(raw: RawFile, id_: str) -> Values:
    assert id_ in raw.ids
    return {fact.field: fact.value for fact in raw.facts if fact.model_id == id_}


def stated(of: Values) -> Capabilities:
    capabilities = of[Field.CAPABILITIES]
    assert isinstance(capabilities, Capabilities)
    return capabilities


def data(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "data": list(rows)}


def test_openai_tells_the_names_and_when_they_came() -> None:
    raw = read(
        data(
            {"id": "gpt-x", "object": "model", "created": 1_760_000_000, "owned_by": "system"},
            {"id": "gpt-y", "object": "model", "created": 0, "owned_by": "openai", "shutdown_date": "2027-01-31"},
        )
    )
    assert (raw.format, raw.provider, raw.models) == ("OpenAI list of models", "openai", 2)
    assert values(raw, "openai/gpt-x") == {Field.RELEASE_DATE: "2025-10-09"}
    assert values(raw, "openai/gpt-y") == {Field.LIFECYCLE: "shuts down on 2027-01-31"}
    assert {(fact.source, fact.origin) for fact in raw.facts} == {(Source.PROVIDER, "OpenAI list-models file")}


def test_anthropic_tells_limits_capabilities_and_lifecycle() -> None:
    row = {
        "type": "model",
        "id": "claude-x-1",
        "display_name": "Claude X 1",
        "created_at": "1970-01-01T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
        "capabilities": {
            "image_input": {"supported": True},
            "thinking": {"supported": False},
            "server_tools": {"supported": True, "web_search": {"supported": True}},
        },
    }
    found = values(read({"data": [row], "has_more": False}), "anthropic/claude-x-1")
    assert found[Field.MAX_INPUT_TOKENS] == 1_000_000
    assert found[Field.MAX_OUTPUT_TOKENS] == 128_000
    assert Field.CONTEXT_WINDOW not in found
    assert Field.RELEASE_DATE not in found
    assert stated(found) == Capabilities(
        frozenset({Capability.VISION, Capability.WEB_SEARCH}), frozenset({Capability.REASONING})
    )


def test_google_names_lose_their_prefix_and_input_limits_are_no_windows() -> None:
    rows = [
        {
            "name": "models/gemini-x",
            "displayName": "Gemini X",
            "inputTokenLimit": 1_048_576,
            "outputTokenLimit": 65_536,
            "supportedGenerationMethods": ["generateContent", "createCachedContent"],
            "thinking": True,
        },
        {"name": "models/gemini-embed", "outputTokenLimit": 1, "supportedGenerationMethods": ["embedContent"]},
    ]
    raw = read({"models": rows})
    found = values(raw, "google/gemini-x")
    assert found[Field.MAX_INPUT_TOKENS] == 1_048_576
    assert Field.CONTEXT_WINDOW not in found
    assert stated(found).has == {Capability.REASONING, Capability.PROMPT_CACHING}
    assert values(raw, "google/gemini-embed")[Field.KIND] == "embedding"


def test_mistral_tells_the_window_and_what_a_model_cannot_do() -> None:
    row = {
        "id": "m-large-1",
        "owned_by": "mistralai",
        "max_context_length": 262_144,
        "deprecation": "2027-02-01T00:00:00Z",
        "capabilities": {"completion_chat": True, "function_calling": True, "vision": False, "completion_fim": True},
    }
    found = values(read(data(row)), "mistral/m-large-1")
    assert found[Field.CONTEXT_WINDOW] == 262_144
    assert found[Field.LIFECYCLE] == "deprecated from 2027-02-01"
    assert stated(found).has == {Capability.TOOLS, Capability.FILL_IN_MIDDLE}
    assert stated(found).lacks == {Capability.VISION}


def test_groq_is_told_from_its_window_and_its_active_mark() -> None:
    row = {"id": "v/m", "owned_by": "V", "active": False, "context_window": 131_072, "max_completion_tokens": 65_536}
    raw = read(data(row))
    assert raw.provider == "groq"
    assert values(raw, "groq/v/m") == {
        Field.CONTEXT_WINDOW: 131_072,
        Field.MAX_OUTPUT_TOKENS: 65_536,
        Field.LIFECYCLE: "inactive",
    }


OPENROUTER: dict[str, Any] = {
    "id": "author/model",
    "name": "Author: Model",
    "hugging_face_id": "Org/Model",
    "created": 1_767_225_600,
    "context_length": 262_144,
    "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
    "pricing": {
        "prompt": "0.0000005",
        "completion": "0.000002",
        "input_cache_read": "0.00000005",
        "web_search": "0.01",
    },
    "top_provider": {"context_length": 262_144, "max_completion_tokens": None},
    "supported_parameters": ["tools", "reasoning", "response_format"],
    "knowledge_cutoff": "2025-06-30",
}


def test_openrouter_prices_are_strings_per_token() -> None:
    found = values(read({"data": [OPENROUTER]}), "openrouter/author/model")
    assert found[Field.PRICE_INPUT] == Decimal("0.5")
    assert found[Field.PRICE_OUTPUT] == Decimal(2)
    assert found[Field.PRICE_CACHE_READ] == Decimal("0.05")
    assert found[Field.OPEN_WEIGHTS] is True
    assert Field.MAX_OUTPUT_TOKENS not in found
    assert {Capability.VISION, Capability.PDF_INPUT, Capability.TOOLS, Capability.PROMPT_CACHING} <= stated(found).has
    assert Capability.STRUCTURED_OUTPUT not in stated(found).has | stated(found).lacks


def test_openrouter_marks_a_variable_price_with_minus_one_and_a_free_one_with_zero() -> None:
    def price(**pricing: str) -> FactValue | None:
        raw = read({"data": [OPENROUTER | {"pricing": pricing}]})
        assert not raw.problems
        return values(raw, "openrouter/author/model").get(Field.PRICE_INPUT)

    assert price(prompt="-1", completion="-1") is None
    assert price(prompt="0", completion="0") == 0
    assert price(prompt="0", completion="0", image="0.04") is None


def test_a_zero_per_token_of_a_model_that_is_paid_by_the_song_is_unknown() -> None:
    song = {"architecture": {"output_modalities": ["text", "audio"]}, "pricing": {"prompt": "0", "completion": "0"}}
    rows = [OPENROUTER | song, OPENROUTER | song | {"id": "author/model:free"}]
    raw = read({"data": rows})
    assert Field.PRICE_INPUT not in values(raw, "openrouter/author/model")
    assert values(raw, "openrouter/author/model:free")[Field.PRICE_INPUT] == 0


def test_openrouter_overrides_are_tiers() -> None:
    override = {"min_prompt_tokens": 200_000, "prompt": "0.000001"}
    row = OPENROUTER | {"pricing": OPENROUTER["pricing"] | {"overrides": [override, "nonsense"]}}
    assert values(read({"data": [row]}), "openrouter/author/model")[Field.PRICE_TIERS] == (
        PriceTier(Field.PRICE_INPUT, Decimal(1), "above 200,000 input tokens"),
    )


def test_together_gives_a_bare_array_with_prices_per_million() -> None:
    row = {
        "id": "org/m",
        "type": "chat",
        "organization": "Org",
        "context_length": 32_768,
        "pricing": {"hourly": 0, "input": 0.18, "output": 0.59},
    }
    rented = row | {"id": "org/rented", "pricing": {"hourly": 0, "input": 0, "output": 0}}
    raw = read([row, rented])
    assert raw.provider == "togetherai"
    assert values(raw, "togetherai/org/m")[Field.PRICE_OUTPUT] == Decimal("0.59")
    assert Field.PRICE_INPUT not in values(raw, "togetherai/org/rented")


def test_together_writes_the_window_as_text_in_its_second_version() -> None:
    row = {
        "id": "1",
        "name": "Org/M",
        "products": ["PRODUCT_SERVERLESS"],
        "contextLength": "131072",
        "capabilities": ["CAPABILITY_CHAT"],
        "features": ["FEATURE_TOOL_CALLING"],
        "pricing": {"input": 1, "output": 2, "cachedInput": 0.1},
    }
    found = values(read({"data": [row], "next_cursor": None}), "togetherai/Org/M")
    assert found[Field.CONTEXT_WINDOW] == 131_072
    assert found[Field.PRICE_CACHE_READ] == Decimal("0.1")
    assert stated(found).lacks == {Capability.STRUCTURED_OUTPUT, Capability.REASONING}


def test_xai_prices_are_ten_thousandths() -> None:
    row = {
        "id": "grok-x",
        "input_modalities": ["text", "image"],
        "output_modalities": ["text"],
        "prompt_text_token_price": 20_000,
        "completion_text_token_price": 100_000,
        "cached_prompt_text_token_price": 0,
    }
    found = values(read({"models": [row]}), "xai/grok-x")
    assert (found[Field.PRICE_INPUT], found[Field.PRICE_OUTPUT]) == (Decimal(2), Decimal(10))
    assert Field.PRICE_CACHE_READ not in found


def test_cohere_windows_are_floats_and_names_are_ids() -> None:
    rows = [
        {"name": "command-x", "endpoints": ["chat"], "context_length": 256_000.0, "features": ["tools"]},
        {"name": "embed-x", "endpoints": ["embed"], "is_deprecated": True},
    ]
    raw = read({"models": rows})
    assert values(raw, "cohere/command-x")[Field.CONTEXT_WINDOW] == 256_000
    assert values(raw, "cohere/embed-x")[Field.KIND] == "embedding"
    assert values(raw, "cohere/embed-x")[Field.LIFECYCLE] == "deprecated"


def test_fireworks_names_are_paths() -> None:
    row = {
        "name": "accounts/fireworks/models/x",
        "contextLength": 65_536,
        "supportsTools": True,
        "supportsImageInput": False,
        "deprecationDate": {"year": 2027, "month": 3, "day": 1},
    }
    found = values(read({"models": [row]}), "fireworks-ai/accounts/fireworks/models/x")
    assert found[Field.LIFECYCLE] == "deprecated from 2027-03-01"
    assert stated(found) == Capabilities(frozenset({Capability.TOOLS}), frozenset({Capability.VISION}))


def test_cerebras_tells_rates_too() -> None:
    row = {
        "id": "m",
        "owned_by": "Cerebras",
        "limits": {"max_context_length": 131_072, "requests_per_minute": 30, "tokens_per_minute": 60_000},
        "pricing": {"prompt": "0.00000035", "completion": "0.00000075"},
        "capabilities": {"tools": True, "vision": False},
        "preview": True,
    }
    found = values(read(data(row)), "cerebras/m")
    assert (found[Field.RPM], found[Field.TPM]) == (30, 60_000)
    assert found[Field.PRICE_INPUT] == Decimal("0.35")
    assert found[Field.LIFECYCLE] == "preview"


def row_of(provider: str, page: object) -> dict[str, Any]:
    """A list of one model that states a page of it."""
    return {
        "openrouter": {"data": [OPENROUTER | {"hugging_face_id": page}]},
        "cerebras": data({"id": "author/model", "limits": {"max_context_length": 8192}, "hugging_face_id": page}),
        "fireworks-ai": {"models": [{"name": "accounts/f/models/m", "contextLength": 8192, "huggingFaceUrl": page}]},
        "togetherai": data({"id": "author/model", "type": "chat", "organization": "Author", "link": page}),
    }[provider]


def page_in(provider: str, page: object) -> FactValue | None:
    raw = read(row_of(provider, page))
    assert (raw.provider, raw.models) == (provider, 1)
    return next((fact.value for fact in raw.facts if fact.field is Field.MODEL_PAGE), None)


@pytest.mark.parametrize(
    ("provider", "page"),
    [
        ("openrouter", "Org/Model-1.5_b"),
        ("cerebras", "Org/Model-1.5_b"),
        ("fireworks-ai", "https://huggingface.co/Org/Model-1.5_b"),
        ("togetherai", "https://huggingface.co/Org/Model-1.5_b"),
    ],
)
def test_the_page_to_which_a_list_points_is_stated(provider: str, page: str) -> None:
    assert page_in(provider, page) == "https://huggingface.co/Org/Model-1.5_b"


@pytest.mark.parametrize("provider", ["openrouter", "cerebras"])
@pytest.mark.parametrize(
    "id_",
    [
        "",
        "model",
        "a/b/c",
        "../b",
        "a/..",
        "a/b..c",
        "a b/c",
        "a/b c",
        "a/b\n",
        "a/b?c",
        "a/b#c",
        "@h/b",
        "ä/b",
        3,
        ["a/b"],
    ],
)
def test_what_is_no_id_of_hugging_face_becomes_no_page(provider: str, id_: object) -> None:
    assert page_in(provider, id_) is None


@pytest.mark.parametrize("provider", ["fireworks-ai", "togetherai"])
@pytest.mark.parametrize(
    "page",
    [
        "",
        "javascript:alert(1)",
        "http://huggingface.co/a/b",
        "file:///etc/passwd",
        "//huggingface.co/a/b",
        "https://",
        "https://me:word@huggingface.co/a/b",
        "https://huggingface.co/a b",
        "https://huggingface.co/a\nb",
        'https://huggingface.co/"><b>',
        "https://huggingface.co/" + "a" * 1000,
        3,
        {"url": "https://huggingface.co/a/b"},
    ],
)
def test_what_is_no_https_address_becomes_no_page(provider: str, page: object) -> None:
    assert page_in(provider, page) is None


def test_of_the_hugging_face_router_only_what_all_hosts_state_is_true() -> None:
    hosts = [
        {"provider": "a", "status": "live", "context_length": 8192, "pricing": {"input": 1, "output": 2}},
        {"provider": "b", "status": "live", "context_length": 4096, "pricing": {"input": 1, "output": 3}},
        {"provider": "c", "status": "error", "context_length": 1, "pricing": {"input": 9, "output": 9}},
    ]
    found = values(read(data({"id": "org/m", "owned_by": "org", "providers": hosts})), "huggingface/org/m")
    assert Field.CONTEXT_WINDOW not in found
    assert found[Field.PRICE_INPUT] == 1
    assert Field.PRICE_OUTPUT not in found
    tiers = found[Field.PRICE_TIERS]
    assert isinstance(tiers, tuple)
    assert {tier.condition for tier in tiers} == {"served by a", "served by b"}


def test_github_models_is_a_bare_array_too() -> None:
    row = {
        "id": "openai/x",
        "rate_limit_tier": "low",
        "limits": {"max_input_tokens": 131_072, "max_output_tokens": 4_096},
        "capabilities": ["streaming", "tool-calling"],
        "supported_input_modalities": ["text", "image"],
    }
    found = values(read([row]), "github-models/openai/x")
    assert found[Field.MAX_INPUT_TOKENS] == 131_072
    assert {Capability.TOOLS, Capability.VISION} <= stated(found).has


def test_ollama_tells_size_parameters_and_that_it_costs_nothing() -> None:
    row = {
        "name": "llama3:8b",
        "digest": "ab12",
        "size": 4_700_000_000,
        "modified_at": "2026-01-01T00:00:00Z",
        "details": {"family": "llama", "parameter_size": "8.0B", "quantization_level": "Q4_K_M"},
        "capabilities": ["completion", "tools"],
    }
    remote = row | {"name": "big:120b-cloud", "remote_host": "https://ollama.com", "size": 384}
    raw = read({"models": [row, remote]})
    found = values(raw, "ollama/llama3:8b")
    assert found[Field.PARAMETER_COUNT] == 8_000_000_000
    assert found[Field.PRICE_INPUT] == 0
    assert Capability.VISION in stated(found).lacks
    assert Field.PRICE_INPUT not in values(raw, "ollama/big:120b-cloud")
    assert Field.SIZE_BYTES not in values(raw, "ollama/big:120b-cloud")


def test_ollama_about_one_model_takes_the_name_from_the_file() -> None:
    shown = {
        "details": {"family": "gemma"},
        "model_info": {
            "general.architecture": "gemma3",
            "general.parameter_count": 4_299_915_632,
            "gemma3.context_length": 131_072,
        },
        "capabilities": ["embedding"],
    }
    found = values(read(shown, "show-gemma3.json"), "ollama/gemma3")
    assert found[Field.CONTEXT_WINDOW] == 131_072
    assert found[Field.PARAMETER_COUNT] == 4_299_915_632
    assert found[Field.KIND] == "embedding"


def test_lm_studio_tells_the_served_context() -> None:
    row = {
        "type": "llm",
        "key": "google/gemma-x",
        "quantization": {"name": "Q4_K_M", "bits_per_weight": 4},
        "params_string": "26B-A4B",
        "max_context_length": 131_072,
        "loaded_instances": [{"id": "1", "config": {"context_length": 8192}}],
        "capabilities": {"vision": True, "trained_for_tool_use": False, "reasoning": {"default": "on"}},
    }
    found = values(read({"models": [row]}), "lmstudio/google/gemma-x")
    assert (found[Field.CONTEXT_WINDOW], found[Field.SERVED_CONTEXT]) == (131_072, 8192)
    assert found[Field.PARAMETER_COUNT] == 26_000_000_000
    assert stated(found).has == {Capability.VISION, Capability.REASONING}


def test_lm_studio_is_known_by_its_older_answer_too() -> None:
    row = {"id": "m", "type": "vlm", "compatibility_type": "gguf", "quantization": "Q8_0", "max_context_length": 4096}
    assert values(read(data(row)), "lmstudio/m")[Field.QUANTIZATION] == "Q8_0"


def test_llama_cpp_and_vllm_are_told_by_their_owner() -> None:
    llama = read(data({"id": "/m.gguf", "owned_by": "llamacpp", "meta": {"n_ctx_train": 32_768, "n_params": 7}}))
    assert values(llama, "llamacpp//m.gguf")[Field.CONTEXT_WINDOW] == 32_768
    vllm = read(data({"id": "org/m", "owned_by": "vllm", "max_model_len": 8192}))
    assert values(vllm, "vllm/org/m")[Field.SERVED_CONTEXT] == 8192


def test_models_dev_is_a_reference_as_of_its_newest_change() -> None:
    model = {"limit": {"context": 8192}, "cost": {"input": 1, "output": 2}, "last_updated": "2026-03-01"}
    raw = read({"acme": {"id": "acme", "models": {"one": model}}})
    assert raw.format == "models.dev catalogue"
    assert values(raw, "acme/one")[Field.PRICE_OUTPUT] == 2
    assert {fact.observed_at for fact in raw.facts} == {datetime(2026, 3, 1, tzinfo=UTC)}
    assert {(fact.source, fact.origin) for fact in raw.facts} == {(Source.REFERENCE, "models.dev")}


LITELLM: dict[str, Any] = {
    "sample_spec": {"litellm_provider": "one of …", "mode": "one of …", "max_tokens": "legacy"},
    "gemini/gemini-x": {
        "litellm_provider": "gemini",
        "mode": "chat",
        "max_tokens": 999,
        "max_input_tokens": 1_048_576,
        "max_output_tokens": 65_536,
        "input_cost_per_token": 3e-07,
        "input_cost_per_token_above_200k_tokens": 6e-07,
        "output_cost_per_token": 0.0,
        "supports_vision": True,
        "supports_web_search": False,
        "source": "https://example.org/prices",
    },
    "meta/llama-x": {"litellm_provider": "replicate", "mode": "chat", "max_input_tokens": 0},
    "bedrock/us-east-1/a.claude": {"litellm_provider": "bedrock", "mode": "chat"},
    "1024-x-1024/dall-e-x": {"litellm_provider": "openai", "mode": "image_generation"},
    "embed-x": {
        "litellm_provider": "openai",
        "mode": "embedding",
        "input_cost_per_token": 1e-7,
        "output_cost_per_token": 0,
    },
}


def test_litellm_is_read_with_its_own_units_and_prefixes() -> None:
    raw = read(LITELLM)
    assert raw.format == "LiteLLM price map"
    assert set(raw.ids) == {"google/gemini-x", "replicate/meta/llama-x", "openai/embed-x"}
    found = values(raw, "google/gemini-x")
    assert found[Field.MAX_INPUT_TOKENS] == 1_048_576
    assert Field.CONTEXT_WINDOW not in found
    assert found[Field.PRICE_INPUT] == Decimal("0.3")
    assert Field.PRICE_OUTPUT not in found
    assert found[Field.PRICE_TIERS] == (PriceTier(Field.PRICE_INPUT, Decimal("0.6"), "above 200,000 input tokens"),)
    assert stated(found) == Capabilities(frozenset({Capability.VISION}), frozenset({Capability.WEB_SEARCH}))
    assert {fact.evidence for fact in raw.facts if fact.model_id == "google/gemini-x"} == {"https://example.org/prices"}
    assert Field.MAX_INPUT_TOKENS not in values(raw, "replicate/meta/llama-x")
    assert values(raw, "openai/embed-x")[Field.PRICE_OUTPUT] == 0


def test_a_plain_list_is_known_by_its_owner() -> None:
    raw = read(data({"id": "deepseek-x", "object": "model", "owned_by": "deepseek"}))
    assert (raw.provider, raw.ids, raw.facts) == ("deepseek", ("deepseek/deepseek-x",), [])


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("together-models.json", "togetherai"),
        ("models_groq (1).json", "groq"),
        ("x-ai.json", "xai"),
        ("Perplexity-v1-models.JSON", "perplexity"),
    ],
)
def test_a_plain_list_is_known_by_the_name_of_its_file(name: str, provider: str) -> None:
    assert read(data({"id": "a/m"}, {"id": "b/n"}), name).provider == provider


@pytest.mark.parametrize("name", ["models.json", "my-models.json", "download.json"])
def test_a_list_of_nobody_is_refused_with_the_way_to_name_it(name: str) -> None:
    with pytest.raises(InputError) as caught:
        read(data({"id": "openai/m", "owned_by": "openai"}), name)
    assert "--provider NAME" in caught.value.todo
    assert name in caught.value.what


def test_a_provider_that_a_person_names_counts_before_any_other() -> None:
    raw = read(data({"id": "m", "owned_by": "mistralai", "max_context_length": 5}), "groq.json", "Azure")
    assert values(raw, "azure/m")[Field.CONTEXT_WINDOW] == 5
    with pytest.raises(BadValueError):
        read(data({"id": "m"}), "groq.json", "a/b")


def test_the_error_answer_of_a_server_is_called_that() -> None:
    with pytest.raises(InputError, match=r"error answer.*Incorrect API key"):
        read({"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}})


def test_a_file_is_as_of_its_last_change_and_never_later_than_now(tmp_path: Path) -> None:
    path = tmp_path / "groq.json"
    path.write_text(json.dumps(data({"id": "m", "active": True, "context_window": 5})), encoding="utf-8")
    os.utime(path, (1_780_000_000, 1_780_000_000))
    assert {fact.observed_at for fact in read_file(path, NOW).facts} == {datetime.fromtimestamp(1_780_000_000, UTC)}
    os.utime(path, (4_000_000_000, 4_000_000_000))
    assert {fact.observed_at for fact in read_file(path, NOW).facts} == {NOW}
