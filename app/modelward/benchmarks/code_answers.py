"""Code in answers: found among chatter, run in the sandbox, and what its calls gave held against what they should.

The sandbox is never told what is right, so nothing that the code does there can make it pass.
"""

from __future__ import annotations

import math
import re

from modelward.benchmarks import sandbox
from modelward.benchmarks.answers import blocks
from modelward.benchmarks.checks import Case, Code, Plain
from modelward.benchmarks.marks import Mark, share
from modelward.catalog.fields import clip

_PYTHON = frozenset({"", "python", "py", "python3", "pycon"})
_CODE_BEGINS = re.compile(r"(?:def|class|import|from|async def|@\w)\b")
_MOST_DIGITS = 4_000


def code(check: Code, text: str, limits: sandbox.Limits = sandbox.LIMITS) -> Mark:
    """The share of the cases in which the answer's code does right. Blocks for the time of a run."""
    source = found_code(text, check.name)
    if not source:
        return Mark(0, f"The answer does not define {check.name!r}.")
    run = sandbox.run(source, [case.run for case in check.cases], limits)
    if run.refusal:
        return Mark(None, run.refusal)
    missed = [
        wrong
        for case, outcome in zip(check.cases, run.outcomes, strict=False)
        if (wrong := _wrong(case, outcome)) is not None
    ]
    unasked = len(check.cases) - len(run.outcomes)
    if unasked:
        missed.insert(0, run.stopped)
    right = len(run.outcomes) - len(missed) + bool(unasked)
    return share(right, len(check.cases), missed)


def found_code(text: str, name: str) -> str:
    """The code of an answer: the last block that defines the name, else the lines that look like code."""
    word = re.escape(name)
    defines = re.compile(rf"^[ \t]{{0,20}}(?:async )?(?:def|class) {word}\b|^{word} ?=", re.MULTILINE)
    found = [block.text for block in blocks(text) if block.language in _PYTHON and defines.search(block.text)]
    if found:
        return found[-1]
    return _unfenced(text) if defines.search(text) else ""


def _unfenced(text: str) -> str:
    lines = text.replace("```", "").splitlines()
    first = next((at for at, line in enumerate(lines) if _CODE_BEGINS.match(line)), len(lines))
    kept = lines[first:]
    while kept and not (kept[-1][:1] in {" ", "\t", ")", "]", "}", "#"} or _CODE_BEGINS.match(kept[-1])):
        kept.pop()
    return "\n".join(kept)


def _wrong(case: Case, outcome: sandbox.Outcome) -> str | None:
    """What is wrong, in words; None where the case is right."""
    shown = clip(case.run.splitlines()[-1], 80)
    if case.raises:
        return None if case.raises in outcome.raised else f"{shown} does not raise {case.raises}"
    if outcome.raised:
        return f"{shown} raises {clip(outcome.words or outcome.raised[0])}"
    return None if equal(outcome.value, case.expect) else f"{shown} gives something else"


def equal(value: object, wanted: Plain) -> bool:
    """Whether a value as the sandbox encodes it is the wanted one. Lists and tuples are alike, sets have no order."""
    try:
        return _equal(value, wanted)
    except (ValueError, RecursionError, OverflowError):
        return False


def _equal(value: object, wanted: Plain) -> bool:
    if isinstance(value, dict) and len(value) == 1:
        ((kind, inner),) = value.items()
        return _equal_kind(kind, inner, wanted)
    is_plain = not isinstance(value, dict | list)
    return is_plain and type(value) is type(wanted) and value == wanted


def _equal_kind(kind: str, inner: object, wanted: Plain) -> bool:
    match kind, inner:
        case "int" | "float", str():
            is_number = isinstance(wanted, int | float) and not isinstance(wanted, bool)
            return is_number and _equal_numbers(kind, inner[:_MOST_DIGITS], wanted)
        case "list" | "tuple", list():
            return isinstance(wanted, list) and len(inner) == len(wanted) and all(map(_equal, inner, wanted))
        case "set", list():
            return isinstance(wanted, list) and len(inner) == len(wanted) and _equal_sets(inner, wanted)
        case "dict", list():
            return isinstance(wanted, dict) and len(inner) == len(wanted) and _equal_dicts(inner, wanted)
        case _:
            return False


def _equal_numbers(kind: str, text: str, wanted: object) -> bool:
    assert isinstance(wanted, int | float)
    if kind == "int" and isinstance(wanted, int):
        return int(text) == wanted
    return math.isclose(float(text), wanted, rel_tol=1e-9, abs_tol=1e-9)


def _equal_sets(inner: list[object], wanted: list[Plain]) -> bool:
    return all(any(_equal(one, each) for one in inner) for each in wanted)


def _equal_dicts(inner: list[object], wanted: dict[str, Plain]) -> bool:
    pairs = [pair for pair in inner if isinstance(pair, list) and len(pair) == 2]
    # In YAML and JSON every key is text: a number's is the text of it.
    return all(
        any(_equal(value, each) for key, value in pairs if _key(key) == name) for name, each in wanted.items()
    ) and len(pairs) == len(inner)


def _key(key: object) -> str | None:
    if isinstance(key, dict) and len(key) == 1:
        (inner,) = key.values()
        return inner if isinstance(inner, str) else None
    return key if isinstance(key, str) else None
