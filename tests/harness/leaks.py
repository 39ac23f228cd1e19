"""The leak guard: a thread, Qt timer or top-level widget that outlives its test fails that test."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from harness.tree import is_gui_test

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QWidget

THREAD_GRACE_SECONDS = 3
_BEFORE = pytest.StashKey[frozenset[threading.Thread]]()
_PASSED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_PASSED] = report.passed
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    item.stash[_BEFORE] = frozenset(threading.enumerate())
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    yield
    leaks = _leaked_threads(item.stash[_BEFORE])
    if "qapp" in getattr(item, "fixturenames", ()) or is_gui_test(item.path):
        leaks += _leaked_by_qt()
    # A failed test's traceback keeps its locals alive: its leaks are a consequence, not the news.
    if leaks and item.stash.get(_PASSED, False):
        pytest.fail("left behind by this test: " + "; ".join(leaks), pytrace=False)


def _leaked_threads(before: frozenset[threading.Thread]) -> list[str]:
    for thread in set(threading.enumerate()) - before:
        thread.join(THREAD_GRACE_SECONDS)
    return [f"thread {thread.name}" for thread in threading.enumerate() if thread not in before]


def _leaked_by_qt() -> list[str]:
    """Names what Qt still holds, and ends it so that the next test is not blamed for it."""
    if "PySide6.QtWidgets" not in sys.modules:
        return []
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication

    if not isinstance(QApplication.instance(), QApplication):
        return []
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if _windows():
        gc.collect()  # a widget held by a cycle alone is garbage, not a leak
    windows, timers = _windows(), _timers()
    told = [f"widget {window!r}" for window in windows] + [f"active timer {timer!r}" for timer in timers]
    for timer in timers:
        timer.stop()
    for window in windows:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return told


def _windows() -> list[QWidget]:
    from PySide6.QtWidgets import QApplication

    # Qt keeps one tooltip label of its own for the whole run.
    return [
        widget
        for widget in QApplication.topLevelWidgets()
        if widget.parent() is None and not widget.inherits("QTipLabel")
    ]


def _timers() -> list[QTimer]:
    import shiboken6
    from PySide6.QtCore import QTimer

    timers = [item for item in gc.get_objects() if issubclass(type(item), QTimer)]
    return [timer for timer in timers if shiboken6.isValid(timer) and timer.isActive()]
