"""Marks of how fast the window starts, for the measurement in tests/bench; does nothing unless asked to."""

from __future__ import annotations

import os
import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

VARIABLE = "MODELWARD_STARTUP_TRACE"
"""Names a file to which each mark is appended: a word and the monotonic time in seconds."""

_TICK_MS = 5


class StartTrace(QObject):
    """Writes down when the window was painted, filled and ready, and the longest stall between the first and last."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = os.environ.get(VARIABLE, "")
        self._last_tick = self._worst = 0.0
        self._ticker = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=_TICK_MS)
        self._ticker.timeout.connect(self._on_ticker_timeout)

    def mark(self, word: str) -> None:
        """Writes down that the window reached ``word``."""
        if self._file:
            self._write(word, time.monotonic())

    def mark_painted(self, word: str, widget: QWidget) -> None:
        """Writes down when what the window shows now stands on the screen."""
        if self._file:
            widget.repaint()
            self._write(word, time.monotonic())

    def watch(self) -> None:
        """Begins to watch for stalls of the window."""
        if self._file:
            self._last_tick = time.monotonic()
            self._ticker.start()

    def settle(self) -> None:
        """Ends the watch and writes down the longest time, in seconds, in which the window could not react."""
        if self._ticker.isActive():
            self._on_ticker_timeout()
            self._ticker.stop()
            self._write("stall", self._worst)

    def _on_ticker_timeout(self) -> None:
        now = time.monotonic()
        self._worst = max(self._worst, now - self._last_tick - _TICK_MS / 1000)
        self._last_tick = now

    def _write(self, word: str, seconds: float) -> None:
        with Path(self._file).open("a", encoding="utf-8") as trace:
            trace.write(f"{word} {seconds:.6f}\n")
