"""The words of division: the job, the window, the cells, the plan, and what came of running it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from modelward.advice.tokens import Count


class Task(StrEnum):
    """What is done with a text that no window holds."""

    MAP = "map"  # something is done with each item of it
    SUMMARISE = "summarise"
    EXTRACT = "extract"
    TRANSLATE = "translate"
    REASON = "reason"  # a question about the whole

    @property
    def is_joined(self) -> bool:
        """Whether a model makes one answer of the parts' answers; else they stand one behind the other."""
        return self in (Task.SUMMARISE, Task.REASON)


class WindowLimit(StrEnum):
    """What bounds the input of one call."""

    CONTEXT = "context less the answer"
    INPUT = "input limit"
    SERVED = "served context less the answer"
    LEARNED = "context learned from a refusal, less the answer"
    ASSUMED = "unknown context, taken as 32,768"


@dataclass(frozen=True, slots=True)
class Window:
    """What one call of a model may hold, in tokens.

    ``usable``: for the whole input, nine tenths of the least limit. ``answer``: kept free for the answer.
    ``bound_by``: which limit is the least one.
    """

    usable: int
    answer: int
    bound_by: WindowLimit

    @property
    def is_known(self) -> bool:
        """Whether anything is known of it."""
        return self.bound_by is not WindowLimit.ASSUMED


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of the text, as offsets in characters: its own part is ``core`` to ``end``; what is repeated from the
    part before, so that nothing is torn, is ``start`` to ``core``. ``tokens``: of all of it."""

    start: int
    core: int
    end: int
    tokens: Count


@dataclass(frozen=True, slots=True)
class Asking:
    """A job to be planned. ``file``: its text; else a text of so many ``tokens``. Without ``model_id`` one is chosen.

    ``encoding``: how the file is written; empty: found out.
    """

    task: Task = Task.SUMMARISE
    brief: str = ""
    file: Path | None = None
    tokens: int | None = None
    model_id: str | None = None
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """What a plan takes. ``cost`` as far as can be foreseen and ``most`` at worst, in USD; None is unknown.

    ``seconds``: from measurements of the model; None where there are none.
    """

    calls: int
    input_tokens: int
    output_tokens: int
    cost: Decimal | None
    most: Decimal | None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that could do the job: why it is where it stands in the list."""

    model_id: str
    window: Window
    cells: int
    bill: Bill
    is_local: bool


@dataclass(frozen=True, slots=True)
class JobPlan:
    """How a text is divided, and what that takes.

    ``text_tokens``: of the text alone. ``overhead``: tokens of brief and instructions in each call. ``most``: tokens
    that the text of a cell may have. ``cells`` is empty for a plan without a text; ``parts`` says how many there are.
    ``overlap``: tokens that are sent twice. ``joins``: calls of each round of joining. ``coverage``: share of the text
    that stands in cells, 0 to 1. ``choices``: models that were compared, best first, where none was named.
    """

    asking: Asking
    model_id: str
    window: Window
    text_tokens: Count
    overhead: int
    most: int
    cells: tuple[Cell, ...]
    parts: int
    overlap: int
    joins: tuple[int, ...]
    bill: Bill
    coverage: float
    warnings: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    is_calibrated: bool = False
    sha256: str = ""
    encoding: str = ""


class JobState(StrEnum):
    """How a job stands."""

    PLANNED = "planned"
    RUNNING = "running"  # or cut off by the end of the program
    PAUSED = "paused"
    INCOMPLETE = "incomplete"  # ended, with parts that could not be done
    DONE = "done"

    @property
    def can_go_on(self) -> bool:
        """Whether there is anything left to do."""
        return self is not JobState.DONE


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A job as it is kept, with all that running it takes; see :class:`JobPlan` for the words."""

    task: Task
    brief: str
    model_id: str
    file: Path
    encoding: str
    sha256: str
    output: Path
    spans: tuple[tuple[int, int, int], ...]
    characters: int

    @property
    def parts(self) -> int:
        """How many cells there are."""
        return len(self.spans)


@dataclass(frozen=True, slots=True)
class Job:
    """A job that was kept. ``done``: cells that are answered; ``detail``: why it stands so, in words."""

    id: int
    at: datetime
    state: JobState
    spec: JobSpec
    done: int
    detail: str


@dataclass(frozen=True, slots=True)
class Step:
    """One answer that was had: of a cell (level 0) or of a joining. ``cost`` in USD; None is unknown.

    ``basis``: a hash of what the model was given, so that an answer counts only for that.
    """

    level: int
    number: int
    basis: str
    answer: str
    input_tokens: int | None
    output_tokens: int | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class JobReport:
    """What came of a run.

    ``coverage``: share of the text whose answer stands in the result. ``failed``: the numbers of the cells that could
    not be done (from 1), each with why. ``cut_off``: answers that ended at their limit. ``cost``: of all answers of
    the job so far, in USD; None where that of one is unknown. ``is_over_budget``: it is paused for the budget.
    """

    job_id: int
    state: JobState
    detail: str
    output: Path
    parts: int
    done: int
    calls: int
    input_tokens: int
    output_tokens: int
    cost: Decimal | None
    coverage: float
    failed: tuple[tuple[int, str], ...] = ()
    cut_off: int = 0
    is_over_budget: bool = False
