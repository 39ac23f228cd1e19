"""Guards between Qt and our code: nothing that a slot raises is lost, and no coroutine runs unheld."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from modelward.core.errors import KnownError

logger = logging.getLogger(__name__)

P = ParamSpec("P")
S = TypeVar("S")

ErrorHandler = Callable[[Exception], None]
"""Shows an error: a :class:`KnownError` as its message, anything else as a crash notice. It was logged already."""


class _Guard:
    """What the window does with errors, and the tasks that its slots started."""

    def __init__(self) -> None:
        self.handler: ErrorHandler | None = None
        self.tasks: set[asyncio.Task[None]] = set()


_guard = _Guard()


def set_error_handler(handler: ErrorHandler | None) -> None:
    """Say who shows errors; the shell does, once its window stands. None: they are only logged."""
    _guard.handler = handler


def report(error: Exception) -> None:
    """Log an error and have it shown."""
    if isinstance(error, KnownError):
        logger.warning("%s", error)
    else:
        logger.error("An error of ours in the window: %s", error, exc_info=error)
    if _guard.handler is not None:
        _guard.handler(error)


def guarded(slot: Callable[Concatenate[S, P], None]) -> Callable[..., None]:
    """Decorates a method that is a slot: whatever it raises is reported and goes no further.

    As with any slot, the signal may carry more arguments than the method takes.
    """
    most = slot.__code__.co_argcount - 1  # without self

    @wraps(slot)
    def run(self: S, *args: Any) -> None:
        try:
            slot(self, *args[:most])  # type: ignore[call-arg]
        except Exception as error:
            report(error)

    return run


def spawn(work: Coroutine[Any, Any, None], name: str | None = None) -> asyncio.Task[None]:
    """Start a coroutine from a slot: it is held until it ends, and what it raises is reported."""
    task = asyncio.get_running_loop().create_task(_run(work), name=name)
    _guard.tasks.add(task)
    task.add_done_callback(_guard.tasks.discard)
    # Cancelled before its first step, the task never entered the coroutine, which would be complained of.
    task.add_done_callback(lambda _task: work.close())
    return task


async def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:
        report(error)


async def cancel_spawned() -> None:
    """Cancel what still runs of all that was spawned, and wait for its end: the window closes."""
    tasks = [task for task in _guard.tasks if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
