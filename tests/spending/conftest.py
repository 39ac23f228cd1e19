"""What the tests of spending stand on: stores, a clock that stands still, a ledger with rules of one's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from harness.spending import Spending, StandingClock
from harness.stores import database, store_address
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.settings import PREFIX, load
from modelward.spending.service import SpendingService
from modelward.store.engine import Database

__all__ = ["database", "store_address"]


@pytest.fixture
def clock() -> StandingClock:
    """Noon of 20 November 2026, until it is set."""
    return StandingClock()


Rules = Callable[..., Preferences]


@pytest.fixture
def rules() -> Rules:
    """Makes preferences with these settings of spending; without any, Zero-Burn is off and nothing is limited."""

    def make(*, zero_burn: bool = False, day: str = "null", month: str = "null") -> Preferences:
        paths = Paths.locate()
        paths.config_file.parent.mkdir(parents=True, exist_ok=True)
        paths.config_file.write_text(f"spending:\n  day_limit: {day}\n  month_limit: {month}\n", "utf-8")
        environ = {f"{PREFIX}SPENDING__ZERO_BURN": str(zero_burn).lower()}
        return Preferences(paths, load(paths, environ), environ)

    return make


@pytest.fixture
def spending(database: Database, clock: StandingClock, rules: Rules) -> Spending:
    """Makes the service over this test's store, with rules of its own."""
    return lambda **limits: SpendingService(database, rules(**limits), clock=clock)


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Lets this process live in a time zone, for this test."""

    def live_in(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield live_in
    monkeypatch.undo()
    time.tzset()
