"""What a model is for, told from its name and its modalities: for sources that do not say it themselves."""

from __future__ import annotations

import re
from collections.abc import Collection

from modelward.catalog.model import Kind

# In this order: a "bge-reranker" is no embedding. Each is looked for where a part of the name starts, so that "tts" is
# not found in "bottts".
_FIRST_WORDS: dict[Kind, tuple[str, ...]] = {
    Kind.RERANK: ("rerank",),
    Kind.MODERATION: ("moderation", "llama-?guard", "shieldgemma", "prompt-guard", "wildguard", "granite-guardian"),
    Kind.EMBEDDING: (
        *("embed", "nomic-embed", "text-?embed", "bge-", "e5-(?:large|base|small|mistral)", "gte-(?:large|base|small)"),
        *("all-mini-?lm", "multi-qa-mpnet", "m2-bert", "uae-large", "voyage-", "paraphrase-"),
    ),
    Kind.AUDIO: (
        *("whisper", "tts", "transcribe", "realtime", "native-audio", "parakeet", "canary-1b", "orpheus", "kokoro"),
        *("melotts", r"aura-\d", "eleven", "lyria", "asr", "speech-", "smart-turn", "sonic", "grok-voice", "chirp"),
    ),
    Kind.VIDEO: ("sora", r"veo-?\d", "kling", "seedance", "hailuo", "t2v", "i2v", "runway", "cogvideo", "nova-reel"),
    Kind.IMAGE: (
        *("dall-e", "gpt-image", "nano-banana", "imagen-", "flux", "sdxl", "sd3", "seedream", "ideogram", "recraft"),
        *("stable-(?:diffusion|image|outpaint|style|fast|conservative)", "qwen-image", "nova-canvas", "titan-image"),
        *("grok-imagine-image", "image-generation", r"gpt-[\d.]+-image"),
        r"gemini-[\d.]+-[\w.-]*image",
    ),
}
_STARTS = r"(?:^|[/.:@_\s-])"
_PATTERNS = [(kind, re.compile(_STARTS + f"(?:{'|'.join(words)})")) for kind, words in _FIRST_WORDS.items()]
_LONGEST = 300


def kind_of(name: str, outputs: Collection[str] = ()) -> Kind | None:
    """What a model of that name is for; ``outputs`` are the modalities that it is said to put out ("text", "image", …).

    None where neither the name nor the outputs tell; names that are longer than any true one tell nothing.
    """
    lowered = name.lower()
    if len(lowered) <= _LONGEST:
        for kind, pattern in _PATTERNS:
            if pattern.search(lowered):
                return kind
    # A model that also talks is for chat, unless its name says picture or film: "gemini-…-flash-image".
    for word, kind in (("video", Kind.VIDEO), ("image", Kind.IMAGE)):
        if word in outputs and ("text" not in outputs or word in lowered):
            return kind
    if "text" in outputs:
        return Kind.CHAT
    return Kind.AUDIO if "audio" in outputs else None
