"""What the Health tab says of healing, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from modelward.catalog.health import Health
from modelward.catalog.model import Field
from modelward.healing.model import Attempt, Cycle, CycleState, HealingReport, Means, Outcome, UndoReport
from modelward.ui.health import wording

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _attempt(means: Means, outcome: Outcome, hours_ago: float = 2, due_in: float = 1) -> Attempt:
    at, due = NOW - timedelta(hours=hours_ago), NOW + timedelta(hours=due_in)
    return Attempt("a/b", Field.CONTEXT_WINDOW, means, at, outcome, "llama says 3", 1, due)


def _health(complete: int, total: int) -> Health:
    return Health(total, complete, {}, {})


@pytest.mark.parametrize(
    ("complete", "total", "said"),
    [
        (0, 0, "There are no models yet."),
        (9, 10, "Healing every 5 minutes: 1 model lacks something."),
        (0, 1426, "Healing every 5 minutes: 1,426 models lack something."),
        (10, 10, "All models are healthy, checking hourly."),
    ],
)
def test_how_healing_stands_is_one_sentence(complete: int, total: int, said: str) -> None:
    standing = wording.standing(
        _health(complete, total), NOW, is_enabled=True, pause="", next_run=NOW + timedelta(minutes=3)
    )
    assert standing == (said, "Next look in 3 min.")


def test_what_was_tried_names_each_means_with_its_last_outcome() -> None:
    attempts = [
        _attempt(Means.INFERENCE, Outcome.UNKNOWN, 5),
        _attempt(Means.INFERENCE, Outcome.NOT_BELIEVED),
        _attempt(Means.RESEARCH, Outcome.UNKNOWN, 1),
    ]
    assert wording.tried(attempts, NOW) == "models: not believed 2 h ago · pages: nothing found 1 h ago"
    assert "llama says 3" in wording.all_tried(attempts, NOW)


def test_means_that_came_to_the_same_are_named_together() -> None:
    attempts = [_attempt(Means.INFERENCE, Outcome.UNKNOWN), _attempt(Means.RESEARCH, Outcome.UNKNOWN)]
    assert wording.tried(attempts, NOW) == "models and pages: nothing found 2 h ago"


@pytest.mark.parametrize(
    ("outcome", "due_in", "said"),
    [
        (Outcome.UNKNOWN, 1, "in 1 h"),
        (Outcome.UNKNOWN, -1, "next cycle"),
        (Outcome.PROPOSED, 1, "review"),
        (Outcome.REJECTED, 1, "when you say so"),
    ],
)
def test_the_next_try_is_told(outcome: Outcome, due_in: float, said: str) -> None:
    assert wording.next_try_text([_attempt(Means.INFERENCE, outcome, due_in=due_in)], NOW) == said


def test_a_cycle_tells_what_it_filled_by_which_means_and_how_long_it_took() -> None:
    cycle = Cycle(
        1, NOW, NOW + timedelta(seconds=75), CycleState.DONE, 9, 1, 4, {Means.RESEARCH: 2, Means.SURVEY: 1_200}
    )
    assert wording.filled(cycle) == "1,200 by rules · 2 by documentation"
    assert wording.took(cycle) == "1 min 15 s"


def test_a_look_that_could_try_nothing_says_why() -> None:
    report = HealingReport(None, 9, 1, notes=("Asking models: No free model at hand.", "2 values wait for you."))
    assert wording.report_text(report) == "Nothing new could be tried. Asking models: No free model at hand."


def test_taking_back_tells_what_was_left() -> None:
    assert wording.undone(UndoReport(2, 1, 3)) == (
        "2 values were taken back.",
        "1 value had been replaced since. 3 values by rules stay: the rules would tell them again.",
    )
    assert wording.undone(UndoReport())[0] == "Nothing was taken back."
