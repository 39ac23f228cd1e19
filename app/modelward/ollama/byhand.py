"""The exact commands for what we may not do: quoted for the shell that people have there."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from modelward.ollama.model import ModelName, VaultVersion
from modelward.ollama.quarantine import partials
from modelward.ollama.workshop import FOLDER


def move_aside(models: Path, paths: Sequence[Path]) -> tuple[str, ...]:
    """Put files out of Ollama's way, without losing them."""
    aside = models / FOLDER / "by-hand"
    if os.name == "nt":
        return (_windows("mkdir", aside), *(_windows("move", path, aside) for path in paths))
    return (_sudo("mkdir", "-p", "--", aside), _sudo("mv", "--", *paths, aside))


def blob_and_partials(models: Path, digest: str, place: Path) -> tuple[Path, ...]:
    """What has to go before a blob is downloaded anew."""
    return tuple(path for path in (place, *partials(models, digest)) if os.path.lexists(path))


def make_readable(paths: Iterable[Path]) -> tuple[str, ...]:
    """Let everybody read these files."""
    if os.name == "nt":
        return tuple(_windows("icacls", path, "/grant", "Users:R") for path in paths)
    return (_sudo("chmod", "a+r", "--", *paths),)


def restore(name: ModelName) -> str:
    """Bring a model back from the vault."""
    return _plain("modelward", "ollama", "restore", str(name))


def pull(name: ModelName) -> str:
    """Download a model again."""
    return _plain("ollama", "pull", str(name))


def unpack(models: Path, version: VaultVersion) -> tuple[str, ...]:
    """Put a version from the vault into a folder that belongs to somebody else."""
    file = Path(tempfile.gettempdir()) / f"{version.id}.tar"
    export = _plain("modelward", "ollama", "export", str(version.name), str(file), "--from", version.id)
    if os.name == "nt":
        return export, _plain("tar", "-xf", str(file), "-C", str(models))
    return export, _sudo("tar", "--no-same-owner", "-xf", file, "-C", models)


def told(commands: Iterable[str]) -> str:
    """The commands, one in a line."""
    return "\n".join(commands)


def _sudo(*words: object) -> str:
    return _plain("sudo", *map(str, words))


def _plain(*words: str) -> str:
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def _windows(verb: str, *words: object) -> str:
    return " ".join([verb, *(f'"{word}"' if isinstance(word, Path) else str(word) for word in words)])
