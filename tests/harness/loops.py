"""Which event loop a coroutine test runs on, and the guard that no task or unseen failure outlives it."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from harness.tree import is_gui_test


def _panel_loop() -> asyncio.AbstractEventLoop:
    from PySide6.QtWidgets import QApplication

    from modelward.ui.shell.loop import PanelLoop

    return PanelLoop(QApplication.instance())


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    if is_gui_test(item.path):
        return {"panel": _panel_loop}
    return {"asyncio": asyncio.new_event_loop}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Gives a coroutine test the task guard as its outermost fixture, and a GUI one the application before its loop."""
    if not isinstance(item, pytest.Function) or not inspect.iscoroutinefunction(inspect.unwrap(item.obj)):
        return
    item.fixturenames.insert(0, "no_task_outlives_its_test")
    if is_gui_test(item.path):
        item.fixturenames.insert(0, "qapp")


@pytest.fixture
async def no_task_outlives_its_test() -> AsyncIterator[None]:
    """Fails a coroutine test that leaves a task running, or whose task or callback failed with nobody looking."""
    # What stands now outlives the test: looking through it all again at its end would take most of the test's time.
    gc.collect()
    gc.freeze()
    loop = asyncio.get_running_loop()
    failures: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _loop, context: failures.append(context))
    yield
    await asyncio.sleep(0)  # lets a task that was just cancelled end
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    names = sorted(str(task.get_coro()) for task in left)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    del left
    gc.collect()  # an exception that nobody retrieved is told only when its task is collected
    assert not names, f"asyncio tasks left running: {names}"
    assert not failures, f"failed with nobody looking: {failures}"
