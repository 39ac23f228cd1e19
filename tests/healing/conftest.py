"""What the tests of healing stand on: a store with models, and a clock that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.healing import Ward
from harness.spending import StandingClock
from harness.stores import database, store_address
from modelward.store.engine import Database

__all__ = ["database", "store_address"]


@pytest.fixture
def clock() -> StandingClock:
    """Noon of 20 November 2026, until it is set."""
    return StandingClock()


@pytest.fixture
async def ward(tmp_path: Path, clock: StandingClock) -> AsyncIterator[Ward]:
    """Healing over an empty SQLite store."""
    opened = await Database.open(tmp_path / "ward" / "modelward.db")
    yield Ward(opened, clock)
    await opened.close()
