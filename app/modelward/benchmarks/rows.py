"""Measurements, grades and plans as rows of the store, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from modelward.benchmarks.model import (
    Batch,
    BatchState,
    CallKind,
    CallState,
    CapabilityProof,
    Cell,
    Exchange,
    Grade,
    Measurement,
    Metric,
    Plan,
    Proof,
    Timing,
    UseCase,
)
from modelward.benchmarks.timing import value_of
from modelward.providers.model import ServerTimes, Usage

DERIVED = (Metric.TTFT, Metric.TTFO, Metric.LATENCY, Metric.TPOT, Metric.DECODE, Metric.END_TO_END, Metric.PREFILL)
"""The figures that are kept beside a call, in columns of their names."""

_LONGEST_DETAIL = 2_000
_MICROSECONDS = 3  # places of a millisecond: no clock of ours is finer


def row_of(call: Measurement) -> dict[str, object]:
    """A call as a row of ``measurement``."""
    timing, usage, server = call.timing, call.usage, call.server
    return {
        "at": call.at,
        "model_id": call.model_id,
        "workload": call.workload,
        "concurrency": call.concurrency,
        "kind": call.kind.value,
        "state": call.state.value,
        "batch_id": call.batch,
        "cell": call.cell,
        "headers_ms": timing.headers,
        "first_reasoning_ms": timing.first_reasoning,
        "first_content_ms": timing.first_content,
        "end_ms": timing.end,
        "chunks": json.dumps([round(moment, _MICROSECONDS) for moment in timing.chunks], separators=(",", ":")),
        "input_tokens": usage.input_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "tokens_estimated": call.tokens_estimated,
        "cost": call.cost,
        "server_total_ns": server.total_ns,
        "server_load_ns": server.load_ns,
        "server_prompt_eval_ns": server.prompt_eval_ns,
        "server_eval_ns": server.eval_ns,
        "detail": storable(call.detail)[:_LONGEST_DETAIL],
        **{metric.value: value_of(call, metric) for metric in DERIVED},
    }


def measurement_of(row: Any) -> Measurement:
    """A row of ``measurement`` as a call."""
    return Measurement(
        at=row.at,
        model_id=row.model_id,
        workload=row.workload,
        kind=CallKind(row.kind),
        state=CallState(row.state),
        timing=Timing(
            row.headers_ms,
            row.first_reasoning_ms,
            row.first_content_ms,
            tuple(json.loads(row.chunks or "[]")),
            row.end_ms,
        ),
        usage=Usage(
            row.input_tokens,
            row.cache_read_tokens,
            row.cache_write_tokens,
            row.output_tokens,
            row.reasoning_tokens,
        ),
        tokens_estimated=row.tokens_estimated,
        concurrency=row.concurrency,
        cost=row.cost,
        server=ServerTimes(row.server_total_ns, row.server_load_ns, row.server_prompt_eval_ns, row.server_eval_ns),
        batch=row.batch_id,
        cell=row.cell,
        detail=row.detail,
        id=row.id,
    )


def text_row(measurement_id: int, exchange: Exchange) -> dict[str, object]:
    """An exchange as a row of ``measurement_text``."""
    return {
        "measurement_id": measurement_id,
        "prompt": storable(exchange.prompt),
        "answer": storable(exchange.answer),
        "reasoning": storable(exchange.reasoning),
    }


def grade_row(measurement_id: int, grade: Grade) -> dict[str, object]:
    """A grade as a row of ``grade``."""
    return {
        "measurement_id": measurement_id,
        "suite": grade.suite,
        "suite_hash": grade.suite_hash,
        "probe": grade.probe,
        "use_case": grade.use_case.value,
        "score": grade.score,
        "passed": grade.passed,
        "reasons": storable(json.dumps(grade.reasons, ensure_ascii=False)),
        "judge": grade.judge,
    }


def grade_of(row: Any) -> Grade:
    """A row of ``grade`` as a grade."""
    return Grade(
        row.measurement_id,
        row.suite,
        row.suite_hash,
        row.probe,
        UseCase(row.use_case),
        row.score,
        row.passed,
        tuple(json.loads(row.reasons)),
        row.judge,
    )


def plan_json(plan: Plan) -> str:
    """A plan as it is kept with its batch."""
    return json.dumps(
        {
            "cells": [
                [each.number, each.model_id, each.workload, each.kind.value, each.runs, each.probe]
                for each in plan.cells
            ],
            "calls": plan.calls,
            "inputTokens": plan.input_tokens,
            "outputTokens": plan.output_tokens,
            "usd": _text(plan.usd),
            "mostUsd": _text(plan.most_usd),
            "seconds": plan.seconds,
            "refused": dict(plan.refused),
            "concurrency": plan.concurrency,
            "mayEvict": plan.may_evict,
            "notes": list(plan.notes),
        }
    )


def batch_of(row: Any) -> Batch:
    """A row of ``bench_batch`` as a batch."""
    plan = _plan(json.loads(row.plan))
    state = BatchState(row.state)
    return Batch(row.id, row.started_at, row.ended_at, state, plan, row.done, row.total, row.spent, row.detail)


def proof_row(proof: CapabilityProof) -> dict[str, object]:
    """A proof as a row of ``capability_proof``."""
    return {
        "model_id": proof.model_id,
        "subject": proof.subject,
        "claimed": json.dumps(proof.claimed),
        "proof": proof.proof.value,
        "found": proof.found,
        "at": proof.at,
        "detail": storable(proof.detail)[:_LONGEST_DETAIL],
    }


def proof_of(row: Any) -> CapabilityProof:
    """A row of ``capability_proof`` as a proof."""
    claimed = json.loads(row.claimed)
    return CapabilityProof(row.model_id, row.subject, claimed, Proof(row.proof), row.found, row.at, row.detail)


def storable(text: str) -> str:
    """A text as both engines can hold it: without halves of characters and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _plan(kept: Mapping[str, Any]) -> Plan:
    return Plan(
        tuple(Cell(number, model, tag, CallKind(kind), *rest) for number, model, tag, kind, *rest in kept["cells"]),
        kept["calls"],
        kept["inputTokens"],
        kept["outputTokens"],
        _decimal(kept["usd"]),
        _decimal(kept["mostUsd"]),
        kept["seconds"],
        kept["refused"],
        kept["concurrency"],
        kept["mayEvict"],
        tuple(kept["notes"]),
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
