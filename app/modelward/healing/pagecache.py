"""Pages kept between cycles: each in a file named by its content, with an index of what was fetched when."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from modelward.core.atomic import replace_file

log = logging.getLogger(__name__)

MOST_BYTES = 50 * 1024 * 1024
MOST_AGE = timedelta(days=30)
_INDEX = "index.json"
_LARGEST_INDEX = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A page as it was fetched. ``at`` is ISO 8601 in UTC; ``sha256`` names the file of its content."""

    at: str
    sha256: str
    size: int
    content_type: str
    etag: str = ""
    modified: str = ""


class PageCache:
    """The pages in a folder. Its loss costs nothing but fetching them again, so what fails is only logged.

    Used by one fetch at a time, in a thread.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, url: str) -> tuple[Kept, bytes] | None:
        """A page as it was last kept; None where it is not, or was damaged since."""
        kept = self._index().get(url)
        if kept is None:
            return None
        try:
            content = (self._folder / kept.sha256).read_bytes()
        except OSError:
            return None
        return (kept, content) if hashlib.sha256(content).hexdigest() == kept.sha256 else None

    def keep(self, url: str, content: bytes, kept: Kept, now: datetime) -> None:
        """Keep a page; the oldest go where there are too many."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not (self._folder / kept.sha256).is_file():
                replace_file(self._folder / kept.sha256, content)
            index = _fitting({**self._index(), url: kept}, now)
            body = json.dumps({each: asdict(page) for each, page in index.items()})
            replace_file(self._folder / _INDEX, body.encode())
            self._sweep({page.sha256 for page in index.values()})
        except OSError as error:
            log.warning("A page could not be kept: %s.", error.strerror)

    def _index(self) -> dict[str, Kept]:
        try:
            with (self._folder / _INDEX).open("rb") as stream:
                raw = json.loads(stream.read(_LARGEST_INDEX))
            return {str(url): _kept(each) for url, each in raw.items()}
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return {}

    def _sweep(self, used: set[str]) -> None:
        for file in self._folder.iterdir():
            if file.name != _INDEX and file.name not in used:
                with suppress(OSError):
                    file.unlink()


def kept_now(content: bytes, headers: Mapping[str, str], now: datetime) -> Kept:
    """What is noted of a page that has just come."""
    return Kept(
        now.isoformat(),
        hashlib.sha256(content).hexdigest(),
        len(content),
        headers.get("content-type", "")[:200],
        headers.get("etag", "")[:500],
        headers.get("last-modified", "")[:100],
    )


def _kept(raw: object) -> Kept:
    if not isinstance(raw, dict):
        raise TypeError
    kept = Kept(**raw)
    datetime.fromisoformat(kept.at)
    # The name of a file comes from here: nothing but a digest may be one.
    if len(kept.sha256) != 64 or not kept.sha256.isalnum():
        raise ValueError
    return kept


def _fitting(index: Mapping[str, Kept], now: datetime) -> dict[str, Kept]:
    """The newest pages that are not too old and fit in together."""
    found, total = {}, 0
    for url, kept in sorted(index.items(), key=lambda pair: pair[1].at, reverse=True):
        total += kept.size
        if total > MOST_BYTES or now - datetime.fromisoformat(kept.at) > MOST_AGE:
            break
        found[url] = kept
    return found
