"""The whole measuring over a real store and a server of OpenAI's wire, with clocks and waits of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.measuring import MeasuringPlace, measuring_place
from harness.wire import Reply, WireServer
from modelward.benchmarks.model import CallKind, CallState, Grade, Measurement, Timing, UseCase
from modelward.benchmarks.service import BenchmarkService
from modelward.benchmarks.store import MeasurementStore
from modelward.core.paths import Paths
from modelward.providers.model import Usage

PATH = "/v1/chat/completions"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

PACE = 20.0
"""Milliseconds between the words of :func:`call`."""


@dataclass
class Clocks:
    """A wall clock and a monotonic one that stand still, and waits that take no time but are noted."""

    now: datetime = NOW
    monotonic: float = 0.0
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float, *, asleep: float = 0.0) -> None:
        """Let time pass, of which the machine sleeps some."""
        self.now += timedelta(seconds=seconds + asleep)
        self.monotonic += seconds

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.pass_(seconds)
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class BenchPlace:
    """A service with what it stands on."""

    service: BenchmarkService
    store: MeasurementStore
    place: MeasuringPlace
    clocks: Clocks

    def another(self) -> BenchmarkService:
        """A service as a new start of the program would make it."""
        return _service(self.place, self.clocks)


def _service(place: MeasuringPlace, clocks: Clocks) -> BenchmarkService:
    return BenchmarkService(
        place.database,
        place.catalog,
        place.providers,
        place.gateway,
        place.spending,
        Paths.locate(),
        place.preferences,
        clock=clocks,
        monotonic=lambda: clocks.monotonic,
        sleep=clocks.sleep,
    )


@asynccontextmanager
async def bench_place(wire: WireServer, models: Sequence[str], *, price: str = "0") -> AsyncIterator[BenchPlace]:
    """A service whose models of "openai" are served by ``wire``, free where no price is given."""
    async with measuring_place(wire.url, models, price=price) as place:
        clocks = Clocks()
        service = _service(place, clocks)
        try:
            yield BenchPlace(service, MeasurementStore(place.database), place, clocks)
        finally:
            await service.close()


def answer(text: str = "42", *, tokens: int = 2) -> Reply:
    """A whole answer of two pieces."""
    half = len(text) // 2
    pieces = [_piece(text[:half]), _piece(text[half:])]
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":%d}}\n\n' % tokens
    return Reply(body=b"".join([*pieces, _END, usage, b"data: [DONE]\n\n"]))


def _piece(text: str) -> bytes:
    return b'data: {"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n' % text.encode()


_END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'


def call(at: datetime = NOW, model: str = "openai/a", workload: str = "chat", ttft: float = 100.0) -> Measurement:
    """A call of ten words that went well."""
    chunks = tuple(ttft + number * PACE for number in range(10))
    timing = Timing(50.0, None, ttft, chunks, chunks[-1])
    return Measurement(at, model, workload, CallKind.RUN, CallState.DONE, timing, Usage(10, output_tokens=10))


def failed(call_: Measurement) -> Measurement:
    """The same call, as if nothing had come."""
    return replace(call_, state=CallState.FAILED, timing=Timing(), usage=Usage(), detail="It broke off.")


def grade(score: float, probe: str = "p", use_case: UseCase = UseCase.REASONING) -> Grade:
    """A grade of a probe."""
    return Grade(0, "reasoning", "ab" * 32, probe, use_case, score, score >= 1)


SUITE = """
suite: sums
use_case: reasoning
about: Sums.
max_output_tokens: 50
probes:
  - id: six-times-seven
    difficulty: easy
    prompt: What is 6 times 7?
    checks:
      - number: {answer}
  - id: half-of-it
    difficulty: easy
    prompt: And half of that?
    checks:
      - number: 21
"""


def own_suite(answer_: int = 42) -> Path:
    """Writes a suite "sums" of the person's own; the answer to its first probe."""
    folder = Paths.locate().probes
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "sums.yaml"
    file.write_text(SUITE.format(answer=answer_))
    return file
