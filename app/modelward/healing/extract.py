"""Reads facts off a page without any model: rows of tables, and phrases that can mean one thing only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from modelward.catalog.model import Capabilities, FactValue, Field
from modelward.core.errors import BadValueError
from modelward.healing.evidence import plain_readings
from modelward.healing.lines import Line, LineKind
from modelward.healing.mentions import Subject
from modelward.healing.plausible import fills, read_claim
from modelward.healing.readings import Reading

_OF_ROW, _OF_SENTENCE = 0.95, 0.9


@dataclass(frozen=True, slots=True)
class Found:
    """What a page says of a field, in which row or sentence, and how sure that is."""

    value: FactValue
    quote: str
    confidence: float


def facts_on(
    page: Sequence[Line], subject: Subject, siblings: Sequence[Subject], fields: Collection[Field], today: str
) -> Mapping[Field, Found]:
    """What the page says plainly of a model. Of a field about which it says two things, it says nothing."""
    stated: dict[Field, list[tuple[Line, str, Reading]]] = {}
    for line in page:
        for quote, reading in plain_readings(line, subject, siblings):
            if reading.field in fields:
                stated.setdefault(reading.field, []).append((line, quote, reading))
    found = {}
    for field, said in stated.items():
        value = _capabilities(said) if field is Field.CAPABILITIES else _value(said)
        if value is None or (value := _possible(field, value, today)) is None:
            continue
        line, quote, _reading = next((each for each in said if each[0].kind is LineKind.ROW), said[0])
        found[field] = Found(value, quote, _OF_ROW if line.kind is LineKind.ROW else _OF_SENTENCE)
    return found


def _value(said: Sequence[tuple[Line, str, Reading]]) -> FactValue | None:
    """The one value that every place can mean, the most usual of them; None where there is none."""
    first, *rest = (reading.values for _line, _quote, reading in said)
    shared = [value for value in first if all(value in values for values in rest)]
    return shared[0] if shared else None


def _capabilities(said: Sequence[tuple[Line, str, Reading]]) -> Capabilities | None:
    stated = [value for _line, _quote, reading in said for value in reading.values if isinstance(value, Capabilities)]
    has = frozenset(word for value in stated for word in value.has)
    lacks = frozenset(word for value in stated for word in value.lacks)
    return None if has & lacks else Capabilities(has, lacks)


def _possible(field: Field, value: FactValue, today: str) -> FactValue | None:
    if isinstance(value, Capabilities):
        return value if fills(value) else None
    try:
        return read_claim(field, value, today)
    except BadValueError:
        return None
