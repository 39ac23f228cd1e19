"""List-models answers of the clouds that say more of a model than its name."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from modelward.catalog.model import Capability, Field, Kind
from modelward.catalog.rawfiles.shape import (
    Body,
    ListFormat,
    any_row,
    by_id,
    by_name,
    day_in,
    day_of,
    flag,
    inputs,
    is_positive,
    is_zero,
    obj,
    outputs,
    owned_by,
    page_at,
    page_of,
    words,
)
from modelward.catalog.sheet import MILLION, Row


def _openai(row: Row, body: Body) -> None:
    row.state(Field.RELEASE_DATE, day_of(body.get("created")), key="created")
    if day := day_in(body.get("shutdown_date")):
        row.text(Field.LIFECYCLE, f"shuts down on {day}")


def _is_openai(rows: Sequence[Body]) -> bool:
    # Routers repeat "openai" for "openai/gpt-…"; OpenAI's own names have no slash.
    plain = not any("/" in str(row.get("id")) for row in rows)
    return plain and owned_by("openai", "openai-internal", "openai-dev", "system")(rows)


def _anthropic(row: Row, body: Body) -> None:
    row.text(Field.DISPLAY_NAME, body.get("display_name"), key="display_name")
    row.text(Field.LIFECYCLE, body.get("lifecycle"), key="lifecycle")
    row.state(Field.RELEASE_DATE, day_in(body.get("created_at")), key="created_at")
    row.tokens(Field.MAX_INPUT_TOKENS, body.get("max_input_tokens"), key="max_input_tokens")
    row.tokens(Field.MAX_OUTPUT_TOKENS, body.get("max_tokens"), key="max_tokens")
    stated = obj(body.get("capabilities"))
    supported = {word: flag(obj(stated.get(word)).get("supported")) for word in stated}
    row.capabilities(
        {
            Capability.VISION: supported.get("image_input"),
            Capability.PDF_INPUT: supported.get("pdf_input"),
            Capability.STRUCTURED_OUTPUT: supported.get("structured_outputs"),
            Capability.REASONING: supported.get("thinking"),
            Capability.WEB_SEARCH: flag(obj(obj(stated.get("server_tools")).get("web_search")).get("supported")),
        }
    )


def _is_anthropic(rows: Sequence[Body]) -> bool:
    return any(row.get("type") == "model" and "created_at" in row and "display_name" in row for row in rows)


def _google(row: Row, body: Body) -> None:
    methods = words(body.get("supportedGenerationMethods"))
    embeds = bool(methods & {"embedcontent", "embedtext"})
    row.text(Field.DISPLAY_NAME, body.get("displayName"), key="displayName")
    row.tokens(Field.MAX_INPUT_TOKENS, body.get("inputTokenLimit"), key="inputTokenLimit")
    if embeds:
        row.state(Field.KIND, Kind.EMBEDDING)
    else:
        row.tokens(Field.MAX_OUTPUT_TOKENS, body.get("outputTokenLimit"), key="outputTokenLimit")
    row.capabilities(
        {
            Capability.EMBEDDING: embeds or None,
            Capability.REASONING: flag(body.get("thinking")),
            Capability.PROMPT_CACHING: "createcachedcontent" in methods or None,
        }
    )


def _google_name(body: Body) -> object:
    name = body.get("name")
    return name.removeprefix("models/") if isinstance(name, str) else name


def _mistral(row: Row, body: Body) -> None:
    stated = {word: flag(can) for word, can in obj(body.get("capabilities")).items()}
    row.tokens(Field.CONTEXT_WINDOW, body.get("max_context_length"), key="max_context_length")
    if day := day_in(body.get("deprecation")):
        row.text(Field.LIFECYCLE, f"deprecated from {day}")
    if stated.get("completion_chat"):
        row.state(Field.KIND, Kind.CHAT)
    elif stated.get("moderation"):
        row.state(Field.KIND, Kind.MODERATION)
    elif stated.get("audio_transcription") or stated.get("audio_speech"):
        row.state(Field.KIND, Kind.AUDIO)
    row.capabilities(
        {
            Capability.TOOLS: stated.get("function_calling"),
            Capability.VISION: stated.get("vision"),
            Capability.REASONING: stated.get("reasoning"),
            Capability.FILL_IN_MIDDLE: stated.get("completion_fim"),
            Capability.AUDIO_INPUT: stated.get("audio"),
            Capability.AUDIO_OUTPUT: stated.get("audio_speech"),
        }
    )


def _is_mistral(rows: Sequence[Body]) -> bool:
    return owned_by("mistralai")(rows) or any("completion_chat" in obj(row.get("capabilities")) for row in rows)


def _groq(row: Row, body: Body) -> None:
    row.tokens(Field.CONTEXT_WINDOW, body.get("context_window"), key="context_window")
    row.tokens(Field.MAX_OUTPUT_TOKENS, body.get("max_completion_tokens"), key="max_completion_tokens")
    row.text(Field.LIFECYCLE, "inactive" if body.get("active") is False else None)


def _is_groq(rows: Sequence[Body]) -> bool:
    return any("context_window" in row and ("active" in row or "public_apps" in row) for row in rows)


def _xai(row: Row, body: Body) -> None:
    # Prices are in 1/10,000 USD per million tokens; zero stands for prices that the model does not have.
    per = Decimal("0.0001")
    row.tokens(Field.MAX_INPUT_TOKENS, body.get("max_prompt_length"), key="max_prompt_length")
    for key, field in (
        ("prompt_text_token_price", Field.PRICE_INPUT),
        ("completion_text_token_price", Field.PRICE_OUTPUT),
        ("cached_prompt_text_token_price", Field.PRICE_CACHE_READ),
    ):
        if not is_zero(body.get(key)):
            row.price(field, body.get(key), per=per, key=key)
    image = body.get("prompt_image_token_price")
    row.tiers([(Field.PRICE_INPUT, image, "image input")] if is_positive(image) else [], per=per)
    cached = is_positive(body.get("cached_prompt_text_token_price")) or None
    row.capabilities(
        inputs(words(body.get("input_modalities")))
        | outputs(words(body.get("output_modalities")))
        | {Capability.PROMPT_CACHING: cached}
    )


_COHERE_KINDS = {"chat": Kind.CHAT, "embed": Kind.EMBEDDING, "rerank": Kind.RERANK}


def _cohere(row: Row, body: Body) -> None:
    endpoints, features = words(body.get("endpoints")), words(body.get("features"))
    kind = next((kind for endpoint, kind in _COHERE_KINDS.items() if endpoint in endpoints), None)
    row.state(Field.KIND, kind)
    row.tokens(Field.CONTEXT_WINDOW, body.get("context_length"), key="context_length")
    row.text(Field.LIFECYCLE, "deprecated" if body.get("is_deprecated") is True else None)
    row.capabilities(
        {
            Capability.EMBEDDING: True if kind is Kind.EMBEDDING else None,
            Capability.TOOLS: "tools" in features if features else None,
            Capability.VISION: "vision" in features if features else None,
        }
    )


def _fireworks(row: Row, body: Body) -> None:
    row.text(Field.DISPLAY_NAME, body.get("displayName"), key="displayName")
    row.tokens(Field.CONTEXT_WINDOW, body.get("contextLength"), key="contextLength")
    embeds = body.get("kind") == "EMBEDDING_MODEL"
    row.state(Field.KIND, Kind.EMBEDDING if embeds else None)
    row.state(Field.OPEN_WEIGHTS, True if body.get("huggingFaceUrl") else None)
    row.state(Field.MODEL_PAGE, page_at(body.get("huggingFaceUrl")))
    day = obj(body.get("deprecationDate"))
    if day:
        parts = [part for part in (day.get("year"), day.get("month"), day.get("day")) if isinstance(part, int)]
        row.text(Field.LIFECYCLE, "deprecated from " + "-".join(f"{part:02d}" for part in parts))
    row.capabilities(
        {
            Capability.TOOLS: flag(body.get("supportsTools")),
            Capability.VISION: flag(body.get("supportsImageInput")),
            Capability.EMBEDDING: embeds or None,
        }
    )


def _is_fireworks(rows: Sequence[Body]) -> bool:
    return any(str(row.get("name")).startswith("accounts/") for row in rows)


def _cerebras(row: Row, body: Body) -> None:
    limits, stated = obj(body.get("limits")), obj(body.get("capabilities"))
    pricing = obj(body.get("pricing"))
    row.text(Field.DISPLAY_NAME, body.get("name"), key="name")
    row.text(Field.QUANTIZATION, body.get("quantization"), key="quantization")
    row.state(Field.OPEN_WEIGHTS, True if body.get("hugging_face_id") else None)
    row.state(Field.MODEL_PAGE, page_of(body.get("hugging_face_id")))
    row.tokens(Field.CONTEXT_WINDOW, limits.get("max_context_length"), key="limits.max_context_length")
    row.tokens(Field.MAX_OUTPUT_TOKENS, limits.get("max_completion_tokens"), key="limits.max_completion_tokens")
    row.state(Field.RPM, limits.get("requests_per_minute"), key="limits.requests_per_minute")
    row.state(Field.TPM, limits.get("tokens_per_minute"), key="limits.tokens_per_minute")
    row.price(Field.PRICE_INPUT, pricing.get("prompt"), per=MILLION, key="pricing.prompt")
    row.price(Field.PRICE_OUTPUT, pricing.get("completion"), per=MILLION, key="pricing.completion")
    states = ("deprecated", "preview")
    row.text(Field.LIFECYCLE, next((state for state in states if body.get(state) is True), None))
    row.capabilities(
        {
            Capability.TOOLS: flag(stated.get("tools", stated.get("function_calling"))),
            Capability.VISION: flag(stated.get("vision")),
            Capability.REASONING: flag(stated.get("reasoning")),
            Capability.STRUCTURED_OUTPUT: flag(stated.get("structured_outputs")),
        }
    )


def _is_cerebras(rows: Sequence[Body]) -> bool:
    return any("max_context_length" in obj(row.get("limits")) for row in rows)


def _github(row: Row, body: Body) -> None:
    limits = obj(body.get("limits"))
    row.text(Field.DISPLAY_NAME, body.get("name"), key="name")
    row.tokens(Field.MAX_INPUT_TOKENS, limits.get("max_input_tokens"), key="limits.max_input_tokens")
    row.tokens(Field.MAX_OUTPUT_TOKENS, limits.get("max_output_tokens"), key="limits.max_output_tokens")
    stated = words(body.get("capabilities"))
    row.capabilities(
        inputs(words(body.get("supported_input_modalities")))
        | outputs(words(body.get("supported_output_modalities")))
        | {Capability.TOOLS: "tool-calling" in stated if stated else None}
    )


FORMATS = (
    ListFormat("Anthropic", "anthropic", "data", _is_anthropic, _anthropic, by_id),
    ListFormat("Cerebras", "cerebras", "data", _is_cerebras, _cerebras, by_id),
    ListFormat("Mistral", "mistral", "data", _is_mistral, _mistral, by_id),
    ListFormat("Groq", "groq", "data", _is_groq, _groq, by_id),
    ListFormat("OpenAI", "openai", "data", _is_openai, _openai, by_id),
    ListFormat("Google", "google", "models", any_row("supportedGenerationMethods"), _google, _google_name),
    ListFormat("xAI", "xai", "models", any_row("prompt_text_token_price"), _xai, by_id),
    ListFormat("Fireworks", "fireworks-ai", "models", _is_fireworks, _fireworks, by_name),
    ListFormat("Cohere", "cohere", "models", any_row("endpoints"), _cohere, by_name),
    ListFormat("GitHub Models", "github-models", None, any_row("rate_limit_tier"), _github, by_id),
)
