"""The words of providers: who they are, what is asked of a model, and what comes back."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from modelward.core.errors import KnownError

# ---------------------------------------------------------------- who can be asked


class KeyNeed(StrEnum):
    """Whether a provider wants a key."""

    REQUIRED = "required"
    OPTIONAL = "optional"  # it answers without one too, perhaps with less
    NONE = "none"


class Paging(StrEnum):
    """How a list of models goes on behind its first page."""

    NONE = "none"
    AFTER_ID = "after_id"  # has_more and last_id; asked for with after_id
    NEXT_PAGE_TOKEN = "nextPageToken"  # noqa: S105 - a word of the wire, asked for with pageToken
    NEXT_PAGE_TOKEN_SNAKE = "next_page_token"  # noqa: S105 - asked for with page_token
    NEXT_CURSOR = "next_cursor"  # asked for with after


@dataclass(frozen=True, slots=True)
class Listing:
    """Where a provider lists its models. ``path`` starts with a slash and is joined to the base URL, or is a whole URL.

    ``format`` names the catalogue's reader ("Anthropic"); empty: its content tells. ``names``: models of a provider
    that has no list.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    paging: Paging = Paging.NONE
    format: str = ""
    names: tuple[str, ...] = ()


class Counting(StrEnum):
    """What a provider's figures of usage leave out; see :class:`Usage` for what ours mean."""

    PLAIN = "plain"  # cached tokens stand inside input, reasoning inside output
    REASONING_OUTSIDE = "reasoning outside"  # reasoning comes on top of output


class Per(StrEnum):
    """What a rate limit counts, and over which time."""

    REQUESTS_PER_SECOND = "requests/s"
    REQUESTS_PER_MINUTE = "requests/min"
    REQUESTS_PER_DAY = "requests/day"
    TOKENS_PER_SECOND = "tokens/s"
    TOKENS_PER_MINUTE = "tokens/min"


@dataclass(frozen=True, slots=True)
class KnownProvider:
    """A provider as a row of data.

    ``dialect`` names the file that speaks its chat wire. ``check_path``: what is asked to see whether a key is good, at
    no cost; empty: the list. ``env``: variables in which people keep its key, first one first. ``limit_headers``: what
    a header (lower case) limits. ``key_page``: where a person gets a key. ``most_output_field``: what OpenAI's wire
    calls the bound on an answer there. An empty ``embed_path``: there are no embeddings.
    """

    id: str
    title: str
    dialect: str
    base_url: str
    listing: Listing
    key: KeyNeed = KeyNeed.REQUIRED
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    headers: Mapping[str, str] = field(default_factory=dict)
    env: tuple[str, ...] = ()
    key_page: str = ""
    check_path: str = ""
    limit_headers: Mapping[str, Per] = field(default_factory=dict)
    counting: Counting = Counting.PLAIN
    most_output_field: str = "max_tokens"
    chat_path: str = "/chat/completions"
    embed_path: str = "/embeddings"
    is_local: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as this person has it: what is known of its kind, with what the person changed.

    ``known``: the row of data it speaks like, its base URL replaced by the person's. ``is_added``: the person added it
    (or a key for it was found, or it runs on this machine); the others are only known of.
    """

    id: str
    title: str
    known: KnownProvider
    enabled: bool = True
    is_added: bool = False
    last_discovery_at: datetime | None = None
    last_error: str | None = None
    listed_models: int | None = None

    @property
    def base_url(self) -> str:
        """Where it is asked, without a slash at the end."""
        return self.known.base_url.rstrip("/")


# ---------------------------------------------------------------- what is asked


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool that a model wants; ``arguments`` is JSON text as the model wrote it.

    ``signature``: what the provider wants to see again with the call when the conversation goes on; empty for most.
    """

    id: str
    name: str
    arguments: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture to look at: a whole file, and its kind ("image/png")."""

    media_type: str
    data: bytes = field(repr=False)

    @property
    def base64(self) -> str:
        """The file as every wire carries it."""
        return b64encode(self.data).decode("ascii")


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``tool_calls`` are the assistant's; ``tool_call_id`` says which call a tool's message answers;
    ``images`` are the user's and stand before the text."""

    role: Role
    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that a model may call; ``parameters`` is a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a model is asked. ``model``: its name at the provider. ``max_output_tokens`` bounds what the call can cost.

    ``schema``: the answer must be JSON of this schema, where the provider can promise that.
    """

    model: str
    messages: tuple[Message, ...]
    max_output_tokens: int
    temperature: float | None = None
    tools: tuple[Tool, ...] = ()
    schema: Mapping[str, object] | None = None


# ---------------------------------------------------------------- what comes back


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call, counted the same way for every provider.

    ``input_tokens``: all of the input, those read from and written to a cache included. ``output_tokens``: all that is
    billed as output, reasoning included. None is unknown. ``cost``: USD as the provider itself says, where it does.
    """

    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ServerTimes:
    """What the server itself measured of a call, in nanoseconds, as Ollama does; None where it said nothing."""

    total_ns: int | None = None
    load_ns: int | None = None
    prompt_eval_ns: int | None = None
    eval_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit as an answer's headers state it: so many per ``per``, so many left, renewed after so long."""

    per: Per
    limit: int
    remaining: int | None = None
    reset_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Began:
    """The answer has begun; ``model`` is the name that answered (an alias may have been resolved)."""

    model: str = ""
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True, slots=True)
class ReasoningPart:
    """A piece of the model's thinking."""

    text: str


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDone:
    """A call of a tool, whole."""

    call: ToolCall


class EndReason(StrEnum):
    """Why an answer ended."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool calls"
    REFUSAL = "refusal"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer is whole. ``said`` is the provider's own word for the reason."""

    reason: EndReason
    said: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The call could not be made, or its answer broke off; what came before stands."""

    error: KnownError


Event = Began | ReasoningPart | TextPart | ToolCallDone | Usage | ServerTimes | Ended
"""What a dialect's stream is made of. Began comes first, Ended last; a Usage replaces one that came before it.

A stream that cannot be begun or that breaks raises a NetworkError; the gateway makes that the event :class:`Failed`.
"""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One vector per text, in the order of the texts."""

    vectors: tuple[tuple[float, ...], ...]
    usage: Usage
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelList:
    """A provider's own list of its models: the rows as it sent them. ``format`` names the catalogue's reader for them.

    ``url`` is where the list was read: the evidence of its facts. ``latency``: seconds until the first answer began.
    """

    rows: list[object]
    format: str
    url: str
    latency: float
    limits: tuple[Limit, ...] = ()
