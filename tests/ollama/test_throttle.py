"""When hashing in the background rests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from modelward.core.progress import Progress
from modelward.ollama import throttle
from modelward.ollama.hashing import Gate
from modelward.ollama.throttle import Load, LoadReader, Throttle, reason_to_rest

CALM, BUSY, BATTERY = Load(others=0.1), Load(others=0.9), Load(on_battery=True)


@pytest.mark.parametrize(
    ("load", "is_resting", "rests"),
    [
        (Load(), False, False),
        (Load(others=0.0), False, False),
        (Load(others=0.49), False, False),
        (Load(others=0.5), False, True),
        (Load(others=0.49), True, True),
        (Load(others=0.29), True, False),
        (Load(on_battery=True, others=0.0), False, True),
        (Load(on_battery=True), True, True),
    ],
)
def test_it_rests_on_battery_and_under_load_and_goes_on_when_that_is_well_over(
    load: Load, is_resting: bool, rests: bool
) -> None:
    assert bool(reason_to_rest(load, is_resting=is_resting)) is rests


class Script:
    """Loads one after the other; ``shown`` is set when the last one, which stays, was read twice."""

    def __init__(self, *loads: Load) -> None:
        self._loads: Iterator[Load] = chain(loads, repeat(loads[-1]))
        self._left = len(loads) + 1
        self._loop = asyncio.get_running_loop()
        self.shown = asyncio.Event()

    def read(self) -> Load:
        self._left -= 1
        if self._left == 0:
            self._loop.call_soon_threadsafe(self.shown.set)
        return next(self._loads)


async def _held(*loads: Load) -> tuple[bool, bool]:
    """Whether a gate is held before anything begins, and after these loads."""
    gate, script = Gate(Progress()), Script(*loads)
    async with Throttle(script.read, every_seconds=0).over(gate):
        first = gate.is_held
        await script.shown.wait()
        await asyncio.sleep(0)
        return first, gate.is_held


async def test_nothing_begins_on_battery_and_hashing_goes_on_at_the_mains() -> None:
    assert await _held(BATTERY, CALM) == (True, False)


async def test_hashing_rests_when_others_begin_to_work_whatever_the_reason_was_before() -> None:
    assert await _held(CALM, BUSY) == (False, True)
    assert await _held(BATTERY, BUSY, BATTERY, CALM) == (True, False)


async def test_a_rest_that_lasts_too_long_ends_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "PATIENCE", 3)
    gate, script = Gate(Progress()), Script(BATTERY, BATTERY, CALM, BATTERY, BATTERY, BATTERY)
    await Throttle(script.read, every_seconds=0)._go_on(gate, "")
    assert gate.is_closed
    assert gate.is_held


def test_this_machine_tells_what_others_take() -> None:
    reader = LoadReader()
    assert reader.read().others is None, "one reading tells of no time"
    until = throttle._times()[0] + 0.1  # the clock of cores ticks a hundred times a second
    while throttle._times()[0] < until:
        pass
    second = reader.read().others
    assert second is not None
    assert 0 <= second <= 1
