"""A client over real settings, whose waits between tries take no time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.settings import load
from modelward.net.client import Client


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own proxies are no part of a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class _Waits:
    """Sleeps in no time and turns the clock by it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def clock(self) -> datetime:
        return self.now


@pytest.fixture
async def client(home: Path) -> AsyncIterator[Client]:
    paths = Paths.locate({"MODELWARD_HOME": str(home)})
    paths.prepare()
    waits = _Waits()
    made = Client(Preferences(paths, load(paths, {}), {}), sleep=waits.sleep, clock=waits.clock)
    yield made
    await made.close()
