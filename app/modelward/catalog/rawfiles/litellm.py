"""Reads LiteLLM's price map: one flat object, USD per token, a provider in front of some of the names.

``max_tokens`` is its older word for several things and is not read; ``max_input_tokens`` is an input limit and not the
window; ``0`` is unknown, for limits and for prices alike (unless the model runs on one's own machine, or the price is
the output of an embedding). Rows for sizes of pictures, regions and groups of models are no names that can be called,
and searches and stores of vectors are no models.
"""

from __future__ import annotations

import re

from modelward.catalog.fields import clip
from modelward.catalog.model import Capability, Field, Kind
from modelward.catalog.rawfiles.shape import Body, flag, is_positive, is_zero
from modelward.catalog.sheet import MILLION, FactSheet, Row

ORIGIN = "LiteLLM"

_PROVIDERS = {
    "gemini": "google",
    "bedrock_converse": "amazon-bedrock",
    "bedrock": "amazon-bedrock",
    "cohere_chat": "cohere",
    "fireworks_ai": "fireworks-ai",
    "fireworks_ai-embedding-models": "fireworks-ai",
    "text-completion-openai": "openai",
    "text-completion-codestral": "mistral",
    "codestral": "mistral",
    "together_ai": "togetherai",
    "nvidia_nim": "nvidia",
    "azure_ai": "azure-cognitive-services",
    "azure_text": "azure",
    "novita": "novita-ai",
    "moonshot": "moonshotai",
    "meta_llama": "llama",
    "vercel_ai_gateway": "vercel",
    "voyage": "voyageai",
    "cloudflare": "cloudflare-workers-ai",
    "amazon_nova": "nova",
    "dashscope": "alibaba",
    "friendliai": "friendli",
    "gmi": "gmicloud",
    "gradient_ai": "digitalocean",
    "text-completion-inception": "inception",
    "zhipu": "zhipuai",
}
"""LiteLLM's words for providers that differ from models.dev's ids."""

_NO_MODELS = frozenset({"search", "vector_store", "container"})
"""Modes of what is no model."""

_KINDS = {
    "chat": Kind.CHAT,
    "completion": Kind.CHAT,
    "responses": Kind.CHAT,
    "embedding": Kind.EMBEDDING,
    "image_generation": Kind.IMAGE,
    "image_edit": Kind.IMAGE,
    "audio_transcription": Kind.AUDIO,
    "audio_speech": Kind.AUDIO,
    "realtime": Kind.AUDIO,
    "video_generation": Kind.VIDEO,
    "rerank": Kind.RERANK,
    "moderation": Kind.MODERATION,
}
_CAPABILITIES = {
    "supports_function_calling": Capability.TOOLS,
    "supports_vision": Capability.VISION,
    "supports_audio_input": Capability.AUDIO_INPUT,
    "supports_audio_output": Capability.AUDIO_OUTPUT,
    "supports_video_input": Capability.VIDEO_INPUT,
    "supports_pdf_input": Capability.PDF_INPUT,
    "supports_response_schema": Capability.STRUCTURED_OUTPUT,
    "supports_reasoning": Capability.REASONING,
    "supports_prompt_caching": Capability.PROMPT_CACHING,
    "supports_web_search": Capability.WEB_SEARCH,
    "supports_computer_use": Capability.COMPUTER_USE,
}
_PRICES = {
    "input_cost_per_token": Field.PRICE_INPUT,
    "output_cost_per_token": Field.PRICE_OUTPUT,
    "cache_read_input_token_cost": Field.PRICE_CACHE_READ,
    "cache_creation_input_token_cost": Field.PRICE_CACHE_WRITE,
}
_CONDITIONS = {
    "batches": "in batch processing",
    "flex": "with service tier flex",
    "priority": "with service tier priority",
    "above_1hr": "kept for 1 hour",
}
_TIERS = {
    "input_cost_per_audio_token": (Field.PRICE_INPUT, "audio input"),
    "output_cost_per_audio_token": (Field.PRICE_OUTPUT, "audio output"),
    "input_cost_per_image_token": (Field.PRICE_INPUT, "image input"),
    "output_cost_per_image_token": (Field.PRICE_OUTPUT, "image output"),
    "output_cost_per_reasoning_token": (Field.PRICE_OUTPUT, "reasoning tokens"),
}
_CONDITIONAL = re.compile(
    rf"({'|'.join(_PRICES)})_(?:above_(?P<thousands>\d{{1,5}})k_tokens|(?P<word>{'|'.join(_CONDITIONS)}))"
)
_WITHOUT_OUTPUT = frozenset({Kind.EMBEDDING, Kind.RERANK, Kind.MODERATION})
_NO_NAME = re.compile(
    r"(?:^|/)(?:\d+-x-\d+|max-x-max|standard|hd|low|medium|high|\*|global|global-standard|eu|us|[a-z]{2}(?:-gov)?-[a-z]+-\d)/"
    r"|^(?:together-ai|fireworks-ai)-(?:up-to|embedding|default|moe|above|below|\d)|^sample_spec$|/\*$"
)


