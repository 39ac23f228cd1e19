"""One line of progress on standard error, on a terminal only."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Self

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
                sys.stderr.write(_CLEAR + drawn(state))
                sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn_at:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()


def drawn(state: ProgressState) -> str:
    """A reading as one line: a bar where the total is known, and what is being done."""
    if state.fraction is None or not state.total:
        return state.text
    full = round(state.fraction * _WIDTH)
    return f"[{'#' * full}{'.' * (_WIDTH - full)}] {state.done:,} of {state.total:,} {state.unit}  {state.text}"
