"""JSON schemas in suites: the part of the language whose cost is bounded, and that reaches for nothing elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from modelward.benchmarks.checks import Plain
from modelward.benchmarks.phrases import check_pattern
from modelward.benchmarks.plain_nodes import value_of
from modelward.core.errors import InputError
from modelward.core.yamlnodes import RefusedNodeError

_WORDS = frozenset(
    {
        "type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "enum", "const",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "anyOf",
        "description", "title",
    }
)  # fmt: skip


def check_schema(node: yaml.Node) -> Mapping[str, Plain]:
    """The schema that a node holds. Raises RefusedNodeError for what is no schema, or more than the bounded part."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    schema = value_of(node)
    try:
        _check(schema)
        assert isinstance(schema, dict)
        Draft202012Validator.check_schema(schema)
    except InputError as error:
        raise RefusedNodeError(node, "schema", str(error)) from None
    except SchemaError as error:
        raise RefusedNodeError(node, "schema", f"It is no JSON schema: {error.message[:200]}.") from None
    return schema


def _check(schema: Plain) -> None:
    if not isinstance(schema, dict):
        raise InputError("A JSON schema is a mapping.")
    if odd := sorted(schema.keys() - _WORDS):
        raise InputError(
            f"There is no word {odd[0]!r} in the schemas that are known here: {', '.join(sorted(_WORDS))}."
        )
    if isinstance(pattern := schema.get("pattern"), str):
        check_pattern(pattern.removeprefix("^").removesuffix("$"))
    for inner in _within(schema):
        if not isinstance(inner, bool):
            _check(inner)


def _within(schema: dict[str, Plain]) -> list[Plain]:
    properties, choices = schema.get("properties", {}), schema.get("anyOf", [])
    found = [schema[key] for key in ("items", "additionalProperties") if key in schema]
    found += list(properties.values()) if isinstance(properties, dict) else []
    return found + (choices if isinstance(choices, list) else [])
