"""Searching the sweet spot by measuring as little as possible: which model and probe comes next.

A generator that asks and is told: it measures nothing itself, so that whoever drives it decides how, and can stop at
any time. Models are tried from the cheapest up.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from modelward.advice.trial import Rules, Trial, Verdict

PATIENCE = 3
"""Calls in a row that may fail before a model counts as silent."""


class Strategy(StrEnum):
    """How to search."""

    PROGRESSIVE = "progressive"  # few probes where few are enough; the one that is taken is confirmed
    CONSERVATIVE = "conservative"  # more of everything, and a look at the next dearer good one
    AGGRESSIVE = "aggressive"  # the first that looks good


class Thoroughness(NamedTuple):
    """A strategy in figures. ``rounds``: how often one probe may be asked of one model, as the same question over and
    over tells nothing new. ``beyond``: how many further good models are looked for behind the first."""

    rules: Rules
    rounds: int
    beyond: int = 0


STRATEGIES: Mapping[Strategy, Thoroughness] = {
    Strategy.PROGRESSIVE: Thoroughness(Rules(margin=0.08, lost=0.02, false=1e-4, least=4, most=40, confirm=100), 2),
    Strategy.CONSERVATIVE: Thoroughness(Rules(margin=0.06, lost=0.01, false=1e-5, least=8, most=80, confirm=160), 4, 1),
    Strategy.AGGRESSIVE: Thoroughness(Rules(margin=0.10, lost=0.10, false=0.02, least=3, most=10, confirm=25), 1),
}
"""The bounds were chosen on markets made at random, see the tests. With fewer probes at hand than they ask for, a
search is as sure as these allow."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A model that may be the sweet spot. ``cost``: USD of a successful task, for the order; ``probe_cost``: USD that
    one probe costs at most, None is unknown. ``score``: the sum over the ``asked`` answers that were graded before."""

    model_id: str
    cost: Decimal
    probe_cost: Decimal | None
    score: float = 0.0
    asked: int = 0


class Ask(NamedTuple):
    """Measure this next: a model, and how many answers of it were graded so far."""

    model_id: str
    number: int


class Hindrance(StrEnum):
    """What kept an answer from being graded."""

    CALL = "this call"  # another may do better
    MODEL = "the model"  # it cannot be asked at all
    MONEY = "the money"  # nothing is left for it


class Outcome(NamedTuple):
    """What came of it: the grade 0 to 1, None where there is none: ``why`` in words. USD spent, None is unknown."""

    score: float | None
    cost: Decimal | None = None
    why: str = ""
    hindrance: Hindrance = Hindrance.CALL


class Tried(NamedTuple):
    """A model that was tried. ``asked``: graded answers; ``why`` it was given up, in words."""

    model_id: str
    quality: float
    asked: int
    verdict: Verdict
    why: str = ""


class End(StrEnum):
    """Why a search ended."""

    FOUND = "found"
    ALL_TRIED = "no model is good enough"
    BUDGET = "the budget is used up"


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: ``pick`` is the cheapest good one, ``dearer`` the next good ones behind it. ``skipped``:
    models whose probes may cost more than is left, or nobody knows what. ``spent`` in USD: ``unpriced`` calls, whose
    cost is not known, count as the most that they can have cost."""

    pick: str | None
    dearer: tuple[str, ...]
    tried: tuple[Tried, ...]
    skipped: tuple[str, ...]
    calls: int
    spent: Decimal
    end: End
    unpriced: int = 0


def search(
    contenders: Iterable[Contender], threshold: float, probes: int, budget: Decimal, strategy: Strategy
) -> Generator[Ask, Outcome, Found]:
    """Search the cheapest model whose quality reaches ``threshold``; ``probes`` is how many there are to ask.

    Spends no more than ``budget``, as far as ``probe_cost`` is right. Send an :class:`Outcome` for each :class:`Ask`.
    Raises ValueError without probes.
    """
    if probes < 1:
        raise ValueError("there is no probe to ask")
    return _Search(threshold, probes, budget, STRATEGIES[strategy]).run(contenders)


class _Search:
    def __init__(self, threshold: float, probes: int, budget: Decimal, thoroughness: Thoroughness) -> None:
        self._threshold = threshold
        self._budget = budget
        self._rules = thoroughness.rules
        self._most_asked = probes * thoroughness.rounds
        self._wanted = 1 + thoroughness.beyond
        self._spent = Decimal(0)
        self._calls = 0
        self._unpriced = 0
        self._why = ""

    def run(self, contenders: Iterable[Contender]) -> Generator[Ask, Outcome, Found]:
        tried: list[Tried] = []
        skipped: list[str] = []
        good: list[str] = []
        for each in sorted(contenders, key=lambda one: (one.cost, one.model_id)):
            trial, self._why = Trial(self._threshold, self._rules, each.score, each.asked), ""
            verdict = yield from self._try(each, trial)
            if verdict is None:
                skipped.append(each.model_id)
            if trial.asked or self._why:
                tried.append(Tried(each.model_id, trial.mean, trial.asked, verdict or Verdict.UNDECIDED, self._why))
            if verdict is Verdict.GOOD:
                good.append(each.model_id)
            if len(good) >= self._wanted:
                break
        end = End.FOUND if good else End.BUDGET if skipped else End.ALL_TRIED
        pick = good[0] if good else None
        return Found(pick, tuple(good[1:]), tuple(tried), tuple(skipped), self._calls, self._spent, end, self._unpriced)

    def _try(self, each: Contender, trial: Trial) -> Generator[Ask, Outcome, Verdict | None]:
        """The verdict on one model; None where the budget ends before it."""
        failures = 0
        while (verdict := self._verdict(trial)) is Verdict.UNDECIDED:
            if each.probe_cost is None or self._spent + each.probe_cost > self._budget:
                return None
            outcome = yield Ask(each.model_id, trial.asked)
            if outcome.hindrance is Hindrance.CALL:
                self._calls += 1
            self._unpriced += outcome.cost is None
            self._spent += each.probe_cost if outcome.cost is None else outcome.cost
            if outcome.score is not None:
                failures = 0
                trial.add(outcome.score)
                continue
            failures += 1
            if outcome.hindrance is not Hindrance.CALL or failures >= PATIENCE:
                self._why = outcome.why or f"{failures} calls in a row failed."
                return None if outcome.hindrance is Hindrance.MONEY else Verdict.SILENT
        return verdict

    def _verdict(self, trial: Trial) -> Verdict:
        verdict = trial.verdict
        if verdict is Verdict.UNDECIDED and trial.asked >= self._most_asked:
            return Verdict.GOOD if trial.mean >= self._threshold else Verdict.BAD
        return verdict
