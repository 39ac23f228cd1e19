"""Models, places and results for tests of advice, made in one line each; and markets made at random."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from modelward.advice.model import Facts, Place, Query
from modelward.advice.strategies import Contender
from modelward.benchmarks.model import (
    CallKind,
    CallState,
    Grade,
    Measurement,
    Metric,
    Result,
    Summary,
    Timing,
    UseCase,
)
from modelward.benchmarks.store import MeasurementStore
from modelward.catalog.model import Capability, Kind, Model, Status
from modelward.core.clock import utc_now
from modelward.providers.model import Usage
from modelward.store.engine import Database

WRITING = UseCase.CODE_GENERATION
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HERE = {
    "openai": Place("OpenAI", has_key=True, answers=True),
    "groq": Place("Groq", has_key=True, answers=True),
    "ollama": Place("Ollama", is_local=True, has_key=True, answers=True),
    "anthropic": Place("Anthropic", has_key=False, answers=False),
}


def model(id_: str, price: str | None = "1", *, output: str | None = None, **values: Any) -> Model:
    """A model for chats that can be called, with tools; its output costs four times its input unless said otherwise."""
    provider, _, name = id_.partition("/")
    incoming = None if price is None else Decimal(price)
    outgoing = Decimal(output) if output is not None else None if incoming is None else 4 * incoming
    stated: dict[str, Any] = {
        "kind": Kind.CHAT,
        "status": Status.AVAILABLE,
        "context_window": 128_000,
        "capabilities": frozenset({Capability.TOOLS}),
        "price_input": incoming,
        "price_output": outgoing,
    }
    return Model(id_, provider, name, **(stated | values))


def summary(value: float, *, worst: float | None = None, n: int = 20) -> Summary:
    """A figure whose median and mean are the same."""
    return Summary(n, value, value, value, worst, None, value, value)


def graded(
    id_: str,
    quality: float,
    probes: int = 30,
    *,
    tag: str = "code-generation@aaaaaa",
    use_case: UseCase = WRITING,
    cost: str | None = None,
    error_rate: float = 0.0,
    concurrency: int = 1,
    at: datetime | None = NOW,
    metrics: dict[Metric, Summary] | None = None,
) -> Result:
    """What a suite said of a model; ``cost``: USD per passed probe."""
    success = None if cost is None else Decimal(cost)
    told = {use_case: (quality, probes)}
    return Result(id_, tag, concurrency, probes, error_rate, metrics or {}, told, success, at)


def timed(
    id_: str, ttft: float = 300, latency: float = 3_000, *, worst: float | None = None, tag: str = "code", runs: int = 5
) -> Result:
    """How fast a model was, in milliseconds."""
    metrics = {
        Metric.TTFT: summary(ttft),
        Metric.LATENCY: summary(latency, worst=worst),
        Metric.TPOT: summary(20.0),
    }
    return Result(id_, tag, 1, runs, 0.0, metrics, {}, None, NOW)


def facts(*parts: Model | Result) -> Facts:
    """Models and results in any order, with the places :data:`HERE`."""
    models = [each for each in parts if isinstance(each, Model)]
    return Facts(models, [each for each in parts if isinstance(each, Result)], HERE)


def wanted(**values: Any) -> Query:
    """A query for writing code."""
    return Query(**({"use_case": WRITING} | values))


class Market:
    """Some hundreds of models whose true quality grows with their price, more or less; made from a seed.

    Prices lie over three powers of ten and more; quality is a logistic curve of the price's logarithm, with noise.
    """

    def __init__(self, seed: int) -> None:
        drawn = random.Random(seed)
        noise, slope = drawn.uniform(0.3, 1.0), drawn.uniform(0.8, 1.6)
        self.truth: dict[str, tuple[Decimal, float]] = {}
        for number in range(drawn.randint(150, 450)):
            place = drawn.gauss(0, 1)
            skill = slope * place + drawn.gauss(0, noise) + 0.15
            price = Decimal(str(round(10**place, 6)))
            self.truth[f"market/{number:03}"] = (price, 1 / (1 + math.exp(-skill)))
        self._answers = random.Random(seed + 1_000_000)

    def contenders(self) -> list[Contender]:
        """The models as they stand before anything was measured; a probe costs a thousandth of the price."""
        return [Contender(id_, price, price / 1000) for id_, (price, _) in self.truth.items()]

    def answer(self, model_id: str) -> float:
        """Whether a model passes one more probe: 1 or 0, as often as it truly does."""
        return float(self._answers.random() < self.truth[model_id][1])

    def cheapest(self, quality: float) -> Decimal | None:
        """The price of the cheapest model that is truly that good."""
        return min((price for price, true in self.truth.values() if true >= quality), default=None)


async def file_answers(
    database: Database, model_id: str, passed: Sequence[bool], *, suite: str = "code-generation", cost: str = "0.001"
) -> None:
    """Graded answers in the store, as the runner leaves them: 300 ms to the first word, 2 s in all."""
    store = MeasurementStore(database)
    for number, is_passed in enumerate(passed):
        call = Measurement(
            at=utc_now(),
            model_id=model_id,
            workload=f"{suite}@abcdef",
            kind=CallKind.PROBE,
            state=CallState.DONE,
            timing=Timing(headers=100, first_content=300, chunks=(300, 1_000, 2_000), end=2_000),
            usage=Usage(500, output_tokens=100),
            cost=Decimal(cost),
        )
        use_case = UseCase(suite.replace("-", "_"))
        grade = Grade(0, suite, "abcdef0123", f"probe-{number}", use_case, float(is_passed), is_passed)
        await store.file(call, None, grade)
