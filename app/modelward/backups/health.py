"""Could I get yesterday back? Judged from the copies that lie there and from what is remembered."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from modelward.backups.history import WINDOW, History
from modelward.backups.model import Backup, BackupHealth, State
from modelward.backups.retention import DAYS, HOURS, WEEKS, Kind, Plan
from modelward.core.units import size

LATE = timedelta(days=1)
FAILURES = 2
ROOM_FOR = 5
"""A disk is low when it holds fewer than so many copies more, each with the space to make and check it."""

LEAST_FREE = 1 << 30
"""A disk with less than 1 GiB left is low in any case."""

_SLOTS = HOURS + DAYS + WEEKS
_MONTHS_A_YEAR = 13
"""Windows of four weeks in a year."""


def judge(folder: Path, backups: Sequence[Backup], plan: Plan, history: History, now: datetime) -> BackupHealth:
    """The state of protection at ``now``, as far as the copies and the memory tell; the future does not count."""
    good = [backup for backup in backups if backup.state is State.GOOD and backup.meta]
    past = [backup for backup in good if backup.created_at <= now]
    last_success = max((min(backup.last_proven_state, now) for backup in past), default=None)
    verified = [backup.meta.verified_at for backup in good if backup.meta and backup.meta.verified_at]
    history = history.until(now)
    for backup in past:
        history = history.with_covered(backup.created_at, backup.last_proven_state, now)
    free = _free(folder)
    low = free is not None and free < max(LEAST_FREE, ROOM_FOR * _room_for_one(backups))
    return BackupHealth(
        last_success_at=last_success,
        last_verified_at=max(verified, default=None),
        last_drill_at=history.last_drill_at,
        failures_in_row=history.failures_in_row,
        covered=history.covered,
        space_used=sum(backup.size_bytes for backup in backups),
        forecast_bytes=_forecast(backups, now),
        free_bytes=free,
        low_disk=low,
        attention=tuple(_attention(folder, backups, plan, history, now, last_success, free if low else None)),
        failed=history.failed,
    )


def _attention(
    folder: Path,
    backups: Sequence[Backup],
    plan: Plan,
    history: History,
    now: datetime,
    last_success: datetime | None,
    little: int | None,
) -> list[str]:
    said = []
    if last_success is None:
        said.append("There is no verified backup yet.")
    elif now - last_success > LATE:
        said.append(f"The last verified backup is older than a day: {last_success.astimezone():%Y-%m-%d %H:%M}.")
    if history.failures_in_row >= FAILURES:
        said.append(f"The last {history.failures_in_row} backups failed: {history.last_failure}")
    if little is not None:
        said.append(f"The disk of {folder} is low: {size(little)} are free.")
    if damaged := sum(1 for backup in backups if backup.state is State.DAMAGED):
        said.append(f"{damaged} {'backup is' if damaged == 1 else 'backups are'} damaged.")
    if orphans := sum(1 for backup in backups if backup.state is State.ORPHAN):
        said.append(f"{orphans} {'backup lacks' if orphans == 1 else 'backups lack'} a file or its metadata.")
    if plan.asks_first:
        kinds = " and ".join(plan.asks_first)
        said.append(f"More than half of the {kinds} backups would go by the rule: nothing goes until you say so.")
    if history.last_drill_trouble:
        said.append(f"The last rehearsal of a restore failed: {history.last_drill_trouble}")
    return said


def _forecast(backups: Sequence[Backup], now: datetime) -> int:
    """A full hourly series of the newest size, and the others at the pace of the last four weeks for a year more."""
    hourly = [backup for backup in backups if backup.kind is Kind.HOURLY]
    others = [backup for backup in backups if backup.kind is not Kind.HOURLY]
    series = _SLOTS * hourly[0].size_bytes if hourly else 0
    recent = sum(backup.size_bytes for backup in others if now - backup.created_at <= WINDOW)
    return series + sum(backup.size_bytes for backup in others) + _MONTHS_A_YEAR * recent


def _room_for_one(backups: Sequence[Backup]) -> int:
    newest = next((backup.meta for backup in backups if backup.meta), None)
    return newest.size_bytes + (newest.content_bytes or 0) if newest else 0


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
