"""How far a piece of work is, told from any thread, and the way to ask it to stop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any


class JobCancelled(asyncio.CancelledError):
    """The work was asked to stop. A CancelledError, so that no ``except Exception`` on the way swallows it."""


@dataclass(frozen=True, slots=True)
class ProgressState:
    """One reading: ``done`` of ``total`` in ``unit`` ("models", "bytes"), and what is being done, in words.

    A ``total`` of None is unknown.
    """

    done: int = 0
    total: int | None = None
    unit: str = ""
    text: str = ""

    @property
    def fraction(self) -> float | None:
        """Between 0 and 1; None where the total is unknown."""
        if self.total is None:
            return None
        return 1.0 if self.total <= 0 else min(max(self.done / self.total, 0.0), 1.0)


class Progress:
    """Handed to the work of a job; every method may be called from any thread."""

    def __init__(self, announce: Callable[[], None] | None = None) -> None:
        """``announce`` is called, on the thread of the work, at the first change since :meth:`take` was called."""
        self._announce = announce
        self._lock = threading.Lock()
        self._state = ProgressState()
        self._is_announced = False
        self._cancelled = threading.Event()

    def update(
        self, *, done: int | None = None, total: int | None = None, unit: str | None = None, text: str | None = None
    ) -> None:
        """Say how far the work is; what is left out stays as it was."""
        said: dict[str, Any] = {"done": done, "total": total, "unit": unit, "text": text}
        with self._lock:
            self._state = replace(self._state, **{key: value for key, value in said.items() if value is not None})
            is_news = not self._is_announced
            self._is_announced = True
        if is_news and self._announce is not None:
            self._announce()

    @property
    def state(self) -> ProgressState:
        """The latest reading."""
        return self._state

    @property
    def is_news(self) -> bool:
        """Whether something was said since :meth:`take` was last called."""
        return self._is_announced

    def take(self) -> ProgressState:
        """The latest reading; the next change will be announced."""
        with self._lock:
            self._is_announced = False
            return self._state

    def cancel(self) -> None:
        """Ask the work to stop at its next checkpoint."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether the work was asked to stop."""
        return self._cancelled.is_set()

    def checkpoint(self) -> None:
        """A place where the work can stop without harm: raises JobCancelled when it was asked to."""
        if self._cancelled.is_set():
            raise JobCancelled
