"""Alerts: one for each cause, told late and once, over when its cause is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from modelward.ollama.alerts import SAME_WITHIN, Finding, Judged, Outcome, follow, notices
from modelward.ollama.model import Alert, AlertKind, AlertState

START = datetime(2026, 11, 21, 10, tzinfo=UTC)
MINUTES = timedelta(minutes=5)
ALL: Judged = dict.fromkeys(AlertKind)
DOWN = Finding(AlertKind.SERVICE_DOWN, "", "Ollama does not answer.", "Refused.", "Start it.")
SLOW = Finding(AlertKind.SLOW, "", "It is slow.", needs_server=True)


def damaged(name: str) -> Finding:
    return Finding(AlertKind.CHECKSUM, name, f"{name} is damaged.")


class Ledger:
    """Looks one after the other, five minutes apart, as the store keeps their alerts."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []
        self.at = START

    def look(self, *found: Finding, judged: Judged = ALL) -> Outcome:
        self.at += MINUTES
        fresh = [each for each in self.alerts if each.resolved_at is None or each.resolved_at >= self.at - SAME_WITHIN]
        outcome = follow(fresh, found, judged, self.at)
        kept = [replace(each, id=each.id or len(self.alerts) + 1 + number) for number, each in enumerate(outcome.kept)]
        changed = {each.id for each in (*kept, *outcome.dropped)}
        self.alerts = [each for each in self.alerts if each.id not in changed] + kept
        return outcome

    def states(self) -> list[AlertState]:
        return [each.state for each in self.alerts]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def subjects(alerts: Sequence[Alert]) -> list[str]:
    return [alert.subject for alert in alerts]


def test_a_damaged_model_is_told_at_once_and_only_once(ledger: Ledger) -> None:
    assert subjects(ledger.look(damaged("a")).opened) == ["a"]
    again = ledger.look(damaged("a"))
    assert (again.opened, again.resolved) == ((), ())
    assert [(each.seen, each.opened_at, each.last_seen_at) for each in ledger.alerts] == [
        (2, START + MINUTES, START + 2 * MINUTES)
    ]


def test_a_server_is_called_down_only_after_two_looks_in_a_row(ledger: Ledger) -> None:
    assert ledger.look(DOWN).opened == ()
    assert ledger.states() == [AlertState.PENDING]
    (opened,) = ledger.look(DOWN).opened
    assert (opened.what, opened.why, opened.todo) == (DOWN.what, DOWN.why, DOWN.todo)


def test_a_single_missed_look_leaves_nothing_behind(ledger: Ledger) -> None:
    ledger.look(DOWN)
    over = ledger.look()
    assert (over.opened, over.resolved, ledger.alerts) == ((), (), [])


def test_slowness_is_told_after_three_looks(ledger: Ledger) -> None:
    assert [bool(ledger.look(SLOW).opened) for _ in range(4)] == [False, False, True, False]


def test_what_comes_and_goes_at_every_look_is_told_once(ledger: Ledger) -> None:
    looks = [ledger.look(DOWN), ledger.look(DOWN)]
    looks += [ledger.look(*([DOWN] if number % 2 else [])) for number in range(10)]
    assert sum(len(look.opened) for look in looks) == 1
    assert sum(len(look.resolved) for look in looks) == 0


def test_a_server_that_answers_twice_again_is_over_and_told_so(ledger: Ledger) -> None:
    ledger.look(DOWN)
    ledger.look(DOWN)
    assert ledger.look().resolved == ()
    (over,) = ledger.look().resolved
    assert (over.kind, over.resolved_at) == (AlertKind.SERVICE_DOWN, ledger.at)


def test_what_comes_back_within_the_hour_is_the_same_alert(ledger: Ledger) -> None:
    ledger.look(damaged("a"))
    ledger.look()
    assert subjects(ledger.look(damaged("a")).opened) == ["a"]
    assert len(ledger.alerts) == 1
    ledger.look()
    ledger.at += SAME_WITHIN
    ledger.look(damaged("a"))
    assert len(ledger.alerts) == 2


def test_a_look_says_nothing_of_what_it_could_not_judge(ledger: Ledger) -> None:
    ledger.look(damaged("a"), damaged("b"))
    assert ledger.look(judged={AlertKind.SERVICE_DOWN: None}).resolved == ()
    assert subjects(ledger.look(judged={AlertKind.CHECKSUM: frozenset({"b"})}).resolved) == ["b"]


def test_what_follows_from_a_server_that_is_down_is_not_told(ledger: Ledger) -> None:
    for _ in range(4):
        outcome = ledger.look(DOWN, SLOW)
        assert AlertKind.SLOW not in {each.kind for each in outcome.opened}
    failed = Finding(AlertKind.RESTORE, "a", "a could not be downloaded.", needs_server=True)
    assert ledger.look(DOWN, failed).opened == ()
    assert subjects(ledger.look(DOWN, damaged("a")).opened) == ["a"]


def test_where_the_whole_folder_is_gone_no_single_model_is_told(ledger: Ledger) -> None:
    gone = Finding(AlertKind.LIBRARY_GONE, "", "All is gone.")
    models = [Finding(AlertKind.MODEL_MISSING, name, f"{name} is gone.") for name in "abc"]
    assert [each.kind for each in ledger.look(gone, *models).opened] == [AlertKind.LIBRARY_GONE]
    back = ledger.look(models[0])
    assert [each.kind for each in back.resolved] == [AlertKind.LIBRARY_GONE]
    assert subjects(back.opened) == ["a"]


def test_more_than_three_at_once_are_one_notice(ledger: Ledger) -> None:
    three = ledger.look(*map(damaged, "abc"))
    assert notices(three.opened, ()) == ("a is damaged.", "b is damaged.", "c is damaged.")
    more = ledger.look(*map(damaged, "abcdefgh"))
    assert notices(more.opened, ()) == ("5 new alerts: 5 × checksum failure (d, e, f and 2 more).",)
    over = ledger.look()
    assert notices((), over.resolved) == ("8 alerts are over: 8 × checksum failure (a, b, c and 5 more).",)


def test_a_cause_that_is_over_is_told_with_its_subject(ledger: Ledger) -> None:
    ledger.look(damaged("a"))
    assert notices((), ledger.look().resolved) == ("Over: checksum failure (a).",)
