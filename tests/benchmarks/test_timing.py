"""Figures derived from raw times, against the definitions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.benchmarks import timing
from modelward.benchmarks.model import CallKind, CallState, Measurement, Metric, Timing
from modelward.providers.model import ServerTimes, Usage

CALL = Measurement(
    at=datetime(2026, 11, 21, tzinfo=UTC),
    model_id="acme/a",
    workload="chat",
    kind=CallKind.RUN,
    state=CallState.DONE,
    timing=Timing(headers=80, first_reasoning=100, first_content=300, chunks=(100, 200, 300, 1100), end=1100),
    usage=Usage(input_tokens=50, output_tokens=101),
    cost=Decimal("0.002"),
)


def timed(**changes: object) -> Measurement:
    return replace(CALL, timing=replace(CALL.timing, **changes))


def test_the_figures_are_those_of_their_definitions() -> None:
    assert timing.ttft_ms(CALL) == 100  # reasoning counts
    assert timing.ttfo_ms(CALL) == 300
    assert timing.latency_ms(CALL) == 1100
    assert timing.tpot_ms(CALL) == 10  # (1100 - 100) / 100
    assert timing.decode_tps(CALL) == 100
    assert timing.e2e_tps(CALL) == pytest.approx(91.818, abs=0.001)
    assert timing.prefill_tps(CALL) == 500
    assert timing.chunk_gaps_ms(CALL) == (100, 100, 800)
    assert timing.tpot_with_first_ms(CALL) == pytest.approx(1100 / 101)


def test_chunks_are_never_counted_as_tokens() -> None:
    assert timing.tpot_ms(timed(chunks=(100, 1100))) == timing.tpot_ms(CALL)
    assert timing.tpot_ms(replace(CALL, usage=Usage(input_tokens=50))) is None


def test_what_ollama_measured_counts_for_its_prefill_and_stands_beside_ours() -> None:
    local = replace(
        CALL, server=ServerTimes(total_ns=2 * 10**9, load_ns=5 * 10**8, prompt_eval_ns=10**8, eval_ns=10**9)
    )
    assert timing.prefill_tps(local) == 500
    assert timing.server_decode_tps(local) == 101
    assert timing.cold_load_ms(local.server) == 500
    assert timing.server_decode_tps(CALL) is None
    assert timing.cold_load_ms(CALL.server) is None


@pytest.mark.parametrize("tokens", [None, 0, 1])
def test_a_pace_needs_two_tokens(tokens: int | None) -> None:
    assert timing.tpot_ms(replace(CALL, usage=Usage(output_tokens=tokens))) is None


@pytest.mark.parametrize(
    "changes",
    [{"end": 100.0}, {"end": 50.0}, {"end": -1.0}, {"end": None}, {"first_content": None, "first_reasoning": None}],
)
def test_times_that_make_no_sense_give_no_pace(changes: dict[str, float | None]) -> None:
    assert timing.tpot_ms(timed(**changes)) is None
    assert timing.decode_tps(timed(**changes)) is None


def test_a_call_that_failed_has_no_figures() -> None:
    failed = replace(CALL, state=CallState.FAILED)
    assert [timing.value_of(failed, metric) for metric in Metric] == [None] * len(Metric)


def test_every_metric_but_quality_has_a_figure() -> None:
    assert [metric for metric in Metric if timing.value_of(CALL, metric) is None] == [Metric.QUALITY]
    assert timing.value_of(CALL, Metric.COST) == 0.002
    assert timing.value_of(replace(CALL, cost=None), Metric.COST) is None


MOMENT = st.none() | st.floats(allow_nan=True, allow_infinity=True)


@given(MOMENT, MOMENT, MOMENT, st.lists(st.floats(), max_size=4), st.none() | st.integers(-5, 10**9))
def test_no_time_breaks_a_figure(
    reasoning: float | None, content: float | None, end: float | None, chunks: list[float], tokens: int | None
) -> None:
    odd = replace(
        CALL,
        timing=Timing(None, reasoning, content, tuple(chunks), end),
        usage=Usage(input_tokens=tokens, output_tokens=tokens),
    )
    for metric in Metric:
        value = timing.value_of(odd, metric)
        assert value is None or value >= 0
