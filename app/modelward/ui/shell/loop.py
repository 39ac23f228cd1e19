"""The event loop of the window: asyncio on Qt's loop, with exact timers and time kept free for painting."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import math
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import Context
from typing import Any

import qasync
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer

logger = logging.getLogger(__name__)

PAINT_BUDGET_SECONDS = 0.008
"""Callbacks run at most this long before Qt gets its turn: half a frame at 60 frames a second."""

LONGEST_WAIT_MS = 24 * 60 * 60 * 1000
"""A Qt timer cannot wait longer than 24.8 days; whatever is further away is looked at again once a day."""

WORKER_THREADS = 8
"""Threads of the default executor; they are made when they are needed."""

_FEW = 100
_WAKE = QEvent.Type(QEvent.registerEventType())

Callback = Callable[..., Any]


class _Alarm(QObject):
    """What wakes the loop, all on its own thread.

    ``ready``: runs the waiting callbacks at the next turn of Qt's loop. Single-shot, because Qt does not fire a timer
    within its own handler, and a dialog that a callback executes needs it there. ``due``: fires when the next
    timer may have come. A posted event: another thread added a callback.
    """

    def __init__(self, on_ready: Callable[[], None], on_due: Callable[[], None]) -> None:
        super().__init__()
        self._on_ready = on_ready
        self.ready = QTimer(self, interval=0, singleShot=True)
        self.ready.timeout.connect(on_ready)
        # Qt's ordinary timers may fire five percent early or late.
        self.due = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self.due.timeout.connect(on_due)

    def customEvent(self, _event: QEvent) -> None:
        self._on_ready()


class PanelLoop(qasync.QEventLoop):  # type: ignore[misc]  # qasync ships no types
    """qasync's loop with the parts replaced on which timing, order and shutdown depend.

    - A timer never fires early, two of the same time fire in the order they were set, and none is too far away.
    - ``call_soon`` costs no Qt timer a call; callbacks run in batches, and after 8 ms Qt may paint.
    - ``call_soon_threadsafe`` keeps its context, can be cancelled, and raises on a closed loop.
    - Async generators that were left early are finalised on the loop.
    - A dialog that is executed inside a task pauses the other tasks instead of losing their wakeups.
    - ``SystemExit`` and ``KeyboardInterrupt`` leave through :meth:`run_forever`, so that clean-up runs.
    """

    def __init__(self, app: QCoreApplication | None = None) -> None:
        self._waiting: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._order = itertools.count()
        self._cancelled_timers = 0
        self._armed_for = math.inf
        self._parting: BaseException | None = None
        self._hooks_before = sys.get_asyncgen_hooks()
        self._alarm = _Alarm(self._run_waiting, self._run_due)
        super().__init__(app)
        self.set_default_executor(ThreadPoolExecutor(WORKER_THREADS, thread_name_prefix="modelward"))

    # Callbacks

    def call_soon(self, callback: Callback, *args: Any, context: Context | None = None) -> asyncio.Handle:
        """Run a callback at the next turn of the loop, after those that wait already."""
        self._check(callback, "call_soon")
        handle = asyncio.Handle(callback, args, self, context)
        self._enqueue(handle)
        return handle

    def call_soon_threadsafe(self, callback: Callback, *args: Any, context: Context | None = None) -> asyncio.Handle:
        """Run a callback on the loop's thread, asked from any thread. Raises RuntimeError on a closed loop."""
        self._check_closed()
        handle = asyncio.Handle(callback, args, self, context)
        self._add_callback(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callback, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run a callback after ``delay`` seconds, never earlier."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callback, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run a callback once the loop's time is ``when`` (seconds), never earlier."""
        self._check(callback, "call_at")
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        handle._scheduled = True  # type: ignore[attr-defined] # noqa: SLF001 - asks asyncio to report a cancellation
        heapq.heappush(self._timers, (when, next(self._order), handle))
        self._arm()
        return handle

    # The executor: asyncio's own handling, because qasync's threads die of a SystemExit and make close() hang.

    def set_default_executor(self, executor: ThreadPoolExecutor) -> None:
        """Use these threads where ``run_in_executor`` is given none."""
        asyncio.BaseEventLoop.set_default_executor(self, executor)

    def run_in_executor(self, executor: Executor | None, func: Callback, *args: Any) -> asyncio.Future[Any]:
        """Run a function in a thread."""
        return asyncio.BaseEventLoop.run_in_executor(self, executor, func, *args)

    # Running and ending

    def run_forever(self) -> None:
        """Run until :meth:`stop`; raises what asked the process to end."""
        self._check_closed()
        super().run_forever()
        parting, self._parting = self._parting, None
        if parting is not None:
            raise parting

    def close(self) -> None:
        """Release everything; what still waits is dropped."""
        super().close()
        self._alarm.ready.stop()
        self._alarm.due.stop()
        self._waiting.clear()
        self._timers.clear()

    def _before_run_forever(self) -> None:
        self._thread_id: int | None = threading.get_ident()
        self._set_coroutine_origin_tracking(self.get_debug())
        self._hooks_before = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook)
        if self._waiting:
            self._alarm.ready.start()

    def _after_run_forever(self) -> None:
        sys.set_asyncgen_hooks(*self._hooks_before)
        self._set_coroutine_origin_tracking(False)
        self._thread_id = None

    # How it works

    def _check(self, callback: Callback, method: str) -> None:
        self._check_closed()
        if self.get_debug():
            self._check_thread()
            self._check_callback(callback, method)

    def _enqueue(self, handle: asyncio.Handle) -> None:
        self._waiting.append(handle)
        if not self._alarm.ready.isActive():
            self._alarm.ready.start()

    def _add_callback(self, handle: asyncio.Handle, delay: float = 0) -> asyncio.Handle:  # noqa: ARG002 - as qasync's
        # Also asyncio's way in for signal handlers.
        self._waiting.append(handle)
        QCoreApplication.postEvent(self._alarm, QEvent(_WAKE))
        return handle

    def _run_waiting(self) -> None:
        """Runs what waits now, but not what that adds, and not for longer than the paint budget."""
        if not self.is_running() or asyncio.current_task(self) is not None:
            # Qt handles events while no loop runs, or inside a task (a dialog executed there): stepping another task
            # now would fail and lose its wakeup. The next run, or the batch that stepped the task, goes on.
            self._alarm.ready.stop()
            return
        is_debug, begun = self.get_debug(), time.perf_counter()
        until = begun + PAINT_BUDGET_SECONDS
        for _ in range(len(self._waiting)):
            if not self._waiting:  # a nested event loop took the rest
                break
            handle = self._waiting.popleft()
            if handle.cancelled():
                continue
            if self._waiting and not self._alarm.ready.isActive():
                self._alarm.ready.start()
            self._run_handle(handle)
            ended = time.perf_counter()
            if is_debug and ended - begun >= self.slow_callback_duration:
                logger.warning("%r took %.3f seconds", handle, ended - begun)
            if ended > until:
                break
            begun = ended
        if not self._waiting:
            self._alarm.ready.stop()
        elif not self._alarm.ready.isActive():
            self._alarm.ready.start()

    def _run_handle(self, handle: asyncio.Handle) -> None:
        try:
            handle._run()  # noqa: SLF001 - a loop is who runs handles
        except (SystemExit, KeyboardInterrupt) as parting:
            # Raised through Qt's C++ it would end the process at once, without any clean-up.
            self._parting = parting
            self.stop()

    def _run_due(self) -> None:
        self._armed_for = math.inf
        now = self.time()
        while self._timers and self._timers[0][0] <= now:
            handle = self._pop_timer()
            if not handle.cancelled():
                self._waiting.append(handle)
        self._arm()
        if self._waiting:
            self._run_waiting()

    def _arm(self) -> None:
        while self._timers and self._timers[0][2].cancelled():
            self._pop_timer()
        if not self._timers or self._timers[0][0] >= self._armed_for:
            return
        self._armed_for = self._timers[0][0]
        wait_ms = math.ceil(max(0.0, self._armed_for - self.time()) * 1000) if self._armed_for < math.inf else math.inf
        self._alarm.due.start(int(min(wait_ms, LONGEST_WAIT_MS)))

    def _pop_timer(self) -> asyncio.TimerHandle:
        _, _, handle = heapq.heappop(self._timers)
        handle._scheduled = False  # type: ignore[attr-defined] # noqa: SLF001 - its cancellation no longer matters
        if handle.cancelled():
            self._cancelled_timers -= 1
        return handle

    def _timer_handle_cancelled(self, _handle: asyncio.TimerHandle) -> None:
        # asyncio's word that a timer was cancelled. Most timeouts are, long before their time: they must not pile up.
        self._cancelled_timers += 1
        if self._cancelled_timers > _FEW and self._cancelled_timers * 2 > len(self._timers):
            self._timers = [entry for entry in self._timers if not entry[2].cancelled()]
            heapq.heapify(self._timers)
            self._cancelled_timers = 0
