"""List-models answers of those who sell models of many labs: OpenRouter, Together, the Hugging Face router."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from modelward.catalog.model import Capability, Field, Kind
from modelward.catalog.rawfiles.shape import (
    Body,
    ListFormat,
    any_row,
    by_id,
    by_name,
    day_in,
    day_of,
    inputs,
    is_positive,
    is_zero,
    obj,
    outputs,
    page_at,
    page_of,
    words,
)
from modelward.catalog.sheet import MILLION, Row

_OPENROUTER_PRICES = {
    "prompt": Field.PRICE_INPUT,
    "completion": Field.PRICE_OUTPUT,
    "input_cache_read": Field.PRICE_CACHE_READ,
    "input_cache_write": Field.PRICE_CACHE_WRITE,
}
_OPENROUTER_TIERS = {
    "audio": (Field.PRICE_INPUT, "audio input"),
    "audio_output": (Field.PRICE_OUTPUT, "audio output"),
    "internal_reasoning": (Field.PRICE_OUTPUT, "reasoning tokens"),
    "input_cache_write_1h": (Field.PRICE_CACHE_WRITE, "kept for 1 hour"),
}


def _openrouter(row: Row, body: Body) -> None:
    architecture, top = obj(body.get("architecture")), obj(body.get("top_provider"))
    row.text(Field.DISPLAY_NAME, body.get("name"), key="name")
    row.tokens(Field.CONTEXT_WINDOW, body.get("context_length"), key="context_length")
    row.tokens(Field.MAX_OUTPUT_TOKENS, top.get("max_completion_tokens"), key="top_provider.max_completion_tokens")
    row.state(Field.KNOWLEDGE_CUTOFF, body.get("knowledge_cutoff"), key="knowledge_cutoff")
    row.state(Field.RELEASE_DATE, day_of(body.get("created")), key="created")
    row.state(Field.OPEN_WEIGHTS, True if body.get("hugging_face_id") else None)
    row.state(Field.MODEL_PAGE, page_of(body.get("hugging_face_id")))
    if day := day_in(body.get("expiration_date")):
        row.text(Field.LIFECYCLE, f"expires on {day}")
    pricing = obj(body.get("pricing"))
    makes = words(architecture.get("output_modalities"))
    _openrouter_prices(row, pricing, is_by_other_unit=bool(makes - {"text"}) and not row.name.endswith(":free"))
    known = words(body.get("supported_parameters"))
    row.capabilities(
        inputs(words(architecture.get("input_modalities")))
        | outputs(makes)
        | {
            Capability.TOOLS: "tools" in known if known else None,
            Capability.REASONING: "reasoning" in known if known else None,
            # "response_format" alone may be a JSON mode without a schema: left open.
            Capability.STRUCTURED_OUTPUT: _structured(known),
            Capability.PROMPT_CACHING: is_positive(pricing.get("input_cache_read")) or None,
        }
    )


def _structured(known: frozenset[str]) -> bool | None:
    if "structured_outputs" in known:
        return True
    return False if known and "response_format" not in known else None


def _openrouter_prices(row: Row, pricing: Body, *, is_by_other_unit: bool) -> None:
    other_units = ("image", "request", "image_output", "audio_output")
    is_by_other_unit |= any(is_positive(pricing.get(unit)) for unit in other_units)
    for key, field in _OPENROUTER_PRICES.items():
        raw = pricing.get(key)
        # "-1" marks a router whose price depends on where it sends the call; a zero of a model that is paid per image,
        # song or request is no free model; a zero for a cache means that there is none.
        no_price = raw in ("-1", -1) or (is_zero(raw) and (is_by_other_unit or key.startswith("input_cache")))
        if not no_price:
            row.price(field, raw, per=MILLION, key=f"pricing.{key}")
    tiers: list[tuple[Field, object, str]] = [
        (field, pricing[key], condition)
        for key, (field, condition) in _OPENROUTER_TIERS.items()
        if is_positive(pricing.get(key))
    ]
    overrides = pricing.get("overrides")
    for override in map(obj, overrides if isinstance(overrides, list) else []):
        if condition := _override(override):
            tiers += [
                (f, override[k], condition) for k, f in _OPENROUTER_PRICES.items() if is_positive(override.get(k))
            ]
    row.tiers(tiers, per=MILLION)


def _override(override: Body) -> str:
    least, start, end = (override.get(key) for key in ("min_prompt_tokens", "utc_start", "utc_end"))
    conditions = []
    if isinstance(least, int) and least > 0:
        conditions.append(f"above {least:,} input tokens")
    if isinstance(start, str) and isinstance(end, str):
        conditions.append(f"from {start[:20]} to {end[:20]} UTC")
    return ", ".join(conditions)


def _is_openrouter(rows: Sequence[Body]) -> bool:
    return any("prompt" in obj(row.get("pricing")) and "architecture" in row and "top_provider" in row for row in rows)


_TOGETHER_KINDS = {
    "chat": Kind.CHAT,
    "language": Kind.CHAT,
    "code": Kind.CHAT,
    "image": Kind.IMAGE,
    "embedding": Kind.EMBEDDING,
    "moderation": Kind.MODERATION,
    "rerank": Kind.RERANK,
    "audio": Kind.AUDIO,
    "transcribe": Kind.AUDIO,
    "video": Kind.VIDEO,
}


def _together(row: Row, body: Body) -> None:
    kind = _TOGETHER_KINDS.get(str(body.get("type")))
    pricing = obj(body.get("pricing"))
    row.state(Field.KIND, kind)
    row.text(Field.DISPLAY_NAME, body.get("display_name"), key="display_name")
    row.state(Field.MODEL_PAGE, page_at(body.get("link")))
    row.tokens(Field.CONTEXT_WINDOW, body.get("context_length"), key="context_length")
    _together_prices(row, pricing, kind, {"input": Field.PRICE_INPUT, "output": Field.PRICE_OUTPUT})
    row.capabilities({Capability.EMBEDDING: True if kind is Kind.EMBEDDING else None})


def _together_prices(row: Row, pricing: Body, kind: Kind | None, keys: dict[str, Field]) -> None:
    # All zeros mark a model that runs on rented machines only; a free one says so in its name.
    is_free = row.name.lower().endswith("-free")
    no_output = kind in (Kind.EMBEDDING, Kind.RERANK, Kind.MODERATION) and is_positive(pricing.get("input"))
    for key, field in keys.items():
        if not is_zero(pricing.get(key)) or is_free or (key == "output" and no_output):
            row.price(field, pricing.get(key), key=f"pricing.{key}")


def _together_v2(row: Row, body: Body) -> None:
    can = {word.removeprefix("capability_") for word in words(body.get("capabilities"))}
    features = {word.removeprefix("feature_") for word in words(body.get("features"))}
    kinds = {"chat": Kind.CHAT, "embedding": Kind.EMBEDDING, "reranking": Kind.RERANK, "image_generation": Kind.IMAGE}
    kind = next((kind for word, kind in kinds.items() if word in can), None)
    row.state(Field.KIND, kind)
    row.text(Field.DISPLAY_NAME, body.get("displayName"), key="displayName")
    row.text(Field.FAMILY, body.get("familyId"), key="familyId")
    row.tokens(Field.CONTEXT_WINDOW, body.get("contextLength"), key="contextLength")
    prices = {"input": Field.PRICE_INPUT, "output": Field.PRICE_OUTPUT, "cachedInput": Field.PRICE_CACHE_READ}
    _together_prices(row, obj(body.get("pricing")), kind, prices)
    row.capabilities(
        inputs(_modalities(body.get("inputModalities")))
        | outputs(_modalities(body.get("outputModalities")))
        | {
            Capability.TOOLS: "tool_calling" in features if features else None,
            Capability.STRUCTURED_OUTPUT: "structured_output" in features if features else None,
            Capability.REASONING: "reasoning" in features if features else None,
            Capability.EMBEDDING: True if kind is Kind.EMBEDDING else None,
        }
    )


def _modalities(raw: object) -> frozenset[str]:
    return frozenset(word.rpartition("_")[2] for word in words(raw))


def _is_together(rows: Sequence[Body]) -> bool:
    return any("hourly" in obj(row.get("pricing")) or ("type" in row and "organization" in row) for row in rows)


def _is_together_v2(rows: Sequence[Body]) -> bool:
    return any("contextLength" in row and "products" in row for row in rows)


def _huggingface(row: Row, body: Body) -> None:
    architecture = obj(body.get("architecture"))
    raw = body.get("providers")
    hosts = [host for host in map(obj, raw if isinstance(raw, list) else []) if host.get("status") != "error"]
    # The router chooses the host: only what every host states is true of the model.
    row.tokens(Field.CONTEXT_WINDOW, _agreed(hosts, "context_length"), key="providers.context_length")
    row.state(Field.OPEN_WEIGHTS, True)
    tiers: list[tuple[Field, object, str]] = []
    for key, field in (("input", Field.PRICE_INPUT), ("output", Field.PRICE_OUTPUT)):
        prices = [obj(host.get("pricing")) for host in hosts]
        row.price(field, _agreed(prices, key), key=f"providers.pricing.{key}")
        tiers += [
            (field, price[key], f"served by {str(host.get('provider'))[:40]}")
            for host, price in zip(hosts, prices, strict=True)
            if len(hosts) > 1 and is_positive(price.get(key))
        ]
    row.tiers(tiers)
    row.capabilities(
        inputs(words(architecture.get("input_modalities")))
        | outputs(words(architecture.get("output_modalities")))
        | {
            Capability.TOOLS: cast("bool | None", _agreed(hosts, "supports_tools")),
            Capability.STRUCTURED_OUTPUT: cast("bool | None", _agreed(hosts, "supports_structured_output")),
        }
    )


def _agreed(parts: Sequence[Body], key: str) -> object:
    stated = [part.get(key) for part in parts]
    return stated[0] if stated and all(value == stated[0] for value in stated) else None


FORMATS = (
    ListFormat("OpenRouter", "openrouter", "data", _is_openrouter, _openrouter, by_id),
    ListFormat("Hugging Face router", "huggingface", "data", any_row("providers"), _huggingface, by_id),
    ListFormat("Together", "togetherai", "data", _is_together_v2, _together_v2, by_name),
    ListFormat("Together", "togetherai", None, _is_together, _together, by_id),
    ListFormat("Together", "togetherai", "data", _is_together, _together, by_id),
)
