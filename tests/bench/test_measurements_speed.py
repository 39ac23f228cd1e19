"""A million measurements: how fast a month, the table of results, and single calls come from the store.

``-m bench -s`` shows the figures.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest
from sqlalchemy import Connection, insert

from harness.benchmarks import call
from modelward.benchmarks import rows
from modelward.benchmarks.model import Metric, Series
from modelward.benchmarks.results import result_of
from modelward.benchmarks.store import MeasurementStore
from modelward.store import tables
from modelward.store.engine import Database

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

COUNT = 1_000_000
DAYS = 30
AT_ONCE = 20_000
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
MONTH = NOW - timedelta(days=DAYS)
BUSIEST = Series("acme/m0", "chat")
MODELS = 40
WORKLOADS = ("chat", "long", "code", "brief", "reasoning@a1b2c3", "extraction@a1b2c3")

VIEW_MS = 100.0
RESULTS_SECONDS = 3.0


def filled(connection: Connection, start: int) -> None:
    """Some calls, half of them of one series, spread evenly over the month."""
    draw = random.Random(start)
    made = []
    for number in range(start, start + AT_ONCE):
        at = MONTH + timedelta(days=DAYS) * (number / COUNT)
        busiest = number % 2
        model = BUSIEST.model_id if busiest else f"acme/m{draw.randrange(MODELS)}"
        workload = BUSIEST.workload if busiest else draw.choice(WORKLOADS)
        row = rows.row_of(replace(call(at, model, workload, draw.lognormvariate(5, 0.5))))
        made.append({**row, "chunks": ""})
    connection.execute(insert(tables.measurement), made)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[MeasurementStore]:
    database = await Database.open(tmp_path / "modelward.db")
    for start in range(0, COUNT, AT_ONCE):
        await database.write(lambda connection, start=start: filled(connection, start))
    yield MeasurementStore(database)
    await database.close()


async def milliseconds(work: Callable[[], Awaitable[object]], rounds: int = 5) -> float:
    """The median of some rounds."""
    times = []
    for _ in range(rounds):
        began = perf_counter()
        await work()
        times.append((perf_counter() - began) * 1000)
    return sorted(times)[rounds // 2]


async def test_a_million_measurements_are_looked_at_without_waiting(store: MeasurementStore) -> None:
    began = perf_counter()
    days = 0
    while await store.close_next_day(NOW.date()):
        days += 1
    closing = (perf_counter() - began) / days
    view = {
        metric: await milliseconds(lambda metric=metric: store.trend(BUSIEST, metric, MONTH, NOW)) for metric in Metric
    }
    points = await store.trend(BUSIEST, Metric.TTFT, MONTH, NOW)
    series = await store.series()
    listing = await milliseconds(store.series, 3)
    began = perf_counter()
    newest = await store.newest(series, timedelta(days=30))
    reading = perf_counter() - began
    began = perf_counter()
    results = [result_of(each, found) for each, found in newest.items()]
    counting = perf_counter() - began
    calls = await milliseconds(lambda: store.calls([BUSIEST.model_id], limit=200), 3)
    values = await milliseconds(lambda: store.values(BUSIEST, Metric.LATENCY, MONTH, 10_000), 3)
    print(  # noqa: T201 - the figures are what one runs this for
        f"\n{COUNT:,} calls, {len(series)} series, {points[-1].n:,} calls today in the busiest;"
        f" a month of it: {', '.join(f'{metric.value} {time:.0f}' for metric, time in view.items())} ms;"
        f" the series {listing:.0f} ms; results: read {reading * 1000:.0f} ms, counted {counting * 1000:.0f} ms;"
        f" 200 calls {calls:.0f} ms; 10,000 values {values:.0f} ms; a day summed up in {closing * 1000:.0f} ms"
    )
    assert sum(point.n for point in points) >= COUNT // 2
    assert len(results) == len(series) == MODELS * len(WORKLOADS)
    assert max(view.values()) < VIEW_MS
    assert listing / 1000 + reading + counting < RESULTS_SECONDS
