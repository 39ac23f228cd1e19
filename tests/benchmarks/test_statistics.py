"""What may be said of many values: percentiles where there are enough, intervals that hold."""

from __future__ import annotations

import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.benchmarks.statistics import interval, percentile, share_interval, summary


def test_a_percentile_lies_between_its_neighbours() -> None:
    assert percentile([10, 20, 30, 40], 50) == 25
    assert percentile([10, 20, 30, 40], 95) == pytest.approx(38.5)
    assert percentile([7], 99) == 7


@pytest.mark.parametrize(("n", "has_p95", "has_p99"), [(19, False, False), (20, True, False), (100, True, True)])
def test_rare_percentiles_need_many_values(n: int, has_p95: bool, has_p99: bool) -> None:
    found = summary([float(each) for each in range(n)])
    assert (found.p95 is not None, found.p5 is not None, found.p99 is not None) == (has_p95, has_p95, has_p99)


def test_an_interval_needs_five_values() -> None:
    assert summary([1, 2, 3, 4]).low is None
    assert summary([1, 2, 3, 4, 5]).low < 3 < summary([1, 2, 3, 4, 5]).high


def test_nothing_is_said_of_nothing() -> None:
    assert summary([]) is None
    assert summary([float("nan"), float("inf")]) is None


def test_the_same_values_give_the_same_interval() -> None:
    values = [1.0, 5.0, 9.0, 2.0, 7.0]
    assert summary(values) == summary(list(reversed(values)))


@pytest.mark.parametrize("n", [20, 500])
def test_an_interval_holds_the_true_mean_about_as_often_as_it_says(n: int) -> None:
    draw = random.Random(7)
    held = 0
    for _ in range(100):
        low, high = interval(sorted(draw.gauss(100, 15) for _ in range(n)))
        held += low <= 100 <= high
    assert held >= 85


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=150))
def test_a_summary_keeps_its_order(values: list[float]) -> None:
    found = summary(values)
    inner = [each for each in (found.p5, found.p50, found.p95) if each is not None]
    slack = 1e-6 * max(map(abs, values))
    assert min(values) - slack <= inner[0]
    assert inner == sorted(inner)
    assert inner[-1] <= max(values) + slack
    assert found.mean == pytest.approx(fmean(values))


def test_a_share_of_few_tries_is_unsure() -> None:
    assert share_interval(0, 0) == (0, 1)
    low, high = share_interval(5, 5)
    assert low < 0.6
    assert high == pytest.approx(1)
    low, high = share_interval(80, 100)
    assert 0.70 < low < 0.8 < high < 0.88
