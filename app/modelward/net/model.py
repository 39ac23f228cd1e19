"""What is sent, what comes back, and within which limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from modelward.core.secret import Secret

MIB = 1024 * 1024


class Method(StrEnum):
    """How a server is asked."""

    GET = "GET"
    POST = "POST"
    HEAD = "HEAD"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class FileBody:
    """A file that is sent as it is, piece by piece. ``on_sent`` is told the bytes sent so far, on the loop."""

    path: Path
    on_sent: Callable[[int], None] | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each phase of a call may take, in seconds.

    ``connect``: name, connection and TLS together. ``first_byte``: from the request sent to the head of the answer.
    ``between``: between two pieces of the answer. ``total``: the whole call without its retries; None for no end.
    """

    connect: float = 10.0
    first_byte: float = 30.0
    between: float = 30.0
    total: float | None = 120.0


LISTING = Patience()
"""For lists of models and other small questions."""

CHECKING = Patience(connect=5.0, first_byte=10.0, between=10.0, total=15.0)
"""For a look whether somebody answers."""

CHATTING = Patience(connect=10.0, first_byte=300.0, between=120.0, total=None)
"""For models' answers: a large one may think for minutes before its first token."""


class Moment(StrEnum):
    """What of a call whoever times it wants to know the time of."""

    SENDING = "sending"  # the first bytes of the request go out; connecting is over
    HEAD = "head"  # the answer's head has come
    PIECE = "piece"  # a piece of its content has come


Tell = Callable[[Moment, int | None], None]
"""Is told of each moment as it comes, and the number of the connection's socket once the head has come; on the loop of
the call. Must be quick."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    ``server``: who is asked, as people call it; errors name it. ``lane``: calls of one lane share limits (a
    provider's id). ``body`` is sent as JSON; ``content`` as it is, instead of one. ``key`` goes into the header
    ``key_header`` behind ``key_prefix`` and nowhere else. ``is_repeatable``: may be sent again after a failure
    (asking for a list is; a chat that was begun is not). ``most_bytes``: a larger answer is refused. ``hosts``: where
    redirects may lead ("docs.acme.example", "127.0.0.1:8080"); None is anywhere. Addresses never hold a key.
    ``tell`` is told of the call's moments.
    """

    server: str
    lane: str
    url: str
    method: Method = Method.GET
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    key: Secret | None = None
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    body: object | None = None
    content: bytes | FileBody | None = None
    patience: Patience = LISTING
    is_repeatable: bool = True
    most_bytes: int = 64 * MIB
    hosts: frozenset[str] | None = None
    tell: Tell | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with a status below 400. ``headers`` have lower-case names. ``latency``: seconds to its head."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    latency: float
    url: str
