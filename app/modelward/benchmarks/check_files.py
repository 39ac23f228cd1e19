"""Reads the checks of a probe; imported by the reader of suites alone, because YAML takes its time to import."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import yaml

from modelward.benchmarks.checks import (
    Avoids,
    Calls,
    Case,
    Check,
    Choice,
    Code,
    Exact,
    Fields,
    Form,
    Json,
    Number,
    Phrase,
    Plain,
    Says,
    WantedCall,
    Weighted,
)
from modelward.benchmarks.languages import LANGUAGES
from modelward.benchmarks.phrases import check_pattern
from modelward.benchmarks.plain_nodes import bounds_of, flag_of, number_of, text_of, texts_of, value_of
from modelward.benchmarks.schemas import check_schema
from modelward.core.errors import InputError
from modelward.core.yamlnodes import RefusedNodeError, mapping, plain, required, sequence

MAX_CASES = 50


def weighted_of(node: yaml.Node) -> Weighted:
    """A check with its weight. Raises RefusedNodeError, as all that follow do."""
    parts = mapping(node, frozenset({*_READERS, "weight"}))
    kinds = [kind for kind in parts if kind != "weight"]
    if len(kinds) != 1:
        raise RefusedNodeError(node, "checks", f"A check has one kind: {', '.join(sorted(_READERS))}.")
    weight = number_of(parts["weight"], "weight", 0.01, 100) if "weight" in parts else 1.0
    return Weighted(_READERS[kinds[0]](parts[kinds[0]]), weight)


def _exact(node: yaml.Node) -> Exact:
    if not isinstance(node, yaml.MappingNode):
        return Exact(texts_of(node, "exact"))
    parts = mapping(node, frozenset({"any", "strict"}))
    return Exact(texts_of(required(node, parts, "any"), "any"), flag_of(parts, "strict"))


def _number(node: yaml.Node) -> Number:
    if isinstance(node, yaml.ScalarNode):
        return Number(number_of(node, "number"))
    parts = mapping(node, frozenset({"value", "tolerance", "units"}))
    units: dict[str, float] | None = None
    if "units" in parts:
        named = mapping_of_any(parts["units"], "units")
        units = {unit: number_of(each, "units", 1e-12, 1e12) for unit, each in named.items()}
    tolerance = number_of(parts["tolerance"], "tolerance", 0) if "tolerance" in parts else 0.0
    return Number(number_of(required(node, parts, "value"), "value"), tolerance, units)


def _choice(node: yaml.Node) -> Choice:
    letter = plain(node, "choice")
    if len(letter) != 1 or not "A" <= letter <= "H":
        raise RefusedNodeError(node, "choice", "It must be one letter from A to H.")
    return Choice(letter, "ABCDEFGH"[: max(4, ord(letter) - ord("A") + 1)])


def _phrases(node: yaml.Node, field: str) -> tuple[Phrase, ...]:
    return tuple(_phrase(each, field) for each in sequence(node, field))


def _phrase(node: yaml.Node, field: str) -> Phrase:
    if not isinstance(node, yaml.MappingNode):
        return Phrase(texts_of(node, field))
    parts = mapping(node, frozenset({"any", "pattern", "weight"}))
    if not parts.keys() & {"any", "pattern"}:
        raise RefusedNodeError(node, field, "It needs 'any' or 'pattern'.")
    return Phrase(
        texts_of(parts["any"], "any") if "any" in parts else (),
        _pattern(parts["pattern"]) if "pattern" in parts else "",
        number_of(parts["weight"], "weight", 0.01, 100) if "weight" in parts else 1.0,
    )


def _pattern(node: yaml.Node) -> str:
    pattern = plain(node, "pattern")
    try:
        check_pattern(pattern)
    except InputError as error:
        raise RefusedNodeError(node, "pattern", str(error)) from None
    return pattern


_BOUNDED = ("words", "lines", "sentences", "paragraphs", "bullets", "characters")


def _form(node: yaml.Node) -> Form:
    known = {*_BOUNDED, "markdown", "language", "begins", "ends", "letters", "without", "each_line"}
    parts = mapping(node, frozenset(known))
    bounds = {key: bounds_of(parts[key], key) for key in _BOUNDED if key in parts}
    return Form(
        **bounds,
        markdown=flag_of(parts, "markdown", otherwise=True),
        language=_one_of(parts, "language", LANGUAGES),
        begins=text_of(parts, "begins"),
        ends=text_of(parts, "ends"),
        letters=_one_of(parts, "letters", frozenset({"upper", "lower"})),
        without=texts_of(parts["without"], "without") if "without" in parts else (),
        each_line=_pattern(parts["each_line"]) if "each_line" in parts else "",
    )


def _one_of(parts: Mapping[str, yaml.Node], key: str, words: frozenset[str]) -> str:
    word = text_of(parts, key)
    if word and word not in words:
        raise RefusedNodeError(parts[key], key, f"It must be one of: {', '.join(sorted(words))}.")
    return word


def _json(node: yaml.Node) -> Json:
    parts = mapping(node, frozenset({"schema", "bare"}))
    return Json(check_schema(required(node, parts, "schema")), flag_of(parts, "bare"))


def _fields(node: yaml.Node) -> Fields:
    parts = mapping(node, frozenset({"values", "any_order"}))
    named = mapping_of_any(required(node, parts, "values"), "values")
    return Fields({path: value_of(each) for path, each in named.items()}, flag_of(parts, "any_order"))


def _calls(node: yaml.Node) -> Calls:
    parts = mapping(node, frozenset({"wanted", "ordered"}))
    wanted = sequence(required(node, parts, "wanted"), "wanted")
    return Calls(tuple(map(_wanted, wanted)), flag_of(parts, "ordered"))


def _wanted(node: yaml.Node) -> WantedCall:
    parts = mapping(node, frozenset({"name", "arguments", "optional"}))
    given = mapping_of_any(parts["arguments"], "arguments") if "arguments" in parts else {}
    optional = texts_of(parts["optional"], "optional") if "optional" in parts else ()
    arguments = {name: value_of(each) for name, each in given.items()}
    return WantedCall(plain(required(node, parts, "name"), "name"), arguments, frozenset(optional))


def _code(node: yaml.Node) -> Code:
    parts = mapping(node, frozenset({"name", "cases"}))
    cases = sequence(required(node, parts, "cases"), "cases")
    if not 0 < len(cases) <= MAX_CASES:
        raise RefusedNodeError(parts["cases"], "cases", f"There must be 1 to {MAX_CASES} cases.")
    name = plain(required(node, parts, "name"), "name")
    if not name.isidentifier():
        raise RefusedNodeError(parts["name"], "name", "It must be the name of a function or class.")
    return Code(name, tuple(map(_case, cases)))


def _case(node: yaml.Node) -> Case:
    parts = mapping(node, frozenset({"run", "expect", "raises"}))
    run = plain(required(node, parts, "run"), "run")
    if ("expect" in parts) == ("raises" in parts):
        raise RefusedNodeError(node, "cases", "A case has either 'expect' or 'raises'.")
    expect: Plain = value_of(parts["expect"]) if "expect" in parts else None
    return Case(run, expect, text_of(parts, "raises"))


def mapping_of_any(node: yaml.Node, field: str) -> dict[str, yaml.Node]:
    """A mapping whose keys are free texts."""
    if not isinstance(node, yaml.MappingNode) or not node.value:
        raise RefusedNodeError(node, field, "It must be a mapping of keys to values.")
    return mapping(node, frozenset(plain(key, field) for key, _value in node.value))


_READERS: dict[str, Callable[[yaml.Node], Check]] = {
    "exact": _exact,
    "number": _number,
    "choice": _choice,
    "says": lambda node: Says(_phrases(node, "says")),
    "avoids": lambda node: Avoids(_phrases(node, "avoids")),
    "form": _form,
    "json": _json,
    "fields": _fields,
    "calls": _calls,
    "code": _code,
}
