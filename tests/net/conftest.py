"""A client over real settings, whose waits between tries take no time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.wire import WireServer
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.secret import Secret
from modelward.core.settings import load
from modelward.net.client import Client
from modelward.net.model import Call

KEY = "sk-planted-key-7f3a-net"
CallOf = Callable[..., Call]


class Waits:
    """Sleeps in no time: keeps what was slept and turns the clock by it."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.now = datetime(2026, 11, 21, 12, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def clock(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own proxies are no part of a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def preferences(home: Path) -> Preferences:
    paths = Paths.locate({"MODELWARD_HOME": str(home)})
    paths.prepare()
    return Preferences(paths, load(paths, {}), {})


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
async def client(preferences: Preferences, waits: Waits) -> AsyncIterator[Client]:
    made = Client(preferences, sleep=waits.sleep, clock=waits.clock)
    yield made
    await made.close()


@pytest.fixture
def call(wire: WireServer) -> CallOf:
    """A call with a key to that server; keyword arguments change it."""

    def made(path: str = "/v1/models", **changes: Any) -> Call:
        fields: dict[str, Any] = {"server": "Wire", "lane": "wire", "url": wire.url + path, "key": Secret(KEY)}
        return Call(**(fields | changes))

    return made
