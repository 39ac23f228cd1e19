"""What is said of copies: when, why, how safe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from modelward.backups.model import Backup, Kind, State
from modelward.ui.backups import wording
from modelward.ui.kit.tokens import Tone

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def backup(kind: Kind = Kind.HOURLY, *reasons: str, state: State = State.GOOD, trouble: str = "") -> Backup:
    return Backup("id", Path("id"), kind, NOW, state, None, 1, trouble, reasons=reasons)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(0), "today"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=2), "Wed 18 Nov"),
        (timedelta(days=365), "Thu 20 Nov 2025"),
    ],
)
def test_a_day_is_named_as_people_do(age: timedelta, words: str) -> None:
    assert wording.day_text(NOW - age, NOW) == words


def test_a_copy_of_tomorrow_is_not_of_today() -> None:
    assert wording.day_text(NOW + timedelta(days=1), NOW) == "Sat 21 Nov"


@pytest.mark.parametrize(
    ("age", "figure", "tone"),
    [
        (timedelta(seconds=20), "just now", Tone.WELL),
        (timedelta(minutes=12), "12 min", Tone.WELL),
        (timedelta(hours=3), "3 h", Tone.ATTENTION),
        (timedelta(hours=47), "47 h", Tone.TROUBLE),
        (timedelta(days=3), "3 d", Tone.TROUBLE),
        (timedelta(minutes=-5), "just now", Tone.WELL),
    ],
)
def test_the_age_of_the_newest_safe_state_is_one_figure(age: timedelta, figure: str, tone: Tone) -> None:
    assert wording.age_figure(NOW - age, NOW) == figure
    assert wording.safety(NOW - age, NOW)[1] is tone


def test_without_any_backup_nothing_is_safe() -> None:
    assert wording.age_figure(None, NOW) == "none yet"
    assert wording.safety(None, NOW)[1] is Tone.TROUBLE
    assert wording.last_backup_text(None, NOW) == "No backup yet"


def test_the_tiers_of_the_rule_come_first_and_for_ever_is_said_once() -> None:
    tags = wording.reason_tags(backup(Kind.HOURLY, "hourly", "daily", "one of the last three"))
    assert [tag.word for tag in tags] == ["hourly", "daily", "last three"]
    assert [tag.word for tag in wording.reason_tags(backup(Kind.MANUAL, "manual"))] == ["for ever"]
    assert [tag.word for tag in wording.reason_tags(backup(Kind.HOURLY, "newer copies stand"))] == ["goes next"]


def test_fewer_rows_are_trouble_and_more_are_not() -> None:
    assert wording.change(5, 5) == ("same", Tone.NEUTRAL)
    assert wording.change(1_005, 5) == ("+1,000", Tone.NEUTRAL)
    assert wording.change(5, 23) == ("\N{MINUS SIGN}18", Tone.TROUBLE)


def test_what_is_wrong_stands_where_the_note_would() -> None:
    assert wording.note_text(backup(state=State.DAMAGED, trouble="Its hash differs.")) == "Its hash differs."


@pytest.mark.parametrize(
    ("size", "text"), [(900, "900 B"), (2_500_000, "2.4 MiB"), (67_108_864, "64 MiB"), (2**31, "2.00 GiB")]
)
def test_sizes_are_in_the_unit_that_reads_well(size: int, text: str) -> None:
    assert wording.size_text(size) == text
