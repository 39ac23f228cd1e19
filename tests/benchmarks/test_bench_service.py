"""Favourites by the clock, results, upkeep, files for others."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from harness.benchmarks import NOW, PATH, BenchPlace, answer, bench_place, call, failed, grade
from harness.facts import fact
from harness.wire import Reply, WireServer
from modelward.benchmarks.model import CallKind, Metric, UseCase
from modelward.benchmarks.results import quality_interval
from modelward.catalog.model import Field
from modelward.core.clock import utc_now
from modelward.core.errors import FolderError, UnknownModelError, UsageError
from modelward.core.progress import Progress

MODEL = "openai/a"


@pytest.fixture
async def bench(wire: WireServer) -> AsyncIterator[BenchPlace]:
    wire.route("POST", PATH, answer())
    async with bench_place(wire, ["a", "b"]) as bench:
        yield bench


async def light(bench: BenchPlace) -> int:
    return (await bench.service.light_when_due(Progress()))[0]


# -------------------------------------------------------------------- favourites


async def test_favourites_are_measured_shortly_when_it_is_time(bench: BenchPlace, wire: WireServer) -> None:
    await bench.service.set_favourite(MODEL, on=True)
    assert await bench.service.favourites() == {MODEL}
    assert await light(bench) == 1
    assert [call.kind for call in await bench.service.calls()] == [CallKind.LIGHT] * 2
    bench.clocks.pass_(5 * 3600)
    assert await light(bench) == 0
    bench.clocks.pass_(3600)
    assert await light(bench) == 1
    assert len(wire.requests) == 4
    (result,) = await bench.service.results()
    assert result.runs == 4


async def test_a_clock_that_was_set_back_does_not_end_the_measuring(bench: BenchPlace) -> None:
    await bench.service.set_favourite(MODEL, on=True)
    assert await light(bench) == 1
    bench.clocks.pass_(-90 * 86400)
    assert await light(bench) == 1


async def test_none_is_measured_where_the_settings_say_so_or_nobody_was_chosen(
    bench: BenchPlace, wire: WireServer
) -> None:
    assert await light(bench) == 0
    bench.clocks.pass_(7 * 3600)
    await bench.service.set_favourite(MODEL, on=True)
    await bench.place.preferences.change("benchmarks.light_every_hours", 0)
    assert await light(bench) == 0
    assert wire.requests == []


async def test_favourites_that_cost_are_measured_within_the_limit_alone(bench: BenchPlace, wire: WireServer) -> None:
    facts = [fact("openai/b", field, "10", day=1) for field in (Field.PRICE_INPUT, Field.PRICE_OUTPUT)]
    await bench.place.catalog.merge(facts, now=utc_now())
    await bench.service.set_favourite("openai/b", on=True)
    await bench.place.preferences.change("benchmarks.day_limit", Decimal("0.001"))
    await light(bench)
    assert wire.requests == []
    await bench.place.preferences.change("benchmarks.day_limit", Decimal("0.05"))
    bench.clocks.pass_(6 * 3600)
    assert await light(bench) == 1
    assert len(wire.requests) == 2


async def test_a_favourite_that_cannot_be_asked_does_not_keep_the_others(bench: BenchPlace) -> None:
    await bench.service.set_favourite(MODEL, on=True)
    await bench.store.change_favourites(lambda ids: ids | {"openai/gone"})
    assert await light(bench) == 1


async def test_only_models_of_the_catalogue_can_be_favourites(bench: BenchPlace) -> None:
    with pytest.raises(UnknownModelError):
        await bench.service.set_favourite("openai/none", on=True)
    await bench.service.set_favourite("openai/none", on=False)


async def test_upkeep_sums_days_up_and_thins_out_once_a_day(bench: BenchPlace) -> None:
    old = call(NOW - timedelta(days=40), model=MODEL)
    filed = await bench.store.file(old)
    await light(bench)
    assert not await bench.store.close_next_day(NOW.date())
    (kept,) = await bench.service.calls()
    assert (kept.id, kept.timing.chunks) == (filed.id, ())
    (point,) = await bench.service.trend(MODEL, "chat", Metric.TTFT, NOW - timedelta(days=60))
    assert point.n == 1


# -------------------------------------------------------------------- results


async def test_results_tell_models_workloads_and_streams_apart(bench: BenchPlace) -> None:
    await bench.store.file_all([call(ttft=100), call(ttft=300), failed(call())])
    await bench.store.file_all([replace(call(ttft=900), concurrency=8), call(model="openai/b")])
    first, eight, other = await bench.service.results()
    assert (first.model_id, first.concurrency, first.runs) == (MODEL, 1, 3)
    assert first.metrics[Metric.TTFT].mean == 200
    assert first.metrics[Metric.TTFT].p95 is None
    assert first.error_rate == pytest.approx(1 / 3)
    assert (eight.concurrency, eight.metrics[Metric.TTFT].p50) == (8, 900)
    assert other.model_id == "openai/b"


async def test_what_is_kept_anew_shows_in_the_results(bench: BenchPlace) -> None:
    plan = await bench.service.plan([MODEL], "chat")
    assert await bench.service.results() == ()
    await bench.service.run(await bench.service.start(plan), Progress())
    assert (await bench.service.results())[0].runs == 5
    plan = await bench.service.plan([MODEL], "chat")
    await bench.service.run(await bench.service.start(plan), Progress())
    assert (await bench.service.results())[0].runs == 10


async def test_quality_is_the_mean_of_probes_however_often_each_was_asked(bench: BenchPlace) -> None:
    for probe, score in (("one", 1.0), ("one", 1.0), ("one", 1.0), ("two", 0.0)):
        await bench.store.file(replace(call(), kind=CallKind.PROBE), grade=grade(score, probe))
    (result,) = await bench.service.results()
    assert result.quality == {UseCase.REASONING: (0.5, 2)}
    assert result.success_cost is None  # what it cost is not known
    low, high = quality_interval((1.0, 8))
    assert (low, high) == (pytest.approx(0.676, abs=0.001), pytest.approx(1.0))


async def test_warm_ups_alone_are_no_result(bench: BenchPlace) -> None:
    await bench.store.file(replace(call(), kind=CallKind.WARM_UP))
    assert await bench.service.results() == ()


# -------------------------------------------------------------------- answers of all kinds


async def test_an_answer_of_ten_megabytes_is_cut_off_and_kept_short(bench: BenchPlace, wire: WireServer) -> None:
    piece = b'data: {"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n' % (b"x" * 100_000)
    wire.route("POST", PATH, [answer(), Reply(chunks=[piece] * 100), answer()])
    batch, _ = await bench.service.run(await bench.service.start(await bench.service.plan([MODEL], "chat")), Progress())
    assert batch.done == 5
    long = next(call for call in await bench.service.calls() if call.detail)
    exchange = await bench.service.exchange(long.id)
    assert exchange is not None
    assert len(exchange.answer) <= 200_000


# -------------------------------------------------------------------- files


async def test_cells_of_a_sheet_run_nothing(bench: BenchPlace, tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://evil")'
    await bench.store.file(replace(call(model=evil), detail="+1\n-2"))
    file = tmp_path / "calls.csv"
    assert await bench.service.export(file) == 1
    (row,) = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig")))
    assert row["model"] == "'" + evil
    assert row["detail"] == "'+1\n-2"
    assert row["ttftMs"] == "100.0"


async def test_an_export_as_json_holds_every_figure_and_the_grade(bench: BenchPlace, tmp_path: Path) -> None:
    await bench.store.file(replace(call(), cost=Decimal("0.000012")), grade=grade(0.5))
    await bench.store.file(call(workload="long"))
    file = tmp_path / "calls.json"
    assert await bench.service.export(file, [MODEL], "chat") == 1
    document = json.loads(file.read_text())
    assert document["format"] == "modelward-measurements"
    (row,) = document["calls"]
    assert (row["costUsd"], row["score"], row["tpotMs"], row["at"]) == (
        "0.000012",
        0.5,
        pytest.approx(20),
        "2026-11-20T12:00:00Z",
    )


async def test_a_file_that_cannot_be_written_is_told(bench: BenchPlace, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        await bench.service.export(tmp_path / "calls.xls")
    with pytest.raises(FolderError):
        await bench.service.export(tmp_path / "no" / "such" / "calls.csv")
