"""What each field holds: type, unit, bounds, names; and how a value is read, checked and written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar, cast

from modelward.catalog.model import Capabilities, Capability, FactValue, Field, Kind, PriceTier
from modelward.core.errors import BadValueError


class FieldType(StrEnum):
    """How a field's value is written and checked."""

    INTEGER = "whole number"
    PRICE = "price"
    TEXT = "text"
    KIND = "kind"
    DATE = "date"
    FLAG = "yes or no"
    CAPABILITIES = "capabilities"
    TIERS = "price tiers"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field: names for people and for JSON, type, unit, and the bounds that any true value keeps."""

    field: Field
    title: str
    json_key: str
    type: FieldType
    unit: str = ""
    minimum: Decimal = Decimal(0)
    maximum: Decimal = Decimal(0)

    @property
    def is_number(self) -> bool:
        """True for whole numbers and prices."""
        return self.type in (FieldType.INTEGER, FieldType.PRICE)


MAX_TEXT = 500
"""Longest text of a field, in characters; longer ones are refused."""


def _spec(
    field: Field,
    title: str,
    type_: FieldType,
    unit: str = "",
    bounds: tuple[int, int] = (0, 0),
) -> FieldSpec:
    head, *rest = field.value.split("_")
    json_key = head + "".join(part.capitalize() for part in rest)
    return FieldSpec(field, title, json_key, type_, unit, Decimal(bounds[0]), Decimal(bounds[1]))


# Bounds only keep out what cannot be true of any model: the largest window that is offered is 10 million
# tokens (Llama 4 Scout), the dearest price below 1,000 USD per million.
def _tokens(field: Field, title: str) -> FieldSpec:
    return _spec(field, title, FieldType.INTEGER, "tokens", (1, 10**9))


def _price(field: Field, title: str) -> FieldSpec:
    return _spec(field, title, FieldType.PRICE, "USD per 1M tokens", (0, 10**6))


def _limit(field: Field, title: str, unit: str) -> FieldSpec:
    return _spec(field, title, FieldType.INTEGER, unit, (0, 10**12))


FIELDS: Mapping[Field, FieldSpec] = {
    spec.field: spec
    for spec in (
        _spec(Field.KIND, "Kind", FieldType.KIND),
        _spec(Field.DISPLAY_NAME, "Display name", FieldType.TEXT),
        _spec(Field.FAMILY, "Family", FieldType.TEXT),
        _tokens(Field.CONTEXT_WINDOW, "Context window"),
        _tokens(Field.MAX_INPUT_TOKENS, "Max input"),
        _tokens(Field.MAX_OUTPUT_TOKENS, "Max output"),
        _tokens(Field.SERVED_CONTEXT, "Served context"),
        _spec(Field.CAPABILITIES, "Capabilities", FieldType.CAPABILITIES),
        _price(Field.PRICE_INPUT, "Input price"),
        _price(Field.PRICE_OUTPUT, "Output price"),
        _price(Field.PRICE_CACHE_READ, "Cache read price"),
        _price(Field.PRICE_CACHE_WRITE, "Cache write price"),
        _spec(Field.PRICE_TIERS, "Price tiers", FieldType.TIERS),
        _limit(Field.RPM, "Requests per minute", "requests"),
        _limit(Field.TPM, "Tokens per minute", "tokens"),
        _limit(Field.RPD, "Requests per day", "requests"),
        _spec(Field.PARAMETER_COUNT, "Parameters", FieldType.INTEGER, "parameters", (1, 10**15)),
        _spec(Field.QUANTIZATION, "Quantization", FieldType.TEXT),
        _spec(Field.ARCHITECTURE, "Architecture", FieldType.TEXT),
        _spec(Field.KNOWLEDGE_CUTOFF, "Knowledge cut-off", FieldType.DATE),
        _spec(Field.RELEASE_DATE, "Released", FieldType.DATE),
        _spec(Field.SIZE_BYTES, "Size", FieldType.INTEGER, "bytes", (0, 2**63 - 1)),
        _spec(Field.DIGEST, "Digest", FieldType.TEXT),
        _spec(Field.OPEN_WEIGHTS, "Open weights", FieldType.FLAG),
        _spec(Field.LIFECYCLE, "Lifecycle", FieldType.TEXT),
        _spec(Field.MODEL_PAGE, "Model page", FieldType.TEXT),
    )
}

PRICES = (Field.PRICE_INPUT, Field.PRICE_OUTPUT, Field.PRICE_CACHE_READ, Field.PRICE_CACHE_WRITE)

_BY_NAME = {name.lower(): spec.field for spec in FIELDS.values() for name in (spec.field.value, spec.json_key)}
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
_PRICE_STEP = Decimal("0.000001")
_YES = {"true", "yes", "1", "on"}
_NO = {"false", "no", "0", "off"}


def field_named(name: str) -> Field:
    """The field of a name as people and JSON write it. Raises BadValueError that lists the names."""
    try:
        return _BY_NAME[name.strip().lower().replace("-", "_")]
    except KeyError:
        names = ", ".join(sorted(field.value for field in FIELDS))
        raise BadValueError(f"There is no field {clip(name)!r}.", todo=f"The fields are: {names}.") from None


def clip(text: object, most: int = 80) -> str:
    """A stranger's text made fit for a message: one line, no control characters, not endless."""
    plain = _NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", str(text))
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def read(field: Field, raw: object) -> FactValue:
    """A value from outside (JSON, a file, a person) as this field's typed value.

    Numbers may be strings; prices become exact decimals, rounded to 0.000001 USD; capabilities are a list of words
    (all others unknown) or ``{"has": [...], "lacks": [...]}``. Raises BadValueError for what the field does not allow.
    """
    spec = FIELDS[field]
    match spec.type:
        case FieldType.INTEGER | FieldType.PRICE:
            return _number(spec, raw)
        case FieldType.TEXT:
            return _text(spec, raw)
        case FieldType.KIND:
            return _word(spec, raw, Kind).value
        case FieldType.DATE:
            return _date(spec, raw)
        case FieldType.FLAG:
            return _flag(spec, raw)
        case FieldType.CAPABILITIES:
            return _capabilities(spec, raw)
        case FieldType.TIERS:
            return _tiers(spec, raw)


