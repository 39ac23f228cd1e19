"""The memory of attempts: when a gap is tried again by the same means, and what makes it worth trying at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from modelward.catalog.model import Field
from modelward.healing.model import Attempt, Means, Outcome, Verdict

FIRST = timedelta(minutes=5)
"""How long a first attempt in vain is left alone: one cycle."""

LONGEST = timedelta(days=7)
"""How long one is left alone at most; each attempt in vain doubles the time up to this."""

_DOUBLINGS = 12  # five minutes doubled so often is more than a week

Key = tuple[str, Field, Means]
"""A model's id, a field, and by what it was tried."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """An attempt, and the ``basis`` that it was made on: a digest of what there was to try with."""

    attempt: Attempt
    basis: str


def wait_after(tries: int) -> timedelta:
    """How long a gap is left alone after so many attempts in vain in a row."""
    if tries == 0:
        return timedelta()
    return LONGEST if tries > _DOUBLINGS else min(FIRST * 2 ** (tries - 1), LONGEST)


def is_due(last: Remembered | None, basis: str, now: datetime) -> bool:
    """Whether a gap may be tried now on a ``basis`` by some means, of which ``last`` was the last attempt.

    What the person took back is not tried again, what waits for the person neither. A clock that was set back holds
    nothing up: an attempt that lies ahead of it, or is to wait longer than any may, is due.
    """
    if last is None:
        return True
    attempt = last.attempt
    if attempt.outcome in (Outcome.REJECTED, Outcome.PROPOSED):
        return False
    is_ahead = attempt.at > now or attempt.next_at - now > LONGEST
    return last.basis != basis or now >= attempt.next_at or is_ahead


def remembered(verdict: Verdict, former: Remembered | None, basis: str, now: datetime, *, in_vain: bool) -> Remembered:
    """What is remembered of an attempt. Tries in vain are counted from the first on the same basis."""
    before = former.attempt.tries if former is not None and former.basis == basis else 0
    tries = before + 1 if in_vain else 0
    attempt = Attempt(
        verdict.model_id,
        verdict.field,
        verdict.means,
        now,
        verdict.outcome,
        verdict.detail,
        tries,
        now + wait_after(tries),
    )
    return Remembered(attempt, basis)
