"""The Researcher: fills gaps from the providers' documentation, each fact with the words that say it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from modelward.catalog.fields import FIELDS
from modelward.catalog.model import Fact, Field, Source
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import KnownError
from modelward.core.paths import Paths, resources
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.healing.docfiles import Documentation, Sources, read_sources
from modelward.healing.evidence import Claim, ruling
from modelward.healing.extract import Found, facts_on
from modelward.healing.means import Asked
from modelward.healing.mentions import Subject, on_page, subject_of
from modelward.healing.model import Cost, Gap, Means, Outcome, Step, Verdict
from modelward.healing.modelpages import HOSTS, ModelPages
from modelward.healing.pageclaims import Told, ask
from modelward.healing.pages import Page, Pages
from modelward.healing.passages import passages
from modelward.healing.readings import READ
from modelward.net.client import Client
from modelward.net.lanes import Sleep
from modelward.spending.gateway import Gateway

log = logging.getLogger(__name__)

_OF_MODEL = 0.9
_MODELS_PER_CALL = 5
_MOST_ASKED = 3
_UNDOCUMENTED = Documentation(())

AtHand = Callable[[], Awaitable[Sequence[Asked]]]
"""Which models may be asked, the cheapest first."""


async def _nobody() -> Sequence[Asked]:
    return ()


@dataclass(slots=True)
class _Open:
    """A gap that is being worked on: what was tried in vain, in words. A refusal says more than a silence."""

    gap: Gap
    subject: Subject | None
    outcome: Outcome = Outcome.UNKNOWN
    detail: str = ""

    @property
    def key(self) -> tuple[str, Field]:
        """The model's id and the field."""
        return self.gap.model.id, self.gap.field

    def missed(self, outcome: Outcome, detail: str) -> None:
        """Note why nothing came of one try."""
        if self.outcome is not Outcome.REFUSED or outcome is Outcome.REFUSED:
            self.outcome, self.detail = outcome, detail

    def verdict(self) -> Verdict:
        """What is to be said where no page filled it."""
        detail = self.detail or "The documentation does not say it."
        return Verdict(*self.key, Means.RESEARCH, self.outcome, detail)


@dataclass(slots=True)
class _Work:
    """One provider's gaps, by model and field, and who else has a name there."""

    open: dict[tuple[str, Field], _Open] = field(default_factory=dict)
    siblings: Sequence[Subject] = ()

    def subjects(self) -> dict[str, Subject]:
        """The models that still have gaps, by id."""
        return {each.gap.model.id: each.subject for each in self.open.values() if each.subject is not None}

    def readable(self) -> bool:
        """Whether something is missing that a page may say."""
        return any(each.subject and each.gap.field in READ for each in self.open.values())

    def of(self, id_: str) -> _Work:
        """One model's part of it that a page may fill."""
        own = {key: each for key, each in self.open.items() if key[0] == id_ and each.subject and key[1] in READ}
        return _Work(own, self.siblings)

    def fields(self, id_: str) -> set[Field]:
        """What is still missing of a model."""
        return {missing for of, missing in self.open if of == id_}


