"""Reports of GuideLLM (benchmarks.json), in the shapes of its versions 0.2 to 0.8.

Taken over are single requests with the moments that it noted; its own figures are not, as some are defined in another
way than ours: its time per output token counts the first token, and before version 0.7 its time to the first token
left thoughts out. Requests that it broke off at the end of a run are left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace

from modelward.benchmarks.import_rows import (
    NEVER,
    ImportedCall,
    ImportSheet,
    between,
    count,
    figure,
    items,
    moment,
    obj,
    text,
)
from modelward.benchmarks.model import CallState
from modelward.providers.model import Usage

TITLE = "GuideLLM"

_Object = dict[str, object]
_MODEL = re.compile(r'"model"\s*:\s*"([^"\\]{1,300})"')
_LONGEST_REQUEST = 100_000
_INPUT, _OUTPUT = re.compile(r"prompt_tokens\W{1,8}(\d{1,9})"), re.compile(r"output_tokens\W{1,8}(\d{1,9})")


def is_one(document: object) -> bool:
    """Whether a document is a report of GuideLLM."""
    return isinstance(document, dict) and isinstance(document.get("benchmarks"), list)


def read(document: object, sheet: ImportSheet) -> None:
    """Take the requests of a report."""
    report = obj(document)
    for benchmark in map(obj, items(report["benchmarks"])):
        _read(report, benchmark, sheet)


def _read(report: _Object, benchmark: _Object, sheet: ImportSheet) -> None:
    config = obj(benchmark.get("config")) or obj(benchmark.get("args"))
    requests = obj(benchmark.get("requests"))
    done, errored = items(requests.get("successful")), items(requests.get("errored"))
    name = _name(report, benchmark, config, [*done, *errored])
    strategy = obj(config.get("strategy"))
    if not done and not errored:
        sheet.problem("A run of GuideLLM without single requests is left out: averages cannot be compared.")
    workload = f"guidellm{_rate(strategy)}{_data(report, benchmark, config)}"
    streams = _streams(strategy, benchmark)
    for request in map(obj, done):
        sheet.add(_call(request, name, workload, streams))
    for request in map(obj, errored):
        sheet.add(_failed(_call(request, name, workload, streams)))


def _name(report: _Object, benchmark: _Object, config: _Object, requests: list[object]) -> str:
    """The model that was asked; where none was named, the server's own one stands in what was sent alone."""
    named = (
        obj(config.get("backend")).get("model"),
        obj(benchmark.get("worker")).get("backend_model"),
        _settings(report).get("model"),
        obj(_settings(report).get("backend")).get("model"),
    )
    if found := next((name for each in named if (name := text(each))), ""):
        return found
    sent = text(obj(requests[0]).get("request_args"), _LONGEST_REQUEST) if requests else ""
    asked = _MODEL.search(sent)
    return text(asked[1]) if asked else ""


def _settings(report: _Object) -> _Object:
    """What the person demanded: ``args``, since version 0.7 ``config.spec``."""
    return obj(report.get("args")) or obj(obj(report.get("config")).get("spec"))


def _call(request: _Object, name: str, workload: str, streams: int) -> ImportedCall:
    if "info" in request:
        return _newer(request, ImportedCall(name, NEVER, workload, streams, usage=_usage(request)))
    start = request.get("start_time")
    first, last = between(start, request.get("first_token_time")), between(start, request.get("last_token_time"))
    return ImportedCall(
        name,
        moment(start) or NEVER,
        workload,
        streams,
        first_answer=first,  # thoughts were left out
        chunks=_pieces(first, last),
        end=between(start, request.get("end_time")),
        usage=Usage(count(request.get("prompt_tokens")), output_tokens=count(request.get("output_tokens"))),
        detail=text(request.get("error"), 500),
    )


def _newer(request: _Object, call: ImportedCall) -> ImportedCall:
    """A request of version 0.4 or later; before 0.7 thoughts were left out."""
    info = obj(request["info"])
    moments = obj(info.get("timings"))
    start = moments.get("request_start")
    first, last = (between(start, moments.get(f"{which}_token_iteration")) for which in ("first", "last"))
    knows_thoughts = "first_output_token_iteration" in moments
    answer = between(start, moments.get("first_output_token_iteration")) if knows_thoughts else first
    return replace(
        call,
        at=moment(start) or moment(moments.get("resolve_start")) or NEVER,
        first=first if knows_thoughts else None,
        first_answer=answer,
        chunks=_pieces(first, None if moments.get("token_iterations") == 1 else last),
        end=between(start, moments.get("request_end")),
        detail=text(info.get("error"), 500),
    )


def _failed(call: ImportedCall) -> ImportedCall:
    """Times of a failed request tell nothing."""
    failed = ImportedCall(call.name, call.at, call.workload, call.concurrency, CallState.FAILED)
    return replace(failed, detail=call.detail or "It failed.")


def _pieces(first: float | None, last: float | None) -> tuple[float, ...]:
    """The first and the last piece: of those between them nothing is told."""
    return tuple(each for each in (first, last) if each is not None)


def _usage(request: _Object) -> Usage:
    """Tokens as the server or a tokenizer counted them; GuideLLM's own ``output_tokens`` may count pieces instead."""
    sent, came = obj(request.get("input_metrics")), obj(request.get("output_metrics"))

    def tokens(metrics: _Object) -> int | None:
        whole = count(metrics.get("total_tokens"))
        return whole if whole is not None else count(metrics.get("text_tokens"))

    return Usage(tokens(sent), count(sent.get("cached_tokens")), None, tokens(came))


def _streams(strategy: _Object, benchmark: _Object) -> int:
    """Requests at once: as was demanded, else as many as there were on average."""
    kind, streams = strategy.get("type_"), count(strategy.get("streams"))
    if kind == "synchronous":
        return 1
    if kind == "concurrent" and streams:
        return streams
    measured = obj(obj(obj(benchmark.get("metrics")).get("request_concurrency")).get("successful"))
    return max(1, round(min(figure(measured.get("mean")) or 1.0, 1e6)))


def _rate(strategy: _Object) -> str:
    """How requests were sent where their number at once was not fixed."""
    kind = text(strategy.get("type_"), 20)
    if kind in ("", "synchronous", "concurrent"):
        return ""
    rate = figure(strategy.get("rate"))
    return f"-{kind}" + (f"-{rate:g}/s" if rate else "")


def _data(report: _Object, benchmark: _Object, config: _Object) -> str:
    """What was asked: the lengths of made-up texts, else a mark of the data."""
    loader = obj(benchmark.get("request_loader"))
    said = [_settings(report).get("data"), loader.get("data"), obj(config.get("requests")).get("data")]
    told = json.dumps([each for each in said if each], sort_keys=True, default=str)
    input_, output = _INPUT.search(told), _OUTPUT.search(told)
    if input_ and output:
        return f"-{int(input_[1])}/{int(output[1])}"
    return "" if told == "[]" else f"@{hashlib.sha256(told.encode()).hexdigest()[:6]}"
