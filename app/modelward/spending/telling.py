"""Which warnings of a budget were told: once per period, limit and level, across restarts."""

from __future__ import annotations

import json
from dataclasses import replace

from modelward.spending.model import BudgetState, Level
from modelward.spending.pricing import FREE

_ORDER = tuple(Level)


def news(state: BudgetState, told: str | None) -> str | None:
    """What to remember as told after a budget reached a level that nobody was told of; None where there is no news.

    What is only reserved counts as nothing here: a call that could cost much may come to little. A raised limit begins
    anew.
    """
    before = _read(told)
    after = dict(before)
    for period in (state.day, state.month):
        level = replace(period, reserved=FREE).level
        mark = [period.since.isoformat(), str(period.limit), level.value]
        if level is not Level.WELL and not _covers(before.get(period.name), mark):
            after[period.name] = mark
    return json.dumps(after) if after != before else None


def _covers(told: object, mark: list[str]) -> bool:
    if not isinstance(told, list) or told[:2] != mark[:2] or told[2:] not in ([level.value] for level in Level):
        return False
    return _ORDER.index(Level(told[2])) >= _ORDER.index(Level(mark[2]))


def _read(text: str | None) -> dict[str, object]:
    try:
        stored = json.loads(text or "{}")
    except ValueError:
        return {}
    return stored if isinstance(stored, dict) else {}
