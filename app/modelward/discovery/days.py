"""Looks at a provider, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from modelward.discovery.model import WORST_FIRST, Look, State


@dataclass(frozen=True, slots=True)
class Day:
    """One day of local time: the worst look of it (None: nobody looked), how many looks, and how many were answered."""

    day: date
    worst: State | None
    looks: int
    answered: int


def days(looks: Sequence[Look], today: date, count: int) -> list[Day]:
    """The last days up to today, oldest first."""
    by_day: dict[date, list[State]] = {}
    for look in looks:
        if look.state in WORST_FIRST:
            by_day.setdefault(look.at.astimezone().date(), []).append(look.state)
    found = []
    for day in (today - timedelta(days=back) for back in range(count - 1, -1, -1)):
        states = by_day.get(day, [])
        worst = min(states, key=WORST_FIRST.index, default=None)
        answered = sum(state in (State.OK, State.LIMITED) for state in states)
        found.append(Day(day, worst, len(states), answered))
    return found
