"""Local models at the desk: when the guard runs follows the settings, and nothing of it is loaded before it is used."""

from __future__ import annotations

from datetime import timedelta

import pytest

from harness.stores import start_python
from modelward.core.timetable import OLLAMA_MAINTENANCE, OLLAMA_WATCH
from modelward.desk import Desk


def planned(desk: Desk) -> dict[str, bool]:
    names = (OLLAMA_MAINTENANCE, OLLAMA_WATCH)
    return {row.entry.name: row.next_run is not None for row in desk.schedule.rows() if row.entry.name in names}


async def test_the_guard_runs_as_often_as_the_settings_say(desk: Desk) -> None:
    desk.start()
    assert planned(desk) == {OLLAMA_MAINTENANCE: True, OLLAMA_WATCH: True}
    await desk.preferences.change("ollama.watch_every_minutes", 0)
    assert planned(desk) == {OLLAMA_MAINTENANCE: True, OLLAMA_WATCH: False}
    await desk.preferences.change("ollama.watch_every_minutes", 10)
    await desk.preferences.change("ollama.guard", False)
    assert planned(desk) == {OLLAMA_MAINTENANCE: False, OLLAMA_WATCH: False}


async def test_another_rhythm_counts_from_now(desk: Desk) -> None:
    desk.start()
    await desk.preferences.change("ollama.maintenance_every_minutes", 600)
    (row,) = (each for each in desk.schedule.rows() if each.entry.name == OLLAMA_MAINTENANCE)
    assert row.next_run is not None
    (other,) = (each for each in desk.schedule.rows() if each.entry.name == OLLAMA_WATCH)
    assert other.next_run is not None
    assert row.next_run - other.next_run > timedelta(hours=9)


@pytest.fixture
def guard_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWARD__OLLAMA__GUARD", "false")


async def test_a_guard_that_is_off_from_the_start_is_never_planned(guard_is_off: None, desk: Desk) -> None:
    desk.start()
    assert planned(desk) == {OLLAMA_MAINTENANCE: False, OLLAMA_WATCH: False}


def test_opening_a_desk_loads_nothing_of_the_guard() -> None:
    program = """
import asyncio, os, sys
from modelward.core.paths import Paths
from modelward.core.settings import load
from modelward.desk import Desk
async def opened():
    paths = Paths.locate()
    desk = await Desk.open(paths, load(paths, os.environ))
    await desk.close()
asyncio.run(opened())
print([name for name in sys.modules if name.startswith("modelward.ollama")])
"""
    with start_python(program) as process:
        assert process.communicate(timeout=60)[0] == "[]\n"
