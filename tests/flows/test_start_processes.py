"""The program as the system starts and ends it: real processes over one home."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.trays import DesktopTray
from harness.tree import APP
from modelward.core.instance import InstanceLock
from modelward.core.paths import Paths

PATIENCE_SECONDS = 60


@contextmanager
def _modelward(*arguments: str, trace: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": str(APP)}
    if trace is not None:
        environment["MODELWARD_STARTUP_TRACE"] = str(trace)
    process = subprocess.Popen(
        [sys.executable, "-m", "modelward", *arguments], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _wait_for(trace: Path, word: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not trace.exists() or word not in trace.read_text(encoding="utf-8"):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_window_cleanly(filled_home: Path, number: signal.Signals) -> None:
    trace = filled_home / "trace"
    with _modelward(trace=trace) as window:
        _wait_for(trace, "ready", window)
        window.send_signal(number)
        _, errors = window.communicate(timeout=PATIENCE_SECONDS)
    assert window.returncode == 0, errors
    assert errors == ""


def test_a_second_start_ends_quietly_and_the_first_window_stays(filled_home: Path) -> None:
    trace = filled_home / "trace"
    with _modelward(trace=trace) as first:
        _wait_for(trace, "ready", first)
        with _modelward() as second:
            _, errors = second.communicate(timeout=PATIENCE_SECONDS)
        assert (second.returncode, errors) == (0, "")
        assert first.poll() is None


def test_a_second_start_beside_a_modelward_without_a_window_says_so_and_exits_4() -> None:
    paths = Paths.locate()
    paths.data.mkdir()
    lock = InstanceLock(paths.data)
    lock.acquire()
    with _modelward() as second:
        _, errors = second.communicate(timeout=PATIENCE_SECONDS)
    lock.release()
    assert second.returncode == 4
    assert "Another Modelward" in errors
    assert "Traceback" not in errors


def test_minimised_it_starts_all_the_same(filled_home: Path) -> None:
    trace = filled_home / "trace"
    with _modelward("--minimized", trace=trace) as window:
        _wait_for(trace, "ready", window)
        window.send_signal(signal.SIGTERM)
        assert window.wait(PATIENCE_SECONDS) == 0


async def test_hidden_in_the_tray_it_answers_a_second_start_and_ends_cleanly_at_a_signal(
    filled_home: Path, desktop_tray: DesktopTray
) -> None:
    await desktop_tray.start()
    trace = filled_home / "trace"
    with _modelward("--minimized", trace=trace) as window:
        await asyncio.to_thread(_wait_for, trace, "brought-up-to-date", window)
        with _modelward() as second:
            assert await asyncio.to_thread(second.wait, PATIENCE_SECONDS) == 0
        window.send_signal(signal.SIGTERM)
        _, errors = await asyncio.to_thread(window.communicate, None, PATIENCE_SECONDS)
    assert (window.returncode, errors) == (0, "")
    assert not (filled_home / "data" / "modelward.db-wal").exists()


def test_without_a_screen_it_says_so_in_words_and_names_the_commands(home: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    }
    environment["PYTHONPATH"] = str(APP)
    ran = subprocess.run(
        [sys.executable, "-m", "modelward"], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "no screen" in ran.stderr
    assert "modelward serve" in ran.stderr
    assert list(home.iterdir()) == []
