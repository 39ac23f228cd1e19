"""Files of other tools, read and recognised by what stands in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from modelward.benchmarks import import_guidellm, import_llama_bench, import_vllm
from modelward.benchmarks.import_rows import ImportedCall, ImportSheet
from modelward.catalog.fields import clip
from modelward.core.errors import InputError
from modelward.net import jsontext

MOST_BYTES = 256 * 1024**2
"""The longest reports, with every answer in them, have some ten megabytes."""

_TODO = "Choose a JSON file of GuideLLM (benchmarks.json), llama-bench (-o json or -o jsonl) or vllm bench serve."
_LINES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Format:
    title: str
    is_one: Callable[[object], bool]
    read: Callable[[object, ImportSheet], None]


_FORMATS = tuple(
    _Format(module.TITLE, module.is_one, module.read) for module in (import_guidellm, import_llama_bench, import_vllm)
)


def read(file: Path, now: datetime) -> tuple[str, list[ImportedCall], tuple[str, ...]]:
    """Whose file it is, its calls, and what was left out. Blocking. Raises InputError where nothing can be taken."""
    sheet = ImportSheet(now)
    titles: set[str] = set()
    for document in _documents(file, _content(file), sheet):
        found = next((each for each in _FORMATS if each.is_one(document)), None)
        if found is None:
            sheet.problem("Something that is no result of a tool that is known here is left out.")
            continue
        titles.add(found.title)
        found.read(document, sheet)
    if not titles:
        raise InputError(f"{clip(file.name)} holds no measurements that can be read.", todo=_TODO)
    if not sheet.calls:
        title = " and ".join(sorted(titles))
        raise InputError(f"{clip(file.name)} of {title} holds no single calls.", why=" ".join(sheet.problems))
    return " and ".join(sorted(titles)), sheet.calls, sheet.problems


def _content(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            raise InputError(
                f"{clip(file.name)} is too large.",
                why=f"It has {size:,} bytes; up to {MOST_BYTES:,} are read.",
                todo="Import the runs one by one.",
            )
        return file.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InputError(f"{clip(file.name)} cannot be read.", why=f"{why}.", todo="Choose another file.") from error


def _documents(file: Path, content: bytes, sheet: ImportSheet) -> Iterator[object]:
    """The one document of a file, or one for each line."""
    try:
        yield jsontext.parsed(content)
        return
    except ValueError:
        lines = content.decode(json.detect_encoding(content), "replace").lstrip("\ufeff").splitlines()
    parsed = [(number, _line(line)) for number, line in enumerate(lines, start=1) if line.strip()]
    if not any(isinstance(each, dict) for _number, each in parsed):
        raise InputError(f"{clip(file.name)} is no JSON, or is cut off or damaged.", todo=_TODO)
    for number, each in parsed:
        if each is None:
            shown = f"Line {number}" if number <= _LINES_SHOWN else "A later line"
            sheet.problem(f"{shown} is no JSON, or is cut off, and is left out.")
        else:
            yield each


def _line(line: str) -> object:
    try:
        return jsontext.parsed(line.encode("utf-8", "replace"))
    except ValueError:
        return None
