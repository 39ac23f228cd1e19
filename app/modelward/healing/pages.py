"""Pages of documentation, fetched: only from named hosts, as their robots.txt allows, one at a time, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from modelward.core.clock import Clock
from modelward.core.errors import AnswerError
from modelward.healing.lines import Line
from modelward.healing.pagecache import Kept, PageCache, kept_now
from modelward.healing.pagereading import is_readable, lines_of_page
from modelward.healing.robots import Robots
from modelward.net.client import Client
from modelward.net.lanes import Sleep
from modelward.net.model import MIB, Answer, Call, Patience

PAUSE = 1.0
"""Seconds between two pages of one host."""
MOST_BYTES = 5 * MIB
_PATIENCE = Patience(total=30.0)
_ACCEPTED = "text/html, text/markdown;q=0.9, text/plain;q=0.8, application/json;q=0.7"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as lines. ``url`` has no fragment; ``at``: when its content was fetched or found unchanged, in UTC."""

    url: str
    at: datetime
    lines: tuple[Line, ...]

    @property
    def host(self) -> str:
        """Who says what stands in it."""
        return urlsplit(self.url).hostname or ""


class Pages:
    """Fetches pages without any key. One at a time, so that no host is asked for two at once."""

    def __init__(self, client: Client, folder: Path, clock: Clock, sleep: Sleep = asyncio.sleep) -> None:
        self._client = client
        self._cache = PageCache(folder)
        self._clock = clock
        self._sleep = sleep
        self._robots = Robots(self._rules_at, clock)
        self._asked: set[str] = set()
        self._turn = asyncio.Lock()

    async def page(self, address: str, hosts: Collection[str]) -> Page:
        """A page, from one of ``hosts`` ("docs.acme.example", "127.0.0.1:8080") alone.

        Raises NetworkError: it cannot be had, may not be read, or is no page of documentation.
        """
        url = urldefrag(address).url
        async with self._turn:
            if not await self._robots.allows(url):
                raise AnswerError(f"{_name(url)} may not be read.", why="Its robots.txt asks programs to stay away.")
            await self._pause(url)
            kept, content = await self._fetched(url, hosts)
            lines = await asyncio.to_thread(lines_of_page, content, kept.content_type, _name(url))
            return Page(url, datetime.fromisoformat(kept.at), lines)

    async def _fetched(self, url: str, hosts: Collection[str]) -> tuple[Kept, bytes]:
        known = await asyncio.to_thread(self._cache.find, url)
        headers = {"Accept": _ACCEPTED}
        if known is not None:
            conditions = {"If-None-Match": known[0].etag, "If-Modified-Since": known[0].modified}
            headers |= {name: value for name, value in conditions.items() if value}
        answer = await self._client.ask(_call(url, headers, hosts))
        now = self._clock()
        if answer.status == 304 and known is not None:
            kept, content = replace(known[0], at=now.isoformat()), known[1]
        else:
            _require_type(answer, url)
            kept, content = kept_now(answer.content, answer.headers, now), answer.content
        await asyncio.to_thread(self._cache.keep, url, content, kept, now)
        return kept, content

    async def _rules_at(self, url: str) -> bytes:
        return (await self._client.ask(_call(url, {}, {urlsplit(url).netloc}))).content

    async def _pause(self, url: str) -> None:
        host = urlsplit(url).netloc
        if host in self._asked:
            await self._sleep(PAUSE)
        self._asked.add(host)


def _call(url: str, headers: dict[str, str], hosts: Collection[str]) -> Call:
    name = _name(url)
    return Call(
        server=name,
        lane=f"documentation {name}",
        url=url,
        headers=headers,
        patience=_PATIENCE,
        most_bytes=MOST_BYTES,
        hosts=frozenset(hosts),
    )


def _require_type(answer: Answer, url: str) -> None:
    content_type = answer.headers.get("content-type", "")
    if not is_readable(content_type):
        raise AnswerError(f"{_name(url)} is no page of text.", why=f"It comes as {content_type[:80] or 'nothing'}.")


def _name(url: str) -> str:
    return urlsplit(url).hostname or url[:100]
