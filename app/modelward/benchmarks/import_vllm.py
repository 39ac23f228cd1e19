"""Results of ``vllm bench serve --save-result --save-detailed``.

Its time to the first token counts thoughts; the gaps that it notes are those between pieces, whatever they hold. Its
dates are local times of the machine that measured: they are taken as times of this one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from modelward.benchmarks.import_rows import ImportedCall, ImportSheet, count, figure, items, obj, text
from modelward.benchmarks.model import CallState
from modelward.providers.model import Usage

TITLE = "vllm bench serve"

_Object = dict[str, object]


def is_one(document: object) -> bool:
    """Whether a document is a result of ``vllm bench serve``."""
    return isinstance(document, dict) and "model_id" in document and "request_throughput" in document


def read(document: object, sheet: ImportSheet) -> None:
    """Take the requests of a result."""
    result = obj(document)
    firsts, gaps = items(result.get("ttfts")), items(result.get("itls"))
    inputs, outputs = items(result.get("input_lens")), items(result.get("output_lens"))
    begun = _date(result.get("date"))
    if begun is None:
        sheet.problem("A result without a date is left out.")
    elif not firsts or len({len(firsts), len(gaps), len(inputs), len(outputs)}) > 1:
        sheet.problem("A result without single requests is left out: averages cannot be compared (--save-detailed).")
    else:
        name, workload, streams = text(result["model_id"]), _workload(result, inputs, outputs), _streams(result)
        starts = _starts(items(result.get("start_times")), len(firsts))
        errors = [*items(result.get("errors")), *[""] * len(firsts)]
        whole = [*items(result.get("latencies")), *[None] * len(firsts)]
        rows = zip(starts, firsts, gaps, inputs, outputs, errors, whole, strict=False)
        for start, first, gap, sent, came, error, latency in rows:
            call = ImportedCall(name, begun + timedelta(seconds=start), workload, streams)
            if error:
                sheet.add(replace(call, state=CallState.FAILED, detail=text(error, 500) or "It failed."))
            else:
                usage = Usage(count(sent), output_tokens=count(came))
                sheet.add(_timed(replace(call, usage=usage), first, items(gap), latency))


def _timed(call: ImportedCall, first: object, gaps: list[object], latency: object) -> ImportedCall:
    """A request with its times; without its latency it ended with its last piece."""
    begun, spans = figure(first), [span for each in gaps if (span := figure(each)) is not None]
    if not begun or len(spans) < len(gaps):
        return replace(call, state=CallState.FAILED, usage=Usage(), detail="Its times are missing.")
    chunks = tuple(each * 1000 for each in accumulate([begun, *spans]))
    end = (figure(latency) or 0.0) * 1000
    return replace(call, first=chunks[0], chunks=chunks, end=max(end, chunks[-1]))


def _starts(raw: list[object], number: int) -> list[float]:
    """Seconds behind the first request, on a clock whose zero nobody knows."""
    known = [figure(each) or 0.0 for each in raw]
    if len(known) != number:
        return [0.0] * number
    return [min(max(each - min(known), 0.0), 1e6) for each in known]


def _streams(result: _Object) -> int:
    """Requests at once: the limit that was set, else the most that there were."""
    for key in ("max_concurrency", "max_concurrent_requests", "completed"):
        if found := count(result.get(key)):
            return found
    return 1


def _workload(result: _Object, inputs: list[object], outputs: list[object]) -> str:
    """The usual lengths, roughly, as no word of a result says what was asked; and the rate where one was set."""
    rate = figure(result.get("request_rate"))
    paced = f"-{rate:g}/s" if rate else ""
    return f"vllm-serve{paced}-{_usual(inputs)}/{_usual(outputs)}"


def _usual(lengths: list[object]) -> int:
    known = sorted(each for each in map(count, lengths) if each)
    return int(float(f"{known[len(known) // 2]:.2g}")) if known else 0


def _date(raw: object) -> datetime | None:
    try:
        return datetime.strptime(str(raw)[:20], "%Y%m%d-%H%M%S").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
