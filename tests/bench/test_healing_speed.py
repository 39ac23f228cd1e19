"""How long a cycle takes without its copy and without anybody who is asked, and how little a look costs."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from harness.facts import complete
from harness.healing import Scripted, Ward, no_idea
from harness.spending import NOON, StandingClock
from modelward.core.progress import Progress
from modelward.healing.model import Means
from modelward.store.engine import Database

pytestmark = pytest.mark.bench

ROUNDS = 5
KNOWN_NAMES = ("gpt-4o-mini", "gpt-5-mini", "o3-mini", "gpt-4.1")


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    start = time.perf_counter()
    await work()
    return time.perf_counter() - start


async def filled(folder: Path, models: int, *, incomplete: int) -> tuple[Database, Ward]:
    """A store of complete models and of others of which nothing is known; the rules know half of those."""
    database = await Database.open(folder / "modelward.db")
    ward = Ward(database, StandingClock())
    facts = [fact for number in range(models - incomplete) for fact in complete(f"acme/known-{number}")]
    names = [KNOWN_NAMES[number % 4] for number in range(incomplete)]
    unknown = [f"openai/{name}:{number}" if number >= 8 else f"openai/{name}" for number, name in enumerate(names[::2])]
    unknown += [f"acme/new-{number}" for number in range(incomplete - len(unknown))]
    await ward.catalog.merge(facts, named=unknown, now=NOON)
    return database, ward


@pytest.mark.parametrize(("models", "most_seconds"), [(150, 1.0), (5_000, 3.0)])
async def test_the_first_cycle_is_quick_and_a_later_one_costs_next_to_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], models: int, most_seconds: float
) -> None:
    incomplete = models // 10
    database, ward = await filled(tmp_path, models, incomplete=incomplete)
    try:
        healer = Scripted(no_idea(Means.INFERENCE), why="Nobody is at hand.")
        service = ward.care(healers={Means.INFERENCE: healer}, rules_at_hand=False)
        first = await timed(lambda: service.heal(Progress()))
        (cycle,) = await service.cycles()
        waiting = min([await timed(lambda: service.heal(Progress())) for _ in range(ROUNDS)])
        healer.why = ""
        await service.heal(Progress())
        remembering = min([await timed(lambda: service.heal(Progress())) for _ in range(ROUNDS)])
        assert len(await service.cycles()) == 2
        with capsys.disabled():
            print(  # noqa: T201 — the figure is what one runs this for
                f"\nHealing {models:,} models, {incomplete:,} incomplete: first cycle {first * 1000:.0f} ms with the "
                f"rules read ({sum(cycle.filled.values()):,} values filled), then {waiting * 1000:.1f} ms while nobody "
                f"is at hand, {remembering * 1000:.1f} ms while all attempts wait"
            )
        assert first < most_seconds
        if models == 150:
            assert max(waiting, remembering) < 0.05
    finally:
        await database.close()


async def test_a_step_of_a_healer_is_filed_within_milliseconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database, ward = await filled(tmp_path, 5_000, incomplete=1_000)
    try:
        service = ward.care(healers={Means.INFERENCE: Scripted(no_idea(Means.INFERENCE))})
        took = await timed(lambda: service.heal(Progress()))
        with capsys.disabled():
            print(f"\nHealing: {took:.2f} s for a cycle of some 500 steps, a model each")  # noqa: T201 — as above
        assert took < 20
    finally:
        await database.close()
