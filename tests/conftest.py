"""What every test stands on: a home of its own, no display needed, and guards against leaks and hangs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Without a display the GUI tests run on Qt's offscreen platform; packaging/test.sh gives them a real X server.
if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = [
    "harness.hangs",
    "harness.leaks",
    "harness.loops",
    "harness.planted",
    "harness.postgres",
    "harness.secret_service",
    "harness.wire",
    "harness.without_keys",
]

# How long one example takes says more about the machine than about the code.
settings.register_profile("modelward", deadline=None)
settings.load_profile("modelward")

OURS = ("DATABASE_URL", "BACKUP_DIR", "OLLAMA_HOST", "OLLAMA_MODELS", "MAINTENANCE_INTERVAL", "BACKUP_RETENTION_COUNT")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty folder that `MODELWARD_HOME` names during this test; nothing of the person's own is read or written."""
    for name in list(os.environ):
        if name in OURS or name == "LOG_LEVEL" or name.startswith("MODELWARD_"):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("MODELWARD_HOME", str(folder))
    return folder
