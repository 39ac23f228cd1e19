"""Order, time and threads of the window's event loop."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication

from modelward.ui.shell import loop as loop_module
from modelward.ui.shell.loop import PanelLoop

DAY = 86_400.0


def running() -> PanelLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, PanelLoop)
    return loop


async def test_callbacks_run_in_the_order_they_were_added() -> None:
    seen: list[int] = []
    for number in range(500):
        running().call_soon(seen.append, number)
    await asyncio.sleep(0)
    assert seen == list(range(500))


async def test_timers_of_the_same_moment_run_in_the_order_they_were_set() -> None:
    loop, seen, ended = running(), list[int](), asyncio.Event()
    when = loop.time() + 0.01
    for number in range(100):
        loop.call_at(when, seen.append, number)
    loop.call_at(when, ended.set)
    await ended.wait()
    assert seen == list(range(100))


async def test_timers_run_by_their_time_and_never_early() -> None:
    loop, ended = running(), asyncio.Event()
    begun = loop.time()
    delays = [0.0301, 0.0007, 0.0203, 0.0, 0.0104, -1.0]
    ran: list[tuple[float, float]] = []

    def note(when: float) -> None:
        ran.append((when, loop.time()))
        if len(ran) == len(delays):
            ended.set()

    for delay in delays:
        loop.call_at(begun + delay, note, begun + delay)
    await ended.wait()
    assert [when for when, _ in ran] == sorted(begun + delay for delay in delays)
    assert all(at >= when for when, at in ran)


async def test_an_earlier_timer_set_later_is_not_held_up() -> None:
    loop, ended = running(), asyncio.Event()
    far = loop.call_later(DAY, ended.set)
    loop.call_later(0.001, ended.set)
    await ended.wait()
    assert far.when() - loop.time() > DAY / 2
    far.cancel()


@pytest.mark.parametrize("delay", [30 * DAY, 10_000 * DAY, float("inf")])
async def test_a_timer_may_be_further_away_than_qt_can_count(delay: float) -> None:
    loop = running()
    far = loop.call_later(delay, pytest.fail, "it is not due for weeks")
    await asyncio.sleep(0.002)
    assert far.when() > loop.time()
    assert 0 < loop._alarm.due.interval() <= loop_module.LONGEST_WAIT_MS
    far.cancel()


async def test_cancelled_timers_do_not_pile_up() -> None:
    loop = running()
    kept = loop.call_later(DAY, pytest.fail, "a day early")
    for _ in range(20_000):
        loop.call_later(DAY, pytest.fail, "cancelled").cancel()
    assert len(loop._timers) < 500
    assert any(handle is kept for _, _, handle in loop._timers)
    kept.cancel()


async def test_a_cancelled_callback_does_not_run() -> None:
    seen: list[str] = []
    running().call_soon(seen.append, "soon").cancel()
    running().call_later(0, seen.append, "later").cancel()
    running().call_soon_threadsafe(seen.append, "thread").cancel()
    await asyncio.sleep(0.005)
    assert seen == []


async def test_fifty_thousand_callbacks_all_run_in_order() -> None:
    seen: list[int] = []
    ended = running().create_future()
    for number in range(50_000):
        running().call_soon(seen.append, number)
    running().call_soon(ended.set_result, None)
    await ended
    assert seen == list(range(50_000))


class Painter(QObject):
    """Stands for a widget: notes how many callbacks had run each time Qt got its turn."""

    def __init__(self, seen: list[int]) -> None:
        super().__init__()
        self._seen = seen
        self.turns: list[int] = []

    def customEvent(self, _event: QEvent) -> None:
        self.turns.append(len(self._seen))
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.User))


async def test_qt_gets_its_turn_while_callbacks_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "PAINT_BUDGET_SECONDS", 0.0)  # as if each callback took the whole budget
    seen: list[int] = []
    painter = Painter(seen)
    QCoreApplication.postEvent(painter, QEvent(QEvent.Type.User))
    for number in range(50):
        running().call_soon(seen.append, number)
    ended = asyncio.Event()
    running().call_soon(ended.set)
    await ended.wait()
    assert len(painter.turns) > 40


async def test_callbacks_that_add_callbacks_do_not_starve_timers() -> None:
    loop, due = running(), asyncio.Event()
    loop.call_later(0.005, due.set)

    def again() -> None:
        if not due.is_set():
            loop.call_soon(again)

    again()
    await due.wait()
    assert due.is_set()


async def test_a_callback_from_a_thread_runs_on_the_loop_with_its_context() -> None:
    loop, told = running(), running().create_future()
    word: contextvars.ContextVar[str] = contextvars.ContextVar("word", default="none")
    context = contextvars.copy_context()
    context.run(word.set, "kept")

    def note() -> None:
        told.set_result((threading.current_thread(), word.get()))

    thread = threading.Thread(target=lambda: loop.call_soon_threadsafe(note, context=context))
    thread.start()
    assert await told == (threading.main_thread(), "kept")
    thread.join()


async def test_a_failing_callback_reaches_the_handler_and_stops_nothing() -> None:
    failures: list[Any] = []
    running().set_exception_handler(lambda _loop, context: failures.append(context["exception"]))
    error, after = ValueError("on purpose"), asyncio.Event()

    def fail() -> None:
        raise error

    running().call_soon(fail)
    running().call_soon(after.set)
    await after.wait()
    assert failures == [error]


async def test_an_async_generator_left_early_is_finalised() -> None:
    ended = asyncio.Event()

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            ended.set()

    async for _ in numbers():
        break
    await ended.wait()
    assert ended.is_set()


async def test_threads_of_the_executor_are_named() -> None:
    assert (await asyncio.to_thread(lambda: threading.current_thread().name)).startswith("modelward")


async def test_a_subprocess_is_run_and_awaited() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print(input()[::-1])", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(b"drawer\n")
    assert (out.strip(), process.returncode) == (b"reward", 0)


async def test_an_event_loop_nested_in_a_task_pauses_the_others_and_loses_none() -> None:
    steps: list[str] = []

    async def other() -> None:
        for number in range(3):
            steps.append(f"other {number}")
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await asyncio.sleep(0)
    nested = QEventLoop()
    running().call_soon_threadsafe(steps.append, "from a thread")  # wakes the loop while the dialog is open
    QTimer.singleShot(20, nested.quit)
    nested.exec()
    steps.append("nested ended")
    await task
    assert steps == ["other 0", "nested ended", "other 1", "from a thread", "other 2"]


def test_callbacks_run_within_a_loop_nested_outside_of_tasks(qapp: QApplication) -> None:
    steps: list[str] = []

    async def main() -> None:
        nested, ended = QEventLoop(), asyncio.Event()

        def dialog() -> None:
            nested.exec()
            steps.append("dialog closed")
            ended.set()

        running().call_soon(dialog)
        running().call_soon(steps.append, "waited behind the dialog")
        running().call_soon(nested.quit)
        await ended.wait()

    with asyncio.Runner(loop_factory=lambda: PanelLoop(qapp)) as runner:
        runner.run(main())
    assert steps == ["waited behind the dialog", "dialog closed"]
