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
from modelward.healing import patterns
from modelward.healing.zoning import ANY, Rule, RuleProblem, Zone, Zones

MAX_FILE_BYTES = 1_000_000
"""Largest rule file, in bytes; Modelward's own are far below a tenth of it."""

_MAX_DEPTH = 20
_UNCHECKED_DEPTH = 1_000
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
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


class _RefusedError(Exception):
    """A node that cannot be used; whoever reads its rule or file turns it into a RuleProblem."""

    def __init__(self, node: yaml.Node, field: str | None, message: str) -> None:
        super().__init__(message)
        self.line = cast("int", node.start_mark.line) + 1
        self.field = field
        self.message = message


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
    """Reads one file. It works on YAML nodes, not on loaded values: a node knows its line, and nothing in a
    stranger's file (merge keys, tags, aliases of aliases) is ever expanded."""

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
            root = _compose(path)
            parts = _mapping(root, _FILE_KEYS)
            self.provider = _provider(root, parts)
            self.day = _day(parts["day"]) if "day" in parts else None
            self.address = _address(parts["address"]) if "address" in parts else None
            is_lab = _flag(parts, "lab")
            price = cast("Decimal", _value(parts["price"], Field.PRICE_INPUT)) if "price" in parts else None
            listed = _sequence(parts["rules"], "rules") if "rules" in parts else []
        except _RefusedError as refusal:
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
            parts = _mapping(node, _RULE_KEYS)
            name = _plain(_required(node, parts, "name"), "name")
            if (earlier := self.seen.get((self.provider, name))) is not None:
                raise _RefusedError(parts["name"], "name", f"There is already a rule of that name in {earlier}.")
            rule = self._made(node, name, parts)
        except _RefusedError as refusal:
            self._report(refusal, name)
            return None
        self.seen[self.provider, name] = self.file
        return rule

    def _made(self, node: yaml.Node, name: str, parts: Mapping[str, yaml.Node]) -> Rule:
        day = _day(parts["day"]) if "day" in parts else self.day
        address = _address(parts["address"]) if "address" in parts else self.address
        if day is None or address is None:
            field = "day" if day is None else "address"
            raise _RefusedError(node, field, "It is missing, here and at the head of the file.")
        if self.provider == ANY and (priced := next((f for f in _PRICES if f.value in parts), None)):
            raise _RefusedError(parts[priced.value], priced.value, "A family has no price: each host has its own.")
        integers = {field.value: _integer(parts, field) for field in _INTEGERS}
        return Rule(
            name=name,
            file=self.file,
            provider=self.provider,
            pattern=_pattern(_required(node, parts, "pattern")),
            kind=Kind(str(_value(_required(node, parts, "kind"), Field.KIND))),
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

    def _report(self, refusal: _RefusedError, rule: str | None) -> None:
        self.problems.append(RuleProblem(self.file, refusal.line, rule, refusal.field, refusal.message))


def _compose(path: Path) -> yaml.Node:
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
        raise InputError(f"The file is not YAML: {clip(error, 300)}") from None
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


def _mapping(node: yaml.Node, known: frozenset[str]) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise _RefusedError(node, None, "It must be a mapping of keys to values.")
    parts: dict[str, yaml.Node] = {}
    for key_node, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
        key = _plain(key_node, None)
        if key not in known:
            raise _RefusedError(key_node, key, f"There is no such key. The keys are: {', '.join(sorted(known))}.")
        if key in parts:
            raise _RefusedError(key_node, key, "It stands there twice.")
        parts[key] = value
    return parts


def _sequence(node: yaml.Node, field: str) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        raise _RefusedError(node, field, "It must be a list.")
    return cast("list[yaml.Node]", node.value)


def _plain(node: yaml.Node, field: str | None) -> str:
    if not isinstance(node, yaml.ScalarNode) or not node.value:
        raise _RefusedError(node, field, "It must be text.")
    return cast("str", node.value)


def _required(node: yaml.Node, parts: Mapping[str, yaml.Node], key: str) -> yaml.Node:
    if key not in parts:
        raise _RefusedError(node, key, "It is missing.")
    return parts[key]


def _provider(root: yaml.Node, parts: Mapping[str, yaml.Node]) -> str:
    node = _required(root, parts, "provider")
    provider = _plain(node, "provider")
    if "/" in provider or not provider.isprintable():
        raise _RefusedError(node, "provider", f"It must be a provider's id, or {ANY!r} for families.")
    return provider


def _value(node: yaml.Node, field: Field) -> object:
    try:
        return read(field, _plain(node, field.value))
    except BadValueError as error:
        raise _RefusedError(node, field.value, str(error)) from None


def _integer(parts: Mapping[str, yaml.Node], field: Field) -> int | None:
    return cast("int", _value(parts[field.value], field)) if field.value in parts else None


def _price(parts: Mapping[str, yaml.Node], field: Field) -> Decimal | None:
    return cast("Decimal", _value(parts[field.value], field)) if field.value in parts else None


def _flag(parts: Mapping[str, yaml.Node], key: str) -> bool:
    if key not in parts:
        return False
    word = _plain(parts[key], key)
    if word not in {"true", "false"}:
        raise _RefusedError(parts[key], key, "It must be true or false.")
    return word == "true"


def _day(node: yaml.Node) -> date:
    try:
        return date.fromisoformat(_plain(node, "day"))
    except ValueError:
        raise _RefusedError(node, "day", "It must be a day: YYYY-MM-DD.") from None


def _address(node: yaml.Node) -> str:
    address = _plain(node, "address")
    if not address.startswith(("https://", "http://")) or len(address) > 500 or not address.isprintable():
        raise _RefusedError(node, "address", "It must be an address that begins with https://.")
    return address


def _pattern(node: yaml.Node) -> str:
    pattern = _plain(node, "pattern")
    try:
        patterns.check(pattern)
    except InputError as error:
        raise _RefusedError(node, "pattern", str(error)) from None
    return pattern


def _words(parts: Mapping[str, yaml.Node], key: str) -> tuple[str, ...]:
    if key not in parts:
        return ()
    return tuple(_plain(node, key) for node in _sequence(parts[key], key))


def _capabilities(parts: Mapping[str, yaml.Node]) -> Capabilities:
    stated: dict[str, frozenset[Capability]] = {}
    for key in ("has", "lacks"):
        nodes = _sequence(parts[key], key) if key in parts else []
        for node in nodes:
            if _plain(node, key) not in _CAPABILITIES:
                raise _RefusedError(node, key, f"There is no capability {clip(node.value)!r}: {', '.join(Capability)}.")
        stated[key] = frozenset(Capability(node.value) for node in nodes)
    try:
        return Capabilities(stated["has"], stated["lacks"])
    except ValueError as error:
        raise _RefusedError(parts["lacks"], "lacks", f"It contradicts the list of what it has: {error}.") from None


_CAPABILITIES = frozenset(word.value for word in Capability)
