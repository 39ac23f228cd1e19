"""Whose list it is, where the rows do not tell: from who owns the models, or from the file's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

from modelward.core.errors import BadValueError

_ALIASES = {
    "azure-openai": "azure",
    "bedrock": "amazon-bedrock",
    "aws-bedrock": "amazon-bedrock",
    "claude": "anthropic",
    "cloudflare": "cloudflare-workers-ai",
    "fireworks": "fireworks-ai",
    "fireworksai": "fireworks-ai",
    "gemini": "google",
    "github": "github-models",
    "grok": "xai",
    "hf": "huggingface",
    "hugging-face": "huggingface",
    "kimi": "moonshotai",
    "llama-cpp": "llamacpp",
    "lm-studio": "lmstudio",
    "mistralai": "mistral",
    "moonshot": "moonshotai",
    "novita": "novita-ai",
    "nvidia-nim": "nvidia",
    "open-router": "openrouter",
    "qwen": "alibaba",
    "dashscope": "alibaba",
    "together": "togetherai",
    "together-ai": "togetherai",
    "x-ai": "xai",
    "z-ai": "zai",
}
_KNOWN = frozenset(_ALIASES.values()) | {
    *(
        "alibaba",
        "anthropic",
        "azure",
        "baseten",
        "cerebras",
        "chutes",
        "cohere",
        "databricks",
        "deepinfra",
        "deepseek",
    ),
    *("digitalocean", "friendli", "google", "groq", "helicone", "huggingface", "hyperbolic", "inception", "llama"),
    *("llamacpp", "lmstudio", "mistral", "modelscope", "moonshotai", "nebius", "nvidia", "ollama", "openai"),
    *("openrouter", "ovhcloud", "perplexity", "requesty", "sambanova", "scaleway", "siliconflow", "togetherai"),
    *("upstage", "venice", "vercel", "vllm", "voyageai", "vultr", "wandb", "xai", "zai", "zhipuai"),
}
"""Provider ids that a file's name may hold; any other must be given: "my-models.json" makes no provider "my"."""

# Servers that own what they list. The labs' names count only where the models' names have no author in front: a
# router repeats the lab as the owner.
_SERVERS = {"library": "ollama", "organization_owner": "lmstudio", "llamacpp": "llamacpp", "vllm": "vllm"}
_LABS = {
    "anthropic": "anthropic",
    "Cerebras": "cerebras",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "google": "google",
    "mistralai": "mistral",
    "moonshot": "moonshotai",
    "openai": "openai",
    "perplexity": "perplexity",
    "xai": "xai",
    "z-ai": "zai",
}
_NOISE = re.compile(r"^(?:models?|list|lists|api|v\d+|response|answer|raw|tags|json|\d+)$")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


def provider_named(given: str) -> str:
    """The provider's id as a person gave it. Raises BadValueError where it is no id."""
    plain = given.strip().lower()
    if not _ID.fullmatch(plain):
        raise BadValueError(
            f"{given[:80]!r} is no provider's id.", why="An id has small letters, digits, dots, dashes and underscores."
        )
    return _ALIASES.get(plain, plain)


def provider_of_owner(owners: Mapping[str, int], rows: int, *, has_slash: bool) -> str | None:
    """The provider that most rows name as their owner, or None."""
    for owner, times in owners.items():
        if times * 2 > rows:
            return _SERVERS.get(owner) or (None if has_slash else _LABS.get(owner))
    return None


def provider_in(file_name: str) -> str | None:
    """The provider in a file's name such as ``together-models.json``, or None where it holds none that is known."""
    parts = re.split(r"[^a-z0-9]+", PurePath(file_name).stem.lower())
    plain = "-".join(part for part in parts if part and not _NOISE.match(part))
    found = _ALIASES.get(plain, plain)
    return found if found in _KNOWN else None


def shown_model(file_name: str) -> str:
    """The model in the name of a file that holds Ollama's answer about it: ``show-llama3.json``, ``llama3.json``."""
    stem = file_name.removesuffix(".json")
    return re.sub(r"^show[-_ ]|[-_ ]show$", "", stem)
