"""Which providers exist: one row of data each."""

from __future__ import annotations

from collections.abc import Mapping

from modelward.providers.dialect import Dialect
from modelward.providers.model import KnownProvider

KNOWN: Mapping[str, KnownProvider] = {}
"""Every provider that is known by name, by its id (the catalogue's id of it)."""

COMPATIBLE: Mapping[str, KnownProvider] = {}
"""What any address may turn out to be, by kind: "openai-compatible", "vllm", "llamacpp", "lmstudio", "ollama"."""


def dialect_of(known: KnownProvider) -> Dialect:
    """The file that speaks a provider's chat wire."""
    raise NotImplementedError
