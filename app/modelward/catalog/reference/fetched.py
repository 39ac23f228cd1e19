"""Reads public catalogues as they lie at their own addresses, as facts of the reference source.

models.dev's is as of the newest day that it names, as its package is; OpenRouter's list is its own and as of now.
LiteLLM's map has no dates, and keeps old figures for longer: it counts as no newer than models.dev's catalogue beside
it, and as less sure.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from modelward.catalog.bulk import without_collector
from modelward.catalog.jsontext import read_json
from modelward.catalog.model import Fact, Source
from modelward.catalog.rawfiles import litellm, routers
from modelward.catalog.rawfiles.shape import ListFormat
from modelward.catalog.reference import models_dev
from modelward.catalog.sheet import FactSheet
from modelward.core.errors import InputError

OPENROUTER = "OpenRouter catalogue"
_OPENROUTER_FORMAT: ListFormat = routers.FORMATS[0]

LITELLM_CONFIDENCE = 0.8
"""How sure its figures are: any number below 1 lets models.dev's count where both are of one day."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a public catalogue.

    ``as_of``: the newest day that it names, or the day that was given. ``models``: all that it names, ``facts``: of
    those that are taken. ``problems``: rows and values that could not be read.
    """

    origin: str
    as_of: datetime
    facts: list[Fact]
    models: int
    problems: int


def read_edition(origin: str, content: bytes, now: datetime, known: Iterable[str]) -> Edition:
    """Read what was fetched of an origin; ``now`` is the day of one that has no dates, and no other is later.

    ``known`` are the ids of the models in the store.

    LiteLLM names very many models, of which most are old: it speaks only of those that are known here, whatever the
    case of their names. Slow: call it in a thread, in which it never holds the interpreter's lock
    for long. Raises InputError.
    """
    day = datetime(now.year, now.month, now.day, tzinfo=UTC)
    with without_collector():
        document = read_json(io.BytesIO(content)).value
        as_of = models_dev.as_of(document, day) if origin == models_dev.ORIGIN else day
        sheet = FactSheet(Source.REFERENCE, origin, as_of)
        _READERS[origin](document, sheet)
        facts = _of_known(sheet.facts, known) if origin == litellm.ORIGIN else sheet.facts
    return Edition(origin, as_of, facts, len(sheet.ids), sheet.problem_count)


def _litellm(document: object, sheet: FactSheet) -> None:
    if not isinstance(document, dict) or not litellm.fits(document):
        raise InputError("It is no price map: no entry names its provider (litellm_provider).")
    litellm.read(document, sheet)


def _openrouter(document: object, sheet: FactSheet) -> None:
    rows = document.get("data") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise InputError('It is no list of models: it has no list "data".')
    for number, body in enumerate(rows, start=1):
        if not isinstance(body, dict):
            sheet.problem(f"row {number:,}", "It must be an object.")
        elif (row := sheet.row("openrouter", body.get("id"), f"row {number:,}")) is not None:
            _OPENROUTER_FORMAT.read(row, body)


def _of_known(facts: Iterable[Fact], known: Iterable[str]) -> list[Fact]:
    exact = set(known)
    spelt = {id_.lower(): id_ for id_ in sorted(exact)}
    taken: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        id_ = fact.model_id if fact.model_id in exact else spelt.get(fact.model_id.lower())
        if id_ is not None:
            taken.setdefault((id_, fact.field), replace(fact, model_id=id_, confidence=LITELLM_CONFIDENCE))
    return list(taken.values())


_READERS: dict[str, Callable[[object, FactSheet], None]] = {
    models_dev.ORIGIN: models_dev.read_catalogue,
    OPENROUTER: _openrouter,
    litellm.ORIGIN: _litellm,
}
