"""Making one answer of many: in rounds, each of which fits into the window, and how many those will be."""

from __future__ import annotations

import math
from collections.abc import Sequence

from modelward.advice.cells import OVERLAP, divide
from modelward.advice.tokens import Counter

_BETWEEN = "\n\n"


def groups(answers: Sequence[str], most: int, counter: Counter) -> list[str]:
    """What each call of one round is given: answers in their order, together at most ``most`` tokens.

    An answer that is larger than that by itself is cut; every group is counted as it will be sent.
    """
    parts: list[str] = []
    for answer in answers:
        parts += [answer] if counter.high(answer) <= most else _cut(answer, most, counter)
    found: list[str] = []
    for part in parts:
        joined = f"{found[-1]}{_BETWEEN}{part}" if found else part
        if found and counter.high(joined) <= most:
            found[-1] = joined
        else:
            found.append(part)
    return found


def rounds(parts: int, answer: int, most: int) -> tuple[int, ...]:
    """Calls of each round of joining so many answers of so many tokens each; none for a single answer.

    Raises ValueError where two answers do not fit into one call, as joining would never end.
    """
    together = most // max(1, answer + 2)
    if parts > 1 and together < 2:
        raise ValueError(f"answers of {answer} tokens, joined in {most}")
    found: list[int] = []
    while parts > 1:
        parts = math.ceil(parts / together)
        found.append(parts)
    return tuple(found)


def one_behind_the_other(answers: Sequence[str]) -> str:
    """The answers as one text."""
    return _BETWEEN.join(answer.strip("\n") for answer in answers) + "\n"


def without_repetitions(answers: Sequence[str]) -> str:
    """The lines of all answers, each once: cells overlap, so that a finding may be made twice."""
    seen: dict[str, str] = {}
    for line in "\n".join(answers).splitlines():
        if line.strip():
            seen.setdefault(" ".join(line.split()).casefold(), line.rstrip())
    return "\n".join(seen.values()) + "\n"


def parts_of(tokens: int, most: int) -> int:
    """How many cells a text of so many tokens has."""
    if tokens <= most:
        return 1
    return math.ceil(tokens / max(1, most - int(most * OVERLAP)))


def _cut(answer: str, most: int, counter: Counter) -> list[str]:
    return [answer[cell.core : cell.end] for cell in divide(answer, most, counter)]
