"""Division as people have it, over a provider that counts with a real vocabulary and refuses what is too long."""

from __future__ import annotations

import re
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from harness.chat_doubles import OPENAI, Told
from harness.facts import fact
from harness.spending import NOON, StandingClock
from harness.wire import Reply, Seen, WireServer
from modelward.advice.division import DivisionService
from modelward.advice.tokens import Count
from modelward.catalog.model import Field
from modelward.catalog.store import CatalogStore
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.settings import PREFIX, load
from modelward.net.client import Client
from modelward.providers.keys import Keys
from modelward.providers.model import EndReason, Usage
from modelward.providers.service import ProviderService
from modelward.spending.gateway import Gateway
from modelward.spending.service import SpendingService
from modelward.store.engine import Database

KEY = "sk-planted-key-7f3a-dividing"
MODEL = "openai/worker"
CHAT = "/v1/chat/completions"
VOCABULARIES = ("cl100k_base", "o200k_base", "voyage3_base")

_AT_ONCE = 900_000  # characters; it takes no text of a million
_PART = re.compile(r"<part>\n(.*)\n</part>", re.DOTALL)
_NOTES = re.compile(r"<notes>\n(.*)\n</notes>", re.DOTALL)


@cache
def _vocabulary(name: str) -> Callable[[str], list[int]]:
    with warnings.catch_warnings():
        # It opens the vocabularies of its wheel in a way that Python will drop.
        warnings.simplefilter("ignore", DeprecationWarning)
        import bpe_openai

        encode: Callable[[str], list[int]] = bpe_openai.get_encoding(name).encode_ordinary
    return encode


def true_tokens(text: str, vocabulary: str = "o200k_base") -> int:
    """The tokens of a text in a real vocabulary; of a very long one to a token or two."""
    whole = text.encode("utf-8", "replace").decode()
    parts = (whole[start : start + _AT_ONCE] for start in range(0, len(whole), _AT_ONCE))
    return sum(len(_vocabulary(vocabulary)(part)) for part in parts)


def most_true_tokens(text: str) -> int:
    """The tokens of a text in that of three vocabularies which makes the most of it."""
    return max(true_tokens(text, name) for name in VOCABULARIES)


def same(tokens: int) -> Count:
    """A count without doubt."""
    return Count(tokens, tokens, tokens)


Answer = Callable[[str], str]


@dataclass
class Worker:
    """A model that answers each part as ``answer`` says, and refuses what its window does not hold.

    ``window``: tokens of input and answer together. ``failing``: replies that are given instead, each once, to requests
    whose text holds the key. ``sizes``: tokens of each request that was let in; ``refused``: how many were not.
    """

    window: int = 1_000_000
    answer: Answer = lambda part: f"Seen: {' '.join(part.split()[:3])}"
    failing: dict[str, list[Reply]] = field(default_factory=dict)
    end: EndReason = EndReason.STOP
    parts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    refused: int = 0

    def reply(self, seen: Seen) -> Reply:
        """The answer to one request."""
        words = "\n".join(message["content"] for message in seen.json["messages"])
        for key, replies in self.failing.items():
            if key in words and replies:
                return replies.pop(0)
        tokens, out = (
            true_tokens(words),
            seen.json["max_tokens" if "max_tokens" in seen.json else "max_completion_tokens"],
        )
        if tokens + out > self.window:
            self.refused += 1
            return _too_long(self.window, tokens)
        self.sizes.append(tokens)
        notes, part = _NOTES.search(words), _PART.search(words)
        if notes is not None:
            self.notes.append(notes[1])
        elif part is not None:
            self.parts.append(part[1])
        found = notes or part
        text = self.answer(found[1] if found else words)
        usage = Usage(input_tokens=tokens, output_tokens=true_tokens(text))
        told = Told(text=(text,), usage=usage, end=self.end)
        return Reply(headers={"content-type": "text/event-stream"}, chunks=OPENAI.pieces(told))


def _too_long(window: int, tokens: int) -> Reply:
    message = (
        f"This model's maximum context length is {window} tokens. However, your messages resulted in {tokens} tokens. "
        "Please reduce the length of the messages."
    )
    error = {"message": message, "type": "invalid_request_error", "code": "context_length_exceeded"}
    return Reply(400, body={"error": error})


@dataclass
class Place:
    """Division with all that it stands on. ``waited``: the seconds that it would have waited."""

    division: DivisionService
    spending: SpendingService
    catalog: CatalogStore
    worker: Worker
    database: Database
    folder: Path
    waited: list[float] = field(default_factory=list)

    def text(self, content: str | bytes, name: str = "text.md") -> Path:
        """A file with this content."""
        file = self.folder / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file


@asynccontextmanager
async def open_place(
    database: Database,
    wire: WireServer,
    folder: Path,
    worker: Worker,
    *,
    day: str = "null",
    zero_burn: bool = False,
    **facts: object,
) -> AsyncIterator[Place]:
    """Division with one model, :data:`MODEL`, which the worker is; ``facts`` are what is known of it."""
    paths, clock = Paths.locate(), StandingClock()
    paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_text(f"spending:\n  day_limit: {day}\n  month_limit: null\n", "utf-8")
    environ = {"OPENAI_API_KEY": KEY, f"{PREFIX}SPENDING__ZERO_BURN": str(zero_burn).lower()}
    preferences = Preferences(paths, load(paths, environ), environ)
    catalog = CatalogStore(database)
    stated = {"kind": "chat", "price_input": "1", "price_output": "4", **facts}
    rows = [replace(fact(MODEL, Field(name), value)) for name, value in stated.items() if value is not None]
    await catalog.merge(rows, now=NOON, named=[MODEL])
    client = Client(preferences)
    providers = ProviderService(database, Keys(environ), client, environ=environ, clock=clock)
    await providers.add("openai", url=f"{wire.url}/v1")
    wire.route("POST", CHAT, worker.reply)
    spending = SpendingService(database, preferences, clock=clock)
    gateway = Gateway(spending, catalog, providers, clock=clock)
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    division = DivisionService(database, catalog, providers, gateway, preferences, clock=clock, wait=wait)
    try:
        yield Place(division, spending, catalog, worker, database, folder, waited)
    finally:
        await client.close()
