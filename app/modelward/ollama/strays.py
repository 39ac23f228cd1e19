"""Files in the blobs' folder that no model needs: told apart by their names."""

from __future__ import annotations

import os
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from modelward.catalog.fields import clip
from modelward.ollama import digests
from modelward.ollama.model import Stray, StrayKind
from modelward.ollama.tags import stray_of

MOST_FILES = 1_000_000
"""Files among the blobs that are looked at."""

MOST_STRAYS = 10_000
"""Files that no model needs that are told; beyond, only their number is."""

# Of a download: the data, and a small file for each part of it (``server/download.go``); of tensors ``x/transfer``.
_PARTIAL = re.compile(r"(sha256-[0-9a-fA-F]{64})(?:-partial(?:-\d+)?|\.tmp)", re.ASCII)
# Go's names for temporary files end in digits (``manifest/layer.go``, ``server/create.go``).
_TEMPORARY = re.compile(
    r"sha256-\d{1,20}|COPY\d+|I?Q\d\w*?\d{5,}|B?F(?:16|32)\d{5,}|MXFP4\w*?\d{5,}|split-(copy|gguf-).*"
)


@dataclass(slots=True)
class Shelf:
    """What lies among the blobs: whole ones by digest, and the rest."""

    blobs: dict[str, os.DirEntry[str]] = field(default_factory=dict)
    others: list[os.DirEntry[str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def look(folder: Path) -> Shelf:
    """The files in a model folder's ``blobs``; nothing is opened, and no file's size is asked for."""
    shelf = Shelf()
    try:
        with os.scandir(folder / "blobs") as entries:
            for number, entry in enumerate(entries):
                if number >= MOST_FILES:
                    shelf.problems.append(f"There are more than {MOST_FILES:,} blobs; the rest is not looked at.")
                    break
                _sort(entry, shelf)
    except FileNotFoundError:
        pass
    except OSError as error:
        shelf.problems.append(f"{clip(folder / 'blobs', 300)}: The folder cannot be read: {error.strerror}.")
    return shelf


def among(shelf: Shelf, needed: AbstractSet[str], *, with_orphans: bool) -> tuple[list[Stray], int]:
    """The files that no model needs, and how many more there are than are told."""
    wanted = [(entry, StrayKind.ORPHAN, digest) for digest, entry in shelf.blobs.items() if digest not in needed]
    found = [(entry, *_kind_of(entry.name)) for entry in shelf.others] + (wanted if with_orphans else [])
    strays = (stray_of(entry, kind, digest) for entry, kind, digest in found[:MOST_STRAYS])
    return [stray for stray in strays if stray], max(0, len(found) - MOST_STRAYS)


def _sort(entry: os.DirEntry[str], shelf: Shelf) -> None:
    try:
        digest = digests.parse(entry.name)
        is_blob = entry.name == digests.file_name(digest) and entry.is_file()
    except (ValueError, OSError):
        is_blob, digest = False, ""
    if is_blob:
        shelf.blobs[digest] = entry
    elif digest and entry.name != digests.file_name(digest):
        shelf.problems.append(f"{clip(entry.name)}: A blob with an old name; Ollama renames it when it next starts.")
    else:
        shelf.others.append(entry)


def _kind_of(name: str) -> tuple[StrayKind, str]:
    if partial := _PARTIAL.fullmatch(name):
        return StrayKind.PARTIAL, digests.parse(partial[1])
    return (StrayKind.TEMPORARY if _TEMPORARY.fullmatch(name) else StrayKind.FOREIGN), ""
