"""What people call providers, capabilities, kinds and fields."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from modelward.catalog.fields import FIELDS, clip
from modelward.catalog.model import Capability, Field

# Only names that the rule below (words of the id, capitalised) would get wrong.
_PROVIDERS = {
    "302ai": "302.AI",
    "ai21": "AI21",
    "aihubmix": "AIHubMix",
    "alibaba-cn": "Alibaba (China)",
    "amazon-bedrock": "Amazon Bedrock",
    "aws": "AWS Bedrock",
    "berget": "Berget.AI",
    "cloudferro-sherlock": "CloudFerro Sherlock",
    "cloudflare-ai-gateway": "Cloudflare AI Gateway",
    "cloudflare-workers-ai": "Cloudflare Workers AI",
    "deepinfra": "Deep Infra",
    "deepseek": "DeepSeek",
    "digitalocean": "DigitalOcean",
    "dinference": "DInference",
    "drun": "D.Run (China)",
    "elevenlabs": "ElevenLabs",
    "fastrouter": "FastRouter",
    "fireworks": "Fireworks AI",
    "fireworks-ai": "Fireworks AI",
    "frogbot": "FrogBot",
    "github-copilot": "GitHub Copilot",
    "github-models": "GitHub Models",
    "gitlab": "GitLab Duo",
    "gmicloud": "GMI Cloud",
    "google-vertex": "Google Vertex",
    "google-vertex-anthropic": "Google Vertex (Anthropic)",
    "hpc-ai": "HPC-AI",
    "huggingface": "Hugging Face",
    "iflowcn": "iFlow",
    "io-net": "IO.NET",
    "jiekou": "Jiekou.AI",
    "kimi-for-coding": "Kimi for Coding",
    "llmgateway": "LLM Gateway",
    "lmstudio": "LM Studio",
    "lucidquery": "LucidQuery",
    "minimax": "MiniMax",
    "minimax-cn": "MiniMax (China)",
    "modelscope": "ModelScope",
    "moonshotai": "Moonshot AI",
    "moonshotai-cn": "Moonshot AI (China)",
    "nano-gpt": "NanoGPT",
    "nearai": "NEAR AI Cloud",
    "novita-ai": "Novita AI",
    "nvidia": "NVIDIA",
    "openai": "OpenAI",
    "opencode": "OpenCode Zen",
    "opencode-go": "OpenCode Go",
    "openrouter": "OpenRouter",
    "orcarouter": "OrcaRouter",
    "ovhcloud": "OVHcloud",
    "quicksilverpro": "QuickSilver Pro",
    "routing-run": "routing.run",
    "sambanova": "SambaNova",
    "sap-ai-core": "SAP AI Core",
    "siliconflow": "SiliconFlow",
    "siliconflow-cn": "SiliconFlow (China)",
    "stackit": "STACKIT",
    "stepfun": "StepFun",
    "stepfun-ai": "StepFun",
    "submodel": "submodel",
    "togetherai": "Together AI",
    "v0": "v0",
    "vercel": "Vercel AI Gateway",
    "voyageai": "Voyage AI",
    "wafer.ai": "Wafer",
    "wandb": "Weights & Biases",
    "x-ai": "xAI",
    "xai": "xAI",
    "zai": "Z.AI",
    "zenmux": "ZenMux",
    "zhipuai": "Zhipu AI",
}
_CAPITALS = frozenset({"ai", "api", "cn", "gpu", "io"})

# Short words for tags, in the order in which they matter to somebody who chooses a model.
SHORT_CAPABILITIES = {
    Capability.TOOLS: "tools",
    Capability.VISION: "vision",
    Capability.REASONING: "reason",
    Capability.EMBEDDING: "embedding",
    Capability.AUDIO_INPUT: "audio",
    Capability.VIDEO_INPUT: "video",
    Capability.PDF_INPUT: "pdf",
    Capability.IMAGE_OUTPUT: "image out",
    Capability.AUDIO_OUTPUT: "audio out",
    Capability.STRUCTURED_OUTPUT: "structured",
    Capability.WEB_SEARCH: "web search",
    Capability.COMPUTER_USE: "computer",
    Capability.FILL_IN_MIDDLE: "fill-in",
    Capability.PROMPT_CACHING: "caching",
}

MISSING_WORDS = {
    Field.CONTEXT_WINDOW: "context window",
    Field.CAPABILITIES: "capabilities",
    Field.PRICE_INPUT: "price",
}

# A price counts as one field, and so do the rate limits: each is asked for by the first of its fields.
_GROUP_WORDS = {**MISSING_WORDS, Field.RPM: "rate limits"}


@cache
def provider_name(provider: str) -> str:
    """The provider's name as people write it; a name is made from the id where none is known."""
    known = _PROVIDERS.get(provider)
    if known is not None:
        return known
    words = clip(provider, 60).replace("_", "-").split("-")
    return " ".join(word.upper() if word in _CAPITALS else word[:1].upper() + word[1:] for word in words)


def capability_name(capability: Capability) -> str:
    """A capability in words: ``structured output``."""
    return capability.value.replace("_", " ")


def missing_name(field: Field) -> str:
    """What a model lacks, in words, where it lacks this field."""
    return _GROUP_WORDS.get(field) or FIELDS[field].title.lower()


def in_order(capabilities: Iterable[Capability]) -> list[Capability]:
    """Capabilities in the order in which they are shown everywhere."""
    given = frozenset(capabilities)
    return [capability for capability in SHORT_CAPABILITIES if capability in given]


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words as a sentence lists them: ``a, b and c``."""
    *first, end = words
    return f"{', '.join(first)} {last} {end}" if first else end
