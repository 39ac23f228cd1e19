"""YAML read as nodes, so that a mistake is told with its line, and nothing in a stranger's file is expanded.

Merge keys, tags and aliases of aliases stay what they are. Imported where files are read alone: YAML takes its time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import cast

import yaml

from modelward.core.errors import InputError

MAX_FILE_BYTES = 1_000_000
"""Largest file, in bytes; Modelward's own are far below a tenth of it."""

_MAX_DEPTH = 20
_UNCHECKED_DEPTH = 1_000
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class RefusedNodeError(Exception):
    """A node that cannot be used; whoever reads its file turns it into a problem of that place."""

    def __init__(self, node: yaml.Node, field: str | None, message: str) -> None:
        super().__init__(message)
        self.line = cast("int", node.start_mark.line) + 1
        self.field = field
        self.message = message


def compose(path: Path) -> yaml.Node:
    """The root of a file. Raises InputError."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise InputError(f"The file is larger than {MAX_FILE_BYTES:,} bytes.")
        text = content.decode("utf-8-sig")
        _check_depth(text)
        root = yaml.compose(text, Loader=_LOADER)
    except OSError as error:
        raise InputError(f"The file cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError as error:
        raise InputError(f"The file is not UTF-8 text (byte {error.start + 1}).") from None
    except yaml.YAMLError as error:
        raise InputError(f"The file is not YAML: {' '.join(str(error).split())[:300]}") from None
    if root is None:
        raise InputError("The file is empty.")
    return root


def _check_depth(text: str) -> None:
    """Refuse what is nested too deeply. The composer recurses in C, where that would end the process."""
    # Nothing is deeper than there are brackets, or columns in the longest line: most files are cleared by that.
    if text.count("[") + text.count("{") + max(map(len, text.splitlines()), default=0) < _UNCHECKED_DEPTH:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise InputError("The file is nested too deeply.")


def mapping(node: yaml.Node, known: frozenset[str]) -> dict[str, yaml.Node]:
    """The parts of a mapping, of which every key must be known. Raises RefusedNodeError, as all that follow do."""
    if not isinstance(node, yaml.MappingNode):
        raise RefusedNodeError(node, None, "It must be a mapping of keys to values.")
    parts: dict[str, yaml.Node] = {}
    for key_node, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
        key = plain(key_node, None)
        if key not in known:
            raise RefusedNodeError(key_node, key, f"There is no such key. The keys are: {', '.join(sorted(known))}.")
        if key in parts:
            raise RefusedNodeError(key_node, key, "It stands there twice.")
        parts[key] = value
    return parts


def sequence(node: yaml.Node, field: str) -> list[yaml.Node]:
    """The parts of a list."""
    if not isinstance(node, yaml.SequenceNode):
        raise RefusedNodeError(node, field, "It must be a list.")
    return cast("list[yaml.Node]", node.value)


def plain(node: yaml.Node, field: str | None) -> str:
    """A text that is not empty."""
    if not isinstance(node, yaml.ScalarNode) or not node.value:
        raise RefusedNodeError(node, field, "It must be text.")
    return cast("str", node.value)


def required(node: yaml.Node, parts: Mapping[str, yaml.Node], key: str) -> yaml.Node:
    """A part that must be there."""
    if key not in parts:
        raise RefusedNodeError(node, key, "It is missing.")
    return parts[key]


def day_of(node: yaml.Node) -> date:
    """A day."""
    try:
        return date.fromisoformat(plain(node, "day"))
    except ValueError:
        raise RefusedNodeError(node, "day", "It must be a day: YYYY-MM-DD.") from None


def address_of(node: yaml.Node) -> str:
    """An address of the web."""
    address = plain(node, "address")
    if not address.startswith(("https://", "http://")) or len(address) > 500 or not address.isprintable():
        raise RefusedNodeError(node, "address", "It must be an address that begins with https://.")
    return address
