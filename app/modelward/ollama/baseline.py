"""The list of checksums that others can check: ``sha256sum -c model_checksums.sha256``."""

from __future__ import annotations

import os
from pathlib import Path

from modelward.core import durable
from modelward.ollama import proofs
from modelward.ollama.model import Library

FILE = "model_checksums.sha256"

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}


def write(library: Library, folder: Path) -> Path:
    """Put the list into a folder, in one step; one that says the same already is left. The list's file.

    It names every blob by the digest that it must have, and every manifest that can be read, as they lie in the
    library, damaged or not. Blocking. Raises FolderError.
    """
    path = folder / FILE
    content = text(library)
    with durable.told(path):
        if not _says(path, content):
            durable.replace(path, content)
    return path


def text(library: Library) -> bytes:
    """The list's content, sorted by path; paths from the root, so that it can be checked from any folder."""
    sums = {blob.path: blob.digest.removeprefix("sha256:") for blob in proofs.blobs_of(library)}
    for model in library.models:
        if model.manifest is not None:
            sums[model.path] = model.manifest.digest.removeprefix("sha256:")
    lines = (_line(path.absolute(), sums[path]) for path in sorted(sums))
    return b"".join(lines)


def _line(path: Path, digest: str) -> bytes:
    """One line; one whose path needs escapes begins with a backslash, as coreutils write and read them."""
    name = "".join(_ESCAPES.get(character, character) for character in str(path))
    mark = "\\" if name != str(path) else ""
    return os.fsencode(f"{mark}{digest}  {name}\n")


def _says(path: Path, content: bytes) -> bool:
    try:
        with durable.open_regular(path) as file:
            return file.read(len(content) + 1) == content
    except FileNotFoundError:
        return False
