"""The words of measuring: workloads, timings, measurements, grades, runs.

Definitions of the figures stand in :mod:`.timing`, those of statistics in :mod:`.statistics`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from modelward.providers.model import ServerTimes, Usage


class UseCase(StrEnum):
    """What models are used for; each has a suite of probes."""

    CODE_GENERATION = "code_generation"
    CODE_UNDERSTANDING = "code_understanding"
    REASONING = "reasoning"
    DOCUMENTATION = "documentation"
    EXTRACTION = "extraction"
    SUMMARISING = "summarising"
    TRANSLATION = "translation"
    INSTRUCTION_FOLLOWING = "instruction_following"
    LONG_CONTEXT = "long_context"
    TOOL_USE = "tool_use"


class CallKind(StrEnum):
    """Why a call was made."""

    WARM_UP = "warm-up"  # discarded from the statistics; of a local model it is the cold load
    RUN = "run"
    PROBE = "probe"  # graded
    CAPABILITY = "capability"  # proves what the catalogue claims
    LIGHT = "light"  # scheduled, of a favourite
    IMPORTED = "imported"  # measured by another tool


class CallState(StrEnum):
    """How a call ended."""

    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"  # by the model
    LIMITED = "rate limited"
    EMPTY = "empty"  # it ended without a word
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Timing:
    """Raw times of one call, in milliseconds of a monotonic clock since the request began to be sent.

    ``headers``: the answer's head; ``first_reasoning`` and ``first_content``: the first piece with text in it;
    ``chunks``: when each such piece came, in order; ``end``: the stream's end. None: it never came. Everything else is
    derived by :mod:`.timing`.
    """

    headers: float | None = None
    first_reasoning: float | None = None
    first_content: float | None = None
    chunks: tuple[float, ...] = ()
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One call of a model, as it was measured.

    ``workload`` tags what was asked ("chat", "code_generation@1f2e3d"): figures are compared within one workload and
    ``concurrency`` (streams at once, this one included) alone. ``tokens_estimated``: the provider stated no usage.
    ``cost`` in USD: None is unknown, 0 is known to be free. ``batch``: the run it belongs to; ``cell`` its place in it.
    """

    at: datetime
    model_id: str
    workload: str
    kind: CallKind
    state: CallState
    timing: Timing
    usage: Usage = field(default_factory=Usage)
    tokens_estimated: bool = False
    concurrency: int = 1
    cost: Decimal | None = None
    server: ServerTimes = field(default_factory=ServerTimes)
    batch: int | None = None
    cell: int | None = None
    detail: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """What an answer was worth: ``score`` 0 to 1. ``suite_hash`` names the very suite; ``judge`` the model that judged,
    where one did. ``reasons`` in words."""

    measurement_id: int
    suite: str
    suite_hash: str
    probe: str
    use_case: UseCase
    score: float
    passed: bool
    reasons: tuple[str, ...] = ()
    judge: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked and answered in one call, for looking at."""

    prompt: str
    answer: str
    reasoning: str = ""


class Metric(StrEnum):
    """A figure that charts and tables show; units in :mod:`.timing`."""

    TTFT = "ttft_ms"
    TTFO = "ttfo_ms"
    LATENCY = "latency_ms"
    TPOT = "tpot_ms"
    DECODE = "decode_tps"
    END_TO_END = "e2e_tps"
    PREFILL = "prefill_tps"
    COST = "cost_usd"
    QUALITY = "quality"


@dataclass(frozen=True, slots=True)
class Summary:
    """One metric over some measurements. Percentiles by linear interpolation; ``p95`` from 20 values on, ``p99`` from
    100, else None. ``low`` and ``high``: a 95 % confidence interval of the mean (bootstrap), from 5 values on."""

    n: int
    mean: float
    p5: float | None
    p50: float
    p95: float | None
    p99: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a trend: a day, an hour, or one call."""

    at: datetime
    n: int
    p5: float
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Result:
    """A model's figures within one workload and concurrency, as the table shows them.

    ``quality`` 0 to 1 by use case, with how many probes it rests on; ``success_cost``: USD per passed probe.
    """

    model_id: str
    workload: str
    concurrency: int
    runs: int
    error_rate: float
    metrics: Mapping[Metric, Summary] = field(default_factory=dict)
    quality: Mapping[UseCase, tuple[float, int]] = field(default_factory=dict)
    success_cost: Decimal | None = None
    last_at: datetime | None = None


