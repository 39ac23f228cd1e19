"""What a model's config and parameters say of it: small JSON blobs, which may be damaged or anybody's."""

from __future__ import annotations

from collections.abc import Mapping

from modelward.catalog.fields import clip
from modelward.net import jsontext
from modelward.ollama.model import ConfigFacts

LARGEST = 1024 * 1024
"""Bytes of the largest config that is read; true ones have under a thousand, the older ones a few."""

_MOST_TOKENS = 10**9
_MOST_WORDS = 32
_NONE: Mapping[str, object] = {}


def read(config: bytes, params: bytes = b"") -> ConfigFacts:
    """The facts in a config blob and in the blob of the parameters. What is unreadable or odd is unknown."""
    told, asked = _object(config), _object(params)
    return ConfigFacts(
        model_format=_text(told.get("model_format")),
        family=_text(told.get("model_family")),
        parameter_size=_text(told.get("model_type")),
        quantization=_text(told.get("file_type")),
        capabilities=_words(told.get("capabilities")),
        context_length=_tokens(told.get("context_length")),
        num_ctx=_tokens(asked.get("num_ctx")),
        remote_host=_text(told.get("remote_host")),
        remote_model=_text(told.get("remote_model")),
    )


def _object(raw: bytes) -> Mapping[str, object]:
    if not raw or len(raw) > LARGEST:
        return _NONE
    try:
        told = jsontext.parsed(raw)
    except ValueError:
        return _NONE
    return told if isinstance(told, dict) else _NONE


def _text(raw: object) -> str | None:
    return clip(raw.strip(), 200) or None if isinstance(raw, str) else None


def _tokens(raw: object) -> int | None:
    whole = int(raw) if type(raw) is float and raw.is_integer() else raw
    return whole if type(whole) is int and 0 < whole <= _MOST_TOKENS else None


def _words(raw: object) -> tuple[str, ...]:
    listed = raw[:_MOST_WORDS] if isinstance(raw, list) else []
    return tuple(dict.fromkeys(clip(word, 40) for word in listed if isinstance(word, str) and word))
