"""What one check says of one answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A check's part of a grade: ``score`` from 0 to 1, and what was missed, in words.

    None: it could not be graded on this machine, which says nothing about the answer.
    """

    score: float | None
    reason: str = ""


def share(right: float, of: float, missed: list[str]) -> Mark:
    """A mark for so much of so much, with the first things that were missed."""
    more = f" and {len(missed) - 3} more" if len(missed) > 3 else ""
    return Mark(max(0.0, min(1.0, right / of)) if of else 1.0, "; ".join(missed[:3]) + more)
