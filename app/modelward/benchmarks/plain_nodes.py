"""Values out of YAML nodes: texts, numbers, flags, bounds and what JSON can hold, each refused with its line.

Only ``true``, ``false``, ``null`` and numbers as JSON writes them are no texts: ``yes``, ``12:30`` and dates are.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

import yaml

from modelward.benchmarks.checks import Plain
from modelward.core.yamlnodes import RefusedNodeError, plain, sequence

MAX_VALUES = 20_000
"""Most values of one place; aliases could make them without number."""
_MAX_DEPTH = 30
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,300})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, Plain] = {"true": True, "false": False, "null": None}


def value_of(node: yaml.Node) -> Plain:
    """What a node holds, as JSON could."""
    return _Values().value(node, 0)


def canonical(node: yaml.Node, left_out: Mapping[int, frozenset[str]]) -> str:
    """One text for all ways in which a content can be written, mistakes in it included.

    ``left_out``: keys that do not count, by how deep their mapping lies.
    """
    return json.dumps(_Values().canonical(node, 0, left_out), ensure_ascii=False, separators=(",", ":"))


class _Values:
    """Counts what it makes."""

    def __init__(self) -> None:
        self.made = 0

    def count(self, node: yaml.Node, depth: int) -> None:
        self.made += 1
        if self.made > MAX_VALUES or depth > _MAX_DEPTH:
            raise RefusedNodeError(node, None, "It is nested too deeply, or holds too many values.")

    def canonical(self, node: yaml.Node, depth: int, left_out: Mapping[int, frozenset[str]]) -> Plain:
        self.count(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.canonical(each, depth + 1, left_out) for each in node.value]
        if isinstance(node, yaml.MappingNode):
            pairs: list[Plain] = [
                [self.canonical(part, depth + 1, left_out) for part in pair]
                for pair in node.value
                if str(pair[0].value) not in left_out.get(depth, ())
            ]
            return {"": sorted(pairs, key=json.dumps)}
        return _scalar(node)

    def value(self, node: yaml.Node, depth: int) -> Plain:
        self.count(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, depth + 1) for each in node.value]
        if isinstance(node, yaml.MappingNode):
            made: dict[str, Plain] = {}
            for key_node, each in node.value:
                key = plain(key_node, None)
                if key in made:
                    raise RefusedNodeError(key_node, key, "It stands there twice.")
                made[key] = self.value(each, depth + 1)
            return made
        return _scalar(node)


def _scalar(node: yaml.Node) -> Plain:
    text = str(node.value)
    if getattr(node, "style", None):  # it stands in quotes, or as a block
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text


def number_of(node: yaml.Node, field: str, least: float = -1e15, most: float = 1e15) -> float:
    """A number within bounds."""
    text = plain(node, field)
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not least <= value <= most:
        raise RefusedNodeError(node, field, f"It must be a number from {least:,g} to {most:,g}.")
    return value


def integer_of(node: yaml.Node, field: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    value = number_of(node, field, least, most)
    if not value.is_integer():
        raise RefusedNodeError(node, field, "It must be a whole number.")
    return int(value)


def bounds_of(node: yaml.Node, field: str) -> tuple[int, int]:
    """``[least, most]``, or one number for both."""
    if isinstance(node, yaml.ScalarNode):
        both = integer_of(node, field, 0, 1_000_000)
        return both, both
    found = [integer_of(each, field, 0, 1_000_000) for each in sequence(node, field)]
    if len(found) != 2 or found[0] > found[1]:
        raise RefusedNodeError(node, field, "It must be one number, or the least and the most.")
    return found[0], found[1]


def flag_of(parts: Mapping[str, yaml.Node], key: str, *, otherwise: bool = False) -> bool:
    """True or false."""
    if key not in parts:
        return otherwise
    word = plain(parts[key], key)
    if word not in {"true", "false"}:
        raise RefusedNodeError(parts[key], key, "It must be true or false.")
    return word == "true"


def text_of(parts: Mapping[str, yaml.Node], key: str) -> str:
    """A text; empty where there is none."""
    return plain(parts[key], key) if key in parts else ""


def texts_of(node: yaml.Node, field: str) -> tuple[str, ...]:
    """One text, or a list of them."""
    if isinstance(node, yaml.ScalarNode):
        return (plain(node, field),)
    found = tuple(plain(each, field) for each in sequence(node, field))
    if not found:
        raise RefusedNodeError(node, field, "It is empty.")
    return found
