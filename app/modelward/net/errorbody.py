"""What a server says in the body of an error, whichever of the usual shapes it has."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from modelward.core.redact import redacted
from modelward.net import durations

LONGEST_WORDS = 300
"""Characters of a server's own words that an error repeats."""

_NAMES = ("code", "type", "status", "reason")
_TRY_AGAIN = re.compile(
    r"(?:try again|retry)\s+(?:in|after)\s+([\d.]+\s?(?:[a-zµμ]+)?(?:[\d.]+[a-zµμ]+)*)", re.IGNORECASE
)
_LONG_UNITS = re.compile(r"(?<=\d)\s*(milli)?(second|minute|hour)s?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """``words``: the message as it may be shown. ``codes``: its machine-readable names, lower-case.

    ``wait_seconds``: when to come again, where it says so. ``is_page``: it is a web page.
    """

    words: str = ""
    codes: frozenset[str] = frozenset()
    wait_seconds: float | None = None
    is_page: bool = False


def read(content: bytes) -> ErrorBody:
    """What the body of an error says; nothing in it can fail."""
    text = content.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        return ErrorBody(is_page=True)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return ErrorBody(shown(text), wait_seconds=_wait_in(text))
    message = _message(body)
    parts = list(_parts(body))
    codes = frozenset(value.lower() for part in parts for name in _NAMES if isinstance(value := part.get(name), str))
    return ErrorBody(shown(message), codes, _stated_delay(parts) or _wait_in(message))


def shown(text: str) -> str:
    """A server's own words as people may see them: on one line, short, without keys and control characters."""
    printable = "".join(mark if unicodedata.category(mark)[0] != "C" else " " for mark in text[: 20 * LONGEST_WORDS])
    # Before it is cut: the head of a key would not be known for one.
    line = redacted(" ".join(printable.split()))
    return line if len(line) <= LONGEST_WORDS else line[: LONGEST_WORDS - 1] + "…"


def _message(body: object, depth: int = 0) -> str:
    """The first text under one of the names that messages stand under."""
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return "; ".join(filter(None, (_message(each, depth + 1) for each in body[:3]))) if depth < 4 else ""
    if isinstance(body, Mapping) and depth < 4:
        for name in ("error", "message", "detail", "msg", "error_description", "title"):
            if found := _message(body.get(name), depth + 1):
                return found
    return ""


def _parts(body: object) -> Iterator[Mapping[str, object]]:
    """The body, its error, and the error's details."""
    if isinstance(body, list):
        body = body[0] if body else None
    if not isinstance(body, Mapping):
        return
    yield body
    error = body.get("error")
    if isinstance(error, Mapping):
        yield error
        details = error.get("details")
        yield from (each for each in (details if isinstance(details, list) else ()) if isinstance(each, Mapping))


def _stated_delay(parts: list[Mapping[str, object]]) -> float | None:
    delays = (part.get("retryDelay") for part in parts)
    return next((durations.duration(delay) for delay in delays if isinstance(delay, str)), None)


def _wait_in(text: str) -> float | None:
    """The wait in "try again in 5.289s" or "retry after 20 seconds"."""
    found = _TRY_AGAIN.search(_LONG_UNITS.sub(lambda unit: ("m" if unit[1] else "") + unit[2][0].lower(), text[:5000]))
    return durations.duration(found[1].replace(" ", "").rstrip(".")) if found else None
