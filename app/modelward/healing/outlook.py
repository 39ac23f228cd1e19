"""The look before a cycle: how complete the catalogue is, what is missing, and what of it can be tried now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from modelward.catalog import health
from modelward.catalog.model import Fact, Field, Model, Source
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock
from modelward.core.preferences import Preferences
from modelward.healing import gaps
from modelward.healing.basis import Grounds
from modelward.healing.memory import Key, Remembered, is_due
from modelward.healing.model import Attempt, Gap, Means, Outcome, Verdict
from modelward.healing.service import SurveyService
from modelward.healing.store import Counts, HealingStore
from modelward.providers.model import Provider

KnownProviders = Callable[[], Awaitable[Sequence[Provider]]]
"""Tells every provider that is known, added or not."""

UNTOLD = "No rule and no catalogue tells it."

_RELEASES = "reference.loaded"  # under this key the catalogue remembers which it loaded


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a look found.

    ``gaps``: what is missing and looked for, most wanted first. ``surveyed``: for models of which the rules tell
    something that is missing, all that they tell; ``told``: those gaps. ``due``: the other gaps that may be tried now,
    by means. ``waiting``: proposals that the person has not answered.
    """

    counts: Counts
    gaps: tuple[Gap, ...]
    surveyed: Mapping[str, Sequence[Fact]]
    told: tuple[Verdict, ...]
    due: Mapping[Means, tuple[Gap, ...]]
    attempts: Mapping[Key, Remembered]
    basis: str
    waiting: int

    def left(self, now: datetime) -> tuple[Attempt, ...]:
        """What was tried on each gap. Where nobody tried, the Surveyor did: whatever its rules tell is filed."""
        found: list[Attempt] = []
        for gap in self.gaps:
            keys = ((gap.model.id, gap.field, means) for means in Means)
            tried = [self.attempts[key].attempt for key in keys if key in self.attempts]
            found += tried or [Attempt(gap.model.id, gap.field, Means.SURVEY, now, Outcome.UNKNOWN, UNTOLD, 1, now)]
        return tuple(found)


class Lookout:
    """Looks, and changes nothing."""

    def __init__(
        self,
        store: HealingStore,
        catalog: CatalogStore,
        surveys: SurveyService,
        known: KnownProviders,
        preferences: Preferences,
        clock: Clock,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._surveys = surveys
        self._known = known
        self._preferences = preferences
        self._clock = clock

    async def look(self) -> Outlook:
        """How things stand now. No network is used."""
        models = await self._catalog.models()
        grounds = await self._grounds()
        settings = self._preferences.settings
        found = await asyncio.to_thread(gaps.find, models, settings.healing, grounds.in_use)
        surveyed, told = await self._told(found)
        attempts = await self._store.attempts() if found else {}
        proposals = await self._store.proposals()

        def judged() -> Outlook:
            basis = grounds.digest(models, settings)
            waiting = {(fill.fact.model_id, fill.fact.field) for fill in proposals}
            closed = waiting | {(verdict.model_id, verdict.field) for verdict in told}
            due = _due(found, closed, attempts, basis, self._clock())
            return Outlook(counted(models), tuple(found), surveyed, told, due, attempts, basis, len(waiting))

        # In a thread, as all that grows with the catalogue: the window must not wait for it.
        return await asyncio.to_thread(judged)

    async def _grounds(self) -> Grounds:
        return Grounds(
            await self._surveys.fingerprint(),
            await self._catalog.state(_RELEASES) or "",
            await self._store.last_key_event(),
            tuple(await self._known()),
        )

    async def _told(self, found: Sequence[Gap]) -> tuple[Mapping[str, Sequence[Fact]], tuple[Verdict, ...]]:
        """What the rules tell of what is missing, where that is not filed yet."""
        ids = await asyncio.to_thread(lambda: {gap.model.id for gap in found})
        facts = await self._surveys.tell(ids)
        news = await asyncio.to_thread(_news, found, facts)
        if not news:
            return {}, ()
        filed = await self._catalog.facts_of({fact.model_id for fact in news})
        # Some words leave a gap open, such as a capability that tells nothing: they are said only once.
        known = {_said(fact) for own in filed.values() for fact in own if fact.source is Source.SURVEY}
        verdicts = tuple(
            Verdict(fact.model_id, fact.field, Means.SURVEY, Outcome.FILLED, fact.origin, fact)
            for fact in news
            if _said(fact) not in known
        )
        return {verdict.model_id: facts[verdict.model_id] for verdict in verdicts}, verdicts


def counted(models: Sequence[Model]) -> Counts:
    """How many models there are that are not retired, and how many of them are complete."""
    found = health.count(models)
    return Counts(found.total, found.complete)


def _news(found: Sequence[Gap], facts: Mapping[str, Sequence[Fact]]) -> list[Fact]:
    """What the rules tell of what is missing."""
    stated = {(id_, fact.field): fact for id_, own in facts.items() for fact in own}
    return [stated[gap.model.id, gap.field] for gap in found if (gap.model.id, gap.field) in stated]


def _due(
    found: Sequence[Gap], closed: set[tuple[str, Field]], attempts: Mapping[Key, Remembered], basis: str, now: datetime
) -> dict[Means, tuple[Gap, ...]]:
    still_open = [gap for gap in found if (gap.model.id, gap.field) not in closed]
    return {
        means: tuple(gap for gap in still_open if is_due(attempts.get((gap.model.id, gap.field, means)), basis, now))
        for means in Means
        if means is not Means.SURVEY
    }


def _said(fact: Fact) -> tuple[object, ...]:
    return fact.model_id, fact.field, fact.origin, fact.value
