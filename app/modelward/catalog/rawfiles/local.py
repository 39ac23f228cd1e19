"""List-models answers of servers that people run themselves: Ollama, LM Studio, llama.cpp, vLLM."""

from __future__ import annotations

from collections.abc import Sequence

from modelward.catalog.model import Capability, Field, Kind
from modelward.catalog.rawfiles.shape import (
    Body,
    ListFormat,
    any_row,
    by_id,
    by_name,
    flag,
    inputs,
    obj,
    outputs,
    owned_by,
    parameters,
    words,
)
from modelward.catalog.sheet import Row

OLLAMA_WORDS = {
    "tools": Capability.TOOLS,
    "vision": Capability.VISION,
    "audio": Capability.AUDIO_INPUT,
    "thinking": Capability.REASONING,
    "insert": Capability.FILL_IN_MIDDLE,
    "embedding": Capability.EMBEDDING,
    "image": Capability.IMAGE_OUTPUT,
}


def read_ollama(row: Row, body: Body) -> None:
    """Write what Ollama states of a model, in its list or in its answer about one."""
    details, info = obj(body.get("details")), obj(body.get("model_info"))
    architecture = info.get("general.architecture")
    row.text(Field.FAMILY, details.get("family"), key="details.family")
    row.text(Field.QUANTIZATION, details.get("quantization_level"), key="details.quantization_level")
    row.text(Field.ARCHITECTURE, architecture, key="general.architecture")
    count = info.get("general.parameter_count") or parameters(details.get("parameter_size"))
    row.state(Field.PARAMETER_COUNT, count, key="parameter_count")
    trained = info.get(f"{architecture}.context_length") or details.get("context_length")
    row.tokens(Field.CONTEXT_WINDOW, trained, key="context_length")
    row.text(Field.DIGEST, body.get("digest"), key="digest")
    if not _is_remote(row, body):
        row.state(Field.SIZE_BYTES, body.get("size"), key="size")
        _costs_nothing(row)
    stated = words(body.get("capabilities"))
    if stated:
        row.state(
            Field.KIND, Kind.CHAT if "completion" in stated else Kind.EMBEDDING if "embedding" in stated else None
        )
        row.capabilities({capability: word in stated for word, capability in OLLAMA_WORDS.items()})


def _is_remote(row: Row, body: Body) -> bool:
    return bool(body.get("remote_host") or body.get("remote_model")) or row.name.endswith("cloud")


def _costs_nothing(row: Row) -> None:
    # It runs on the person's own machine: no price per token.
    row.price(Field.PRICE_INPUT, 0)
    row.price(Field.PRICE_OUTPUT, 0)


def _is_ollama(rows: Sequence[Body]) -> bool:
    return any("digest" in row and ("details" in row or "modified_at" in row) for row in rows)


_LM_STUDIO_KINDS = {"llm": Kind.CHAT, "vlm": Kind.CHAT, "embedding": Kind.EMBEDDING, "embeddings": Kind.EMBEDDING}


def _lm_studio(row: Row, body: Body) -> None:
    kind = _LM_STUDIO_KINDS.get(str(body.get("type")))
    quantization = body.get("quantization")
    row.state(Field.KIND, kind)
    row.text(Field.DISPLAY_NAME, body.get("display_name"), key="display_name")
    row.text(Field.ARCHITECTURE, body.get("architecture", body.get("arch")), key="architecture")
    named = quantization.get("name") if isinstance(quantization, dict) else quantization
    row.text(Field.QUANTIZATION, named, key="quantization")
    row.state(Field.PARAMETER_COUNT, parameters(body.get("params_string")), key="params_string")
    row.state(Field.SIZE_BYTES, body.get("size_bytes"), key="size_bytes")
    row.tokens(Field.CONTEXT_WINDOW, body.get("max_context_length"), key="max_context_length")
    loaded = body.get("loaded_instances")
    served = [obj(obj(one).get("config")).get("context_length") for one in (loaded if isinstance(loaded, list) else [])]
    row.tokens(Field.SERVED_CONTEXT, next(iter(served), None), key="loaded_instances.config.context_length")
    row.state(Field.OPEN_WEIGHTS, True)
    _costs_nothing(row)
    stated = obj(body.get("capabilities"))
    reasoning = stated.get("reasoning")
    row.capabilities(
        {
            Capability.VISION: True if body.get("type") == "vlm" else flag(stated.get("vision")),
            Capability.TOOLS: flag(stated.get("trained_for_tool_use")),
            Capability.REASONING: True if isinstance(reasoning, dict) else flag(reasoning),
            Capability.EMBEDDING: True if kind is Kind.EMBEDDING else None,
        }
    )


def _is_lm_studio(rows: Sequence[Body]) -> bool:
    return any("key" in row and str(row.get("type")) in _LM_STUDIO_KINDS for row in rows)


def _llama_cpp(row: Row, body: Body) -> None:
    meta, architecture = obj(body.get("meta")), obj(body.get("architecture"))
    row.tokens(Field.CONTEXT_WINDOW, meta.get("n_ctx_train"), key="meta.n_ctx_train")
    row.tokens(Field.SERVED_CONTEXT, meta.get("n_ctx"), key="meta.n_ctx")
    row.tokens(Field.SERVED_CONTEXT, meta.get("n_ctx"), key="meta.n_ctx")
    row.state(Field.PARAMETER_COUNT, meta.get("n_params"), key="meta.n_params")
    row.state(Field.SIZE_BYTES, meta.get("size"), key="meta.size")
    row.state(Field.OPEN_WEIGHTS, True)
    _costs_nothing(row)
    row.capabilities(
        inputs(words(architecture.get("input_modalities"))) | outputs(words(architecture.get("output_modalities")))
    )


def _vllm(row: Row, body: Body) -> None:
    # The limit for prompt and answer together, as this server was started: window and served context in one.
    row.tokens(Field.CONTEXT_WINDOW, body.get("max_model_len"), key="max_model_len")
    row.tokens(Field.SERVED_CONTEXT, body.get("max_model_len"), key="max_model_len")
    row.state(Field.OPEN_WEIGHTS, True)


FORMATS = (
    ListFormat("Ollama", "ollama", "models", _is_ollama, read_ollama, by_name),
    ListFormat("LM Studio", "lmstudio", "models", _is_lm_studio, _lm_studio, lambda body: body.get("key")),
    ListFormat("LM Studio", "lmstudio", "data", any_row("compatibility_type"), _lm_studio, by_id),
    ListFormat("llama.cpp", "llamacpp", "data", owned_by("llamacpp"), _llama_cpp, by_id),
    ListFormat("vLLM", "vllm", "data", owned_by("vllm"), _vllm, by_id),
    ListFormat("NVIDIA NIM or vLLM", None, "data", any_row("max_model_len"), _vllm, by_id),
)