class Researcher:
    """Reads the pages that files name, one after the other, each for all gaps of its provider at once; then the pages
    of single models to which the provider's own list points, each for the gaps of its model.

    What stands in tables and plain phrases is read without any model. For what is left a model may be asked that is at
    hand; its claims count where the page holds them (:mod:`.evidence`).
    """

    def __init__(
        self,
        client: Client,
        gateway: Gateway,
        catalog: CatalogStore,
        paths: Paths,
        preferences: Preferences,
        *,
        sources: Sources | None = None,
        at_hand: AtHand = _nobody,
        clock: Clock = utc_now,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """``sources``: other addresses than those of the files."""
        self._gateway = gateway
        self._catalog = catalog
        self._paths = paths
        self._preferences = preferences
        self._sources = sources
        self._at_hand = at_hand
        self._clock = clock
        self._pages = Pages(client, paths.cache / "documentation", clock, sleep)

    async def why_not(self) -> str:
        """Why no documentation is read; empty where it is."""
        settings = self._preferences.settings
        if not settings.healing.research:
            return "Reading documentation is switched off."
        if settings.discovery.public_catalogues != "yes":
            return "Fetching public pages is not allowed yet."
        return ""

    async def heal(self, gaps: Sequence[Gap], progress: Progress) -> AsyncGenerator[Step, None]:
        """A step for each page that filled something, and one for what is left of a provider."""
        if await self.why_not():
            return
        sources = await self._read_sources()
        every = await self._subjects()
        pointed = ModelPages(await self._catalog.facts_of({gap.model.id for gap in gaps if gap.field in READ}))
        for provider, work in _by_provider(gaps, every).items():
            if provider not in sources:
                for each in work.open.values():
                    each.missed(Outcome.UNKNOWN, "No documentation of this provider is known.")
            source = sources.get(provider, _UNDOCUMENTED)
            async for step in self._documented(source, work, progress):
                yield step
            async for step in self._pointed(pointed, source.hosts | HOSTS, work, progress):
                yield step
            if work.open:
                yield Step(tuple(each.verdict() for each in work.open.values()))

    async def _documented(self, source: Documentation, work: _Work, progress: Progress) -> AsyncGenerator[Step, None]:
        for address in source.pages:
            progress.checkpoint()
            if not work.readable():
                return
            step = await self._at(address, source.hosts, work, progress)
            if step.verdicts or step.cost.calls:
                yield step

    async def _pointed(
        self, pages: ModelPages, hosts: frozenset[str], work: _Work, progress: Progress
    ) -> AsyncGenerator[Step, None]:
        # In no fixed order, so that the same models are not left out each time where there are more than may be read.
        ids = list(work.subjects())
        random.shuffle(ids)
        for id_ in ids:
            own = work.of(id_)
            if not own.open or (address := pages.take(id_, hosts)) is None:
                continue
            progress.checkpoint()
            step = await self._at(address, hosts, own, progress)
            for verdict in step.verdicts:
                del work.open[verdict.model_id, verdict.field]
            for each in own.open.values():
                if each.outcome is Outcome.UNKNOWN:
                    each.missed(Outcome.UNKNOWN, "The page to which the provider's list points does not say it.")
            if step.verdicts or step.cost.calls:
                yield step

    async def _at(self, address: str, hosts: frozenset[str], work: _Work, progress: Progress) -> Step:
        """What the page at an address tells of the gaps; nothing where it cannot be had."""
        progress.update(text=f"Reading {address}")
        try:
            page = await self._pages.page(address, hosts)
        except KnownError as error:
            log.info("%s was not read: %s", address, error)
            for each in work.open.values():
                each.missed(Outcome.FAILED, str(error))
            return Step(())
        return await self._read(page, work)

    async def _read(self, page: Page, work: _Work) -> Step:
        """What one page tells of the gaps; those that it fills are closed."""
        found = await asyncio.to_thread(self._plainly, page, work)
        filled = [self._filled(work, page, id_, missing, each) for (id_, missing), each in found.items()]
        claimed, cost = await self._asked(page, work)
        filled += [self._filled(work, page, id_, missing, each) for (id_, missing), each in claimed.items()]
        return Step(tuple(filled), cost)

    def _plainly(self, page: Page, work: _Work) -> dict[tuple[str, Field], Found]:
        """What tables and plain phrases say."""
        texts, today = [line.text for line in page.lines], self._today()
        found = {}
        for id_, subject in work.subjects().items():
            here, others = on_page(subject, texts), _without(work.siblings, id_)
            for missing, each in facts_on(page.lines, here, others, work.fields(id_), today).items():
                found[id_, missing] = each
        return found

    async def _asked(self, page: Page, work: _Work) -> tuple[dict[tuple[str, Field], Found], Cost]:
        """What a model claims that the page says, as far as it does."""
        cost = Cost()
        texts = [line.text for line in page.lines]
        here = {id_: on_page(subject, texts) for id_, subject in work.subjects().items()}
        told = {id_: said for id_, subject in here.items() if (said := passages(page.lines, subject))}
        at_hand = await self._at_hand() if told else ()
        if not at_hand:
            return {}, cost
        found: dict[tuple[str, Field], Found] = {}
        for batch in _batches(told):
            fields = {missing for id_ in batch for missing in work.fields(id_)} & READ
            answer = await self._answer(at_hand, batch, fields)
            cost += answer.cost
            for id_ in batch:
                if answer.problem:
                    _missed(work, id_, Outcome.FAILED, answer.problem)
                held = _held(answer.claims.get(id_, ()), here[id_], page, work)
                found.update({(id_, missing): each for missing, each in held.items()})
        return found, cost

    async def _answer(self, at_hand: Sequence[Asked], batch: Mapping[str, str], fields: Collection[Field]) -> Told:
        """The answer of the first model that gives one, with what all those cost that were asked."""
        told = Told({}, Cost())
        for asked in at_hand[:_MOST_ASKED]:
            answer = await ask(self._gateway, asked, batch, fields, self._clock)
            told = replace(answer, cost=told.cost + answer.cost)
            if not answer.problem:
                break
        return told

    def _filled(self, work: _Work, page: Page, id_: str, missing: Field, found: Found) -> Verdict:
        del work.open[id_, missing]
        fact = Fact(
            id_,
            missing,
            Source.RESEARCH,
            page.host,
            found.value,
            page.at,
            found.confidence,
            page.url,
            found.quote,
        )
        detail = f"{page.host} says so."
        return Verdict(id_, missing, Means.RESEARCH, Outcome.FILLED, detail, fact)

    def _today(self) -> str:
        return self._clock().date().isoformat()

    async def _read_sources(self) -> Sources:
        if self._sources is not None:
            return self._sources
        folders = resources() / "documentation", self._paths.config / "documentation"
        sources, problems = await asyncio.to_thread(read_sources, *folders)
        for problem in problems:
            log.warning("Addresses of documentation are left out. %s", problem)
        return sources

    async def _subjects(self) -> dict[str, list[Subject]]:
        """The models of each provider, as pages may name them."""
        found: dict[str, list[Subject]] = {}
        for model in await self._catalog.models():
            if (subject := subject_of(model)) is not None:
                found.setdefault(model.provider, []).append(subject)
        return found


def _by_provider(gaps: Iterable[Gap], subjects: Mapping[str, Sequence[Subject]]) -> dict[str, _Work]:
    found: dict[str, _Work] = {}
    for gap in gaps:
        work = found.setdefault(gap.model.provider, _Work(siblings=subjects.get(gap.model.provider, ())))
        each = _Open(gap, subject_of(gap.model))
        if each.subject is None:
            each.detail = "No page would name this variant."
        elif gap.field not in READ:
            each.detail = f"Documentation is not read for the {FIELDS[gap.field].title.lower()}."
        work.open[each.key] = each
    return found


def _held(claims: Iterable[Claim], subject: Subject, page: Page, work: _Work) -> dict[Field, Found]:
    """The claims about a model that the page holds; where two that hold differ, neither counts."""
    found: dict[Field, Found] = {}
    split: set[Field] = set()
    id_ = subject.model.id
    for claim in claims:
        gap = work.open.get((id_, claim.field))
        if gap is None:
            continue
        ruled = ruling(claim, subject, page.lines, _without(work.siblings, id_))
        if not ruled.holds:
            gap.missed(Outcome.REFUSED, f"{page.host}: {ruled.reason}")
        elif claim.field in found and found[claim.field].value != claim.value:
            split.add(claim.field)
            gap.missed(Outcome.REFUSED, f"{page.host}: Two different values were claimed.")
        else:
            found[claim.field] = Found(claim.value, ruled.quote, _OF_MODEL)
    return {missing: each for missing, each in found.items() if missing not in split}


def _missed(work: _Work, id_: str, outcome: Outcome, detail: str) -> None:
    for each in work.open.values():
        if each.gap.model.id == id_:
            each.missed(outcome, detail)


def _without(siblings: Sequence[Subject], id_: str) -> list[Subject]:
    return [each for each in siblings if each.model.id != id_]


def _batches(told: Mapping[str, str]) -> Iterable[dict[str, str]]:
    rows = list(told.items())
    return (dict(rows[first : first + _MODELS_PER_CALL]) for first in range(0, len(rows), _MODELS_PER_CALL))
