"""Calls of tools in an answer, held against the wanted ones."""

from __future__ import annotations

import json

from modelward.benchmarks.checks import Calls, WantedCall
from modelward.benchmarks.json_answers import MAX_JSON, same
from modelward.benchmarks.marks import Mark, share
from modelward.catalog.fields import clip
from modelward.providers.model import ToolCall

_NAME_PART = 0.4
"""What the right name is worth; the rest are the arguments."""


def calls(check: Calls, made: tuple[ToolCall, ...]) -> Mark:
    """The share of the wanted calls that were made; calls that nobody wanted make it smaller."""
    if not check.calls:
        return Mark(1) if not made else Mark(0, f"It calls {clip(made[0].name)!r}, and no tool is needed.")
    if not made:
        return Mark(0, "It calls no tool.")
    left = list(made[:50])
    marks = []
    for at, wanted in enumerate(check.calls):
        rivals = left if not check.ordered else left[: len(left) - (len(check.calls) - at) + 1][:1]
        best, mark = _best(wanted, rivals)
        marks.append(mark)
        if best is not None:
            left.remove(best)
    right = sum(mark.score or 0 for mark in marks)
    missed = [mark.reason for mark in marks if mark.reason]
    if left:
        missed.append(f"it calls {clip(left[0].name)!r} once too often")
    return share(right, len(check.calls) + len(left), missed)


def _best(wanted: WantedCall, rivals: list[ToolCall]) -> tuple[ToolCall | None, Mark]:
    graded = [(call, _graded(wanted, call)) for call in rivals if call.name == wanted.name]
    if not graded:
        return None, Mark(0, f"it does not call {wanted.name!r}")
    return max(graded, key=lambda pair: pair[1].score or 0)


def _graded(wanted: WantedCall, call: ToolCall) -> Mark:
    try:
        given = json.loads(call.arguments[:MAX_JSON] or "{}")
    except (ValueError, RecursionError):
        return Mark(0, f"the arguments of {wanted.name!r} are not JSON")
    if not isinstance(given, dict):
        return Mark(0, f"the arguments of {wanted.name!r} are not an object")
    wrong = [name for name, value in wanted.arguments.items() if not same(given.get(name), value, any_order=True)]
    wrong += [str(name) for name in given if name not in wanted.arguments and name not in wanted.optional]
    parts = max(len(wanted.arguments), 1)
    right = max(0.0, 1 - len(wrong) / parts)
    reason = f"{wanted.name!r} has a wrong argument: {clip(', '.join(wrong))}" if wrong else ""
    return Mark(_NAME_PART + (1 - _NAME_PART) * right, reason)
