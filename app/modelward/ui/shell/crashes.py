"""Where errors end that nobody caught: logged whole, and told in the window with details to copy."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from modelward.core.errors import KnownError

logger = logging.getLogger(__name__)


class CrashCatcher(QObject):
    """Hands uncaught errors of slots, threads and tasks to ``show``, on the window's thread."""

    _caught = Signal(object)

    def __init__(self, show: Callable[[BaseException], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Threads crash as well: the error is shown where the window lives.
        self._caught.connect(show, Qt.ConnectionType.QueuedConnection)

    @contextmanager
    def installed(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Catches until the block ends; the hooks from before come back."""
        hooks = sys.excepthook, threading.excepthook, loop.get_exception_handler()
        sys.excepthook = self._on_slot_error
        threading.excepthook = self._on_thread_error
        loop.set_exception_handler(self._on_loop_error)
        try:
            yield
        finally:
            sys.excepthook, threading.excepthook = hooks[:2]
            loop.set_exception_handler(hooks[2])

    def tell(self, error: BaseException) -> None:
        """Logs an error whole and shows it as a notice; callable from any thread."""
        if not isinstance(error, KnownError):
            logger.critical("An error nobody caught: %s", error, exc_info=error)
        self._caught.emit(error)

    def _on_slot_error(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            self.tell(error)

    def _on_thread_error(self, caught: threading.ExceptHookArgs) -> None:
        self.tell(caught.exc_value or RuntimeError(f"A thread ended with {caught.exc_type.__name__}."))

    def _on_loop_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.tell(error)
        else:
            logger.error("The event loop reports: %s", context.get("message", context))
