"""What a model may claim: values that are possible, and when two of them say the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from modelward.catalog.fields import FIELDS, clip, read
from modelward.catalog.model import Capabilities, Capability, FactValue, Field
from modelward.core.errors import BadValueError

ASKED = (
    Field.CONTEXT_WINDOW,
    Field.CAPABILITIES,
    Field.PRICE_INPUT,
    Field.PRICE_OUTPUT,
    Field.MAX_OUTPUT_TOKENS,
    Field.KNOWLEDGE_CUTOFF,
    Field.PARAMETER_COUNT,
)
"""What models are asked for. Rate limits are not among it: they belong to an account, which no model can know of."""

WORDS = tuple(word for word in Capability if word is not Capability.PROMPT_CACHING)
"""The capabilities that are asked for: prompt caching is its host's, and tells nothing of what a model can do."""

PRICES = frozenset({Field.PRICE_INPUT, Field.PRICE_OUTPUT})

# Narrower than what the fields allow: the smallest windows of chat models in use have 512 tokens and the largest 10
# million (Llama 4 Scout), the dearest price is below 1,000 USD, the smallest model has some millions of weights.
_BOUNDS: Mapping[Field, tuple[int, int]] = {
    Field.CONTEXT_WINDOW: (256, 20_000_000),
    Field.MAX_OUTPUT_TOKENS: (16, 10_000_000),
    Field.PRICE_INPUT: (0, 1_000),
    Field.PRICE_OUTPUT: (0, 1_000),
    Field.PARAMETER_COUNT: (1_000_000, 100_000_000_000_000),
}
_FIRST_CUTOFF = "2017"  # of that year is the paper on transformers
_ROUNDED = Decimal("1.03")  # "8B" is said of 8.03 billion weights
_SCALE = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000, "t": 1_000_000_000_000}
_NUMBER = re.compile(r"\$?\s*(\d{1,20}(?:\.\d{1,10})?)\s*([kmbt]?)", re.ASCII)


def read_claim(field: Field, raw: object, today: str) -> FactValue:
    """A claimed value, read more kindly than a catalogue's ("128k", unknown words among capabilities), within narrower
    bounds. ``today``: YYYY-MM-DD. Raises BadValueError for what cannot be true."""
    if field is Field.CAPABILITIES:
        return read(field, _known_words(raw))
    value = read(field, _number(raw) if FIELDS[field].is_number else raw)
    if field is Field.KNOWLEDGE_CUTOFF and not _FIRST_CUTOFF <= str(value) <= today:
        raise _impossible(field, raw)
    if field in _BOUNDS and isinstance(value, int | Decimal):
        low, high = _BOUNDS[field]
        if not low <= value <= high:
            raise _impossible(field, raw)
    return value


def agreed(field: Field, one: FactValue, other: FactValue) -> FactValue | None:
    """What two values both say; None where they contradict each other, or speak of different things.

    Windows are the same in thousands of 1,000 and of 1,024, counts of parameters as they are rounded, dates as far as
    both are told. Capabilities are compared word by word, over the words of which both speak.
    """
    if isinstance(one, Capabilities) and isinstance(other, Capabilities):
        if one.has & other.lacks or one.lacks & other.has:
            return None
        both = Capabilities(one.has & other.has, one.lacks & other.lacks)
        return both if both.has or both.lacks else None
    if field is Field.KNOWLEDGE_CUTOFF:
        shorter, longer = sorted((str(one), str(other)), key=len)
        return shorter if longer.startswith(shorter) else None
    return one if one == other or _nearly(field, one, other) else None


def fills(value: FactValue) -> bool:
    """Whether a value closes the gap: of capabilities, one that it has must be told, or that it has no tools."""
    if isinstance(value, Capabilities):
        return bool(value.has) or Capability.TOOLS in value.lacks
    return True


def _nearly(field: Field, one: FactValue, other: FactValue) -> bool:
    if not (isinstance(one, int) and isinstance(other, int)):
        return False
    low, high = sorted((one, other))
    if field is Field.PARAMETER_COUNT:
        return high <= low * _ROUNDED
    if field in (Field.CONTEXT_WINDOW, Field.MAX_OUTPUT_TOKENS):
        return high * 1000 == low * 1024 or high * 1000**2 == low * 1024**2
    return False


def _known_words(raw: object) -> object:
    """The capabilities among the words: a model may use others, which say nothing here."""
    if isinstance(raw, dict):
        return {"has": _some(raw.get("has")), "lacks": _some(raw.get("lacks"))}
    return _some(raw)


def _some(part: object) -> object:
    if part is None:
        return []
    if not isinstance(part, list):
        return part
    words = (str(word).strip().lower().replace("-", "_").replace(" ", "_") for word in _first(part))
    return [word for word in words if word in WORDS]


def _first(words: Iterable[object]) -> list[object]:
    return list(words)[:50]


def _number(raw: object) -> object:
    """A number that is written as people write it, as a number; anything else as it is."""
    if not isinstance(raw, str) or len(raw) > 40:
        return raw
    plain = re.sub(r"[,_]", "", raw.strip().lower()).removesuffix("tokens").rstrip()
    found = _NUMBER.fullmatch(plain)
    return raw if found is None else Decimal(found[1]) * _SCALE[found[2]]


def _impossible(field: Field, raw: object) -> BadValueError:
    return BadValueError(f"{FIELDS[field].title}: {clip(raw)!r} cannot be true of any model.")
