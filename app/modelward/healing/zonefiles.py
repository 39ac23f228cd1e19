"""Reads rule files: every value is checked, and what is wrong is told with file, line, rule and field.

Imported by :func:`.surveyor.load` alone, because YAML takes its time to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import cast

import yaml

from modelward.catalog.fields import clip, read
from modelward.catalog.model import Capabilities, Capability, Field, Kind
from modelward.core.errors import BadValueError, InputError
from modelward.core.yamlnodes import (
    RefusedNodeError,
    address_of,
    compose,
    day_of,
    mapping,
    plain,
    required,
    sequence,
)
from modelward.healing import patterns
from modelward.healing.zoning import ANY, Rule, RuleProblem, Zone, Zones

_INTEGERS = (
    Field.CONTEXT_WINDOW,
    Field.MAX_INPUT_TOKENS,
    Field.MAX_OUTPUT_TOKENS,
    Field.PARAMETER_COUNT,
)
_PRICES = (Field.PRICE_INPUT, Field.PRICE_OUTPUT)
_TEXT_KEYS = frozenset(
    {"name", "pattern", "kind", "family", "read_size", "read_family", "fallback", "remote", "day", "address"}
)
_LIST_KEYS = frozenset({"has", "lacks", "examples", "not"})
_RULE_KEYS = _TEXT_KEYS | _LIST_KEYS | {field.value for field in (*_INTEGERS, *_PRICES)}
_FILE_KEYS = frozenset({"provider", "lab", "price", "day", "address", "sets", "rules"})


def read_folder(folder: Path, *, is_user: bool) -> tuple[Zones, tuple[RuleProblem, ...]]:
    """The zones of all ``*.yaml`` files of a folder; a folder that is not there has none."""
    problems: list[RuleProblem] = []
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})
    except FileNotFoundError:
        paths = []
    except OSError as error:
        problems.append(RuleProblem(str(folder), None, None, None, f"The folder cannot be read ({error.strerror})."))
        paths = []
    seen: dict[tuple[str, str], str] = {}
    zones = [_ZoneFile(path.name, problems, seen).read(path, is_user=is_user) for path in paths]
    return tuple(zone for zone in zones if zone is not None), tuple(problems)


class _ZoneFile:
    """Reads one file."""

    def __init__(self, file: str, problems: list[RuleProblem], seen: dict[tuple[str, str], str]) -> None:
        self.file = file
        self.problems = problems
        self.seen = seen
        self.provider = ANY
        self.day: date | None = None
        self.address: str | None = None

    def read(self, path: Path, *, is_user: bool) -> Zone | None:
        """The zone, without the rules that are wrong; None where the file as a whole cannot be used."""
        try:
            root = compose(path)
            parts = mapping(root, _FILE_KEYS)
            self.provider = _provider(root, parts)
            self.day = day_of(parts["day"]) if "day" in parts else None
            self.address = address_of(parts["address"]) if "address" in parts else None
            is_lab = _flag(parts, "lab")
            price = cast("Decimal", _value(parts["price"], Field.PRICE_INPUT)) if "price" in parts else None
            listed = sequence(parts["rules"], "rules") if "rules" in parts else []
        except RefusedNodeError as refusal:
            self._report(refusal, None)
            return None
        except InputError as error:
            self.problems.append(RuleProblem(self.file, None, None, None, error.what))
            return None
        rules = tuple(rule for node in listed if (rule := self._rule(node)) is not None)
        return Zone(self.provider, is_lab, is_user, rules, price)

    def _rule(self, node: yaml.Node) -> Rule | None:
        name: str | None = None
        try:
            parts = mapping(node, _RULE_KEYS)
            name = plain(required(node, parts, "name"), "name")
            if (earlier := self.seen.get((self.provider, name))) is not None:
                raise RefusedNodeError(parts["name"], "name", f"There is already a rule of that name in {earlier}.")
            rule = self._made(node, name, parts)
        except RefusedNodeError as refusal:
            self._report(refusal, name)
            return None
        self.seen[self.provider, name] = self.file
        return rule

    def _made(self, node: yaml.Node, name: str, parts: Mapping[str, yaml.Node]) -> Rule:
        day = day_of(parts["day"]) if "day" in parts else self.day
        address = address_of(parts["address"]) if "address" in parts else self.address
        if day is None or address is None:
            field = "day" if day is None else "address"
            raise RefusedNodeError(node, field, "It is missing, here and at the head of the file.")
        if self.provider == ANY and (priced := next((f for f in _PRICES if f.value in parts), None)):
            raise RefusedNodeError(parts[priced.value], priced.value, "A family has no price: each host has its own.")
        integers = {field.value: _integer(parts, field) for field in _INTEGERS}
        return Rule(
            name=name,
            file=self.file,
            provider=self.provider,
            pattern=_pattern(required(node, parts, "pattern")),
            kind=Kind(str(_value(required(node, parts, "kind"), Field.KIND))),
            day=day,
            address=address,
            family=str(_value(parts["family"], Field.FAMILY)) if "family" in parts else None,
            capabilities=_capabilities(parts),
            price_input=_price(parts, Field.PRICE_INPUT),
            price_output=_price(parts, Field.PRICE_OUTPUT),
            read_size=_flag(parts, "read_size"),
            read_family=_flag(parts, "read_family"),
            is_fallback=_flag(parts, "fallback"),
            is_remote=_flag(parts, "remote"),
            examples=_words(parts, "examples"),
            counterexamples=_words(parts, "not"),
            **integers,
        )

    def _report(self, refusal: RefusedNodeError, rule: str | None) -> None:
        self.problems.append(RuleProblem(self.file, refusal.line, rule, refusal.field, refusal.message))


def _provider(root: yaml.Node, parts: Mapping[str, yaml.Node]) -> str:
    node = required(root, parts, "provider")
    provider = plain(node, "provider")
    if "/" in provider or not provider.isprintable():
        raise RefusedNodeError(node, "provider", f"It must be a provider's id, or {ANY!r} for families.")
    return provider


def _value(node: yaml.Node, field: Field) -> object:
    try:
        return read(field, plain(node, field.value))
    except BadValueError as error:
        raise RefusedNodeError(node, field.value, str(error)) from None


def _integer(parts: Mapping[str, yaml.Node], field: Field) -> int | None:
    return cast("int", _value(parts[field.value], field)) if field.value in parts else None


def _price(parts: Mapping[str, yaml.Node], field: Field) -> Decimal | None:
    return cast("Decimal", _value(parts[field.value], field)) if field.value in parts else None


def _flag(parts: Mapping[str, yaml.Node], key: str) -> bool:
    if key not in parts:
        return False
    word = plain(parts[key], key)
    if word not in {"true", "false"}:
        raise RefusedNodeError(parts[key], key, "It must be true or false.")
    return word == "true"


def _pattern(node: yaml.Node) -> str:
    pattern = plain(node, "pattern")
    try:
        patterns.check(pattern)
    except InputError as error:
        raise RefusedNodeError(node, "pattern", str(error)) from None
    return pattern


def _words(parts: Mapping[str, yaml.Node], key: str) -> tuple[str, ...]:
    if key not in parts:
        return ()
    return tuple(plain(node, key) for node in sequence(parts[key], key))


def _capabilities(parts: Mapping[str, yaml.Node]) -> Capabilities:
    stated: dict[str, frozenset[Capability]] = {}
    for key in ("has", "lacks"):
        nodes = sequence(parts[key], key) if key in parts else []
        for node in nodes:
            if plain(node, key) not in _CAPABILITIES:
                raise RefusedNodeError(
                    node, key, f"There is no capability {clip(node.value)!r}: {', '.join(Capability)}."
                )
        stated[key] = frozenset(Capability(node.value) for node in nodes)
    try:
        return Capabilities(stated["has"], stated["lacks"])
    except ValueError as error:
        raise RefusedNodeError(parts["lacks"], "lacks", f"It contradicts the list of what it has: {error}.") from None


_CAPABILITIES = frozenset(word.value for word in Capability)
