"""The model folder that a system's service of Ollama is set to, in its unit or in a file that amends it."""

from __future__ import annotations

import shlex
from pathlib import Path

from modelward.core.errors import InputError
from modelward.ollama import files

_LARGEST = 64 * 1024
_NAME = "OLLAMA_MODELS="
# From the weakest to the strongest, as systemd has it; the person's own service behind that of the system.
_FOLDERS = ("usr/lib/systemd/system", "lib/systemd/system", "run/systemd/system", "etc/systemd/system")


def models_folder(root: Path, home: Path) -> Path | None:
    """The folder in ``Environment=OLLAMA_MODELS=…`` of the service, or of the person's own; None where none is set."""
    for folders in ([root / folder for folder in _FOLDERS], [home / ".config" / "systemd" / "user"]):
        chosen = ""
        for unit in _units(folders):
            chosen = _chosen(unit, chosen)
        if chosen.startswith("/"):
            return Path(chosen)
    return None


def _units(folders: list[Path]) -> list[Path]:
    """The unit that counts, then what amends it, in the order of the names."""
    units = [unit for folder in folders if _is_file(unit := folder / "ollama.service")]
    amending: dict[str, Path] = {}
    for folder in folders:
        try:
            amending |= {path.name: path for path in (folder / "ollama.service.d").glob("*.conf")}
        except OSError:
            continue
    return units[-1:] + [amending[name] for name in sorted(amending)]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _chosen(unit: Path, before: str) -> str:
    """What counts after this file: the last mention, and an empty ``Environment=`` forgets all before it."""
    try:
        text = files.read(unit, _LARGEST)[0].decode("utf-8", "replace")
    except (OSError, InputError):
        return before
    for line in text.replace("\\\n", " ").splitlines():
        key, equals, value = line.partition("=")
        if not equals or key.strip() != "Environment":
            continue
        words = _words(value)
        found = [word.removeprefix(_NAME) for word in words if word.startswith(_NAME)]
        before = found[-1] if found else before if words else ""
    return before.strip().strip("\"'")


def _words(value: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError:
        return value.split() or [value]
