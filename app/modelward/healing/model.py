"""The words of healing: gaps, means, what was tried, what was filled, cycles."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from modelward.catalog.model import Fact, Field, Model
from modelward.core.progress import Progress


class Means(StrEnum):
    """By what a gap is filled, cheapest first."""

    SURVEY = "survey"
    INFERENCE = "inference"
    RESEARCH = "research"


class Outcome(StrEnum):
    """What came of trying to fill a gap."""

    FILLED = "filled"
    PROPOSED = "proposed"  # in review mode: waits for the person
    UNKNOWN = "unknown"  # nobody claimed to know it
    NOT_BELIEVED = "not believed"  # claimed, but too unsure, or others say otherwise
    REFUSED = "refused"  # claimed, and no possible value, or without evidence that holds
    FAILED = "failed"  # the call or the page could not be had
    REJECTED = "rejected"  # the person took it back, or would not have it


@dataclass(frozen=True, slots=True)
class Gap:
    """A field of a model that nobody states."""

    model: Model
    field: Field


@dataclass(frozen=True, slots=True)
class Cost:
    """What trying cost. ``usd``: None is unknown, 0 is known to be free."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: Decimal | None = Decimal(0)

    def __add__(self, other: Cost) -> Cost:
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Cost(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            usd,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one means says of one gap. ``fact`` is there where the outcome is FILLED; ``detail`` says why, in words."""

    model_id: str
    field: Field
    means: Means
    outcome: Outcome
    detail: str = ""
    fact: Fact | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is remembered of trying one means on one gap. ``tries`` in a row without success; not before ``next_at``."""

    model_id: str
    field: Field
    means: Means
    at: datetime
    outcome: Outcome
    detail: str
    tries: int
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of healing that is done: what became of some gaps, and what it cost. Filed before the next one begins."""

    verdicts: tuple[Verdict, ...]
    cost: Cost = Cost()


class Healer(Protocol):
    """One means: the Doctor who asks models, or the Researcher who reads documentation."""

    def heal(self, gaps: Sequence[Gap], progress: Progress) -> AsyncGenerator[Step, None]:
        """Try to fill these gaps, a batch a step; one verdict for each gap that was tried. Raises no KnownError for
        what the world does wrong on the way: that is the outcome FAILED. Closing the generator ends the work."""
        ...

    async def why_not(self) -> str:
        """Why nothing can be tried at all just now, in words ("No free model at hand"); empty where something can."""
        ...


class FillState(StrEnum):
    """Where a fill stands."""

    WRITTEN = "written"
    PROPOSED = "proposed"
    REJECTED = "rejected"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Fill:
    """One fact that a cycle wrote or proposes."""

    id: int
    cycle_id: int
    at: datetime
    means: Means
    state: FillState
    fact: Fact


class CycleState(StrEnum):
    """How a cycle stands or ended."""

    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"  # the backup before it failed
    FAILED = "failed"
    CANCELLED = "cancelled"  # or the program ended in the middle


@dataclass(frozen=True, slots=True)
class Cycle:
    """One healing cycle. Counts are of models that are not retired. ``filled``: facts by means; ``error`` in words."""

    id: int
    started_at: datetime
    ended_at: datetime | None
    state: CycleState
    total: int
    complete_before: int
    complete_after: int
    filled: Mapping[Means, int] = field(default_factory=dict)
    cost: Cost = Cost()
    error: str = ""


@dataclass(frozen=True, slots=True)
class HealingReport:
    """What came of a cycle. ``cycle`` is None where nothing was to be healed: nothing was recorded or backed up."""

    cycle: Cycle | None
    total: int
    complete: int
    left: tuple[Attempt, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Whether there are models, and all of them are complete."""
        return 0 < self.total == self.complete


@dataclass(frozen=True, slots=True)
class Completion:
    """How complete the catalogue was at a moment (UTC): so many models of all that are not retired."""

    at: datetime
    complete: int
    total: int


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What came of taking back.

    ``undone``: facts that are gone. ``replaced``: facts that stand no more as they were written, so that nothing was to
    be taken back. ``by_rules``: facts of the Surveyor, which stay as long as their rules do.
    """

    undone: int = 0
    replaced: int = 0
    by_rules: int = 0
