"""Whole editions of public catalogues: which one the store holds, and putting another in its place."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from modelward.catalog.model import Fact, Source
from modelward.catalog.store import CatalogStore, MergeReport
from modelward.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Mark:
    """What is remembered of the edition that the store holds of one origin.

    ``as_of``: the newest day that it names itself, by which two editions are compared. ``models``: how many it names.
    ``is_fetched``: from its own address; otherwise it came with an installed package. ``etag``, ``modified`` and
    ``sha256`` tell whether what lies at the address is still the same.
    """

    as_of: datetime
    models: int
    is_fetched: bool = False
    etag: str = ""
    modified: str = ""
    sha256: str = ""


class Editions:
    """Files editions. Of one origin the store holds one edition, whole: the one before goes in the same transaction."""

    def __init__(self, store: CatalogStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def mark(self, origin: str) -> Mark | None:
        """What is remembered of an origin's edition; None where none was filed, or nothing readable is remembered."""
        text = await self._store.state(_key(origin))
        return None if text is None else _read(text)

    async def is_superseded(self, origin: str, as_of: datetime) -> bool:
        """Whether a fetched edition of that day or later is there: an installed package must not take its place."""
        mark = await self.mark(origin)
        return mark is not None and mark.is_fetched and mark.as_of >= as_of

    async def file(self, origin: str, facts: Iterable[Fact], mark: Mark) -> MergeReport:
        """Make these facts all that an origin states. Models that it brings are new, unless it is its first edition."""
        is_known = await self.mark(origin) is not None
        now = self._clock()
        merged = await self._store.replace_origin(Source.REFERENCE, origin, facts, now=now)
        if is_known:
            await self._store.mark_new(merged.added, now)
        await self.remember(origin, mark)
        return merged

    async def remember(self, origin: str, mark: Mark) -> None:
        """Remember something else of the edition that is there."""
        await self._store.set_state(_key(origin), _text(mark))


def _key(origin: str) -> str:
    return f"edition.{origin}"


def _text(mark: Mark) -> str:
    told = {name: getattr(mark, name) for name in Mark.__slots__}
    return json.dumps(told | {"as_of": mark.as_of.isoformat()})


def _read(text: str) -> Mark | None:
    try:
        told = json.loads(text)
        return Mark(**told | {"as_of": datetime.fromisoformat(told["as_of"])})
    except (ValueError, TypeError, KeyError):
        return None  # a newer Modelward may remember something else: as if the edition were the first
