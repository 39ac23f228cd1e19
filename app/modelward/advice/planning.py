"""From a text's tokens and a model to a plan: how many cells and calls, what they cost, and what to beware of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from modelward.advice import joining
from modelward.advice.cells import OVERLAP
from modelward.advice.choosing import AtHand
from modelward.advice.division_model import Asking, Bill, Cell, Task, Window
from modelward.advice.job_prompts import overhead
from modelward.advice.store import Speed
from modelward.advice.tokens import Count, Counter
from modelward.advice.windows import window_of
from modelward.catalog.fields import clip
from modelward.core.errors import BadValueError
from modelward.providers.model import Usage
from modelward.spending.pricing import Tariff, cost_of, most

AT_ONCE = 4
"""Calls at the same time to a provider; a server of the person's own is asked one by one."""

LEAST_CELL = 128
"""Tokens; with less of the text in a call nothing sensible comes of it."""

_MANY_CALLS = 1_000
_EXPECTED = {Task.MAP: 0.5, Task.SUMMARISE: 0.12, Task.EXTRACT: 0.2, Task.TRANSLATE: 1.1, Task.REASON: 0.15}
"""Tokens of answer that are expected per token of a cell: for the likely cost alone."""
_LEAST_EXPECTED = 150

_CODE = (
    *(".c", ".cc", ".cpp", ".cs", ".go", ".h", ".hpp", ".java", ".js", ".jsx", ".kt", ".php", ".py", ".rb", ".rs"),
    *(".scala", ".sh", ".sql", ".swift", ".ts", ".tsx"),
)
_HARMS = (
    (
        re.compile(
            r"\b(?:refactor|rename|restructur|migrat)\w*|across (?:the |all )?(?:files|modules|code)", re.IGNORECASE
        ),
        "Changes of code that hang together are easily torn: no part sees what another one changes.",
    ),
    (
        re.compile(
            r"\b(?:sort|rank|order(?:ed|ing)?|chronolog\w*|timeline|top \d+|(?:most|least) \w+)\b", re.IGNORECASE
        ),
        "An order over the whole text cannot be made part by part: each part orders only what it holds.",
    ),
    (
        re.compile(r"\b(?:count|how (?:many|often)|total|average|sum of)\b", re.IGNORECASE),
        "Counts of parts do not add up by themselves: what stands in an overlap is counted twice.",
    ),
    (
        re.compile(r"\b(?:contradict|inconsisten|consisten|compare|duplicate)\w*", re.IGNORECASE),
        "What is compared may lie in different parts, and then no call sees both.",
    ),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A model with what one call of it may hold. ``most``: tokens of the text; ``overhead``: of everything else."""

    asked: AtHand
    window: Window
    overhead: int
    most: int

    @property
    def at_once(self) -> int:
        """Calls at the same time."""
        return 1 if self.asked.is_local else AT_ONCE


def frame_of(asked: AtHand, asking: Asking, counter: Counter, cap: int | None) -> Frame:
    """What one call may hold. Raises BadValueError where the brief leaves no room."""
    window = window_of(asked.model, asking.task, is_ollama=asked.is_ollama, cap=cap)
    around = overhead(asking.task, asking.brief, counter)
    frame = Frame(asked, window, around, window.usable - around)
    is_joinable = not asking.task.is_joined or frame.most >= 2 * (window.answer + 2)
    if frame.most < LEAST_CELL or not is_joinable:
        raise BadValueError(
            f"{clip(asked.model.id)} cannot do this in parts: of {window.usable:,} tokens that a call may hold, "
            f"{around:,} go to the brief and the instructions.",
            todo="Shorten the brief, or take a model with a larger context.",
        )
    return frame


def parts_of(frame: Frame, tokens: Count) -> int:
    """How many cells a text will have, counted without it."""
    return joining.parts_of(tokens.high, frame.most)


def joins_of(frame: Frame, task: Task, parts: int) -> tuple[int, ...]:
    """Calls of each round of joining."""
    return joining.rounds(parts, frame.window.answer, frame.most) if task.is_joined else ()


def bill_of(frame: Frame, task: Task, sizes: Sequence[Count], speed: Speed, at: datetime) -> Bill:
    """What the calls take: one for each of the ``sizes`` of cells, and those of joining."""
    joins = joins_of(frame, task, len(sizes))
    answers = [_expected(frame, task, size.likely) for size in sizes]
    calls = [
        (size.likely + frame.overhead, size.high + frame.overhead, out)
        for size, out in zip(sizes, answers, strict=True)
    ]
    given = sum(answers)
    for joined in joins:
        out = min(frame.window.answer, max(_LEAST_EXPECTED, given // joined // 3))
        calls += [(given // joined + frame.overhead, frame.most + frame.overhead, out)] * joined
        given = out * joined
    tariff = frame.asked.tariff
    return Bill(
        calls=len(calls),
        input_tokens=sum(likely for likely, _high, _out in calls),
        output_tokens=sum(out for _likely, _high, out in calls),
        cost=_total([_likely_cost(tariff, likely, out, at) for likely, _high, out in calls]),
        most=_total([most(tariff, high, frame.window.answer) for _likely, high, _out in calls]),
        seconds=_seconds(calls, speed, frame.at_once),
    )


def same_sizes(tokens: Count, parts: int, most_tokens: int) -> list[Count]:
    """The sizes of cells of a text that nobody has seen: all alike."""
    if parts <= 1:
        return [tokens]
    times = 1 + OVERLAP
    each = Count(
        *(min(most_tokens, int(figure * times / parts)) for figure in (tokens.low, tokens.likely, tokens.high))
    )
    return [each] * parts


def coverage_of(cells: Sequence[Cell], characters: int) -> float:
    """The share of a text that stands in its cells."""
    return sum(cell.end - cell.core for cell in cells) / characters if characters else 1.0


def warnings_of(frame: Frame, asking: Asking, bill: Bill, parts: int, *, roomy: str | None) -> tuple[str, ...]:
    """What to beware of. ``roomy``: a model at hand that could hold the whole text."""
    found = [*_harms(asking, roomy)] if parts > 1 else []
    if not frame.window.is_known:
        found.append(
            "The context of the model is unknown and taken as 32,768 tokens; set it in the Catalogue if you know it."
        )
    if frame.asked.is_ollama and frame.asked.model.served_context is None:
        found.append(
            "How much context Ollama serves is unknown and taken as 4,096 tokens: it cuts off what is more without "
            "a word."
        )
    if bill.cost is None:
        found.append("What it costs is unknown: the model has no price in the Catalogue.")
    if bill.calls > _MANY_CALLS:
        found.append(f"{bill.calls:,} calls are many: a model with a larger context needs fewer.")
    return tuple(found)


def _harms(asking: Asking, roomy: str | None) -> list[str]:
    found = []
    if asking.task is Task.REASON:
        instead = f" {roomy} could read it whole." if roomy else " A model that can read it whole would see all of it."
        found.append(f"Dividing harms questions about the whole: what connects two parts may be lost.{instead}")
    if _is_code(asking.file) and asking.task is not Task.SUMMARISE:
        found.append("This is code: what one part calls may be defined in another, which that call does not see.")
    return found + [words for pattern, words in _HARMS if pattern.search(asking.brief)]


def _is_code(file: Path | None) -> bool:
    return file is not None and file.suffix.lower() in _CODE


def _expected(frame: Frame, task: Task, tokens: int) -> int:
    return min(frame.window.answer, max(_LEAST_EXPECTED, int(tokens * _EXPECTED[task])))


def _likely_cost(tariff: Tariff, tokens: int, out: int, at: datetime) -> Decimal | None:
    return cost_of(tariff, Usage(input_tokens=tokens, output_tokens=out), at)


def _total(costs: Sequence[Decimal | None]) -> Decimal | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if len(known) == len(costs) else None


def _seconds(calls: Sequence[tuple[int, int, int]], speed: Speed, at_once: int) -> float | None:
    if speed.tpot is None or (speed.ttft is None and speed.prefill is None):
        return None
    seconds = 0.0
    for tokens, _high, out in calls:
        reading = tokens / speed.prefill if speed.prefill else (speed.ttft or 0) / 1000
        seconds += max(reading, (speed.ttft or 0) / 1000) + out * speed.tpot / 1000
    return seconds / min(at_once, len(calls) or 1)
