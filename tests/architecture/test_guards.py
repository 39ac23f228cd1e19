"""The guards of the test suite catch what they are there for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.tree import ROOT

CARELESS = """
import asyncio, threading
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtWidgets import QWidget

kept = []

async def test_leaves_a_task():
    kept.append(asyncio.create_task(asyncio.sleep(100)))

async def test_lets_a_task_fail_unseen():
    async def fail():
        raise ValueError("unseen")
    asyncio.create_task(fail())
    await asyncio.sleep(0)

def test_leaves_a_thread():
    kept.append(threading.Event())
    threading.Thread(target=kept[-1].wait, daemon=True, name="forgotten").start()

def test_leaves_a_timer(qapp):
    kept.append(QTimer(interval=1000))
    kept[-1].start()

def test_leaves_a_window(qapp):
    kept.append(QWidget())
    kept[-1].show()

def test_makes_qt_complain(qapp):
    qWarning("this is not right")

def test_lets_a_destructor_fail():
    class Broken:
        def __del__(self):
            raise ValueError("in a destructor")
    Broken()

def test_is_tidy(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    timer = QTimer(window, interval=1000)
    timer.start()

async def test_is_tidy_with_tasks():
    task = asyncio.create_task(asyncio.sleep(100))
    task.cancel()
"""

SAID = {
    "leaves_a_task": "asyncio tasks left running",
    "lets_a_task_fail_unseen": "failed with nobody looking",
    "leaves_a_thread": "left behind by this test: thread forgotten",
    "leaves_a_timer": "left behind by this test: active timer",
    "leaves_a_window": "left behind by this test: widget",
    "makes_qt_complain": "this is not right",
    "lets_a_destructor_fail": "in a destructor",
}


@pytest.fixture(scope="module")
def careless_run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of the careless tests under the project's own settings and guards."""
    folder: Path = tmp_path_factory.mktemp("careless")
    (folder / "test_careless.py").write_text(CARELESS, "utf-8")
    plugins = [argument for name in ("hangs", "leaks", "loops") for argument in ("-p", f"harness.{name}")]
    settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), "-p", "no:cacheprovider", "--tb=short"]
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", *settings, *plugins, str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests"), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    return outcome.stdout


@pytest.mark.parametrize("deed", SAID)
def test_a_careless_test_fails_and_is_told_why(deed: str, careless_run: str) -> None:
    summary = careless_run.partition("short test summary")[2]
    assert f"::test_{deed}" in summary
    assert SAID[deed] in careless_run


def test_a_tidy_test_passes(careless_run: str) -> None:
    assert "test_is_tidy" not in careless_run.partition("short test summary")[2]
