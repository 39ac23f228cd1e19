"""What the server answers, read so that nothing in it harms: any field may be missing, or be something else."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from modelward.ollama.model import Loaded

_MOST_MODELS = 100_000
_LONGEST_NAME = 600
_BASE = re.compile(r"""FROM ["']?(.+?)[/\\]blobs[/\\]sha256[-:][0-9a-fA-F]{64}["']?\s*""", re.ASCII)


def version(body: object) -> str | None:
    """The version in the answer of ``/api/version``; None where it is none."""
    found = body.get("version") if isinstance(body, dict) else None
    return _plain(found, 100)


def listed(body: object) -> frozenset[str] | None:
    """The names in the answer of ``/api/tags``; None where it is no list of models."""
    if not isinstance(body, dict) or not isinstance(body.get("models"), list | None) or "models" not in body:
        return None
    return frozenset(name for each in _models(body) if (name := _plain(each.get("name"), _LONGEST_NAME)))


def loaded(body: object) -> tuple[Loaded, ...]:
    """The models in memory in the answer of ``/api/ps``."""
    if not isinstance(body, dict):
        return ()
    return tuple(
        Loaded(
            name,
            size=_count(each.get("size")),
            size_vram=_count(each.get("size_vram")),
            context=_count(each.get("context_length")),
            expires_at=_moment(each.get("expires_at")),
        )
        for each in _models(body)
        if (name := _plain(each.get("name"), _LONGEST_NAME))
    )


def capabilities(body: object) -> frozenset[str]:
    """What ``/api/show`` says that a model can do."""
    found = body.get("capabilities") if isinstance(body, dict) else None
    return frozenset(each for each in found if isinstance(each, str)) if isinstance(found, list) else frozenset()


def base_folder(body: object) -> str | None:
    """The model folder that the first FROM line of ``/api/show``'s model file gives away; comments are passed over."""
    text = body.get("modelfile") if isinstance(body, dict) else None
    for line in text[:100_000].splitlines() if isinstance(text, str) else ():
        if line.startswith("FROM "):
            match = _BASE.fullmatch(line)
            return match[1] if match else None
    return None


def _models(body: dict[object, object]) -> Iterator[dict[object, object]]:
    found = body.get("models")
    if isinstance(found, list):
        yield from (each for each in found[:_MOST_MODELS] if isinstance(each, dict))


def _plain(value: object, longest: int) -> str | None:
    is_fit = isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()
    return value if isinstance(value, str) and is_fit else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def _moment(value: object) -> datetime | None:
    """A time with its zone; Ollama writes nanoseconds, which are cut off, and centuries ahead for "for ever"."""
    if not isinstance(value, str) or len(value) > 50:
        return None
    try:
        found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value))
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def milliseconds(seconds: float) -> float:
    """A latency as it is kept."""
    return round(seconds * 1000, 1) if math.isfinite(seconds) else 0.0
