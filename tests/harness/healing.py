"""Healing over a real store, with healers who say what a test wants at the edge where models are asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

from harness.facts import fact
from harness.spending import NOON, StandingClock
from modelward.catalog.model import Fact, Field, Source, Status
from modelward.catalog.store import CatalogStore
from modelward.core.errors import KnownError
from modelward.core.paths import Paths, resources
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.core.settings import PREFIX, load
from modelward.healing.care import HealingService
from modelward.healing.model import Cost, Gap, Healer, Means, Outcome, Step, Verdict
from modelward.healing.service import SurveyService, _fingerprint
from modelward.healing.surveyor import Surveyor
from modelward.healing.surveyor import load as load_rules
from modelward.healing.zoning import RuleProblem
from modelward.providers.model import Provider
from modelward.providers.registry import KNOWN
from modelward.store.engine import Database

SOURCES = {Means.INFERENCE: Source.INFERENCE, Means.RESEARCH: Source.RESEARCH}
VALUES: dict[Field, object] = {
    Field.CONTEXT_WINDOW: 64_000,
    Field.CAPABILITIES: ["tools"],
    Field.PRICE_INPUT: "1.5",
    Field.PRICE_OUTPUT: "6",
    Field.MAX_OUTPUT_TOKENS: 8_000,
    Field.KNOWLEDGE_CUTOFF: "2025-06",
    Field.PARAMETER_COUNT: 8_000_000_000,
}

CALL = Cost(1, 100, 10)

Say = Callable[[Gap], Verdict]


def right(means: Means, *, origin: str = "double", day: int = 0) -> Say:
    """Fills every gap."""

    def say(gap: Gap) -> Verdict:
        told = fact(gap.model.id, gap.field, VALUES[gap.field], SOURCES[means], origin=origin, day=day, confidence=0.9)
        return Verdict(gap.model.id, gap.field, means, Outcome.FILLED, "it said so", told)

    return say


def right_as(gap: Gap, told: Fact) -> Verdict:
    """Fills a gap with this fact."""
    return Verdict(gap.model.id, gap.field, Means.INFERENCE, Outcome.FILLED, "it said so", told)


def provider_in_use(provider_id: str) -> Provider:
    """A provider that the person added."""
    return Provider(provider_id, provider_id.title(), KNOWN["openai"], is_added=True)


def no_idea(means: Means, outcome: Outcome = Outcome.UNKNOWN) -> Say:
    """Knows of no gap."""
    return lambda gap: Verdict(gap.model.id, gap.field, means, outcome, "nobody knows")


@dataclass
class Scripted:
    """A healer that says what it is told to, a model a step; each step is one call of 100 and 10 tokens at no cost.

    ``why``: why it cannot. ``before``: called before each step, with its number. ``passes_over``: fields left out.
    """

    say: Say
    why: str = ""
    before: Callable[[int], object] = lambda number: None
    passes_over: frozenset[Field] = frozenset()
    cost: Cost = CALL
    asked: list[tuple[str, Field]] = field(default_factory=list)
    questions: int = 0

    async def why_not(self) -> str:
        self.questions += 1
        return self.why

    async def heal(self, gaps: Sequence[Gap], progress: Progress) -> AsyncGenerator[Step, None]:
        self.asked += [(gap.model.id, gap.field) for gap in gaps]
        for number, id_ in enumerate(dict.fromkeys(gap.model.id for gap in gaps)):
            own = [gap for gap in gaps if gap.model.id == id_ and gap.field not in self.passes_over]
            found = self.before(number)
            if hasattr(found, "__await__"):
                await found
            progress.update(done=number, text=f"Asking about {id_}")
            if own:
                yield Step(tuple(map(self.say, own)), self.cost)


@cache
def shipped_rules() -> tuple[str, Surveyor, tuple[RuleProblem, ...]]:
    """The shipped rules, read once a run: that takes a third of a second."""
    folder = resources() / "zoning"
    return (_fingerprint([folder]), *load_rules(folder))


class Protection:
    """Stands for the copies before operations, or for their failure."""

    def __init__(self) -> None:
        self.copies: list[str] = []
        self.error: KnownError | None = None

    async def __call__(self, operation: str, progress: Progress) -> None:
        if self.error is not None:
            raise self.error
        self.copies.append(operation)


class Ward:
    """A store with models, and healing over it."""

    def __init__(self, database: Database, clock: StandingClock) -> None:
        self.database = database
        self.clock = clock
        self.catalog = CatalogStore(database)
        self.protection = Protection()
        self.providers: list[Provider] = []

    def care(
        self, *, healers: dict[Means, Healer] | None = None, rules_at_hand: bool = True, **settings: object
    ) -> HealingService:
        """The service, with these settings of healing; without ``rules_at_hand`` it reads its rules itself."""
        paths = Paths.locate()
        environ = {f"{PREFIX}HEALING__{name.upper()}": str(value).lower() for name, value in settings.items()}

        async def known() -> list[Provider]:
            return self.providers

        surveys = SurveyService(self.catalog, paths, clock=self.clock)
        surveys._loaded = shipped_rules() if rules_at_hand else None
        return HealingService(
            self.database,
            self.catalog,
            surveys,
            known,
            Preferences(paths, load(paths, environ), environ),
            healers=healers or {},
            protect=self.protection,
            clock=self.clock,
        )

    async def know(self, *ids: str, facts: Sequence[Fact] = ()) -> None:
        """Put models into the catalogue, with what is known of them."""
        await self.catalog.merge(facts, named=ids, now=NOON)

    async def list_at(self, provider: str, *names: str) -> None:
        """A provider lists these models of its own."""
        ids = [f"{provider}/{name}" for name in names]
        await self.catalog.apply_listing(provider, ids, self.clock(), is_first=True)

    async def status(self, model_id: str) -> Status:
        model = await self.catalog.model(model_id)
        assert model is not None
        return model.status

    def later(self, **span: float) -> None:
        """Time goes on."""
        self.clock.now += timedelta(**span)