class BatchState(StrEnum):
    """How a run of the matrix stands."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"  # by hand, or cut off by the end of the program
    DONE = "done"
    CANCELLED = "cancelled"
    STOPPED = "stopped"  # by the budget


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix: a model with one workload or probe, so many calls of it."""

    number: int
    model_id: str
    workload: str
    kind: CallKind
    runs: int
    probe: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do, before anything is sent.

    ``usd``: what it costs by estimate; ``most_usd``: at most; None is unknown. ``seconds``: by what was measured.
    ``refused``: models that cannot be asked, and why. ``may_evict``: models that others loaded into a local server may
    be pushed out of its memory. ``notes``: what else to know, in words.
    """

    cells: tuple[Cell, ...]
    calls: int
    input_tokens: int
    output_tokens: int
    usd: Decimal | None
    most_usd: Decimal | None
    seconds: float | None
    refused: Mapping[str, str] = field(default_factory=dict)
    concurrency: int = 1
    may_evict: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """A run of a plan. ``done`` of ``total`` calls, warm-ups left out; ``spent`` in USD, of all calls whose cost is
    known. ``detail``: why it stands so, in words."""

    id: int
    started_at: datetime
    ended_at: datetime | None
    state: BatchState
    plan: Plan
    done: int = 0
    total: int = 0
    spent: Decimal = Decimal(0)
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CellProgress:
    """How far a cell of a run is: ``done`` of ``cell.runs`` calls, ``errors`` of all that were tried.

    ``detail``: why it was given up, in words.
    """

    cell: Cell
    done: int = 0
    errors: int = 0
    detail: str = ""


class Series(NamedTuple):
    """What can be compared: a model's calls of one workload, so many at once."""

    model_id: str
    workload: str
    concurrency: int = 1


@dataclass(frozen=True, slots=True)
class Workload:
    """What models can be measured with. ``name`` is what a person writes, ``tag`` what measurements are kept under:
    a suite's changes with its content.

    ``calls`` in one round; a suite asks all of its probes. ``use_case`` is None where only times are measured.
    """

    name: str
    tag: str
    title: str
    about: str
    use_case: UseCase | None = None
    calls: int = 1


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What is kept of a day once its calls are thinned out."""

    day: date
    model_id: str
    workload: str
    concurrency: int
    metric: Metric
    n: int
    errors: int
    mean: float
    p5: float
    p50: float
    p95: float


class Proof(StrEnum):
    """What a capability probe found."""

    PROVEN = "proven"
    REFUTED = "refuted"
    UNDECIDED = "undecided"  # the call failed, or its answer proves nothing


@dataclass(frozen=True, slots=True)
class CapabilityProof:
    """A capability as claimed and as measured. ``subject``: a capability's word, "context_window", "embedding_size"."""

    model_id: str
    subject: str
    claimed: bool | int | None
    proof: Proof
    found: int | None = None
    at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProofPlan:
    """What proving will ask, before anything is sent.

    ``subjects`` by model, see :class:`CapabilityProof`; ``calls``: at most. ``usd``: what it costs by estimate,
    ``most_usd``: at most. ``refused``: models that cannot be asked, and why. ``notes``: what else to know, in words.
    """

    subjects: Mapping[str, tuple[str, ...]]
    calls: int
    usd: Decimal
    most_usd: Decimal
    refused: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What came of a file that another tool wrote. ``tool``: whose it is. ``calls`` were taken, ``known`` were there
    before. ``models``: the ids under which the models that it names were filed. ``problems``: what was left out."""

    tool: str
    calls: int
    known: int = 0
    models: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
