"""config.yaml: read as keys with their lines, and changed one value at a time without touching the rest."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modelward.core.atomic import replace_file
from modelward.core.errors import SettingsError
from modelward.core.paths import folder_error

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 1024 * 1024
"""A larger file is no settings file."""

_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "bool", "int", "float", "null", "timestamp"))
_NULL = "tag:yaml.org,2002:null"
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of the file: its dotted key, its text as written (None for null) and its line, from 1."""

    key: str
    text: str | None
    line: int


def read(file: Path) -> list[Entry]:
    """The values in the file; none where it is missing or empty. Raises SettingsError naming file and line."""
    return _entries(file, _text(file))


def write(file: Path, key: str, text: str | None) -> None:
    """Set one dotted key (None: to null), keeping everything else and every comment; the file is replaced in one step.

    Raises SettingsError where the file is not readable as settings or its layout does not allow the change, and
    FolderError where it cannot be written; the file is then as it was.
    """
    old = _text(file)
    before = {entry.key: entry.text for entry in _entries(file, old)}
    new = _changed(file, old, key, text)
    if not _states(file, new, {**before, key: text}):
        raise SettingsError(
            f"{file} is laid out so that {key} cannot be changed without touching the rest.",
            todo=f"Set {key} to {'null' if text is None else text} there by hand.",
        )
    try:
        replace_file(file, new.encode())
    except OSError as error:
        raise folder_error(file, error) from error


def _states(file: Path, text: str, values: dict[str, str | None]) -> bool:
    try:
        return {entry.key: entry.text for entry in _entries(file, text)} == values
    except SettingsError:
        return False


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        todo = "Make it a file that you may read, or move it away to go on with the defaults."
        raise SettingsError(f"{file} cannot be read.", why=f"{error.strerror}.", todo=todo) from error
    if len(content) > MAX_BYTES:
        todo = "Move it away to go on with the defaults."
        raise SettingsError(f"{file} is larger than 1 MiB; that is no settings file.", todo=todo)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(
            f"{file}, line {line}: not UTF-8.", todo="Save the file with the encoding UTF-8."
        ) from error


def _entries(file: Path, text: str) -> list[Entry]:
    found: list[Entry] = []
    root = _composed(file, text)
    if root is None:
        return found
    for group, groups_node in _pairs(file, root, "The file"):
        if groups_node.tag == _NULL:
            continue
        for field, node in _pairs(file, groups_node, group):
            found.append(_entry(file, f"{group}.{field}", node))
    return found


def _composed(file: Path, text: str) -> yaml.Node | None:
    if not text.strip():
        return None
    import yaml

    try:
        root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        todo = "Indent with spaces, never with tabs." if "'\\t'" in str(error.problem) else "Correct that line."
        raise SettingsError(f"{file}, line {line}: not valid YAML.", why=f"{error.problem}.", todo=todo) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        why = f"The character U+{ord(text[error.position]):04X} is not allowed."
        raise SettingsError(f"{file}, line {line}: not valid YAML.", why=why, todo="Remove it.") from error
    except RecursionError as error:
        raise SettingsError(f"{file} is nested too deeply.", todo=_SHAPE) from error
    return root if root is None or root.tag != _NULL else None


_SHAPE = "Settings are written as a group, and indented under it a name and its value."


def _pairs(file: Path, node: yaml.Node, name: str) -> list[tuple[str, yaml.Node]]:
    """The keys and values of a mapping, in order. Raises SettingsError for anything else and for a key given twice."""
    import yaml

    if not isinstance(node, yaml.MappingNode):
        raise SettingsError(f"{_at(file, node)}: {name} must hold names with values.", todo=_SHAPE)
    lines: dict[str, int] = {}
    for key, _value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise SettingsError(f"{_at(file, key)}: a key must be a plain word.", todo=_SHAPE)
        if key.value in lines:
            what = f"{_at(file, key)}: {key.value!r} is given twice, first in line {lines[key.value]}."
            raise SettingsError(what, todo="Remove one of the two.")
        lines[key.value] = key.start_mark.line + 1
    return [(key.value, value) for key, value in node.value]


def _entry(file: Path, key: str, node: yaml.Node) -> Entry:
    import yaml

    if not isinstance(node, yaml.ScalarNode) or node.tag not in _TAGS:
        raise SettingsError(f"{_at(file, node)}: {key} must be one plain value.", todo=_SHAPE)
    return Entry(key, None if node.tag == _NULL else node.value, node.start_mark.line + 1)


def _at(file: Path, node: yaml.Node) -> str:
    return f"{file}, line {node.start_mark.line + 1}"


def _changed(file: Path, text: str, key: str, value: str | None) -> str:
    """The text with one value replaced or added; whether it came out right is for the caller to check."""
    group, _, field = key.partition(".")
    written = "null" if value is None else _quoted(value)
    line = f"{field}: {written}"
    newline = "\r\n" if "\r\n" in text else "\n"
    root = _composed(file, text)
    groups = dict(_pairs(file, root, "The file")) if root is not None else {}
    node = groups.get(group)
    if node is None:
        head = text if not text or text.endswith("\n") else text + newline
        return f"{head}{group}:{newline}  {line}{newline}"
    start = node.start_mark.index
    if node.tag == _NULL:  # a group of which every line is a comment: its mark stands right behind the colon
        return f"{text[:start]}{newline}  {line}{text[start:]}"
    existing = dict(_pairs(file, node, group)).get(field)
    if existing is not None:
        begin, end = existing.start_mark.index, existing.end_mark.index
        tail = text[begin:end][len(text[begin:end].rstrip()) :]  # a text written as a block takes its line's end along
        return text[:begin] + written + tail + text[end:]
    if getattr(node, "flow_style", False):
        return f"{text[: start + 1]}{line}, {text[start + 1 :]}"
    return f"{text[:start]}{line}{newline}{' ' * node.start_mark.column}{text[start:]}"


def _quoted(value: str) -> str:
    return value if _WORD.fullmatch(value) and value.lower() != "null" else json.dumps(value, ensure_ascii=False)
