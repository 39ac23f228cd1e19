"""What GuideLLM, llama-bench and vLLM measured, brought in beside our own measurements."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.benchmarks import NOW, BenchPlace, bench_place
from harness.facts import fact
from harness.foreign_results import DATA, T0, guidellm, llama_bench, new_request, old_request, vllm
from harness.wire import WireServer, wire
from modelward.benchmarks import import_files
from modelward.benchmarks.model import CallKind, CallState, ImportedFile, Measurement, Metric
from modelward.benchmarks.timing import (
    decode_tps,
    e2e_tps,
    latency_ms,
    prefill_tps,
    tpot_ms,
    tpot_with_first_ms,
    ttfo_ms,
    ttft_ms,
    value_of,
)
from modelward.catalog.model import Field
from modelward.core.clock import utc_now
from modelward.core.errors import BadValueError, InputError, UnknownModelError
from modelward.core.progress import Progress

__all__ = ["wire"]

MODEL = "openai/able"
BEGUN = datetime.fromtimestamp(T0, UTC)


@pytest.fixture
async def bench(wire: WireServer) -> AsyncIterator[BenchPlace]:
    async with bench_place(wire, ["able", "able-7b-q4_k_m"]) as place:
        yield place


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "results.json"


def write(file: Path, document: object) -> None:
    """Bytes as they are, anything else as JSON."""
    file.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())


async def taken(bench: BenchPlace, file: Path, document: object, **models: str) -> ImportedFile:
    """Import what stands in a file."""
    write(file, document)
    report, _changes = await bench.service.import_file(file, Progress(), models)
    return report


async def calls(bench: BenchPlace) -> list[Measurement]:
    """All calls that were taken in, by time."""
    return sorted(await bench.service.calls(limit=1000), key=lambda call: call.at)


@pytest.mark.parametrize("request_", [old_request(), new_request(), new_request(first_output=0.1)])
async def test_a_request_of_every_version_of_guidellm_has_the_same_figures_by_our_definitions(
    bench: BenchPlace, file: Path, request_: dict[str, Any]
) -> None:
    report = await taken(bench, file, guidellm(request_))
    assert (report.tool, report.calls, report.models, report.problems) == ("GuideLLM", 1, {"able": MODEL}, ())
    (call,) = await calls(bench)
    assert (call.kind, call.state, call.model_id) == (CallKind.IMPORTED, CallState.DONE, MODEL)
    assert (call.workload, call.concurrency, call.at) == ("guidellm-512/11", 4, BEGUN)
    assert ttft_ms(call) == ttfo_ms(call) == pytest.approx(100, abs=0.01)
    assert latency_ms(call) == pytest.approx(310, abs=0.01)
    assert tpot_ms(call) == pytest.approx(21, abs=0.01)  # (310 - 100) / 10
    assert tpot_with_first_ms(call) == pytest.approx(310 / 11, abs=0.01)
    assert e2e_tps(call) == pytest.approx(11 / 0.31, abs=0.01)
    assert (call.usage.input_tokens, call.usage.output_tokens, call.tokens_estimated) == (512, 11, False)


async def test_a_model_that_the_server_chose_is_read_from_what_was_sent(bench: BenchPlace, file: Path) -> None:
    body = {"method": "POST", "body": {"messages": [{"role": "user", "content": "Hello"}], "model": "able"}}
    request_ = new_request(first_output=0.1) | {"request_args": json.dumps(body)}
    assert (await taken(bench, file, guidellm(request_, model=""))).models == {"able": MODEL}


async def test_a_thinking_model_keeps_only_what_the_tool_surely_knew(bench: BenchPlace, file: Path) -> None:
    facts = [fact(MODEL, Field.CAPABILITIES, ["reasoning"])]
    await bench.place.catalog.merge(facts, now=utc_now())
    await taken(bench, file, guidellm(new_request(0, first_output=0.2), new_request(1)))
    await taken(bench, file, vllm())
    told_apart, older = [call for call in await calls(bench) if call.workload.startswith("guidellm")]
    assert (ttft_ms(told_apart), ttfo_ms(told_apart)) == (pytest.approx(100, abs=0.01), pytest.approx(200, abs=0.01))
    # Version 0.6 and older did not note thoughts: when the first piece came, nobody knows.
    assert (ttft_ms(older), ttfo_ms(older), tpot_ms(older)) == (None, None, None)
    assert latency_ms(older) == pytest.approx(310, abs=0.01)
    vllms = [call for call in await calls(bench) if call.workload.startswith("vllm")]
    assert [(ttft_ms(call), ttfo_ms(call)) for call in vllms[:2]] == [(100.0, None), (200.0, None)]


async def test_pieces_that_were_counted_for_tokens_are_no_tokens(bench: BenchPlace, file: Path) -> None:
    request = new_request(first_output=0.1)
    request["output_metrics"] = {"text_tokens": None, "total_tokens": None}
    await taken(bench, file, guidellm(request))
    (call,) = await calls(bench)
    assert call.usage.output_tokens is None
    assert tpot_ms(call) is None
    assert ttft_ms(call) is not None


async def test_failed_requests_count_as_errors_and_those_cut_off_at_the_end_do_not(
    bench: BenchPlace, file: Path
) -> None:
    broken = new_request(1)
    broken["info"]["error"] = "503 \x1b[31mService Unavailable\n"
    await taken(bench, file, guidellm(new_request(0), errored=(broken,)))
    done, failed = await calls(bench)
    assert (done.state, failed.state) == (CallState.DONE, CallState.FAILED)
    assert failed.detail.startswith("503 ")
    assert "\x1b" not in failed.detail
    (result,) = await bench.service.results("guidellm-512/11")
    assert (result.runs, result.error_rate) == (2, 0.5)


async def test_the_number_at_once_and_the_rate_are_part_of_what_is_compared(bench: BenchPlace, file: Path) -> None:
    for strategy in ({"type_": "synchronous"}, {"type_": "throughput"}, {"type_": "constant", "rate": 2.5}):
        await taken(bench, file, guidellm(new_request(), strategy=strategy))
    found = {(call.workload, call.concurrency) for call in await calls(bench)}
    assert found == {
        ("guidellm-512/11", 1),
        ("guidellm-throughput-512/11", 4),
        ("guidellm-constant-2.5/s-512/11", 4),
    }


async def test_data_of_unknown_lengths_is_told_apart_by_a_mark(bench: BenchPlace, file: Path) -> None:
    report = guidellm(new_request())
    for data in ("openai_humaneval", "cnn_dailymail"):
        await taken(bench, file, report | {"args": {"data": [data]}})
    tags = {call.workload for call in await calls(bench)}
    assert len(tags) == 2
    assert all(tag.startswith("guidellm@") for tag in tags)
    assert DATA not in str(tags)


async def test_llama_benchs_tests_have_the_speed_that_they_measured_and_no_other(bench: BenchPlace, file: Path) -> None:
    tests = [llama_bench(512, 0), llama_bench(0, 128), llama_bench(512, 128, n_depth=4096)]
    report = await taken(bench, file, tests)
    assert (report.tool, report.calls) == ("llama-bench", 9)
    assert report.models == {"Able-7B-Q4_K_M": "openai/able-7b-q4_k_m"}
    by_test: dict[str, list[Measurement]] = {}
    for call in await calls(bench):
        by_test.setdefault(call.workload.partition("@")[0], []).append(call)
    read, write, both = (by_test[f"llama-bench-{test}"] for test in ("pp512", "tg128", "pp512+tg128-d4096"))
    assert [prefill_tps(call) for call in read] == [5120, 4096, 3200]
    assert [decode_tps(call) for call in write] == [1280, 1024, 800]
    assert [latency_ms(call) for call in both] == [100, 125, 160]
    assert [each.at - BEGUN for each in read] == [timedelta(milliseconds=ms) for ms in (0, 100, 225)]
    wrong = {Metric.TTFT, Metric.TTFO, Metric.TPOT}
    assert all(value_of(call, metric) is None for call in (*read, *write, *both) for metric in wrong)
    assert all(decode_tps(call) is None and latency_ms(call) is None for call in read)
    assert all(prefill_tps(call) is None and latency_ms(call) is None for call in write)
    assert all(prefill_tps(call) is None and decode_tps(call) is None for call in both)
    results = await bench.service.results(read[0].workload)
    assert results[0].metrics[Metric.PREFILL].p50 == 4096
    assert Metric.LATENCY not in results[0].metrics


async def test_only_what_ran_alike_is_compared(bench: BenchPlace, file: Path) -> None:
    tests = [
        llama_bench(),
        llama_bench(n_gpu_layers=99, test_time="2026-11-20T10:01:00Z"),
        llama_bench(build_number=7001, test_time="2026-11-20T10:02:00Z"),
    ]
    await taken(bench, file, tests)
    tags = [call.workload for call in await calls(bench)]
    assert len(set(tags)) == 2
    assert tags[:3] == tags[6:]
    assert "n_threads: 8" in (await calls(bench))[0].detail


async def test_lines_of_llama_bench_are_read_and_one_that_was_cut_off_is_named(bench: BenchPlace, file: Path) -> None:
    lines = [json.dumps(llama_bench()), json.dumps(llama_bench(0, 128)), json.dumps(llama_bench())[:300]]
    report = await taken(bench, file, "\r\n".join(lines).encode("utf-16"))  # as PowerShell redirects it
    assert report.calls == 6
    assert report.problems == ("Line 3 is no JSON, or is cut off, and is left out.",)


async def test_vllms_requests_keep_every_gap_and_its_failures(bench: BenchPlace, file: Path) -> None:
    report = await taken(bench, file, vllm())
    assert (report.tool, report.calls) == ("vllm bench serve", 3)
    first, second, failed = await calls(bench)
    assert (first.workload, first.concurrency, first.at) == ("vllm-serve-1000/3", 2, BEGUN)
    assert first.timing.chunks == pytest.approx((100, 120, 150))
    assert (ttft_ms(first), latency_ms(first), tpot_ms(first)) == (100, pytest.approx(150), pytest.approx(25))
    assert second.at - first.at == timedelta(seconds=0.5)
    assert (failed.state, failed.detail) == (CallState.FAILED, "Internal Server Error")


async def test_averages_alone_are_refused_with_the_reason(bench: BenchPlace, file: Path) -> None:
    short = {key: value for key, value in vllm().items() if not isinstance(value, list)}
    without = guidellm(new_request())
    without["benchmarks"][0]["requests"] = {"successful": [], "errored": [], "incomplete": []}
    for document, why in (
        (short, "--save-detailed"),
        (without, "without single requests"),
        ([{key: value for key, value in llama_bench().items() if key != "samples_ns"}], "single repetitions"),
    ):
        with pytest.raises(InputError, match=why):
            await taken(bench, file, document)


async def test_a_file_that_is_imported_twice_changes_nothing(bench: BenchPlace, file: Path) -> None:
    same = llama_bench(samples_ns=[100_000_000] * 3)
    for document in ([same], vllm(), guidellm(old_request(0), new_request(1))):
        first = await taken(bench, file, document)
        again = await taken(bench, file, document)
        assert first.calls >= 2
        assert (again.calls, again.known) == (0, first.calls)
    twice = guidellm(*[new_request(50)] * 2)
    assert ((await taken(bench, file, twice)).calls, (await taken(bench, file, twice)).calls) == (2, 0)
    thrice = guidellm(*[new_request(50)] * 3)
    assert (await taken(bench, file, thrice)).calls == 1
    grown = guidellm(*(new_request(number) for number in (1, 2)))
    assert (await taken(bench, file, grown)).calls == 1
    assert len(await calls(bench)) == 3 + 3 + 2 + 3 + 1


async def test_a_name_is_found_by_id_name_or_last_part_or_as_the_person_says(bench: BenchPlace, file: Path) -> None:
    for name in ("openai/able", "ABLE", "somebody/Able"):
        assert (await taken(bench, file, guidellm(new_request(), model=name))).models == {name: MODEL}
    report = await taken(bench, file, guidellm(new_request(5), model="/mnt/weights/x1"), **{"/mnt/weights/x1": MODEL})
    assert report.calls == 1
    assert (await taken(bench, file, guidellm(new_request(6), model="x2"), **{"": MODEL})).calls == 1


async def test_a_name_that_nobody_knows_or_several_have_is_asked_about(bench: BenchPlace, file: Path) -> None:
    with pytest.raises(InputError, match="is no model of the catalogue"):
        await taken(bench, file, guidellm(new_request(), model="<b>unheard\x1b of</b>"))
    await bench.place.catalog.merge([fact("acme/able", Field.PRICE_INPUT, "1")], now=utc_now())
    with pytest.raises(InputError, match=r"could be acme/able, openai/able"):
        await taken(bench, file, guidellm(new_request()))
    with pytest.raises(UnknownModelError):
        await taken(bench, file, guidellm(new_request()), able="acme/missing")
    two = [llama_bench(), llama_bench(model_filename="other.gguf")]
    with pytest.raises(BadValueError, match="names 2 models"):
        await taken(bench, file, two, **{"": MODEL})
    assert await calls(bench) == []


async def test_rows_that_cannot_be_are_left_out_with_the_reason_and_the_others_stay(
    bench: BenchPlace, file: Path
) -> None:
    far = NOW.timestamp() + 10 * 86_400
    odd: list[dict[str, Any]] = [
        old_request(start_time=far, end_time=far + 1, first_token_time=far + 0.1, last_token_time=far + 0.2),
        old_request(end_time=T0 - 5),  # a clock that jumped
        old_request(first_token_time=T0 + 50),  # behind its own end
        old_request(start_time=None),
        old_request(start_time="now"),
        old_request(start_time=1e300),
        old_request(start_time=12.0, end_time=13.0, first_token_time=12.5, last_token_time=12.9),
    ]
    report = await taken(bench, file, guidellm(old_request(), *odd))
    assert report.calls == 1
    assert sorted(report.problems) == [
        "A call from the future is left out: the clock of the other machine was wrong.",
        "A call with times that cannot be is left out. (2 times)",
        "A call without a time that can be is left out. (4 times)",
    ]


async def test_not_a_number_and_wrong_types_are_unknown_figures(bench: BenchPlace, file: Path) -> None:
    raw = json.dumps(guidellm(old_request(prompt_tokens=-3, output_tokens=1.5, last_token_time=None)))
    text = raw.replace('"prompt": "Hello"', '"prompt": NaN').replace('"mean": 3.6', '"mean": Infinity')
    report = await taken(bench, file, text.encode())
    (call,) = await calls(bench)
    assert report.calls == 1
    assert (call.usage.input_tokens, call.usage.output_tokens) == (None, None)


GARBAGE = (
    b"",
    b"\x00\xff\xfe",
    b"model,n_prompt\nx,512\n",
    b"# a report\nbenchmarks: []\n",
    b"[" * 100_000,
    b"null",
    b"[]",
    b"{}",
    b'{"benchmarks": 5}',
    b'[{"n_prompt": 1}]',
    b"9" * 10_000,
    json.dumps(guidellm(new_request())).encode()[:-40],
    b'{"hello": "world"}\n{"n_prompt": 1}',
)


async def test_files_of_something_else_are_clear_errors(bench: BenchPlace, file: Path) -> None:
    for content in GARBAGE:
        with pytest.raises(InputError) as caught:
            await taken(bench, file, content)
        assert "results.json" in str(caught.value)
        assert caught.value.todo or caught.value.why
    for path in (file.parent, file.parent / "missing.json"):
        with pytest.raises(InputError, match="cannot be read"):
            await bench.service.import_file(path, Progress())


async def test_a_file_that_is_too_large_is_not_read(
    bench: BenchPlace, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_files, "MOST_BYTES", 100)
    with pytest.raises(InputError, match="too large"):
        await taken(bench, file, llama_bench())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_stands_in_a_field_no_file_ends_in_a_traceback(data: st.DataObject, file: Path) -> None:
    document: Any = data.draw(
        st.sampled_from([guidellm(new_request(first_output=0.2)), guidellm(old_request()), [llama_bench(0, 8)], vllm()])
    )
    document = json.loads(json.dumps(document))
    places = list(_places(document))
    for holder, key in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique_by=id)):
        holder[key] = data.draw(JSON)
    write(file, document)
    try:
        _tool, found, _problems = import_files.read(file, NOW)
    except InputError:
        return
    for call in found:
        assert call.name
        assert call.concurrency >= 1
        assert all(each >= 0 for each in call.chunks)


def _places(value: Any) -> Any:
    """Every place in a document where something stands."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in entries:
        yield value, key
        yield from _places(each)
