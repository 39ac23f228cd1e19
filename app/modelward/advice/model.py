"""The words of advice: what is wanted, what is known, what is advised and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from modelward.advice.grounds import RuledOut, Why
from modelward.benchmarks.model import Result, UseCase
from modelward.benchmarks.statistics import share_interval
from modelward.catalog.model import Capability, Model
from modelward.core import units

# ---------------------------------------------------------------- what is wanted and what is known


@dataclass(frozen=True, slots=True)
class Query:
    """What a model is wanted for, and what it must keep to.

    ``min_context`` in tokens of :func:`.constraints.effective_context`. ``max_price``: USD per 1M tokens, for input and
    for output alike; ``max_task_price``: USD per successful task. ``max_latency`` and ``max_ttft`` in seconds, met by
    the 95th percentile where there is one, else by the median. ``providers``: only these, where there are any.
    ``available``: the provider answers and lists the model; ``key_at_hand``: it can be asked without adding a key.
    """

    use_case: UseCase
    require: frozenset[Capability] = frozenset()
    min_context: int | None = None
    max_price: Decimal | None = None
    max_task_price: Decimal | None = None
    max_latency: float | None = None
    max_ttft: float | None = None
    local_only: bool = False
    providers: frozenset[str] = frozenset()
    not_providers: frozenset[str] = frozenset()
    available: bool = False
    key_at_hand: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A provider as far as advice cares. ``answers``: at the last look; None: nobody looked."""

    title: str = ""
    is_local: bool = False
    has_key: bool = False
    answers: bool | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that advice rests on. Providers that are not in ``places`` are not in use here."""

    models: Sequence[Model]
    results: Sequence[Result] = ()
    places: Mapping[str, Place] = field(default_factory=dict)


# ---------------------------------------------------------------- what was measured


class Quality(NamedTuple):
    """How good answers were: ``score`` 0 to 1 over so many graded answers.

    ``is_older``: some were asked from an edition of the probes that is not the newest that was used.
    """

    score: float
    probes: int
    is_older: bool = False

    @property
    def interval(self) -> tuple[float, float]:
        """In which the true quality lies, with 95 % confidence. Grades in between count as parts of a pass."""
        return share_interval(round(self.score * self.probes), self.probes)


class Speed(NamedTuple):
    """How fast answers came, in milliseconds: medians, and the worst that is known (p95, else the median)."""

    workload: str
    runs: int
    ttft: float | None = None
    tpot: float | None = None
    latency: float | None = None
    worst_ttft: float | None = None
    worst_latency: float | None = None


class Cost(NamedTuple):
    """USD per successful task; None is unknown. Else than measured it is an estimate from prices and typical tokens."""

    usd: Decimal | None
    is_measured: bool = False


class Figures(NamedTuple):
    """What was measured of a model for one use case. ``error_rate`` over ``runs`` calls; costs in USD: of a passed
    probe, and of a call."""

    quality: Quality | None = None
    speed: Speed | None = None
    error_rate: float = 0.0
    runs: int = 0
    success_cost: Decimal | None = None
    call_cost: float | None = None


# ---------------------------------------------------------------- what is advised


class Part(StrEnum):
    """A part of the score."""

    QUALITY = "quality"
    PRICE = "price"
    SPEED = "speed"
    STEADINESS = "steadiness"
    PRIVACY = "privacy"


class ScorePart(NamedTuple):
    """One part of a score, 0 to 1, and how much it weighs; ``is_known`` is False where it was counted as middling."""

    part: Part
    value: float
    weight: float
    is_known: bool = True


class Candidate(NamedTuple):
    """A model that fits, with what is known of it."""

    model: Model
    place: Place
    figures: Figures
    cost: Cost
    is_local: bool


@dataclass(frozen=True, slots=True)
class Advised:
    """A model that is recommended. ``score`` 0 to 1; ``why`` and ``unknown`` are sentences for people."""

    model_id: str
    score: float
    parts: tuple[ScorePart, ...]
    quality: Quality
    speed: Speed | None
    cost: Cost
    is_local: bool
    why: tuple[str, ...]
    unknown: tuple[str, ...]


class Unmeasured(NamedTuple):
    """A model that fits as far as is known, and that nobody has measured: "measure me".

    ``promise`` 0 to 1 is a guess for the order alone. ``cost``: an estimate. ``at_hand``: it can be measured at once,
    as far as is known. ``kin``: how good the measured models of its family are; None where none was.
    """

    model: Model
    promise: float
    at_hand: bool
    cost: Cost
    kin: float | None
    is_graded: bool

    @property
    def model_id(self) -> str:
        """The model's id."""
        return self.model.id

    @property
    def why(self) -> str:
        """What is lacking and what is known of it, in words."""
        said = ["no times measured" if self.is_graded else "no answers graded", self._price()]
        if self.model.parameter_count:
            number = self.model.parameter_count / 1e9
            said.append(f"{number:,.0f}B parameters" if number >= 10 else f"{number:.1f}B parameters")
        if self.kin is not None:
            said.append(f"others of the family {self.model.family} reach {self.kin * 100:.0f} %")
        return ", ".join(said)

    def _price(self) -> str:
        if self.cost.usd is None:
            return "price not known"
        if self.cost.usd == 0:
            return "free"
        model = self.model
        return f"{units.price(model.price_input)} in and {units.price(model.price_output)} out per 1M tokens"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The best ``top`` first; ``fitting`` is how many models were measured and fit. ``unmeasured``: what can be
    measured at once first, then by promise. ``counts``: how many models each reason ruled out; one may have several.
    """

    query: Query
    considered: int
    fitting: int
    top: tuple[Advised, ...]
    unmeasured: tuple[Unmeasured, ...]
    ruled_out: tuple[RuledOut, ...]
    counts: Mapping[Why, int]


class Confidence(StrEnum):
    """How sure it is on which side of the threshold a model lies."""

    SURE = "sure"
    NEEDS_RUNS = "needs more runs"


@dataclass(frozen=True, slots=True)
class Spot:
    """A model on the map of cost and quality. ``low`` and ``high``: 95 % interval of its quality."""

    model_id: str
    quality: Quality
    low: float
    high: float
    cost: Cost
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class SweetSpot:
    """The cheapest model that is good enough.

    ``pick`` is None where no measured model reaches ``threshold`` at a known cost. ``runners_up``: the next cheapest
    that do. ``undecided``: cheaper ones below the threshold that more runs may lift over it. ``front``: nobody else is
    both cheaper and better, cheapest first. ``baseline``: what the saving is counted against; ``saving``: USD per
    successful task, ``saving_share`` its part of the baseline's cost; both None where they cannot be told.
    """

    query: Query
    threshold: float
    pick: Spot | None
    runners_up: tuple[Spot, ...]
    undecided: tuple[Spot, ...]
    front: tuple[Spot, ...]
    of_unknown_cost: tuple[Spot, ...]
    baseline: Spot | None
    saving: Decimal | None
    saving_share: float | None
    why: tuple[str, ...]
    unmeasured: tuple[Unmeasured, ...]
    ruled_out: tuple[RuledOut, ...]
