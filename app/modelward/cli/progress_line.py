"""One line of progress on standard error, on a terminal only."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Self

from modelward.core import units
from modelward.core.progress import Progress, ProgressState

_WIDTH = 24
_EVERY_SECONDS = 0.1
_CLEAR = "\r\x1b[K"


class ProgressLine:
    """Redraws itself in place and leaves nothing behind; may be told from any thread."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._lock = threading.Lock()
        self._drawn_at = 0.0
        self._began_at = 0.0
        self._began = ProgressState()
        self._is_terminal = sys.stderr.isatty()

    def watch(self, progress: Progress) -> None:
        """Draw this progress from now on."""
        self._progress = progress

    def show(self) -> None:
        """Draw the latest reading, at most ten times a second."""
        if self._progress is None:
            return
        state = self._progress.take()
        with self._lock:
            now = time.monotonic()
            if self._is_terminal and now - self._drawn_at >= _EVERY_SECONDS:
                self._drawn_at = now
                sys.stderr.write(_CLEAR + drawn(state, self._rate(state, now)))
                sys.stderr.flush()

    def _rate(self, state: ProgressState, now: float) -> float:
        """Units a second since this piece of work began; 0 where that cannot be told yet."""
        if (state.unit, state.total) != (self._began.unit, self._began.total) or state.done < self._began.done:
            self._began, self._began_at = state, now
        seconds = now - self._began_at
        return (state.done - self._began.done) / seconds if seconds > 0 else 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn_at:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()


def drawn(state: ProgressState, rate: float = 0.0) -> str:
    """A reading as one line: a bar where the total is known, and what is being done; of bytes how many a second too."""
    is_bytes = state.unit == "bytes"
    if state.fraction is None or not state.total:
        return f"{units.size(state.done)}  {state.text}" if is_bytes and state.done else state.text
    full = round(state.fraction * _WIDTH)
    bar = f"[{'#' * full}{'.' * (_WIDTH - full)}]"
    if is_bytes:
        fast = f" {rate / 1e6:,.0f} MB/s" if rate else ""
        return f"{bar} {units.size(state.done)} of {units.size(state.total)}{fast}  {state.text}"
    return f"{bar} {state.done:,} of {state.total:,} {state.unit}  {state.text}"
