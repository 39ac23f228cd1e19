"""What these tests stand on: stores, and no proxy of this machine."""

from __future__ import annotations

import pytest

from harness.stores import database, store_address

__all__ = ["database", "store_address"]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own proxies are no part of a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
