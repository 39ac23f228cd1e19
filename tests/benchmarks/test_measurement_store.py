"""What is kept of measurements: calls, days, what is thinned out, and what late calls change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from harness.benchmarks import NOW, call, failed, grade
from harness.stores import database, store_address
from modelward.benchmarks.model import (
    BatchState,
    CallKind,
    CallState,
    Cell,
    Exchange,
    Metric,
    Plan,
    Series,
    UseCase,
)
from modelward.benchmarks.store import KEPT, MeasurementStore
from modelward.store.engine import Database

__all__ = ["database", "store_address"]

SERIES = Series("openai/a", "chat")
DAY = timedelta(days=1)
PLAN = Plan((Cell(0, "openai/a", "chat", CallKind.RUN, 5),), 5, 100, 50, Decimal("0.1"), Decimal("0.5"), None)


@pytest.fixture
def store(database: Database) -> MeasurementStore:
    return MeasurementStore(database)


async def closed(store: MeasurementStore) -> None:
    while await store.close_next_day(NOW.date()):
        pass


async def test_a_call_comes_back_as_it_was_kept_with_its_words_and_grade(store: MeasurementStore) -> None:
    whole = replace(call(), cost=Decimal("0.000001"), detail="half \ud83d a character\0")
    filed = await store.file(whole, Exchange("ask\ud83d", "answer\0", "thought"), grade(0.5))
    (kept,) = await store.calls(limit=10)
    assert replace(kept, detail="") == replace(filed, detail="")
    assert await store.exchange(kept.id) == Exchange("ask?", "answer\ufffd", "thought")
    assert (await store.grades([kept.id]))[kept.id] == replace(grade(0.5), measurement_id=kept.id)


async def test_a_plan_comes_back_with_its_batch(store: MeasurementStore) -> None:
    plan = replace(PLAN, refused={"openai/b": "no key"}, notes=("slow",), may_evict=True, concurrency=4)
    batch = await store.batch(await store.make_batch(plan, NOW))
    assert batch is not None
    assert batch.plan == plan
    assert (batch.state, batch.done, batch.total, batch.spent) == (BatchState.PLANNED, 0, 5, 0)


async def test_a_batch_counts_what_counts_and_sums_up_what_it_costs(store: MeasurementStore) -> None:
    id_ = await store.make_batch(PLAN, NOW)
    one = replace(call(), batch=id_, cell=0, cost=Decimal("0.1"))
    await store.file(one, counts=True)
    await store.file(replace(one, state=CallState.LIMITED))
    await store.file(replace(failed(one), cost=None), counts=True)
    batch = await store.batch(id_)
    assert batch is not None
    assert (batch.done, batch.spent) == (2, Decimal("0.2"))
    assert await store.counts(id_) == {0: (2, 2)}


async def test_series_are_told_apart_by_model_workload_and_streams(store: MeasurementStore) -> None:
    for model in ("openai/b", "openai/a"):
        await store.file_all([call(model=model), replace(call(model=model), concurrency=8), call(model=model)])
    await store.file(call(workload="long"))
    expected = [("openai/a", "chat", 1), ("openai/a", "chat", 8), ("openai/a", "long", 1)]
    assert list(await store.series("openai/a")) == expected
    assert list(await store.series()) == [*expected, ("openai/b", "chat", 1), ("openai/b", "chat", 8)]


async def test_a_day_that_is_over_is_summed_up_once_and_looks_the_same(store: MeasurementStore) -> None:
    await store.file_all([call(NOW - DAY + timedelta(minutes=n), ttft=n) for n in range(1, 101)])
    await store.file(call(NOW, ttft=7))
    month = (NOW - 30 * DAY, NOW)
    before = await store.trend(SERIES, Metric.TTFT, *month)
    assert await store.close_next_day(NOW.date())
    assert not await store.close_next_day(NOW.date())
    after = await store.trend(SERIES, Metric.TTFT, *month)
    assert after == before
    assert [(point.at, point.n, point.p50) for point in after] == [
        (datetime(2026, 11, 19, tzinfo=UTC), 100, 50.5),
        (datetime(2026, 11, 20, tzinfo=UTC), 1, 7),
    ]
    assert after[0].p95 == pytest.approx(95.05)


async def test_warm_ups_and_failures_are_in_no_figure(store: MeasurementStore) -> None:
    await store.file_all([call(), replace(call(ttft=9e9), kind=CallKind.WARM_UP), failed(call())])
    (point,) = await store.trend(SERIES, Metric.TTFT, NOW - 30 * DAY, NOW)
    assert (point.n, point.p50) == (1, 100)


@pytest.mark.parametrize(("span", "count"), [(timedelta(hours=3), 3), (timedelta(days=3), 2), (timedelta(days=4), 1)])
async def test_short_trends_show_calls_longer_ones_hours_then_days(
    store: MeasurementStore, span: timedelta, count: int
) -> None:
    for hours, minutes in ((0, 10), (0, 5), (1, 30)):
        await store.file(call(NOW - timedelta(hours=hours, minutes=minutes)))
    points = await store.trend(SERIES, Metric.LATENCY, NOW - span, NOW)
    assert len(points) == count
    assert sum(point.n for point in points) == 3


async def test_a_call_of_a_day_that_was_summed_up_still_counts(store: MeasurementStore) -> None:
    await store.file(call(NOW - DAY, ttft=100))
    await closed(store)
    await store.file(call(NOW - DAY, ttft=300))
    (point,) = await store.trend(SERIES, Metric.TTFT, NOW - 30 * DAY, NOW)
    assert (point.n, point.p50) == (2, 200)


async def test_quality_and_cost_have_their_days_too(store: MeasurementStore) -> None:
    for score in (0.0, 1.0, 1.0):
        await store.file(replace(call(NOW - DAY), cost=Decimal("0.25")), grade=grade(score))
    before = [await store.trend(SERIES, metric, NOW - 30 * DAY, NOW) for metric in (Metric.QUALITY, Metric.COST)]
    await closed(store)
    after = [await store.trend(SERIES, metric, NOW - 30 * DAY, NOW) for metric in (Metric.QUALITY, Metric.COST)]
    assert before == after
    assert [point.p50 for (point,) in after] == [1.0, 0.25]


async def test_a_day_of_failures_alone_is_summed_up_and_draws_nothing(store: MeasurementStore) -> None:
    await store.file(failed(call(NOW - DAY)))
    await closed(store)
    assert await store.trend(SERIES, Metric.LATENCY, NOW - 30 * DAY, NOW) == ()


async def thinned(store: MeasurementStore, before: datetime) -> None:
    await closed(store)
    for series in await store.series():
        while await store.thin(series, before):
            pass


async def test_old_calls_go_and_their_days_stay(store: MeasurementStore) -> None:
    old = NOW - 40 * DAY
    await store.file(call(old), Exchange("a", "b"), grade(1.0))
    await store.file_all([call(old, ttft=500) for _ in range(9)])
    await store.file_all([call(NOW - DAY) for _ in range(KEPT)])
    before = await store.trend(SERIES, Metric.TTFT, NOW - 60 * DAY, NOW)
    await thinned(store, NOW - 30 * DAY)
    assert len(await store.calls(limit=1_000)) == KEPT
    assert await store.trend(SERIES, Metric.TTFT, NOW - 60 * DAY, NOW) == before
    assert [point.n for point in before] == [10, KEPT]


async def test_the_newest_calls_of_a_series_stay_however_old_without_what_was_said(store: MeasurementStore) -> None:
    filed = await store.file(call(NOW - 90 * DAY), Exchange("a", "b"), grade(1.0))
    await thinned(store, NOW - 30 * DAY)
    (kept,) = await store.calls(limit=10)
    assert kept.timing.chunks == ()
    assert kept.timing.first_content == filed.timing.first_content
    assert await store.exchange(filed.id) is None
    assert filed.id in await store.grades([filed.id])


async def test_a_late_call_does_not_replace_the_figures_of_a_thinned_day(store: MeasurementStore) -> None:
    old = NOW - 40 * DAY
    await store.file_all([call(old) for _ in range(10)])
    await store.file_all([call(NOW - DAY) for _ in range(KEPT)])
    await thinned(store, NOW - 30 * DAY)
    await store.file(call(old, ttft=9_000))
    day, _ = await store.trend(SERIES, Metric.TTFT, NOW - 60 * DAY, NOW)
    assert (day.n, day.p50) == (10, 100)


async def test_values_are_newest_first_and_bounded(store: MeasurementStore) -> None:
    await store.file_all([call(NOW - timedelta(minutes=n), ttft=n) for n in range(10)])
    assert await store.values(SERIES, Metric.TTFT, NOW - DAY, 3) == [0, 1, 2]


async def test_the_newest_calls_end_where_the_time_does(store: MeasurementStore) -> None:
    await store.file_all([call(NOW - 40 * DAY), call(NOW - 39 * DAY), call(NOW)])
    assert [row.at for row in (await store.newest([SERIES], 30 * DAY))[SERIES]] == [NOW]


async def test_calls_are_found_by_model_workload_batch_and_page(store: MeasurementStore) -> None:
    id_ = await store.make_batch(PLAN, NOW)
    one = await store.file(replace(call(), batch=id_))
    two = await store.file(call(workload="long"))
    three = await store.file(call(model="openai/b"))

    async def ids(*arguments: object, **more: object) -> list[int | None]:
        return [each.id for each in await store.calls(*arguments, limit=10, **more)]

    assert await ids() == [three.id, two.id, one.id]
    assert await ids(["openai/a"]) == [two.id, one.id]
    assert await ids((), "long") == [two.id]
    assert await ids(batch=id_) == [one.id]
    assert await ids(before=two.id) == [one.id]


async def test_favourites_are_kept(store: MeasurementStore) -> None:
    await store.change_favourites(lambda ids: ids | {"b/1", "a/2"})
    await store.change_favourites(lambda ids: ids - {"b/1"})
    assert await store.favourites() == {"a/2"}


async def test_a_use_case_is_kept_with_its_grade(store: MeasurementStore) -> None:
    await store.file(call(), grade=grade(0.5, use_case=UseCase.TOOL_USE))
    (row,) = (await store.newest([SERIES], 30 * DAY))[SERIES]
    assert (row.use_case, row.quality, row.passed) == ("tool_use", 0.5, False)
