"""The words of quality: probes, suites of them, and what is wrong in a suite's file. Suites are loaded here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from modelward.benchmarks.answers import Answer
from modelward.benchmarks.checks import Weighted
from modelward.benchmarks.model import UseCase
from modelward.catalog.fields import clip
from modelward.providers.model import Message, Tool


class Difficulty(StrEnum):
    """How much a probe asks: small models pass the easy ones, and few models all hard ones."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Needle:
    """A sentence put into a long text, ``at`` a part of its length: 0 the beginning, 1 the end."""

    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Haystack:
    """A long text that is made when it is needed. ``tokens`` is about its length; equal seeds give equal texts."""

    seed: int
    tokens: int
    needles: tuple[Needle, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """One question with the checks of its answer.

    ``suite_hash``: SHA-256 of the suite that it stands in. ``pass_at``: the least score that passes. ``messages`` hold
    ``{haystack}`` where the long text comes. ``good`` and ``bad`` are answers that pass and such that do not.
    """

    id: str
    suite: str
    suite_hash: str
    use_case: UseCase
    difficulty: Difficulty
    messages: tuple[Message, ...]
    max_output_tokens: int
    checks: tuple[Weighted, ...]
    pass_at: float = 1.0
    tools: tuple[Tool, ...] = ()
    haystack: Haystack | None = None
    good: tuple[Answer, ...] = ()
    bad: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Suite:
    """Probes of one use case. ``hash``: SHA-256 of what is asked and looked for; ``is_own``: the person's."""

    id: str
    use_case: UseCase
    about: str
    hash: str
    probes: tuple[Probe, ...]
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class SuiteProblem:
    """What is wrong at one place of the suite files. The probe concerned (or the file) is left out, the rest holds."""

    file: str
    line: int | None
    probe: str | None
    field: str | None
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        probe = None if self.probe is None else f"probe {clip(self.probe)}"
        field = None if self.field is None else f"field {clip(self.field)}"
        return f"{', '.join(part for part in (place, probe, field) if part)}: {self.message}"


def load(shipped: Path, own: Path) -> tuple[tuple[Suite, ...], tuple[SuiteProblem, ...]]:
    """The suites of two folders, and what is wrong in their files; a suite of one's own replaces ours of the same name.

    Blocks for the reading of some files.
    """
    from modelward.benchmarks.probe_files import read_folder

    ours, problems = read_folder(shipped, is_own=False)
    theirs, more = read_folder(own, is_own=True)
    replaced = {suite.id for suite in theirs}
    return (*(suite for suite in ours if suite.id not in replaced), *theirs), (*problems, *more)
