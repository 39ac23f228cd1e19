"""What happens next, in words: the coming runs, what made them late, and what is protected besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelward.core import units
from modelward.core.schedule import Schedule
from modelward.core.timetable import BACKUP, DRILL
from modelward.ui.backups.wording import when_text

SAFETY = "Before healing, an update, a restore, and an import of more than 100 models: a copy first."


@dataclass(frozen=True, slots=True)
class NextRun:
    """One line: when, what, and the exact time."""

    when: str
    what: str
    exact: str = ""


def next_runs(
    schedule: Schedule, last_drill: datetime | None, drill_every: timedelta, now: datetime
) -> Sequence[NextRun]:
    """The coming hourly backup and rehearsal; while paused, until when and why."""
    planned = {row.entry.name: row.next_run for row in schedule.rows()}
    lines = []
    if schedule.is_paused:
        until = schedule.paused_until
        because = f" because {schedule.paused_because}" if schedule.paused_because else ""
        end = f" until {when_text(until, now)}" if until else ""
        lines.append(NextRun("Paused", f"{end}{because}".strip() or "until you go on", units.local_time(until)))
    lines.append(_line("hourly backup", planned.get(BACKUP), now))
    due = planned.get(DRILL)
    if due is not None and last_drill is not None:
        due = max(due, last_drill + drill_every)
    lines.append(_line(f"restore drill (last: {units.ago(last_drill, now) if last_drill else 'never'})", due, now))
    return lines


def _line(what: str, at: datetime | None, now: datetime) -> NextRun:
    if at is None:
        return NextRun("Not planned", what)
    if at <= now:
        return NextRun("Now", what, units.local_time(at))
    when = units.ago(at, now) if at - now < timedelta(hours=12) else f"{at.astimezone():%a} {when_text(at, now)[-5:]}"
    shown = "In a moment" if when == "just now" else when[:1].upper() + when[1:]
    return NextRun(shown, what, units.local_time(at))
