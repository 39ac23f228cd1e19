"""Bytes, times and paces as people read them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from harness.ollama_words import NOW
from modelward.core.progress import ProgressState
from modelward.ollama.model import Sample
from modelward.ui.ollama.figures import event_time, left_text, milliseconds, progress_text, size_text, up_text
from modelward.ui.ollama.pace import Pace


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (None, "—"),
        (0, "0 B"),
        (1023, "1,023 B"),
        (1024, "1.0 KiB"),
        (7700, "7.5 KiB"),
        (274_000_000, "261 MiB"),
        (2_019_000_000, "1.9 GiB"),
        (600 * 1024**3, "600 GiB"),
    ],
)
def test_a_size_has_two_or_three_digits_and_its_unit(size: int | None, words: str) -> None:
    assert size_text(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s left"), (59, "59 s left"), (240, "4 min left"), (7500, "2 h 5 min left")]
)
def test_time_left_is_told_in_the_largest_units_that_matter(seconds: float, words: str) -> None:
    assert left_text(seconds) == words


def test_the_pace_is_that_of_the_last_seconds() -> None:
    pace = Pace()
    for second in range(11):
        pace.see(second, second * 1000)
    for second in range(11, 17):
        pace.see(second, 10_000 + (second - 10) * 100)
    assert pace.rate == 100
    assert pace.seconds_left(1000) == 10


def test_a_pace_is_told_once_it_was_watched_for_a_moment_and_forgets_another_count() -> None:
    pace = Pace()
    assert pace.rate is None
    pace.see(0, 0)
    pace.see(0.1, 5000)
    assert pace.rate is None
    pace.see(1, 10_000)
    assert pace.rate == 10_000
    pace.see(2, 50)
    assert pace.rate is None
    assert pace.seconds_left(10) is None


def test_progress_says_how_far_how_fast_and_how_long_with_one_unit_where_it_is_the_same() -> None:
    pace = Pace()
    pace.see(0, 0)
    pace.see(1, 1024**3)
    half = ProgressState(done=1024**3, total=2 * 1024**3, unit="bytes")
    assert progress_text(half, pace) == "1.0 of 2.0 GiB · 1.0 GiB/s · 1 s left"
    assert progress_text(ProgressState(done=1024**2, total=2 * 1024**3, unit="bytes"), Pace()) == "1.0 MiB of 2.0 GiB"
    assert progress_text(ProgressState(done=2, total=7, unit="models"), pace) == "2 of 7 models"
    assert progress_text(ProgressState(), pace) == ""


def test_a_pace_of_nothing_promises_no_end() -> None:
    pace = Pace()
    pace.see(0, 100)
    pace.see(3, 100)
    state = ProgressState(done=100, total=1000, unit="bytes")
    assert progress_text(state, pace) == "100 of 1,000 B · 0 B/s"


def test_answer_times_are_in_milliseconds_until_they_are_seconds() -> None:
    assert [milliseconds(value) for value in (None, 0.4, 9, 41.4, 2100)] == ["—", "0.4 ms", "9.0 ms", "41 ms", "2.1 s"]


def test_only_a_server_that_always_answered_was_up_a_hundred_percent() -> None:
    looks = [Sample(NOW, "m", ok=number > 0) for number in range(5000)]
    assert up_text(looks) == "99.9 % up"
    assert up_text(looks[1:]) == "100 % up"
    assert up_text(looks[:1]) == "0 % up"
    assert up_text([]) == ""


def test_what_happened_today_has_its_time_this_week_its_day_and_before_its_date() -> None:
    now = NOW.astimezone().replace(hour=12)
    told = [event_time(now - timedelta(days=days), now) for days in (0, 2, 30, 400)]
    assert told == [f"{now:%H:%M}", f"{now - timedelta(days=2):%a %H:%M}", "22 Oct", "17 Oct 2025"]
