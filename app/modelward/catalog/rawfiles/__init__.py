"""Files that people have lying about: recognised by their content, read into facts.

Known are list-models answers of the usual providers and servers, Ollama's answers, models.dev's ``api.json``, LiteLLM's
price map, and our own export. A file that is none of them, or no readable JSON, is refused whole with an InputError
that names the place; in a file that is one of them, a bad row or value becomes a problem and costs nothing else.
"""

from __future__ import annotations

import io
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from modelward.catalog.bulk import without_collector
from modelward.catalog.fields import clip
from modelward.catalog.jsontext import read_json
from modelward.catalog.model import Fact
from modelward.catalog.sheet import Problem
from modelward.core.errors import InputError

MAX_BYTES = 256 * 1024 * 1024
"""Largest file that is read. The largest public catalogue has 3 MB; beyond this, a file is not a list of models."""

_LARGE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RawFile:
    """What a file states: what it is, of which provider (None: of several), its facts, and what could not be taken.

    ``ids`` are the models that it names, also those of which it says nothing more.
    """

    format: str
    provider: str | None
    facts: list[Fact]
    ids: tuple[str, ...]
    problems: list[Problem]

    @property
    def models(self) -> int:
        """How many models the file names."""
        return len(self.ids)


def read_file(path: Path, now: datetime, provider: str | None = None) -> RawFile:
    """Read a file; its facts are as of its last change, at most ``now``.

    ``provider`` says whose list it is, where the content and the file's name do not. Slow for large files: call it in
    a thread; it never holds the interpreter's lock for long. Raises InputError that names the file and the place.
    """
    try:
        stat = path.stat()
        if not path.is_file():
            raise InputError("It is no file.")
        if stat.st_size > MAX_BYTES:
            raise _too_large(stat.st_size)
        changed = datetime.fromtimestamp(max(stat.st_mtime, 0), UTC)
        with path.open("rb") as stream, _collector_for(stat.st_size):
            return _read(stream, path.name, min(now, changed), provider)
    except InputError as error:
        raise _named(path.name, error) from error.__cause__
    except (OSError, ValueError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"{clip(path.name)} cannot be read.", why=f"{clip(why)}.") from error


def read_bytes(content: bytes, name: str, observed_at: datetime, provider: str | None = None) -> RawFile:
    """Read a file's content, as :func:`read_file` does; ``name`` is the file's name."""
    try:
        if len(content) > MAX_BYTES:
            raise _too_large(len(content))
        return _read(io.BytesIO(content), name, observed_at, provider)
    except InputError as error:
        raise _named(name, error) from error.__cause__


def _read(stream: BinaryIO, name: str, observed_at: datetime, provider: str | None) -> RawFile:
    from modelward.catalog.rawfiles.recognise import read_document

    document = read_json(stream)
    try:
        raw = read_document(document.value, name, observed_at, provider)
    except RecursionError:
        raise InputError("Its lists or objects are nested too deeply.") from None
    twice = [
        Problem(place, f"The key {clip(key)!r} stands twice; the first counts.") for place, key in document.repeated
    ]
    return RawFile(raw.format, raw.provider, raw.facts, raw.ids, twice + raw.problems)


def _collector_for(size: int) -> AbstractContextManager[None]:
    return without_collector() if size > _LARGE else nullcontext()


def _too_large(size: int) -> InputError:
    return InputError(
        "It is too large.",
        why=f"It has {size / 2**20:,.0f} MiB; at most {MAX_BYTES // 2**20} MiB are read.",
        todo="Split it, or import only the list that you need.",
    )


def _named(name: str, error: InputError) -> InputError:
    return InputError(f"{clip(name)} cannot be imported: {error.what}", why=error.why, todo=error.todo)
