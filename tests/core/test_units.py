"""Figures as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.core import units

NOW = datetime(2026, 11, 20, 14, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"), [(None, "—"), (0, "0"), (999, "999"), (1_048_576, "1,048,576"), (10_000_000, "10,000,000")]
)
def test_counts_have_thousands_marks(value: int | None, text: str) -> None:
    assert units.count(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        ("0", "free"),
        ("0.000", "free"),
        ("0.3", "$0.30"),
        ("0.0375", "$0.0375"),
        ("3.000", "$3.00"),
        ("1E+3", "$1,000.00"),
        ("1250.5", "$1,250.50"),
        ("-0.5", "-$0.50"),
        ("NaN", "—"),
    ],
)
def test_prices_show_cents_at_least_and_zero_is_free(value: str | None, text: str) -> None:
    assert units.price(None if value is None else Decimal(value)) == text


@given(st.decimals(min_value=0, max_value=10_000, places=9))
def test_no_digit_of_a_price_is_lost(price: Decimal) -> None:
    shown = units.price(price)
    assert (Decimal(0) if shown == "free" else Decimal(shown.strip("$").replace(",", ""))) == price


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        (0, "0 B"),
        (2_048, "2,048 B"),
        (1_048_576, "1.0 MiB"),
        (5_046_586_573, "4.70 GiB"),
        (1024**3 * 1200, "1,200.00 GiB"),
        (12 * 1024**2, "0.01 GiB"),
    ],
)
def test_sizes_are_in_gib_unless_they_would_vanish(value: int | None, text: str) -> None:
    assert units.size(value) == text


@pytest.mark.parametrize(
    ("distance", "text"),
    [
        (timedelta(), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=3, seconds=50), "3 min ago"),
        (timedelta(hours=1, minutes=59), "1 h ago"),
        (timedelta(days=2, hours=23), "2 d ago"),
        (timedelta(days=40), "2026-10-11"),
        (timedelta(seconds=-30), "just now"),
        (timedelta(minutes=-5), "in 5 min"),
        (timedelta(hours=-26), "in 1 d"),
    ],
)
def test_times_are_told_by_their_distance(distance: timedelta, text: str) -> None:
    assert units.ago(NOW - distance, NOW) == text


def test_an_unknown_time_is_a_dash() -> None:
    assert (units.ago(None, NOW), units.local_time(None)) == ("—", "—")


def test_an_exact_time_says_its_offset() -> None:
    told = units.local_time(NOW)
    assert datetime.fromisoformat(told) == NOW
    assert told[10] == " "
    assert told[-6] in "+-"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        ("0", "$0.00"),
        ("0.012", "$0.01"),
        ("0.00417", "$0.0042"),
        ("1234.5", "$1,234.50"),
        ("-2", "-$2.00"),
    ],
)
def test_amounts_show_cents_and_below_a_cent_two_figures(value: str | None, text: str) -> None:
    assert units.money(None if value is None else Decimal(value)) == text