def read_typed(field: Field, text: str) -> FactValue:
    """A value as a person types it: thousands marks, ``k`` and ``M`` for tokens, comma-separated capabilities.

    Capabilities typed by a person are the whole list: what is not named, the model lacks.
    """
    spec = FIELDS[field]
    if spec.type is FieldType.CAPABILITIES:
        words = [word for word in re.split(r"[,\s]+", text.strip()) if word and word != "none"]
        has = frozenset(_word(spec, word, Capability) for word in words)
        return Capabilities(has, frozenset(Capability) - has)
    if spec.type is FieldType.INTEGER and (short := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kKmMbB])\s*", text)):
        scale = {"k": 1_000, "m": 1_000_000, "b": 1_000_000_000}[short[2].lower()]
        return _number(spec, Decimal(short[1]) * scale)
    if spec.is_number:
        return _number(spec, re.sub(r"[,_\s$]", "", text))
    return read(field, text)


def to_json(field: Field, value: FactValue) -> object:  # noqa: ARG001 - the counterpart of read
    """The value as JSON shows it: whole numbers as numbers, money as decimal strings."""
    if isinstance(value, Capabilities):
        return {"has": sorted(value.has), "lacks": sorted(value.lacks)}
    if isinstance(value, tuple):
        return [
            {"field": FIELDS[tier.field].json_key, "price": decimal_text(tier.price), "condition": tier.condition}
            for tier in value
        ]
    return decimal_text(value) if isinstance(value, Decimal) else value


def encode(field: Field, value: FactValue) -> str:
    """The value as the store keeps it: canonical JSON text (equal values give equal text)."""
    return _CANONICAL.encode(to_json(field, value))