def fits(document: Body) -> bool:
    """True where several entries name LiteLLM's provider field, whatever else the document holds."""
    return any(isinstance(entry, dict) and "litellm_provider" in entry for entry in list(document.values())[:50])


def read(document: Body, sheet: FactSheet) -> None:
    """Write every model of a price map on the sheet."""
    for key, body in document.items():
        if _NO_NAME.search(key[:400]):
            continue
        if not isinstance(body, dict):
            sheet.problem(clip(key), "It must be an object.")
            continue
        if str(body.get("mode")) in _NO_MODELS:
            continue
        said = body.get("litellm_provider")
        if not isinstance(said, str) or not said:
            sheet.problem(clip(key), "It names no provider (litellm_provider).")
            continue
        row = sheet.row(_provider(said), _name(key, said), clip(key), _address(body.get("source")))
        if row is not None:
            _read(row, said, body)


def _provider(said: str) -> str:
    if said.startswith("vertex_ai"):
        return "google-vertex"
    return _PROVIDERS.get(said, said.replace("_", "-"))


def _name(key: str, said: str) -> str:
    # "vertex_ai-language-models" stands behind the prefix "vertex_ai/".
    server = said.removesuffix("_converse").removesuffix("_chat").removesuffix("_text")
    for prefix in (said, said.partition("-")[0], server, said.replace("_", "-")):
        if key.startswith(f"{prefix}/"):
            return key[len(prefix) + 1 :]
    return key


def _read(row: Row, said: str, body: Body) -> None:
    kind = _KINDS.get(str(body.get("mode")))
    row.state(Field.KIND, kind)
    row.tokens(Field.MAX_INPUT_TOKENS, body.get("max_input_tokens"), key="max_input_tokens")
    if kind is not Kind.EMBEDDING:
        row.tokens(Field.MAX_OUTPUT_TOKENS, body.get("max_output_tokens"), key="max_output_tokens")
    for key, field in (("rpm", Field.RPM), ("tpm", Field.TPM)):
        row.tokens(field, body.get(key), key=key)
    if isinstance(day := body.get("deprecation_date"), str) and re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        row.text(Field.LIFECYCLE, f"deprecated from {day}")
    for key, field in _PRICES.items():
        raw = body.get(key)
        no_output = (
            field is Field.PRICE_OUTPUT and kind in _WITHOUT_OUTPUT and is_positive(body.get("input_cost_per_token"))
        )
        if not is_zero(raw) or said == "ollama" or no_output:
            row.price(field, raw, per=MILLION, key=key)
    row.tiers(_tiers(body), per=MILLION)
    stated = {capability: flag(body.get(key)) for key, capability in _CAPABILITIES.items()}
    stated[Capability.EMBEDDING] = True if kind is Kind.EMBEDDING else None
    row.capabilities(stated)


def _tiers(body: Body) -> list[tuple[Field, object, str]]:
    found: list[tuple[Field, object, str]] = []
    for key, raw in body.items():
        if not is_positive(raw):
            continue
        if key in _TIERS:
            field, condition = _TIERS[key]
            found.append((field, raw, condition))
        elif match := _CONDITIONAL.fullmatch(key[:100]):
            thousands = match["thousands"]
            words = f"above {int(thousands) * 1000:,} input tokens" if thousands else _CONDITIONS[match["word"]]
            found.append((_PRICES[match[1]], raw, words))
    return found[:100]


def _address(raw: object) -> str | None:
    return raw if isinstance(raw, str) and raw.startswith(("https://", "http://")) and len(raw) <= 500 else None
