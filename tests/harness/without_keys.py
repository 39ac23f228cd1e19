"""No test sees the keys of whoever runs it: neither a keyring nor a variable that holds one."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    from modelward.providers.registry import KNOWN

    for name in {variable for known in KNOWN.values() for variable in known.env} & os.environ.keys():
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
