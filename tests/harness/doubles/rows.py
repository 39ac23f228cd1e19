"""Models as each provider lists them, with every field that it is known to send; names and figures are made up."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
CREATED = 1_780_000_000


def _plain(name: str, owner: str, /, **more: Any) -> Row:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": owner, **more}


def _anthropic(name: str, title: str, most: int | None) -> Row:
    yes = {"supported": True}
    return {
        "type": "model",
        "id": name,
        "display_name": title,
        "created_at": "2026-01-02T00:00:00Z",
        "lifecycle": "active",
        "line": "opus",
        "deprecated_at": None,
        "retires_at": None,
        "max_input_tokens": most,
        "max_tokens": 128_000,
        "capabilities": {
            "image_input": yes,
            "pdf_input": yes,
            "structured_outputs": yes,
            "batch": yes,
            "citations": yes,
            "thinking": {"supported": True, "types": {}},
            "effort": {"supported": True, "low": yes, "max": {"supported": False}},
            "server_tools": {"supported": True, "web_search": yes},
        },
    }


def _google(name: str, *methods: str, **more: Any) -> Row:
    return {
        "name": f"models/{name}",
        "baseModelId": name,
        "version": "001",
        "displayName": name.replace("-", " ").title(),
        "description": "A planted model.",
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": list(methods),
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
        **more,
    }


def _mistral(name: str, kind: str = "base", **can: bool) -> Row:
    words = ("completion_chat", "function_calling", "reasoning", "completion_fim", "fine_tuning", "vision", "ocr")
    return _plain(
        name,
        "mistralai",
        type=kind,
        name=name,
        description="A planted model.",
        max_context_length=262_144,
        aliases=[f"{name}-latest"],
        deprecation=None,
        deprecation_replacement_model=None,
        default_model_temperature=0.7,
        capabilities=dict.fromkeys(words, False) | {"moderation": False, "audio": False} | can,
    )


def _groq(name: str, context: int, most: int) -> Row:
    return _plain(name, "Planted", active=True, context_window=context, public_apps=None, max_completion_tokens=most)


def _openrouter(name: str, prompt: str, completion: str) -> Row:
    return {
        "id": name,
        "canonical_slug": f"{name}-20260101",
        "hugging_face_id": "Planted/Model",
        "name": "Planted: Model",
        "created": CREATED,
        "description": "A planted model.",
        "context_length": 262_144,
        "architecture": {
            "modality": "text+image->text",
            "input_modalities": ["text", "image"],
            "output_modalities": ["text"],
            "tokenizer": "Other",
            "instruct_type": None,
        },
        "pricing": {"prompt": prompt, "completion": completion, "input_cache_read": "0.00000005", "web_search": "0.01"},
        "top_provider": {"context_length": 262_144, "max_completion_tokens": 32_768, "is_moderated": False},
        "per_request_limits": None,
        "supported_parameters": ["tools", "reasoning", "response_format", "structured_outputs"],
        "default_parameters": {"temperature": None},
        "knowledge_cutoff": "2025-06-30",
        "expiration_date": None,
    }


def _together(name: str, kind: str, price_in: float, price_out: float) -> Row:
    return {
        "id": name,
        "object": "model",
        "created": CREATED,
        "type": kind,
        "display_name": name.partition("/")[2],
        "organization": "Planted",
        "link": "https://huggingface.co/planted/model",
        "license": "apache-2.0",
        "context_length": 131_072,
        "pricing": {"hourly": 0, "input": price_in, "output": price_out, "base": 0, "finetune": 0},
    }


def _xai(name: str, **more: Any) -> Row:
    return {
        "id": name,
        "aliases": [f"{name}-latest"],
        "created": CREATED,
        "object": "model",
        "owned_by": "xai",
        "version": "1.0.0",
        "fingerprint": "fp_planted",
        "input_modalities": ["text", "image"],
        "output_modalities": ["text"],
        "prompt_text_token_price": 20_000,
        "cached_prompt_text_token_price": 5_000,
        "prompt_image_token_price": 0,
        "completion_text_token_price": 100_000,
        **more,
    }


def _cohere(name: str, *endpoints: str) -> Row:
    return {
        "name": name,
        "is_deprecated": False,
        "endpoints": list(endpoints),
        "finetuned": False,
        "context_length": 256_000.0,
        "tokenizer_url": "https://storage.example/tokenizer.json",
        "default_endpoints": [],
        "features": ["tools", "vision"],
        "sampling_defaults": {},
    }


def _fireworks(name: str, kind: str = "HF_BASE_MODEL") -> Row:
    return {
        "name": f"accounts/fireworks/models/{name}",
        "displayName": name.title(),
        "kind": kind,
        "contextLength": 163_840,
        "supportsImageInput": False,
        "supportsTools": True,
        "supportsServerless": True,
        "deprecationDate": {"year": 2027, "month": 1, "day": 31},
        "huggingFaceUrl": "https://huggingface.co/planted/model",
        "public": True,
        "state": "READY",
        "createTime": "2026-01-02T00:00:00Z",
    }


def cerebras_public(name: str) -> Row:
    """What Cerebras tells everybody of a model."""
    return {
        "id": name,
        "name": name.title(),
        "owned_by": "Planted",
        "created": CREATED,
        "description": "A planted model.",
        "architecture": {"modality": "text", "tokenizer": "Other", "instruct_type": None},
        "capabilities": {
            "function_calling": True,
            "json_mode": True,
            "reasoning": True,
            "tools": True,
            "vision": False,
        },
        "limits": {
            "max_context_length": 131_072,
            "max_completion_tokens": 40_960,
            "requests_per_minute": 30,
            "tokens_per_minute": 60_000,
        },
        "pricing": {"prompt": "0.00000035", "completion": "0.00000075"},
        "supported_parameters": {},
        "deprecated": False,
        "preview": False,
        "quantization": "FP16",
        "hugging_face_id": "planted/model",
    }


def _github(name: str) -> Row:
    return {
        "id": name,
        "name": "Planted Model",
        "publisher": "Planted",
        "registry": "azure-openai",
        "summary": "A planted model.",
        "html_url": "https://github.com/marketplace/models/planted",
        "version": "2026-01-02",
        "capabilities": ["streaming", "tool-calling"],
        "limits": {"max_input_tokens": 1_048_576, "max_output_tokens": 32_768},
        "rate_limit_tier": "high",
        "supported_input_modalities": ["text", "image"],
        "supported_output_modalities": ["text"],
        "tags": ["multimodal"],
    }


def _huggingface(name: str) -> Row:
    host = {
        "provider": "together",
        "status": "live",
        "context_length": 131_072,
        "pricing": {"input": 0.5, "output": 1.5},
        "is_free": False,
        "supports_tools": True,
        "supports_structured_output": True,
        "first_token_latency_ms": 210,
        "throughput": 88.5,
        "is_model_author": False,
    }
    return _plain(
        name,
        name.partition("/")[0],
        architecture={"input_modalities": ["text"], "output_modalities": ["text"]},
        providers=[host, {"provider": "novita", "status": "error", "is_model_author": False}],
    )


def _ollama(name: str, family: str, **more: Any) -> Row:
    return {
        "name": name,
        "model": name,
        "modified_at": "2026-10-01T12:00:00.123456789+02:00",
        "size": 4_920_753_328,
        "digest": "46e0c10c039e019119339687c3c1757cc81b9da49709a3b3924863ba87ca666e",
        "details": {
            "parent_model": "",
            "format": "gguf",
            "family": family,
            "families": [family],
            "parameter_size": "8.0B",
            "quantization_level": "Q4_K_M",
        },
        **more,
    }


def ollama_shown(row: Row) -> Row:
    """What Ollama answers when it is asked about one of its models."""
    details = row.get("details")
    family = details.get("family", "llama") if isinstance(details, dict) else "llama"
    return {
        "license": "A long text.",
        "template": "{{ .Prompt }}",
        "parameters": "num_ctx 4096",
        "details": details,
        "model_info": {
            "general.architecture": family,
            "general.parameter_count": 8_030_261_248,
            f"{family}.context_length": 131_072,
            f"{family}.embedding_length": 4_096,
            "tokenizer.ggml.tokens": None,
        },
        "capabilities": ["embedding"] if "embed" in str(row.get("name")) else ["completion", "tools"],
        "modified_at": row.get("modified_at"),
    }


def _lm_studio(name: str, kind: str = "llm") -> Row:
    return {
        "type": kind,
        "publisher": "planted",
        "key": name,
        "display_name": name.title(),
        "architecture": "llama",
        "quantization": {"name": "Q4_K_M", "bits_per_weight": 4},
        "size_bytes": 4_920_753_328,
        "params_string": "8B",
        "loaded_instances": [{"id": name, "config": {"context_length": 8_192, "flash_attention": True}}],
        "max_context_length": 131_072,
        "format": "gguf",
        "capabilities": {"vision": False, "trained_for_tool_use": True},
        "variants": [f"{name}@q4_k_m"],
        "selected_variant": f"{name}@q4_k_m",
    }


def _llama_cpp(name: str) -> Row:
    meta = {
        "vocab_type": 2,
        "n_vocab": 128_256,
        "n_ctx_train": 131_072,
        "n_embd": 4_096,
        "n_params": 8_030_261_312,
        "size": 4_912_898_304,
    }
    architecture = {"input_modalities": ["text"], "output_modalities": ["text"]}
    return _plain(name, "llamacpp", architecture=architecture, meta=meta)


def _vllm(name: str, parent: str | None = None) -> Row:
    return _plain(name, "vllm", root=name, parent=parent, max_model_len=32_768, permission=[{"id": "modelperm-1"}])


ROWS: dict[str, list[Row]] = {
    "openai": [
        _plain("gpt-planted", "openai", shutdown_date="2027-01-31"),
        _plain("gpt-planted-mini", "openai", shutdown_date=None),
        _plain("text-embedding-planted", "openai-internal"),
        _plain("ft:gpt-planted:org:own:7f3a", "org"),
    ],
    "anthropic": [
        _anthropic("claude-planted-1", "Claude Planted 1", 1_000_000),
        _anthropic("claude-planted-2", "Claude Planted 2", 200_000),
        _anthropic("claude-planted-3", "Claude Planted 3", None),
    ],
    "google": [
        _google("gemini-planted", "generateContent", "countTokens", "createCachedContent", thinking=True),
        _google("gemini-planted-flash", "generateContent", "countTokens"),
        _google("embedding-planted", "embedContent"),
        _google("imagen-planted", "predict"),
        _google("live-planted", "bidiGenerateContent"),
    ],
    "mistral": [
        _mistral("planted-large", completion_chat=True, function_calling=True, vision=True),
        _mistral("planted-code", completion_chat=True, completion_fim=True),
        _mistral("planted-embed"),
        _mistral("ft:planted", "fine-tuned", completion_chat=True),
    ],
    "groq": [_groq("planted/large", 131_072, 65_536), _groq("planted-whisper", 448, 448)],
    "openrouter": [
        _openrouter("planted/model", "0.0000005", "0.000002"),
        _openrouter("planted/model:free", "0", "0"),
        _openrouter("planted/router", "-1", "-1"),
    ],
    "togetherai": [
        _together("planted/Chat-8B", "chat", 0.18, 0.18),
        _together("planted/Embed", "embedding", 0.02, 0),
        _together("planted/Rented", "language", 0, 0),
    ],
    "deepseek": [
        {"id": "deepseek-planted", "object": "model", "owned_by": "deepseek"},
        {"id": "deepseek-planted-pro", "object": "model", "owned_by": "deepseek"},
    ],
    "xai": [_xai("grok-planted", max_prompt_length=1_000_000), _xai("grok-planted-mini")],
    "cohere": [
        _cohere("command-planted", "chat", "generate"),
        _cohere("embed-planted", "embed"),
        _cohere("rerank-planted", "rerank"),
    ],
    "fireworks-ai": [_fireworks("planted-8b"), _fireworks("planted-70b"), _fireworks("embed", "EMBEDDING_MODEL")],
    "cerebras": [_plain("planted-8b", "Planted"), _plain("planted-120b", "Planted")],
    "perplexity": [
        _plain("openai/gpt-planted", "openai"),
        _plain("sonar", "perplexity"),
        _plain("sonar-new", "perplexity"),
    ],
    "github-models": [_github("planted/large"), _github("planted/small")],
    "huggingface": [_huggingface("planted/Large"), _huggingface("planted/Small")],
    "nvidia": [_plain("planted/nemo", "planted", root="planted/nemo", parent=None), _plain("planted/mini", "planted")],
    "ollama": [
        _ollama("planted:8b", "llama", capabilities=["completion", "tools"]),
        _ollama("planted-embed:latest", "bert"),
        _ollama("planted:120b-cloud", "planted", remote_model="planted:120b", remote_host="https://ollama.com:443"),
    ],
    "ollama-cloud": [_ollama("planted:120b", "planted"), _ollama("planted:480b", "planted")],
    "lmstudio": [_lm_studio("planted/planted-8b"), _lm_studio("planted-embed", "embedding")],
    "llamacpp": [_llama_cpp("planted-8b.gguf")],
    "vllm": [_vllm("planted/Planted-8B"), _vllm("sql-lora", "planted/Planted-8B")],
}
"""By provider. Those that speak OpenAI's wire and have nothing of their own have :data:`PLAIN`."""

PLAIN = [_plain("planted-large", "planted"), _plain("planted-small", "planted")]

XAI_IMAGES = [
    _xai("grok-planted-image", output_modalities=["image"], image_price=200_000_000, max_prompt_length=1_024),
]
