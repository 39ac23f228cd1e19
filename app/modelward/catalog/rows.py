"""Rows of the store as models and facts, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from functools import lru_cache
from typing import Any

from modelward.catalog.fields import decode, encode
from modelward.catalog.model import Capability, Fact, Field, Kind, Model, Source, Status

MODEL_COLUMNS = Model._fields
"""Columns of a model's row, in the order of the class."""

FACT_COLUMNS = tuple(field.name for field in dataclass_fields(Fact))
"""Columns of a fact's row, in the order of the class."""

STATED_COLUMNS = ("field", "value", "confidence", "evidence", "quote")
"""Columns of a fact's row that say what is stated, whoever says it and whenever."""

_KIND = MODEL_COLUMNS.index("kind")
_STATUS = MODEL_COLUMNS.index("status")
_HAS = MODEL_COLUMNS.index("capabilities")
_LACKS = MODEL_COLUMNS.index("not_capabilities")

_KINDS: Mapping[str | None, Kind | None] = {None: None} | {kind.value: kind for kind in Kind}
_STATUSES = {status.value: status for status in Status}
_FIELDS = {field.value: field for field in Field}
_SOURCES = {source.value: source for source in Source}

# Few values are stated of very many models ("131072", one list of capabilities), so that most are read only once.
_decode = lru_cache(maxsize=20_000)(decode)
_encode = lru_cache(maxsize=20_000)(encode)


def models(rows: Iterable[Sequence[Any]]) -> list[Model]:
    """Models of rows with :data:`MODEL_COLUMNS`."""
    found = []
    for row in rows:
        values = list(row)
        values[_KIND] = _KINDS[values[_KIND]]
        values[_STATUS] = _STATUSES[values[_STATUS]]
        values[_HAS] = None if values[_HAS] is None else _words(values[_HAS])
        values[_LACKS] = _words(values[_LACKS])
        found.append(Model._make(values))
    return found


def model_row(model: Model) -> dict[str, object]:
    """The row of a model."""
    row: dict[str, object] = model._asdict()
    row["capabilities"] = None if model.capabilities is None else _words_text(model.capabilities)
    row["not_capabilities"] = _words_text(model.not_capabilities)
    return row


def facts(rows: Iterable[Sequence[Any]]) -> list[Fact]:
    """Facts of rows with :data:`FACT_COLUMNS`."""
    found = []
    for model_id, field_name, source, origin, value, *rest in rows:
        field = _FIELDS[field_name]
        found.append(Fact(model_id, field, _SOURCES[source], origin, _decode(field, value), *rest))
    return found


def fact_row(fact: Fact) -> dict[str, object]:
    """The row of a fact."""
    return {
        "model_id": fact.model_id,
        "field": str(fact.field),
        "source": str(fact.source),
        "origin": fact.origin,
        "value": _encode(fact.field, fact.value),
        "observed_at": fact.observed_at,
        "confidence": fact.confidence,
        "evidence": fact.evidence,
        "quote": fact.quote,
    }


def stated(fact: Fact) -> tuple[object, ...]:
    """What a fact states, as it stands in its row's :data:`STATED_COLUMNS`."""
    return str(fact.field), _encode(fact.field, fact.value), fact.confidence, fact.evidence, fact.quote


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[Capability]:
    return frozenset(Capability(word) for word in json.loads(text))


@lru_cache(maxsize=4096)
def _words_text(words: frozenset[Capability]) -> str:
    return json.dumps(sorted(words))
