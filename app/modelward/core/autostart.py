"""Starting with the desktop's session: one entry in the person's autostart folder, after the XDG standard."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path

from modelward.core.atomic import replace_file
from modelward.core.paths import HOME_VARIABLE, Paths, folder_error, icons

_NAME = "modelward.desktop"
_HEAD = "[Desktop Entry]"
_OWNER = "X-Modelward-Data="
"""Marks the entry as ours, and says of which data folder, as the folder is the same for all of them."""
_DIGEST = "X-Modelward-Digest="
"""The last line, a digest of all the others: where it does not match, somebody changed the entry."""
_SWITCHED_OFF = ("Hidden=true", "X-GNOME-Autostart-enabled=false")
_MOST_BYTES = 64 * 1024

_AGAIN = "To have it back, switch the setting off and on again."
_ENV = "/usr/bin/env"


class Entry(Enum):
    """Whose the entry is."""

    ABSENT = "absent"
    OURS = "ours"
    CHANGED = "changed"
    SWITCHED_OFF = "switched off"
    OTHERS = "others"
    FOREIGN = "foreign"


_LEFT_ALONE = {
    Entry.CHANGED: f"You changed the entry {{file}}, so it stays as it is. {_AGAIN}",
    Entry.SWITCHED_OFF: f"The start is switched off in your desktop's own settings. {_AGAIN}",
    Entry.OTHERS: "Another Modelward, with a data folder of its own, starts with the system: see {file}.",
    Entry.FOREIGN: "The file {file} is not Modelward's, so it stays as it is.",
}


def entry_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the entry lies. An ``XDG_CONFIG_HOME`` that is empty or relative counts as unset, as the standard says."""
    folder = environ.get("XDG_CONFIG_HOME", "")
    config = Path(folder) if Path(folder).is_absolute() else Path("~/.config").expanduser()
    return config / "autostart" / _NAME


def apply(*, is_wanted: bool, environ: Mapping[str, str] = os.environ) -> str:
    """Make, mend or remove the entry; what keeps it from standing as wanted, in words, or nothing.

    An entry that the person changed or switched off is left alone while it is wanted; one that is not ours, always.
    Where Modelward was moved since it was written, it is written anew. Blocks. Raises FolderError.
    """
    if sys.platform in {"win32", "darwin"}:
        return "This system starts programs in another way; set it there." if is_wanted else ""
    file, data = entry_file(environ), Paths.locate(environ).data
    try:
        standing = _standing(file, data)
        if not is_wanted:
            if standing in {Entry.OURS, Entry.CHANGED, Entry.SWITCHED_OFF}:
                file.unlink()
            return ""
        if standing in _LEFT_ALONE:
            return _LEFT_ALONE[standing].format(file=file)
        _write(file, _content(_command(), data, environ))
    except OSError as error:
        raise folder_error(file, error) from error
    return ""


def _standing(file: Path, data: Path) -> Entry:
    try:
        with file.open("rb") as entry:
            text = entry.read(_MOST_BYTES).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return Entry.ABSENT
    lines = [line.strip() for line in text.splitlines()]
    owners = [line.removeprefix(_OWNER) for line in lines if line.startswith(_OWNER)]
    if not owners:
        return Entry.FOREIGN
    if owners[0] != _escaped(str(data)):
        return Entry.OTHERS
    if any(line in _SWITCHED_OFF for line in (line.replace(" ", "") for line in lines)):
        return Entry.SWITCHED_OFF
    body, _, digest = text.rpartition(_DIGEST)
    return Entry.OURS if digest.strip() == _digest(body) else Entry.CHANGED


def _write(file: Path, content: str) -> None:
    wanted = content.encode("utf-8", "surrogateescape")
    if file.exists() and file.read_bytes() == wanted:
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(file, wanted)


def _content(command: Sequence[str], data: Path, environ: Mapping[str, str]) -> str:
    words = [*command, "--minimized"]
    if environ.get(HOME_VARIABLE, "").strip():
        words = [_ENV, f"{HOME_VARIABLE}={data.parent}", *words]
    body = "\n".join(
        (
            _HEAD,
            "Type=Application",
            "Name=Modelward",
            "Comment=Watches over the models that you use",
            f"Exec={' '.join(_quoted(word) for word in words)}",
            f"TryExec={_escaped(command[0])}",
            f"Icon={_escaped(str(icons() / 'modelward.svg'))}",
            "Terminal=false",
            "X-GNOME-Autostart-enabled=true",
            f"{_OWNER}{_escaped(str(data))}",
            "",
        )
    )
    return f"{body}{_DIGEST}{_digest(body)}\n"


def _command() -> tuple[str, ...]:
    """How this Modelward is started: by its own command where it has one, else as a module of its Python."""
    started = Path(sys.argv[0])
    # Not resolved: what a link in bin/ leads to may lie elsewhere after an update.
    for command in (started, Path(sys.executable).with_name("modelward")):
        if command.name == "modelward" and command.is_file() and os.access(command, os.X_OK):
            return (str(command.absolute()),)
    return (sys.executable, "-P", "-m", "modelward")


def _quoted(word: str) -> str:
    """A word of ``Exec``: quoted for the launcher, then escaped as every value of the file."""
    if word.startswith("-"):
        return word
    for special in '\\"`$':
        word = word.replace(special, f"\\{special}")
    return _escaped(f'"{word}"'.replace("%", "%%"))


def _escaped(value: str) -> str:
    for raw, escaped in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        value = value.replace(raw, escaped)
    return value


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "surrogateescape")).hexdigest()
