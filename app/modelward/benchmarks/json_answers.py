"""JSON in answers: found among chatter and fences, held against a schema, its fields against values."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping

from modelward.benchmarks.answers import blocks, plain
from modelward.benchmarks.checks import Fields, Json, Plain
from modelward.benchmarks.marks import Mark, share
from modelward.catalog.fields import clip

MAX_JSON = 50_000
"""Longest JSON that is graded, in characters; the longest that a probe asks for has some hundred."""

_MOST_STARTS = 20
_NOTHING = object()


def found_json(text: str) -> object:
    """The JSON of an answer: all of it, a block of it, or the first object or list in it. Raises ValueError."""
    for piece in _places(text):
        try:
            return _decoded(piece)
        except (ValueError, RecursionError):
            continue
    raise ValueError("no JSON")


def _places(text: str) -> Iterator[str]:
    yield text
    yield from (block.text for block in reversed(blocks(text)) if block.language in {"", "json", "json5", "jsonc"})
    starts = [at for at, char in enumerate(text[:MAX_JSON]) if char in "{["][:_MOST_STARTS]
    ends = (text.rfind("}") + 1, text.rfind("]") + 1)
    for start in starts:
        piece = text[start : ends[text[start] == "["]]
        yield piece
        yield _first_value(piece)


def _first_value(piece: str) -> str:
    try:
        _value, end = json.JSONDecoder().raw_decode(piece[:MAX_JSON])
    except (ValueError, RecursionError):
        return ""
    return piece[:end]


def _decoded(text: str) -> object:
    if len(text) > MAX_JSON:
        raise ValueError("too long")

    def refuse(word: str) -> object:
        raise ValueError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


def fits(check: Json, text: str) -> Mark:
    """Whether there is JSON and it has the wanted shape. Half is lost where something else stands around it."""
    from jsonschema import Draft202012Validator

    try:
        value = found_json(text)
    except ValueError:
        return Mark(0, "The answer holds no JSON that can be read.")
    validator = Draft202012Validator(dict(check.schema))
    if (error := next(validator.iter_errors(value), None)) is not None:
        place = ".".join(map(str, error.absolute_path)) or "the whole"
        return Mark(0, f"Its JSON has another shape ({clip(place)}): {clip(error.message, 200)}.")
    if check.bare and text.strip()[:1] not in {"{", "["}:
        return Mark(0.5, "Something else stands around the JSON.")
    return Mark(1)


def fields(check: Fields, text: str) -> Mark:
    """The share of the fields that have their value."""
    try:
        value = found_json(text)
    except ValueError:
        return Mark(0, "The answer holds no JSON that can be read.")
    missed = [
        f"{path} is {_shown(found)} and not {_shown(wanted)}"
        for path, wanted in check.values.items()
        if not same((found := _at(value, path)), wanted, any_order=check.any_order)
    ]
    return share(len(check.values) - len(missed), len(check.values), missed)


def _at(value: object, path: str) -> object:
    for step in path.split("."):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step[:6]) < len(value):
            value = value[int(step[:6])]
        elif isinstance(value, list) and step == "length":
            value = len(value)
        else:
            return _NOTHING
    return value


def same(found: object, wanted: Plain, *, any_order: bool = False) -> bool:
    """Whether a value from an answer is the wanted one; the case and spacing of texts, and 2 or 2.0, do not count."""
    match wanted:
        case {"any": list(choices), **rest} if not rest:
            return any(same(found, each, any_order=any_order) for each in choices)
        case dict():
            return _same_objects(found, wanted, any_order=any_order)
        case list():
            return _same_lists(found, wanted, any_order=any_order)
        case str():
            return isinstance(found, str) and plain(found[:10_000]).strip(" .") == plain(wanted).strip(" .")
        case None:
            return found is None or found is _NOTHING
        case bool():
            return found is wanted
        case _:
            return _same_numbers(found, wanted)


def _same_numbers(found: object, wanted: float) -> bool:
    if isinstance(found, str):
        try:
            found = float(found.replace(",", "")[:40])
        except ValueError:
            return False
    if isinstance(found, bool) or not isinstance(found, int | float):
        return False
    try:
        return math.isclose(found, wanted, rel_tol=1e-6, abs_tol=1e-9)
    except OverflowError:
        return False


def _same_objects(found: object, wanted: Mapping[str, Plain], *, any_order: bool) -> bool:
    if not isinstance(found, dict) or found.keys() - wanted.keys():
        return False
    return all(same(found.get(key, _NOTHING), each, any_order=any_order) for key, each in wanted.items())


def _same_lists(found: object, wanted: list[Plain], *, any_order: bool) -> bool:
    if not isinstance(found, list) or len(found) != len(wanted):
        return False
    if not any_order:
        return all(same(one, each) for one, each in zip(found, wanted, strict=True))
    left = list(found)
    for each in wanted:
        at = next((at for at, one in enumerate(left) if same(one, each, any_order=True)), None)
        if at is None:
            return False
        del left[at]
    return True


def _shown(value: object) -> str:
    return "missing" if value is _NOTHING else clip(json.dumps(value, ensure_ascii=False), 60)
