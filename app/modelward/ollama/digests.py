"""Digests: the names of blobs, and where a blob of a name lies."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

# Ollama takes both marks, and hex digits of any case (``manifest/paths.go``); its files carry the dash.
_DIGEST = re.compile(r"sha256[:-]([0-9a-fA-F]{64})", re.ASCII)


def parse(text: object) -> str:
    """A digest as ``sha256:`` and 64 lower-case hex digits. Raises ValueError for anything else."""
    match = _DIGEST.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("not a digest: sha256: and 64 hexadecimal digits are due")
    return "sha256:" + match[1].lower()


def of(content: bytes) -> str:
    """The digest of these bytes."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def file_name(digest: str) -> str:
    """The name of a blob's file. Raises ValueError for what is no digest, so that no name leaves its folder."""
    return parse(digest).replace(":", "-")


def short(digest: str) -> str:
    """The first twelve hex digits of a digest, or of the name of a blob's file, as Ollama shows them."""
    return digest.removeprefix("sha256:").removeprefix("sha256-")[:12]


def blob_file(folder: Path, digest: str) -> Path:
    """Where a blob lies in a model folder, or would. Raises ValueError for what is no digest."""
    return folder / "blobs" / file_name(digest)
