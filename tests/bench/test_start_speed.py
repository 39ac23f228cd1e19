"""How fast the window starts, against an empty PySide6 and qasync window started the same way, in one run."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

pytestmark = pytest.mark.bench

RUNS = 9
FIRST_FILL_SECONDS = 120
HERE = Path(__file__).parent
APP = HERE.parents[1] / "app"

PAINTED, FILLED, READY, STALL_SECONDS = 1.3, 4.0, 8.0, 0.050
"""What a start may cost: times of the empty window, and the longest time in which the window does not react."""


def _marks(trace: Path) -> dict[str, float]:
    lines = trace.read_text(encoding="utf-8").splitlines() if trace.exists() else []
    return {word: float(seconds) for word, seconds in (line.split() for line in lines if len(line.split()) == 2)}


def _started(arguments: list[str], trace: Path, last_mark: str, home: Path) -> dict[str, float]:
    """Runs a window until its last mark is written: seconds from the start of the process to each mark."""
    trace.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "MODELWARD_STARTUP_TRACE": str(trace),
        "MODELWARD_HOME": str(home),
        "PYTHONPATH": str(APP),
        # As installed: compiled once. Both windows find it, and the checkout stays clean.
        "PYTHONPYCACHEPREFIX": str(home / "compiled"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = monotonic()
    with subprocess.Popen([sys.executable, *arguments], env=environment) as window:
        while last_mark not in (marks := _marks(trace)) and window.poll() is None:
            assert monotonic() - begun < FIRST_FILL_SECONDS
            sleep(0.01)
        window.send_signal(signal.SIGTERM)
        window.wait()
    marks = _marks(trace)
    return {word: value if word == "stall" else value - begun for word, value in marks.items()}


@pytest.fixture(scope="module")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose catalogue is full: what every start but the first finds."""
    home = tmp_path_factory.mktemp("home")
    _started(["-m", "modelward"], home / "first.trace", "brought-up-to-date", home)
    return home


def test_a_start_costs_little_more_than_an_empty_window(filled_home: Path, tmp_path: Path) -> None:
    _started([str(HERE / "empty_window.py")], tmp_path / "first", "painted", filled_home)
    empty, ours = [], []
    for number in range(RUNS):
        # In turns, so that whatever else the machine does falls on both.
        empty.append(_started([str(HERE / "empty_window.py")], tmp_path / f"e{number}", "painted", filled_home))
        ours.append(_started(["-m", "modelward"], tmp_path / f"o{number}", "stall", filled_home))
    base = statistics.median(run["painted"] for run in empty)
    ratios = {word: statistics.median(run[word] for run in ours) / base for word in ("painted", "filled", "ready")}
    stall = statistics.median(run["stall"] for run in ours)
    told = ", ".join(f"{word} {ratio:.2f} x" for word, ratio in ratios.items())
    print(f"\nempty window {base * 1000:.0f} ms; {told}; longest stall {stall * 1000:.0f} ms")  # noqa: T201
    assert ratios["painted"] <= PAINTED
    assert ratios["filled"] <= FILLED
    assert ratios["ready"] <= READY
    assert stall <= STALL_SECONDS
