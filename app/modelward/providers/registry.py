"""Which providers exist: one row of data each, put together from the files that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from modelward.providers.clouds import CLOUDS
from modelward.providers.compatible import COMPATIBLE_CLOUDS
from modelward.providers.dialect import Dialect
from modelward.providers.local import LOCAL, OPENAI_COMPATIBLE
from modelward.providers.model import KnownProvider

KNOWN: Mapping[str, KnownProvider] = MappingProxyType({row.id: row for row in (*CLOUDS, *COMPATIBLE_CLOUDS, *LOCAL)})
"""Every provider that is known by name, by its id (the catalogue's id of it)."""

COMPATIBLE: Mapping[str, KnownProvider] = MappingProxyType({row.id: row for row in (OPENAI_COMPATIBLE, *LOCAL)})
"""What any address may turn out to be, by kind: "openai-compatible", "vllm", "llamacpp", "lmstudio", "ollama"."""

DIALECTS = ("openai", "anthropic", "google", "cohere", "ollama")
"""The wire protocols of chats that are spoken here, each in the file of its name."""


def dialect_of(known: KnownProvider) -> Dialect:
    """The file that speaks a provider's chat wire, imported when it is first needed."""
    if known.dialect == "anthropic":
        from modelward.providers.anthropic import Anthropic

        return Anthropic()
    if known.dialect == "google":
        from modelward.providers.google import Google

        return Google()
    if known.dialect == "cohere":
        from modelward.providers.cohere import Cohere

        return Cohere()
    if known.dialect == "ollama":
        from modelward.providers.ollama import Ollama

        return Ollama()
    from modelward.providers.openai import OpenAI

    return OpenAI()
