"""``modelward ollama watch``: the guard alone, once or until it is asked to stop."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

from modelward.cli.ollama_json import maintenance_json
from modelward.cli.ollama_text import print_maintenance
from modelward.cli.output import print_line, say
from modelward.cli.session import Work
from modelward.core.changes import Changes
from modelward.core.progress import Progress
from modelward.core.schedule import Schedule
from modelward.core.timetable import OLLAMA_MAINTENANCE, OLLAMA_WATCH, TIMETABLE
from modelward.desk import Desk
from modelward.ollama.model import AlertState, MaintenanceReport


def guard(*, run_once: bool, minutes: int | None, as_json: bool) -> Work[bool]:
    """The work of the command: it says whether nothing is wrong, as far as was seen."""

    async def work(desk: Desk, progress: Progress) -> bool:
        if run_once:
            report, _ = await desk.ollama.maintain(progress, in_background=False)
            _tell(report, as_json=as_json)
            alerts = await desk.ollama.alerts()
            return not report.problems and not any(alert.state is AlertState.OPEN for alert in alerts)
        await _until_asked_to_stop(desk, minutes, as_json=as_json)
        return True

    return work


async def _until_asked_to_stop(desk: Desk, minutes: int | None, *, as_json: bool) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, asked.set)
    schedule = _schedule(desk, minutes, as_json=as_json)
    schedule.start()
    say("modelward: guarding local models. Stop with Ctrl+C.")
    try:
        await asked.wait()
    finally:
        await schedule.stop()
    say("modelward: stopped.")


def _schedule(desk: Desk, minutes: int | None, *, as_json: bool) -> Schedule:
    """The guard's two entries of the timetable, begun at once; the command asks for them, whatever the setting says."""

    async def maintain(progress: Progress) -> tuple[MaintenanceReport, Changes]:
        report, changes = await desk.ollama.maintain(progress)
        _tell(report, as_json=as_json)
        return report, changes

    async def look(_: Progress) -> tuple[Any, Changes]:
        return await desk.ollama.look()

    settings = desk.preferences.settings.ollama
    work = {OLLAMA_MAINTENANCE: maintain, OLLAMA_WATCH: look}
    entries = [replace(entry, first_after=timedelta()) for entry in TIMETABLE if entry.name in work]
    schedule = Schedule(desk.jobs, work, timetable=entries)
    rhythm = minutes or settings.maintenance_every_minutes
    schedule.set_rhythm(OLLAMA_MAINTENANCE, timedelta(minutes=rhythm))
    seldom = settings.watch_every_minutes
    schedule.set_rhythm(OLLAMA_WATCH, timedelta(minutes=seldom) if seldom else None)
    return schedule


def _tell(report: MaintenanceReport, *, as_json: bool) -> None:
    if as_json:
        print_line(json.dumps(maintenance_json(report), ensure_ascii=False))
    else:
        print_maintenance(report)
    sys.stdout.flush()
