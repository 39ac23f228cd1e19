"""A model's answer, read whatever it looks like: what it claims of which model, and nothing that was not asked."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from modelward.catalog.fields import clip
from modelward.catalog.model import FactValue, Field
from modelward.core.errors import BadValueError
from modelward.healing.plausible import read_claim

LONGEST = 200_000
"""Characters of an answer that are looked at; forty models with seven fields each take about 20,000."""

_MOST_TRIES = 400
_LONGEST_QUOTE = 160
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_UNKNOWN = frozenset({"", "unknown", "n/a", "na", "null", "none", "not known", "?", "-"})


@dataclass(frozen=True, slots=True)
class Claim:
    """What an answer says of one field. ``value``: None where it can be no value of the field, and ``problem`` says
    why. ``sure``: how sure the model says it is, 0 to 1; None where it does not say. ``quote``: the piece that
    says it."""

    value: FactValue | None
    sure: float | None
    quote: str
    problem: str = ""


Claims = Mapping[str, Mapping[Field, Claim]]
"""What is claimed, by the name that was asked about and by field; what is not known is left out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``is_readable``: it holds at least one entry about a model that was asked about."""

    claims: Claims
    is_readable: bool


def read_answer(text: str, names: Collection[str], fields: Collection[Field], today: str) -> Answer:
    """What a model said of the models ``names``.

    Prose around the JSON, code fences, commas too many and an end that is missing do no harm: each whole entry counts.
    Other models' entries and fields that were not asked for are dropped. Of a field that is stated twice and otherwise,
    neither counts. ``today`` (YYYY-MM-DD) bounds dates. Never raises.
    """
    by_key = {_key(name): name for name in names}
    found: dict[str, dict[Field, Claim]] = {}
    for entry in _entries(text[:LONGEST]):
        name = by_key.get(_key(entry.get("model")))
        if name is not None:
            _take(found.setdefault(name, {}), entry, fields, today)
    return Answer(found, bool(found))


def _take(claims: dict[Field, Claim], entry: Mapping[str, object], fields: Collection[Field], today: str) -> None:
    for field in fields:
        claim = _claim(field, entry.get(field.value), today)
        if claim is None:
            continue
        earlier = claims.get(field)
        if earlier is not None and earlier.value != claim.value:
            claim = Claim(None, None, claim.quote, "The answer says two different things.")
        claims[field] = claim


def _claim(field: Field, raw: object, today: str) -> Claim | None:
    """What is claimed of a field; None where that is "unknown"."""
    value, sure = raw, None
    if isinstance(raw, dict) and "value" in raw:
        value, sure = raw["value"], _sureness(raw.get("confidence"))
    if _is_unknown(value):
        return None
    quote = clip(f'"{field.value}": {_shown(raw)}', _LONGEST_QUOTE)
    try:
        return Claim(read_claim(field, value, today), sure, quote)
    except BadValueError as error:
        return Claim(None, sure, quote, str(error))


def _is_unknown(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in _UNKNOWN
    if isinstance(value, dict):
        return not any(value.values())
    return value is None or value == []


def _sureness(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    return float(raw) if 0 <= raw <= 1 else None


def _shown(raw: object) -> str:
    return json.dumps(raw, ensure_ascii=False, default=str)


def _key(name: object) -> str:
    return name.strip().casefold() if isinstance(name, str) else ""


def _entries(text: str) -> Iterator[Mapping[str, object]]:
    """The objects of the answer that name a model, in their order, wherever in the text they stand.

    Where the whole is no JSON (it was cut off, or holds a slip), its parts are tried, for each of which the decoder may
    have to read on to the end: so they are not tried without end.
    """
    plain = _TRAILING_COMMA.sub(r"\1", text)
    at = tries = 0
    while tries < _MOST_TRIES and (at := plain.find("{", at)) >= 0:
        try:
            value, at = _DECODER.raw_decode(plain, at)
        except (ValueError, RecursionError):
            at += 1
            tries += 1
        else:
            yield from _naming(value)


def _naming(value: object, depth: int = 0) -> Iterator[Mapping[str, object]]:
    """The objects within a value that name a model: the value itself, or those of its lists."""
    if isinstance(value, dict):
        if isinstance(value.get("model"), str):
            yield value
        elif depth < 3:
            for part in value.values():
                yield from _naming(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _naming(part, depth + 1)


def _integer(digits: str) -> int | float:
    # Python refuses to read more than 4,300 digits; what is infinite is refused where it is used.
    return int(digits) if len(digits) <= 40 else math.inf


def _nothing(_word: str) -> None: ...


_DECODER = json.JSONDecoder(parse_int=_integer, parse_constant=_nothing)
