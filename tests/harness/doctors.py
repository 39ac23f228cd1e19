"""A Doctor at work: a store with known and unknown models, and scripted models behind a true gateway and wire."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.chat_doubles import OLLAMA, Told
from harness.facts import fact
from harness.scripted_model import ScriptedModel, Truth, at_ollama, invented
from harness.spending import NOON, StandingClock
from harness.wire import Reply, WireServer
from modelward.catalog.model import Fact, Field, Source
from modelward.catalog.store import CatalogStore
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.core.settings import PREFIX, load
from modelward.healing.doctor import Doctor
from modelward.healing.model import Cost, Gap, Outcome, Step, Verdict
from modelward.healing.plausible import ASKED, agreed
from modelward.net.client import Client
from modelward.providers.keys import Keys
from modelward.providers.service import ProviderService
from modelward.spending.gateway import Gateway
from modelward.spending.service import SpendingService
from modelward.store.engine import Database

CHAT = "/api/chat"
PAID_CHAT = "/v1/chat/completions"
KEY = {"OPENAI_API_KEY": "sk-planted-key-7f3a-openai"}
_LABS = ("aurora", "basalt", "cedar", "dune", "ember")


@dataclass
class Tally:
    """What a healing came to: verdicts by outcome, facts that are right and wrong, and the cost of all steps."""

    steps: list[Step] = field(default_factory=list)
    right: int = 0
    wrong: int = 0

    @property
    def verdicts(self) -> list[Verdict]:
        """The verdicts of all steps."""
        return [verdict for step in self.steps for verdict in step.verdicts]

    @property
    def cost(self) -> Cost:
        """What all steps cost together."""
        return sum((step.cost for step in self.steps), Cost())

    @property
    def filled(self) -> int:
        """How many facts were found."""
        return self.right + self.wrong

    @property
    def precision(self) -> float:
        """The share of facts that are right; 1 where there are none."""
        return self.right / self.filled if self.filled else 1.0

    def with_outcome(self, outcome: Outcome) -> list[Verdict]:
        """The verdicts that came out so."""
        return [verdict for verdict in self.verdicts if verdict.outcome is outcome]


@dataclass
class Practice:
    """A Doctor with all that it stands on, and what is true of the models."""

    doctor: Doctor
    catalog: CatalogStore
    providers: ProviderService
    spending: SpendingService
    preferences: Preferences
    wire: WireServer
    truth: Truth
    unknown: list[str]

    async def gaps(self, *fields: Field) -> list[Gap]:
        """The gaps of the unknown models; without fields all that can be asked."""
        models = await self.catalog.models_with(self.unknown)
        return [Gap(model, each) for model in models for each in fields or ASKED]

    async def offer_paid(self, **prices: str) -> None:
        """OpenAI, whose server is the same, lists models: by name, with input and output price ("1 4"); where only
        one stands there, the other is not known."""
        named = {f"openai/{name}": text.split() for name, text in prices.items()}
        fields = (Field.PRICE_INPUT, Field.PRICE_OUTPUT)
        facts = [
            fact(id_, each, price) for id_, both in named.items() for each, price in zip(fields, both, strict=False)
        ]
        await self.catalog.merge(facts, now=NOON)
        await self.catalog.apply_listing("openai", list(named), NOON, is_first=True)
        await self.providers.add("openai", url=f"{self.wire.url}/v1")

    async def heal(self, *fields: Field) -> Tally:
        """Let the Doctor try to fill the gaps, and compare with the truth what it believes."""
        tally = Tally()
        async with aclosing(self.doctor.heal(await self.gaps(*fields), Progress())) as steps:
            async for step in steps:
                tally.steps.append(step)
        for verdict in tally.verdicts:
            assert (verdict.fact is not None) == (verdict.outcome is Outcome.FILLED)
            if verdict.fact is not None:
                is_right = self.is_right(verdict.fact)
                tally.right += is_right
                tally.wrong += not is_right
        return tally

    def is_right(self, found: Fact) -> bool:
        """Whether a fact says what is true, or a part of it."""
        truth = fact(found.model_id, found.field, self.truth[found.model_id][found.field.value]).value
        return agreed(found.field, found.value, truth) is not None


MakePractice = Callable[..., Awaitable[Practice]]


@pytest.fixture
def store_address(tmp_path: Path) -> Path:
    """SQLite alone: what is asked of the store itself is tested on both kinds elsewhere."""
    return tmp_path / "data" / "modelward.db"


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own proxies are no part of a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
async def make_practice(database: Database, wire: WireServer, no_proxy: None) -> AsyncIterator[MakePractice]:
    """Makes the practice: ``known`` complete models, ``unknown`` ones, and scripted models at an Ollama by their names.

    ``models``: each with its ScriptedModel, or a function that makes it from the truth.
    """
    clients: list[Client] = []

    async def make(
        models: Mapping[str, Callable[[Truth], ScriptedModel]],
        *,
        known: int = 200,
        unknown: int = 20,
        window: int = 32_768,
        environ: Mapping[str, str] | None = None,
        **settings: object,
    ) -> Practice:
        catalog, clock = CatalogStore(database), StandingClock()
        truth = truths(known + unknown)
        ids = list(truth)
        facts = [one for id_ in ids[:known] for one in known_facts(id_, truth)]
        facts += [one for name in models for one in local_facts(f"ollama/{name}", window)]
        await catalog.merge(facts, now=NOON, named=ids[known:])
        await catalog.apply_listing("ollama", [f"ollama/{name}" for name in models], NOON, is_first=True)
        environ = {"OLLAMA_HOST": wire.url, **(environ or {})}
        preferences = preferences_with(settings)
        client = Client(preferences)
        clients.append(client)
        providers = ProviderService(database, Keys(environ), client, environ=environ, clock=clock)
        await providers.add("ollama", url=wire.url)
        spending = SpendingService(database, preferences, clock=clock)
        gateway = Gateway(spending, catalog, providers, clock=clock)
        doctor = Doctor(gateway, catalog, providers, preferences, clock=clock)
        wire.route("POST", CHAT, at_ollama({name: script(truth) for name, script in models.items()}))
        return Practice(doctor, catalog, providers, spending, preferences, wire, truth, ids[known:])

    yield make
    for client in clients:
        await client.close()


def truths(count: int) -> dict[str, Mapping[str, object]]:
    """What is true of so many models of five labs, the same each time."""
    chance = random.Random(5)
    ids = [f"host/{_LABS[number % len(_LABS)]}-{number}" for number in range(count)]
    return {id_: invented(chance) for id_ in ids}


def known_facts(model_id: str, truth: Truth) -> list[Fact]:
    """A catalogue knows all of a model."""
    stated = [fact(model_id, Field(name), value) for name, value in truth[model_id].items()]
    return [fact(model_id, Field.KIND, "chat"), *stated]


def local_facts(model_id: str, window: int) -> list[Fact]:
    """A model on this machine: it chats, costs nothing, and has so large a window."""
    stated = {
        Field.KIND: "chat",
        Field.CONTEXT_WINDOW: 131_072,
        Field.SERVED_CONTEXT: window,
        Field.PRICE_INPUT: 0,
        Field.PRICE_OUTPUT: 0,
    }
    return [fact(model_id, each, value, Source.PROVIDER, origin="Ollama") for each, value in stated.items()]


def preferences_with(settings: Mapping[str, object]) -> Preferences:
    """Settings as ``spending__zero_burn=False``; the others stand as they come."""
    Paths.locate().prepare()
    environ = {f"{PREFIX}{name.upper()}": str(value).lower() for name, value in settings.items()}
    return Preferences(Paths.locate(), load(Paths.locate(), environ), environ)


def script(seed: int = 1, **shares: float) -> Callable[[Truth], ScriptedModel]:
    """A scripted model that is made once the truth is known."""
    return lambda truth: ScriptedModel(truth, seed, **shares)  # type: ignore[arg-type]


def says(text: str) -> Reply:
    """An answer of a model of the Ollama."""
    return OLLAMA.reply(Told(text=(text,)))


def asked_models(wire: WireServer) -> list[str]:
    """The models that were asked, call by call."""
    return [seen.json["model"] for seen in wire.requests if seen.method == "POST"]
