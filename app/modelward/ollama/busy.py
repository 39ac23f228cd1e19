"""Signs that somebody else is at work on a model: a download, a copy by hand, a manifest being written."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from pathlib import Path

from modelward.ollama import digests
from modelward.ollama.quarantine import partials

Wait = Callable[[float], Awaitable[object]]
"""Waits so many seconds; a test hands in its own."""

_RECENT_SECONDS = 120.0
_LOOKS, _BETWEEN_SECONDS = 3, 0.5

Look = tuple[tuple[str, int, int], ...]


async def is_busy(
    models: Path, wanted: Collection[tuple[str, int]], manifest: Path | None, now: datetime, wait: Wait
) -> bool:
    """Whether files change right now: unfinished downloads of these blobs, blobs that are too short, a bad manifest.

    ``wanted``: digests with the sizes that are due. What was last changed long ago is not waited for.
    """
    before = await asyncio.to_thread(_look, models, wanted, manifest)
    if not any(abs(now.timestamp() - changed / 1e9) < _RECENT_SECONDS for _path, changed, _size in before):
        return False
    for _ in range(_LOOKS):
        await wait(_BETWEEN_SECONDS)
        if await asyncio.to_thread(_look, models, wanted, manifest) != before:
            return True
    return False


def _look(models: Path, wanted: Collection[tuple[str, int]], manifest: Path | None) -> Look:
    found = [] if manifest is None else [_state(manifest)]
    for digest, size in wanted:
        found += [_state(path) for path in partials(models, digest)]
        blob = _state(digests.blob_file(models, digest))
        if blob[2] < size:
            found.append(blob)
    return tuple(found)


def _state(path: Path) -> tuple[str, int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - a link's target is what is written to
    except OSError:
        return (path.name, 0, 0)
    return (path.name, found.st_mtime_ns, found.st_size)