def decode(field: Field, text: str) -> FactValue:
    """The value of what :func:`encode` wrote. Raises BadValueError where the text is not of this field."""
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise BadValueError(f"{FIELDS[field].title}: the stored value is not readable.") from error
    return read(field, raw)


def decimal_text(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: ``0.3``, ``15``, ``0``."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _refuse(spec: FieldSpec, raw: object, why: str) -> BadValueError:
    return BadValueError(f"{spec.title}: {clip(raw)!r} is not allowed.", why=why)


def _number(spec: FieldSpec, raw: object) -> int | Decimal:
    expected = f"It must be a {spec.type.value} in {spec.unit}." if spec.unit else f"It must be a {spec.type.value}."
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        raise _refuse(spec, raw, expected)
    if isinstance(raw, str) and len(raw) > 40:
        raise _refuse(spec, raw, expected)
    try:
        number = Decimal(str(raw).strip() if isinstance(raw, float | str) else raw)
    except (InvalidOperation, ValueError):
        raise _refuse(spec, raw, expected) from None
    if not number.is_finite():
        raise _refuse(spec, raw, expected)
    if not spec.minimum <= number <= spec.maximum:
        raise _refuse(spec, raw, f"It must be between {spec.minimum:,} and {spec.maximum:,} {spec.unit}.".strip())
    if spec.type is FieldType.PRICE:
        return number.quantize(_PRICE_STEP).normalize() + Decimal(0)
    if number != number.to_integral_value():
        raise _refuse(spec, raw, expected)
    return int(number)


def _text(spec: FieldSpec, raw: object) -> str:
    if not isinstance(raw, str):
        raise _refuse(spec, raw, "It must be text.")
    plain = _NOT_TEXT.sub("", raw).strip()
    if not plain or len(plain) > MAX_TEXT:
        raise _refuse(spec, raw, f"It must be text of 1 to {MAX_TEXT} characters.")
    return plain


def _flag(spec: FieldSpec, raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in _YES | _NO:
        return word in _YES
    raise _refuse(spec, raw, "It must be yes or no.")


def _date(spec: FieldSpec, raw: object) -> str:
    match = _DATE.fullmatch(raw.strip()) if isinstance(raw, str) else None
    try:
        if match is None:
            raise ValueError
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        raise _refuse(spec, raw, "It must be a date: YYYY, YYYY-MM or YYYY-MM-DD.") from None
    return match[0]


_W = TypeVar("_W", bound=StrEnum)


def _word(spec: FieldSpec, raw: object, words: type[_W]) -> _W:
    try:
        return words(str(raw).strip().lower())
    except ValueError:
        raise _refuse(spec, raw, f"It must be one of: {', '.join(words)}.") from None


def _capabilities(spec: FieldSpec, raw: object) -> Capabilities:
    def some(part: object) -> frozenset[Capability]:
        if not isinstance(part, list | tuple | set | frozenset):
            raise _refuse(spec, raw, "It must be a list of capabilities.")
        return frozenset(_word(spec, word, Capability) for word in cast("Iterable[object]", part))

    try:
        if isinstance(raw, dict):
            return Capabilities(some(raw.get("has", [])), some(raw.get("lacks", [])))
        return Capabilities(some(raw))
    except ValueError as error:
        raise _refuse(spec, raw, f"It contradicts itself: {error}.") from None


def _tiers(spec: FieldSpec, raw: object) -> tuple[PriceTier, ...]:
    if not isinstance(raw, list) or len(raw) > 100:
        raise _refuse(spec, raw, "It must be a list of price tiers.")
    tiers = []
    for row in raw:
        if not isinstance(row, dict):
            raise _refuse(spec, raw, "A price tier must be an object.")
        field = field_named(str(row.get("field", "")))
        if field not in PRICES:
            raise _refuse(spec, raw, "A price tier must be of a price field.")
        price = cast("Decimal", _number(FIELDS[field], row.get("price")))
        tiers.append(PriceTier(field, price, _text(spec, row.get("condition"))))
    return tuple(tiers)
