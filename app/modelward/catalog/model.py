"""The words of the catalogue: models, facts, their fields, kinds, capabilities and sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a model is for."""

    CHAT = "chat"
    EMBEDDING = "embedding"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    RERANK = "rerank"
    MODERATION = "moderation"
    OTHER = "other"


class Capability(StrEnum):
    """What a model can do; the one list of words for it. "Multimodal" is derived from these."""

    TOOLS = "tools"
    VISION = "vision"
    AUDIO_INPUT = "audio_input"
    VIDEO_INPUT = "video_input"
    PDF_INPUT = "pdf_input"
    IMAGE_OUTPUT = "image_output"
    AUDIO_OUTPUT = "audio_output"
    STRUCTURED_OUTPUT = "structured_output"
    REASONING = "reasoning"
    PROMPT_CACHING = "prompt_caching"
    WEB_SEARCH = "web_search"
    COMPUTER_USE = "computer_use"
    EMBEDDING = "embedding"
    FILL_IN_MIDDLE = "fill_in_middle"


class Status(StrEnum):
    """Whether a model can be called, as far as anybody has seen."""

    AVAILABLE = "available"
    UNREACHABLE = "unreachable"
    RETIRED = "retired"
    LISTED = "listed"  # known from a catalogue; nobody here has asked its provider yet


class Source(StrEnum):
    """Where a fact came from, in order of trust (first is trusted most)."""

    USER = "user"
    PROVIDER = "provider"
    MEASURED = "measured"
    REFERENCE = "reference"
    SURVEY = "survey"
    RESEARCH = "research"
    INFERENCE = "inference"

    @property
    def trust(self) -> int:
        """Rank by trust; smaller is trusted more."""
        return _TRUST[self]


_TRUST = {source: rank for rank, source in enumerate(Source)}


class Field(StrEnum):
    """What can be stated of a model. Values, units and bounds stand in :mod:`.fields`."""

    KIND = "kind"
    DISPLAY_NAME = "display_name"
    FAMILY = "family"
    CONTEXT_WINDOW = "context_window"
    MAX_INPUT_TOKENS = "max_input_tokens"
    MAX_OUTPUT_TOKENS = "max_output_tokens"
    SERVED_CONTEXT = "served_context"
    CAPABILITIES = "capabilities"
    PRICE_INPUT = "price_input"
    PRICE_OUTPUT = "price_output"
    PRICE_CACHE_READ = "price_cache_read"
    PRICE_CACHE_WRITE = "price_cache_write"
    PRICE_TIERS = "price_tiers"
    RPM = "rpm"
    TPM = "tpm"
    RPD = "rpd"
    PARAMETER_COUNT = "parameter_count"
    QUANTIZATION = "quantization"
    ARCHITECTURE = "architecture"
    KNOWLEDGE_CUTOFF = "knowledge_cutoff"
    RELEASE_DATE = "release_date"
    SIZE_BYTES = "size_bytes"
    DIGEST = "digest"
    OPEN_WEIGHTS = "open_weights"
    LIFECYCLE = "lifecycle"
    MODEL_PAGE = "model_page"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """One source's statement: what a model ``has`` and what it ``lacks``. The rest is unknown."""

    has: frozenset[Capability] = frozenset()
    lacks: frozenset[Capability] = frozenset()

    def __post_init__(self) -> None:
        if both := self.has & self.lacks:
            raise ValueError(f"both had and lacking: {', '.join(sorted(both))}")


@dataclass(frozen=True, slots=True)
class PriceTier:
    """A price that differs from the base price under a condition.

    ``field`` is one of the price fields, ``price`` USD per 1,000,000 tokens, ``condition`` plain words
    such as "above 200,000 input tokens" or "from 16:30 to 00:30 UTC".
    """

    field: Field
    price: Decimal
    condition: str


FactValue = int | Decimal | str | bool | Capabilities | tuple[PriceTier, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of one model as one origin states it.

    ``origin`` names who speaks within the source ("models.dev", "genai-prices", "groq list-models file",
    a rule's name); together with model, field and source it is the fact's key. ``observed_at`` (UTC) is
    when the value was true at its origin, as far as known ("as of"), not when it was copied.
    ``confidence`` is 0 to 1. ``evidence`` is an address, ``quote`` the words that say so.
    """

    model_id: str
    field: Field
    source: Source
    origin: str
    value: FactValue
    observed_at: datetime
    confidence: float = 1.0
    evidence: str | None = None
    quote: str | None = None


class Model(NamedTuple):
    """A model with its effective values: what one can call, under ``id`` = ``provider/name``.

    ``None`` is unknown; ``0`` is a known free price or limit. Tokens, USD per 1M tokens, bytes. A tuple and no
    dataclass, because every start makes thousands of them before the window has anything to show.
    """

    id: str
    provider: str
    name: str
    kind: Kind | None = None
    display_name: str | None = None
    family: str | None = None
    status: Status = Status.LISTED
    context_window: int | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    served_context: int | None = None
    capabilities: frozenset[Capability] | None = None
    not_capabilities: frozenset[Capability] = frozenset()
    price_input: Decimal | None = None
    price_output: Decimal | None = None
    price_cache_read: Decimal | None = None
    price_cache_write: Decimal | None = None
    rpm: int | None = None
    tpm: int | None = None
    rpd: int | None = None
    parameter_count: int | None = None
    quantization: str | None = None
    architecture: str | None = None
    knowledge_cutoff: str | None = None
    release_date: str | None = None
    size_bytes: int | None = None
    digest: str | None = None
    open_weights: bool | None = None
    lifecycle: str | None = None
    is_complete: bool = False
    has_user_value: bool = False
    has_dissent: bool = False
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    new_at: datetime | None = None


def model_id(provider: str, name: str) -> str:
    """The id of a model: ``provider/name``. A provider's id has no slash; a name may have some."""
    return f"{provider}/{name}"


def split_id(id_: str) -> tuple[str, str]:
    """The provider and the name of a model id. Raises ValueError where there is no slash or an empty part."""
    provider, slash, name = id_.partition("/")
    if not (provider and slash and name):
        raise ValueError(f"not provider/name: {id_!r}")
    return provider, name
