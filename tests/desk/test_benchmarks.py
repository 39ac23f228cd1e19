"""What the desk does for measuring: the rhythm of favourites, and the end of it all."""

from __future__ import annotations

from datetime import timedelta

from modelward.benchmarks.stage_apart import StageApart
from modelward.core.progress import Progress
from modelward.core.timetable import FAVOURITES
from modelward.desk import Desk


async def test_favourites_are_looked_at_hourly_unless_the_settings_say_never(desk: Desk) -> None:
    desk.start()

    def rhythm() -> bool:
        return next(row for row in desk.schedule.rows() if row.entry.name == FAVOURITES).next_run is not None

    assert rhythm()
    await desk.preferences.change("benchmarks.light_every_hours", 0)
    assert not rhythm()
    await desk.preferences.change("benchmarks.light_every_hours", 12)
    assert rhythm()
    assert next(row for row in desk.schedule.rows() if row.entry.name == FAVOURITES).entry.every == timedelta(hours=1)


async def test_measuring_is_loaded_when_it_is_first_used_and_does_nothing_without_favourites(desk: Desk) -> None:
    assert "benchmarks" not in vars(desk)
    count, changes = await desk.benchmarks.light_when_due(Progress())
    assert (count, bool(changes)) == (0, False)
    assert isinstance(desk.benchmarks._stage, StageApart)
    await desk.close()
