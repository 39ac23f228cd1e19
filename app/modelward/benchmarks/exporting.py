"""Calls as a file for others: CSV for sheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from modelward.benchmarks.model import Grade, Measurement
from modelward.benchmarks.rows import DERIVED
from modelward.benchmarks.timing import value_of
from modelward.catalog.export import time_text
from modelward.catalog.fields import clip, decimal_text
from modelward.core.atomic import replace_file
from modelward.core.errors import FolderError, UsageError

FORMAT = "modelward-measurements"
VERSION = 1

# A sheet takes a cell that begins so for a formula, and may run what a stranger's model name says.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_LONGEST = 2_000

Graded = tuple[Measurement, Grade | None]


def check_ending(file: Path) -> None:
    """Raises UsageError for a file that is neither ``.csv`` nor ``.json``."""
    if file.suffix.lower() not in {".csv", ".json"}:
        raise UsageError(f"{clip(file.name)} is neither .json nor .csv.", todo="Give the file one of these endings.")


def write(file: Path, calls: Iterable[Graded], now: datetime) -> int:
    """Write calls, each with its grade; how many. The new file replaces an older one whole or not at all.

    Blocks. Raises UsageError for another ending, FolderError where the file cannot be written.
    """
    check_ending(file)
    records = [_record(call, grade) for call, grade in calls]
    if file.suffix.lower() == ".csv":
        content = _csv(records).encode("utf-8-sig", errors="replace")
    else:
        content = _json(records, now).encode("ascii")
    try:
        replace_file(file, content)
    except OSError as error:
        raise FolderError(f"{clip(file)} cannot be written.", why=f"{error.strerror or error}.") from error
    return len(records)


def _record(call: Measurement, grade: Grade | None) -> dict[str, object]:
    timing, usage, server = call.timing, call.usage, call.server
    return {
        "id": call.id,
        "at": time_text(call.at),
        "model": call.model_id,
        "workload": call.workload,
        "concurrency": call.concurrency,
        "kind": call.kind.value,
        "state": call.state.value,
        "batch": call.batch,
        "headersMs": timing.headers,
        "firstReasoningMs": timing.first_reasoning,
        "firstContentMs": timing.first_content,
        "endMs": timing.end,
        "chunks": len(timing.chunks),
        **{_camel(metric.value): value_of(call, metric) for metric in DERIVED},
        "inputTokens": usage.input_tokens,
        "cacheReadTokens": usage.cache_read_tokens,
        "outputTokens": usage.output_tokens,
        "reasoningTokens": usage.reasoning_tokens,
        "tokensEstimated": call.tokens_estimated,
        "costUsd": None if call.cost is None else decimal_text(call.cost),
        "serverTotalNs": server.total_ns,
        "serverLoadNs": server.load_ns,
        "serverPromptEvalNs": server.prompt_eval_ns,
        "serverEvalNs": server.eval_ns,
        "probe": grade.probe if grade else None,
        "suiteHash": grade.suite_hash if grade else None,
        "score": grade.score if grade else None,
        "passed": grade.passed if grade else None,
        "judge": grade.judge if grade else None,
        "detail": call.detail[:_LONGEST],
    }


def _csv(records: list[dict[str, object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if records:
        writer.writerow(records[0])
    for record in records:
        writer.writerow(map(_cell, record.values()))
    return out.getvalue()


def _json(records: list[dict[str, object]], now: datetime) -> str:
    """Only ASCII: marks that hide or turn text stand as escapes."""
    head: Mapping[str, object] = {"format": FORMAT, "version": VERSION, "exportedAt": time_text(now)}
    body = ",\n".join(json.dumps(record, separators=(",", ":")) for record in records)
    return f'{json.dumps(head)[:-1]}, "calls": [\n{body}\n]}}\n'


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
