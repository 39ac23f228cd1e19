"""Results of llama-bench (``-o json`` or ``-o jsonl``): how fast a machine reads and writes with a model.

Each repetition becomes a call. A test of reading (pp) has a prefill speed, one of writing (tg) a decode speed, one of
both (pg) a whole time; times of tokenizing, sampling and the network are in none of them. The tag holds the test and a
hash of the machine and the settings, so that only what ran alike is compared.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath, PureWindowsPath

from modelward.benchmarks.import_rows import ImportedCall, ImportSheet, count, figure, items, obj, text
from modelward.providers.model import ServerTimes, Usage

TITLE = "llama-bench"

_Object = dict[str, object]
_NO_SETTING = frozenset(
    {
        "build_commit", "build_number", "model_filename", "model_type", "model_size", "model_n_params", "test_time",
        "n_prompt", "n_gen", "n_depth", "avg_ns", "stddev_ns", "avg_ts", "stddev_ts", "samples_ns", "samples_ts",
    }
)  # fmt: skip
_TOLD = ("cpu_info", "gpu_info", "backends", "n_gpu_layers", "n_threads", "n_batch", "flash_attn", "type_k", "type_v")


def is_one(document: object) -> bool:
    """Whether a document is a result of llama-bench, or a list of them."""
    return bool(results := _results(document)) and all("n_prompt" in each and "n_gen" in each for each in results)


def read(document: object, sheet: ImportSheet) -> None:
    """Take the repetitions of each test."""
    for result in _results(document):
        _read(result, sheet)


def _results(document: object) -> list[_Object]:
    return [obj(each) for each in (document if isinstance(document, list) else [document])]


def _read(result: _Object, sheet: ImportSheet) -> None:
    prompt, written, depth = (count(result.get(key)) for key in ("n_prompt", "n_gen", "n_depth"))
    at = _time(result.get("test_time"))
    samples = [figure(each) for each in items(result.get("samples_ns"))]
    if at is None or not (prompt or written):
        sheet.problem("A test without a time or without tokens is left out.")
    elif not samples:
        sheet.problem("A test without its single repetitions is left out: averages cannot be compared.")
    else:
        workload = f"llama-bench-{_test(prompt or 0, written or 0, depth or 0)}@{_mark(result)}"
        for sample in samples:
            if sample is None or sample <= 0:
                sheet.problem("A repetition with a time that cannot be is left out.")
                continue
            sheet.add(_call(result, at, workload, sample, prompt or 0, written or 0))
            at += timedelta(milliseconds=min(sample / 1e6, 1e9))


def _call(result: _Object, at: datetime, workload: str, sample: float, prompt: int, written: int) -> ImportedCall:
    spent = round(min(sample, 1e18))
    if prompt and written:
        server, end = ServerTimes(), sample / 1e6
    else:
        server, end = ServerTimes(prompt_eval_ns=spent if prompt else None, eval_ns=spent if written else None), None
    usage = Usage(prompt or None, output_tokens=written or None)
    return ImportedCall(_name(result), at, workload, end=end, usage=usage, server=server, detail=_detail(result))


def _name(result: _Object) -> str:
    """The model's file without folder and ending; of Windows' folders too, whatever machine this is."""
    file = text(result.get("model_filename"))
    name = PurePosixPath(PureWindowsPath(file).as_posix()).name.removesuffix(".gguf")
    return name or text(result.get("model_type"))


def _test(prompt: int, written: int, depth: int) -> str:
    """The test as llama-bench writes it."""
    parts = [f"pp{prompt}" if prompt else "", f"tg{written}" if written else ""]
    return "+".join(filter(None, parts)) + (f"-d{depth}" if depth else "")


def _mark(result: _Object) -> str:
    settings = {key: value for key, value in result.items() if key not in _NO_SETTING}
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:6]


def _detail(result: _Object) -> str:
    """The machine and the settings that count most, in words."""
    told = [f"{key}: {result[key]}" for key in _TOLD if isinstance(result.get(key), str | int)]
    kind = text(result.get("model_type"))
    return text("; ".join(filter(None, [kind, *told])), 500)


def _time(raw: object) -> datetime | None:
    if not isinstance(raw, str):
        return None
    try:
        time = datetime.fromisoformat(raw[:40])
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
