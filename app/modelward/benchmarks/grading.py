"""Grades: what an answer to a probe was worth, and why. No model is asked; equal answers get equal grades."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from modelward.benchmarks import code_answers, forms, json_answers, phrases, short_answers, tool_answers
from modelward.benchmarks.answers import Answer, is_refusal, spoken
from modelward.benchmarks.checks import Avoids, Calls, Check, Choice, Code, Exact, Fields, Form, Json, Number, Says
from modelward.benchmarks.marks import Mark
from modelward.benchmarks.probes import Probe
from modelward.benchmarks.sandbox import LIMITS, Limits
from modelward.providers.model import EndReason

_MOST_REASONS = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer was worth: ``score`` from 0 to 1, and why it is not 1, in words.

    ``score`` None: it could not be graded on this machine; that says nothing about the model. ``is_judged``: a model
    gave the score, not a rule.
    """

    score: float | None
    passed: bool
    reasons: tuple[str, ...] = ()
    is_judged: bool = False


def grade(probe: Probe, answer: Answer, limits: Limits = LIMITS) -> Verdict:
    """Grade an answer. Blocks: for milliseconds, and where code is run, for the time that it may take."""
    text = spoken(answer)
    if not text and not answer.calls and not _wants_silence(probe):
        return Verdict(0.0, passed=False, reasons=(_why_empty(answer),))
    marks = [(_mark(weighted.check, text, answer, limits), weighted.weight) for weighted in probe.checks]
    reasons = tuple(mark.reason for mark, _weight in marks if mark.reason)
    if any(mark.score is None for mark, _weight in marks):
        return Verdict(None, passed=False, reasons=reasons)
    total = sum(weight for _mark_, weight in marks)
    score = round(sum((mark.score or 0.0) * weight for mark, weight in marks) / total, 6)
    passed = score >= probe.pass_at
    if not passed:
        reasons = (*_excuses(answer, text), *reasons)
    return Verdict(score, passed, reasons[:_MOST_REASONS])


def _wants_silence(probe: Probe) -> bool:
    """Whether the call of a tool is all that is looked at; that none is made must be said in words."""
    return all(isinstance(weighted.check, Calls) and weighted.check.calls for weighted in probe.checks)


def _why_empty(answer: Answer) -> str:
    if answer.ended is EndReason.REFUSAL:
        return "The model refused to answer."
    if answer.text.strip():
        return "The answer is thinking alone, without a conclusion."
    return "The answer is empty."


def _excuses(answer: Answer, text: str) -> tuple[str, ...]:
    refused = ("The model refused to answer.",) if is_refusal(answer, text) else ()
    cut = ("The answer was cut off at the most tokens that it may have.",) if answer.ended is EndReason.LENGTH else ()
    return (*refused, *cut)


def _mark(check: Check, text: str, answer: Answer, limits: Limits) -> Mark:
    match check:
        case Calls():
            return tool_answers.calls(check, answer.calls)
        case Code():
            return code_answers.code(check, text, limits)
        case _:
            return _BY_TEXT[type(check)](check, text)


_BY_TEXT: dict[type[Check], Callable[[Any, str], Mark]] = {
    Exact: short_answers.exact,
    Number: short_answers.number,
    Choice: short_answers.choice,
    Says: phrases.says,
    Avoids: phrases.avoids,
    Form: forms.form,
    Json: json_answers.fits,
    Fields: json_answers.fields,
}
